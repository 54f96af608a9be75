"""A chat to a file for somebody else, and such a file back to the chat.

Each format holds the whole data of the chat, whatever it shows of it, so that all three can be
checked again. Knows nothing of the library.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import PurePath
from types import ModuleType
from typing import Any

from rag.chats import html, markdown
from rag.chats.saved import CHANGED, SavedChat, sealed, unsealed
from rag.errors import ExportError
from rag.invisible import told_in_json

LARGEST = 64 * 1024 * 1024  # bytes; a chat of 200 questions takes about 2 MB
_MARKUP = {ord(c): f"\\u{ord(c):04x}" for c in "<>&"}
_NO_NAME = re.compile(r"[^\w]+")


class Format(StrEnum):
    """What a chat can be exported to; the value is the ending of the file's name."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


_PAGES: dict[Format, ModuleType] = {Format.MARKDOWN: markdown, Format.HTML: html}
_ENDINGS = {"markdown": Format.MARKDOWN, "htm": Format.HTML}


def export(saved: SavedChat, to: Format) -> bytes:
    """A saved chat as a file's content, in UTF-8."""
    if to is Format.JSON:
        text = told_in_json(json.dumps(sealed(saved), indent=2, ensure_ascii=False)) + "\n"
    else:
        page = _PAGES[to]
        shown = page.render(saved)
        text = shown + page.BEFORE + _inside(sealed(saved, shown=shown)) + page.AFTER
    return text.encode("utf-8")


def read_export(content: bytes) -> SavedChat:
    """The chat that a file's content holds, in whichever of the formats.

    Raises:
        ExportError: It is no export, or was changed since.
    """
    if len(content) > LARGEST:
        raise ExportError(f"It is larger than {LARGEST // 1024**2} MB, which no export is.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    text = text.replace("\r\n", "\n")
    for page in _PAGES.values() if not text.lstrip().startswith("{") else ():
        if page.BEFORE in text:  # the last one: what a person wrote may hold the same words
            shown, _, rest = text.rpartition(page.BEFORE)
            data, end, after = rest.partition(page.AFTER.rstrip())
            if not end or after.strip():
                raise ExportError(CHANGED)
            return unsealed(data, shown=shown)
    return unsealed(text)


def format_of(name: str | PurePath) -> Format:
    """The format that a file's name asks for.

    Raises:
        ExportError: Its ending is none of them.

    >>> format_of("talk.HTML").value
    'html'
    """
    ending = PurePath(name).suffix.lower().removeprefix(".")
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    try:
        return Format(ending)
    except ValueError:
        raise ExportError(
            f"A chat cannot be exported to {str(name)!r}. End its name with .md, .html or .json."
        ) from None


def file_name(title: str, to: Format) -> str:
    """A name for a chat's file, from its title.

    >>> file_name("When did the bridge open?", Format.MARKDOWN)
    'When-did-the-bridge-open.md'
    """
    return f"{_NO_NAME.sub('-', title)[:60].strip('-') or 'chat'}.{to.value}"


def _inside(data: dict[str, Any]) -> str:
    """JSON in ASCII that closes no element and no comment around it."""
    return json.dumps(data).translate(_MARKUP)
