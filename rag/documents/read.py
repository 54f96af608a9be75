"""One file to one `Document`: picks the reader by the file's ending.

The seam for other formats is `READERS`: a reader takes the file's bytes and returns `Draft`,
plain text with what the file tells about itself. A newline in a draft always ends a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from rag.documents.decode import decode
from rag.documents.draft import Draft
from rag.documents.html import read_html
from rag.documents.markdown import read_markdown
from rag.documents.plain import read_plain
from rag.errors import ReadError
from rag.schema import Document

MAX_BYTES = 64 * 1024 * 1024
LONGEST_TITLE = 200
_WORD_BREAKS = re.compile(r"[-_\s]+")

READERS: dict[str, Callable[[str], Draft]] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
}
SUFFIXES = frozenset(READERS)


def read(path: Path, *, folder: Path) -> Document:
    """Read one file into a document whose id is its path relative to `folder`.

    Raises:
        ReadError: The file cannot be opened, is too large, binary, empty, or of a kind
            that is not read.
    """
    return parse(load_bytes(path), name=path.relative_to(folder).as_posix())


def load_bytes(path: Path) -> bytes:
    """The file's bytes, within the size limit.

    Raises:
        ReadError: The file cannot be opened or is too large.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ReadError(
                f"{path.name} has {size / 2**20:.0f} MB; the limit is {MAX_BYTES // 2**20} MB. "
                "Split it into several files."
            )
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise ReadError(f"{path.name} cannot be opened: {why}. Check its permissions.") from error


def parse(raw: bytes, *, name: str) -> Document:
    r"""Bytes and a name to a document. See `read`.

    >>> parse(b"Rollo\n\nRollo led the Norse.", name="history/rollo.txt").title
    'Rollo'
    """
    reader = READERS.get(Path(name).suffix.lower())
    if reader is None:
        known = ", ".join(sorted(SUFFIXES))
        raise ReadError(f"{name} is not of a kind that is read ({known}).")
    text = decode(raw, name=name)
    try:
        draft = reader(text)
    except Exception as error:  # a page that breaks a parser must not stop the other files
        raise ReadError(f"{name} cannot be read: {error}. Save it as plain text.") from error
    if not draft.text.strip():
        raise ReadError(f"{name} holds no text. Remove it or put an article in it.")
    return Document(
        id=name,
        title=_clean(draft.title) or _clean(_WORD_BREAKS.sub(" ", Path(name).stem)) or name,
        text=draft.text,
        date=draft.date,
        source=draft.source,
        headings=draft.headings,
    )


def _clean(title: str) -> str:
    """One line of a length that a title may have; it stands before every passage."""
    words = " ".join(title.split())
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "…"
