"""Markdown: front matter to facts, markup to plain text, headings kept with their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rag.documents.blocks import visible_text
from rag.documents.draft import DocumentDraft, GrowingText, claimed_date
from rag.documents.facts import told_name
from rag.documents.hidden import SeenMarkup
from rag.documents.table import write_table
from rag.schema import Heading

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FACT = re.compile(r"^([A-Za-z][\w -]*):[ \t]+(\S.*)$", re.M)
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_BOLD = 7  # level of a bold paragraph that is a heading: below all others
_ASKED = 3  # bold questions that make an interview
_STOPS = (".", "!", "?", "…", ":", ".”", '."')
_MOST = 20  # authors that are told
_MODIFIED = ("modified", "updated", "lastmod", "last_modified", "last-modified")


def read_markdown(text: str) -> DocumentDraft:
    r"""Markdown to a draft; a title in the front matter wins over the first heading.

    >>> draft = read_markdown("---\ndate: 2025-08-12\n---\n# Chips\n\nThey *rose*.")
    >>> draft.title, draft.text, draft.date.isoformat()
    ('Chips', 'Chips\n\nThey rose.', '2025-08-12')
    """
    from markdown_it import MarkdownIt

    front, body = split_front_matter(text)
    parser = MarkdownIt("commonmark", {"html": True})
    parser.enable(["table", "strikethrough"]).disable("code")
    plain = _Plain()
    for before, token in zip([None, *(tokens := parser.parse(body))], tokens, strict=False):
        plain.take(token, before.type if before else "")
    headings = plain.text.headings
    bold = _said_boldly(plain.bold)
    return DocumentDraft(
        text=str(plain.text),
        title=front.get("title") or (headings[0].title if headings else ""),
        date=claimed_date(front.get("date") or front.get("published") or ""),
        source=front.get("source", ""),
        author=told_name(front.get("author", front.get("authors"))),
        modified=claimed_date(next(filter(None, map(front.get, _MODIFIED)), "")),
        headings=tuple(sorted([*headings, *bold], key=lambda heading: heading.start)),
        hidden=plain.seen.count,
    )


def split_front_matter(text: str) -> tuple[Mapping[str, str], str]:
    """The plain values at the head of the file, and the rest of it."""
    found = _FRONT.match(text)
    if not found:
        return {}, text
    import yaml

    try:  # BaseLoader leaves every value a string, so that no odd date or number can fail
        front = yaml.load(found[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):  # a title with a colon, most often
        front = {name: value.strip(" \t\"'") for name, value in _FACT.findall(found[1])} or None
    if not isinstance(front, dict):
        return {}, text
    values = {
        str(name).lower(): value.strip() for name, value in front.items() if isinstance(value, str)
    }
    if isinstance(authors := front.get("author", front.get("authors")), list):
        values["author"] = ", ".join(name for name in authors[:_MOST] if isinstance(name, str))
    return {name: value for name, value in values.items() if value not in _NOTHING}, text[
        found.end() :
    ]


class _Plain:
    """Plain text that grows token by token."""

    def __init__(self) -> None:
        self.text = GrowingText()
        self.seen = SeenMarkup()
        self.bold: list[Heading] = []  # paragraphs that are bold from end to end
        self._lists = 0
        self._rows: list[list[str]] = []
        self._heads = 0
        self._level = 1

    def take(self, token: Token, before: str) -> None:
        """Add one block token; `before` is the type of the token before it."""
        kind, text = token.type, self.text
        self._level = int(token.tag[1]) if kind == "heading_open" else self._level
        if kind == "inline":
            self._inline(token, before)
        elif kind in ("fence", "code_block", "html_block"):
            self._block(kind, token.content)
        elif kind == "list_item_open":
            text.marker = f"{token.info}. " if token.info else "• "
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self._lists += 1
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists -= 1
            text.marker = ""
            text.gap = text.gap if self._lists else "\n\n"
        elif kind == "tr_open":
            self._rows.append([])
        elif kind == "thead_close":
            self._heads = sum(any(row) for row in self._rows)
        elif kind == "table_close":
            write_table(self._rows, text, headers=self._heads)
            self._rows = []

    def _block(self, kind: str, content: str) -> None:
        if kind == "html_block":
            self.text.add(visible_text(self.seen.of(content)))
        elif self.seen.hides:
            self.seen.note(content)
        else:
            self.text.add(content.rstrip())

    def _inline(self, token: Token, before: str) -> None:
        depth = self.seen.depth
        piece = _inline(token, self.seen)
        self.seen.shut(depth)
        if before in ("td_open", "th_open"):
            self._rows[-1].append(piece)
        elif before == "heading_open":
            self.text.heading(piece, self._level)
        else:
            self.text.add(piece := piece.strip(), "\n" if self._lists else "\n\n")
            if piece and not self._lists and _is_bold(token):
                self.bold.append(Heading(self.text.length - len(piece), piece, _BOLD))


def _is_bold(token: Token) -> bool:
    kinds = [child.type for child in token.children or [] if child.content or child.nesting]
    once = kinds.count("strong_open") == 1
    return once and kinds[0] == "strong_open" and kinds[-1] == "strong_close"


def _said_boldly(bold: list[Heading]) -> list[Heading]:
    """The bold paragraphs that are headings: without a full stop, or what an interviewer says."""
    asked = sum(one.title.endswith("?") for one in bold)
    interview = asked >= _ASKED and 2 * asked >= len(bold)
    return [one for one in bold if interview or not one.title.endswith(_STOPS)]


def _inline(token: Token, seen: SeenMarkup) -> str:
    parts: list[str] = []
    for child in token.children or []:
        if child.type == "html_inline":
            seen.of(child.content)
            if child.content[:3].lower() == "<br" and not seen.hides:
                parts.append("\n")
        elif seen.hides:
            seen.note(child.content)
        elif child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" " if child.type == "softbreak" else "\n")
        elif child.type == "image":
            parts.append(_inline(child, seen))
    return "".join(parts)
