"""LaTeX to Markdown: headings, items and tables stay, commands go and their words stay."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(?<!\\)%[^\n]*\n?")
_FACT = re.compile(r"\\(title|author|date)\s*\{((?:[^{}]|\{[^{}]{0,2000}\}){0,400})\}")
_HEADING = re.compile(
    r"\\(?:part|chapter|(?:sub){0,2}section|paragraph)\*?(?:\[[^\]]{0,400}\])?\s*\{((?:[^{}]|\{[^{}]{0,2000}\}){0,400})\}"
)
_TABLE = re.compile(
    r"\\begin\{(tabular[x*]?|longtable)\}(?:\{[^{}]{0,2000}\}|\[[^\]]{0,400}\])*+(?:\{(?:[^{}]|\{[^{}]{0,2000}\})*+\})?+((?:(?!\\begin\{(?:tabular|longtable)).)*?)\\end\{\1\}",
    re.S,
)
_RULE = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|c(?:mid)?rule(?:\([^)]{0,99}\))?(?:\{[^}]{0,99}\})?|cline\{[^}]{0,99}\})"
)
_SPAN = re.compile(
    r"\\multi(?:column|row)\s*\{[^{}]{0,2000}\}\s*\{[^{}]{0,2000}\}\s*\{([^{}]{0,2000})\}"
)
_DROPPED = re.compile(
    r"\\(?:label|cite[a-z]*|ref|eqref|pageref|includegraphics|bibliography(?:style)?|input|include|"
    r"usepackage|vspace|hspace|documentclass|pagestyle|setlength|begin|end)\*?\s*(?:\[[^\]]{0,400}\])*\s*(?:\{[^{}]{0,2000}\})?"
)
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?(?:\[[^\]\n]{0,80}\])?")
_SIGNS = {"``": "“", "''": "”", "---": "—", "--": "–", "~": " ", "\\\\": "\n", "\\,": " "}
_ACCENT = re.compile(r"\\(?:([\"'`^~=.])\s*|([cvHuk])(?:\s+|(?=\{)))\{?([a-zA-Z]|\\[ij])\}?")
_ACCENTS = dict(
    zip(
        "\"'`^~=.cvHuk",
        "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u0327\u030c\u030b\u0306\u0328",
        strict=True,
    )
)


def plain_tex(text: str) -> tuple[str, dict[str, str]]:
    """The body as Markdown, and title, author and date."""
    text = _COMMENT.sub("", text)
    facts = {name: _words(value).strip() for name, value in _FACT.findall(text)}
    _, begins, body = text.partition("\\begin{document}")
    body = (body if begins else text).partition("\\end{document}")[0]
    body = _FACT.sub("", body)
    body = _TABLE.sub(lambda found: _table(found[2]), body)
    body = _HEADING.sub(lambda found: f"\n\n# {found[1].strip()}\n\n", body)
    body = re.sub(
        r"\\item(?:\[([^\]]{0,400})\])?[ \t]*", lambda f: f"\n- {f[1] + ': ' if f[1] else ''}", body
    )
    return _words(body), facts


def _table(rows: str) -> str:
    """Rows as Markdown has them; the first names the columns."""
    lines = [
        "| " + " | ".join(re.sub(r"\s+", " ", cell) for cell in re.split(r"(?<!\\)&", row)) + " |"
        for row in re.split(
            r"\\\\(?:\[[^\]]{0,400}\])?|\\tabularnewline", _SPAN.sub(r"\1", _RULE.sub("", rows))
        )
        if row.strip()
    ]
    if lines:
        lines.insert(1, "|" + ":-:|" * (len(lines[0].split(" | "))))
    return "\n\n" + "\n".join(lines) + "\n\n"


def _words(text: str) -> str:
    text = _ACCENT.sub(lambda f: f[3].removeprefix("\\") + _ACCENTS[f[1] or f[2]], text)
    for sign, other in _SIGNS.items():
        text = text.replace(sign, other)
    text = _COMMAND.sub("", _DROPPED.sub("", text))
    text = re.sub(r"\\([%&$#_{}])", lambda f: {"{": "(", "}": ")"}.get(f[1], f[1]), text)
    return re.sub(r"[{}]", "", text.replace("$", ""))
