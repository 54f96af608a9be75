"""Markdown: front matter to facts, markup to plain text, headings kept with their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rag.documents.draft import Draft, find_date
from rag.schema import Heading

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)


def read_markdown(text: str) -> Draft:
    """Markdown to a draft; a title in the front matter wins over the first heading.

    >>> draft = read_markdown("---\\ndate: 2025-08-12\\n---\\n# Chips\\n\\nThey *rose*.")
    >>> draft.title, draft.text, draft.date.isoformat()
    ('Chips', 'Chips\\n\\nThey rose.', '2025-08-12')
    """
    from markdown_it import MarkdownIt

    front, body = _split_front_matter(text)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").disable("code")
    plain, headings = _flatten(parser.parse(body))
    title = str(front.get("title") or "").strip() or (headings[0].title if headings else "")
    return Draft(
        text=plain,
        title=title,
        date=find_date(front["date"]) if front.get("date") else None,
        source=str(front.get("source") or "").strip(),
        headings=tuple(headings),
    )


def _split_front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    found = _FRONT.match(text)
    if not found:
        return {}, text
    import yaml

    try:
        front = yaml.safe_load(found[1])
    except yaml.YAMLError:
        return {}, text
    if not isinstance(front, dict):
        return {}, text
    return front, text[found.end() :]


def _flatten(tokens: list[Token]) -> tuple[str, list[Heading]]:
    parts: list[str] = []
    headings: list[Heading] = []
    length = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        piece, ending = _piece(before, token)
        if token.type == "inline" and before is not None and before.type == "heading_open":
            headings.append(Heading(length, piece))
        parts.append(piece + ending)
        length += len(piece) + len(ending)
    return "".join(parts).rstrip(), headings


def _piece(before: Token | None, token: Token) -> tuple[str, str]:
    """The text of one token and what separates it from the next."""
    if token.type == "inline":
        cell = before is not None and before.type in ("td_open", "th_open")
        in_list = token.level > 2 and not cell
        return _inline(token), " | " if cell else "\n" if in_list else "\n\n"
    if token.type in ("fence", "code_block"):
        return token.content.rstrip(), "\n\n"
    if token.type == "list_item_open":
        return f"{token.info}. " if token.info else "• ", ""
    if token.type == "tr_close":
        return "", "\n"
    if token.type in ("bullet_list_close", "ordered_list_close", "table_close"):
        return "", "\n"
    return "", ""


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" " if child.type == "softbreak" else "\n")
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts)
