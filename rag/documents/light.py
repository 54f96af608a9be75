"""Texts with light markup (reStructuredText, Org, LaTeX), by way of Markdown."""

from __future__ import annotations

import re

from rag.documents.draft import DocumentDraft, claimed_date
from rag.documents.facts import told_name
from rag.documents.markdown import read_markdown
from rag.documents.tex import plain_tex

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
    body, facts = plain_tex(text)
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
