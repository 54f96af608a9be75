"""Texts with light markup (reStructuredText, Org, LaTeX), by way of Markdown."""

from __future__ import annotations

import re

from rag.documents.draft import DocumentDraft, claimed_date
from rag.documents.facts import told_name
from rag.documents.markdown import read_markdown

_UNDERLINED = re.compile(
    r"^(?:([=\-~^\"'`#*+.:_])\1{2,}\n)?([^\n]+)\n([=\-~^\"'`#*+.:_])\3{2,}[ \t]*$", re.M
)
_DIRECTIVE = re.compile(
    r"^\.\. (?:_[^\n]*:|\|[^\n]*|(?:image|figure|toctree|contents|index|include|raw|meta|math|"
    r"highlight|currentmodule|module)::[^\n]*|(?![\w-]+::|\[)[^\n]*)"
    r"(?:\n(?:[ \t]+[^\n]*)?(?=\n|$))*",
    re.M,
)
_RST_TABLE = re.compile(r"^([ \t]*)((?:=+ +)+=+|\+(?:-+\+)+)[ \t]*\n(?:.+\n)*.*", re.M)
_BOX = re.compile(r"^\.\. ([\w-]+)::[ \t]*", re.M)
_OPTION = re.compile(r"^[ \t]+:[\w-]+:[^\n]*\n?", re.M)
_ROLE = re.compile(r":[\w:+.-]{1,40}:`([^`\n]{1,300})`|``([^`\n]{1,300})``|`([^`\n]{1,300})`_{1,2}")
_TARGET = re.compile(r"\s*<[^<>\n]{1,300}>$")
_ORG_HEADING = re.compile(r"^(\*+)[ \t]+([^\n]*)", re.M)
_ORG_STATE = re.compile(r"(?:TODO|DONE|NEXT|WAIT)[ \t]+")
_ORG_TAGS = re.compile(r":[\w@:]+:")
_ORG_CODE = re.compile(r"^[ \t]*#\+(?:begin|end)_(?:src|example)[^\n]*$", re.I | re.M)
_ORG_FACT = re.compile(r"^#\+(title|date|author):[ \t]*(.*)$", re.I | re.M)
_ORG_ASIDE = re.compile(
    r"^[ \t]*(?:#\+[^\n]*|# [^\n]*|#$|:(?:PROPERTIES|END|[\w-]+):[^\n]*)\n?", re.M | re.I
)
_ORG_LINK = re.compile(r"\[\[[^\[\]\n]{1,500}\](?:\[([^\[\]\n]{1,300})\])?\]")
_ORG_MARK = re.compile(r"(?<![\w*/=~+])([*/=~+_])(\S(?:[^\n]{0,200}?\S)?)\1(?![\w*/=~+])")
_FIELD = re.compile(r"^:(title|date|author):[ \t]*(.*)$", re.I | re.M)
_TEX_COMMENT = re.compile(r"(?<!\\)%[^\n]*\n?")
_TEX_FACT = re.compile(r"\\(title|author|date)\s*\{((?:[^{}]|\{[^{}]{0,2000}\}){0,400})\}")
_TEX_HEADING = re.compile(
    r"\\(?:part|chapter|(?:sub){0,2}section|paragraph)\*?(?:\[[^\]]{0,400}\])?\s*\{((?:[^{}]|\{[^{}]{0,2000}\}){0,400})\}"
)
_TEX_TABLE = re.compile(
    r"\\begin\{(tabular[x*]?|longtable)\}(?:\{[^{}]{0,2000}\}|\[[^\]]{0,400}\])*+(?:\{(?:[^{}]|\{[^{}]{0,2000}\})*+\})?+((?:(?!\\begin\{(?:tabular|longtable)).)*?)\\end\{\1\}",
    re.S,
)
_TEX_RULE = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|c(?:mid)?rule(?:\([^)]{0,99}\))?(?:\{[^}]{0,99}\})?|cline\{[^}]{0,99}\})"
)
_TEX_SPAN = re.compile(
    r"\\multi(?:column|row)\s*\{[^{}]{0,2000}\}\s*\{[^{}]{0,2000}\}\s*\{([^{}]{0,2000})\}"
)
_TEX_DROPPED = re.compile(
    r"\\(?:label|cite[a-z]*|ref|eqref|pageref|includegraphics|bibliography(?:style)?|input|include|"
    r"usepackage|vspace|hspace|documentclass|pagestyle|setlength|begin|end)\*?\s*(?:\[[^\]]{0,400}\])*\s*(?:\{[^{}]{0,2000}\})?"
)
_TEX_COMMAND = re.compile(r"\\[a-zA-Z]+\*?(?:\[[^\]\n]{0,80}\])?")
_TEX_SIGNS = {"``": "“", "''": "”", "---": "—", "--": "–", "~": " ", "\\\\": "\n", "\\,": " "}
_TEX_ACCENT = re.compile(r"\\(?:([\"'`^~=.])\s*|([cvHuk])(?:\s+|(?=\{)))\{?([a-zA-Z]|\\[ij])\}?")
_TEX_ACCENTS = dict(
    zip(
        "\"'`^~=.cvHuk",
        "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u0327\u030c\u030b\u0306\u0328",
        strict=True,
    )
)


def read_rst(text: str) -> DocumentDraft:
    r"""ReStructuredText to a draft.

    >>> read_rst("Ferries\n=======\n\nThe ``Sunna`` sails.\n\n.. note:: Not in winter.\n").text
    'Ferries\n\nThe Sunna sails.\n\nNot in winter.'
    """
    facts = {name.lower(): value.strip() for name, value in _FIELD.findall(text[:4_000])}
    text = _DIRECTIVE.sub("", _FIELD.sub("", text))
    text = _RST_TABLE.sub(_rst_table, text)
    text = _UNDERLINED.sub(lambda f: f"\n# {title}\n" if (title := f[2].strip()) else f[0], text)
    text = _OPTION.sub("", _BOX.sub("", text))
    text = _ROLE.sub(lambda found: _TARGET.sub("", found[1] or found[2] or found[3]), text)
    return _draft(re.sub(r"::[ \t]*$", ":", text, flags=re.M), facts)


def read_org(text: str) -> DocumentDraft:
    r"""An Org file to a draft.

    >>> read_org("#+TITLE: Ferries\n* Sunna :boat:\nShe sails at *nine*.").title
    'Ferries'
    """
    facts = {name.lower(): value.strip() for name, value in _ORG_FACT.findall(text[:4_000])}
    text = _ORG_ASIDE.sub("", _ORG_CODE.sub("\n```\n", text))
    text = _ORG_HEADING.sub(_org_heading, text)
    text = _ORG_LINK.sub(lambda found: found[1] or "", text)
    text = re.sub(r"^([ \t]*\|[-+]+\|)[ \t]*$", lambda f: f[1].replace("+", "|"), text, flags=re.M)
    return _draft(_ORG_MARK.sub(r"\2", text), facts)


def read_tex(text: str) -> DocumentDraft:
    r"""A LaTeX file to a draft, without its commands.

    >>> read_tex("\\title{Ferries}\\begin{document}\\section{Sunna}She sails.\\end{document}").text
    'Sunna\n\nShe sails.'
    """
    body, facts = _plain_tex(text)
    return _draft(body, facts)


def _org_heading(found: re.Match[str]) -> str:
    """A heading as Markdown has it, without its state and its tags."""
    title = found[2].strip()
    if state := _ORG_STATE.match(title):
        title = title[state.end() :]
    words = title.rsplit(maxsplit=1)
    if len(words) == 2 and _ORG_TAGS.fullmatch(words[1]):
        title = words[0]
    return f"\n{'#' * min(len(found[1]), 6)} {title}\n"


def _rst_table(found: re.Match[str]) -> str:
    """A table drawn with signs as Markdown draws it; its first row names the columns."""
    rows = [line.strip() for line in found[0].split("\n") if re.search(r"[^-=+\s]", line)]
    cells = [
        [cell.strip() for cell in re.split(r"\||\s{2,}", row.strip("|")) if cell.strip()]
        for row in rows
    ]
    wide = "|:-:" * max(map(len, cells), default=0)
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join(["", *lines[:1], f"{wide}|", *lines[1:], ""])


def _draft(text: str, facts: dict[str, str]) -> DocumentDraft:
    draft = read_markdown(text)
    return DocumentDraft(
        draft.text,
        facts.get("title") or draft.title,
        claimed_date(facts.get("date", "")),
        headings=draft.headings,
        author=told_name(facts.get("author")),
    )


def _plain_tex(text: str) -> tuple[str, dict[str, str]]:
    """The body as Markdown, and title, author and date."""
    text = _TEX_COMMENT.sub("", text)
    facts = {name: _tex_words(value).strip() for name, value in _TEX_FACT.findall(text)}
    _, begins, body = text.partition("\\begin{document}")
    body = (body if begins else text).partition("\\end{document}")[0]
    body = _TEX_FACT.sub("", body)
    body = _TEX_TABLE.sub(lambda found: _tex_table(found[2]), body)
    body = _TEX_HEADING.sub(lambda found: f"\n\n# {found[1].strip()}\n\n", body)
    body = re.sub(
        r"\\item(?:\[([^\]]{0,400})\])?[ \t]*", lambda f: f"\n- {f[1] + ': ' if f[1] else ''}", body
    )
    return _tex_words(body), facts


def _tex_table(rows: str) -> str:
    """Rows as Markdown has them; the first names the columns."""
    plain, lines = _TEX_SPAN.sub(r"\1", _TEX_RULE.sub("", rows)), []
    for row in filter(str.strip, re.split(r"\\\\(?:\[[^\]]{0,400}\])?|\\tabularnewline", plain)):
        cells = (re.sub(r"\s+", " ", cell) for cell in re.split(r"(?<!\\)&", row))
        lines.append(f"| {' | '.join(cells)} |")
    if lines:
        lines.insert(1, "|" + ":-:|" * (len(lines[0].split(" | "))))
    return "\n\n" + "\n".join(lines) + "\n\n"


def _tex_words(text: str) -> str:
    text = _TEX_ACCENT.sub(lambda f: f[3].removeprefix("\\") + _TEX_ACCENTS[f[1] or f[2]], text)
    for sign, other in _TEX_SIGNS.items():
        text = text.replace(sign, other)
    text = _TEX_COMMAND.sub("", _TEX_DROPPED.sub("", text))
    text = re.sub(r"\\([%&$#_{}])", lambda f: {"{": "(", "}": ")"}.get(f[1], f[1]), text)
    return re.sub(r"[{}]", "", text.replace("$", ""))
