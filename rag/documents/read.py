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
    """Bytes and a name to a document. See `read`.

    >>> parse(b"Rollo\\n\\nRollo led the Norse.", name="history/rollo.txt").title
    'Rollo'
    """
    reader = READERS.get(Path(name).suffix.lower())
    if reader is None:
        known = ", ".join(sorted(SUFFIXES))
        raise ReadError(f"{name} is not of a kind that is read ({known}).")
    draft = reader(decode(raw, name=name))
    if not draft.text.strip():
        raise ReadError(f"{name} holds no text. Remove it or put an article in it.")
    return Document(
        id=name,
        title=draft.title or _title_from_name(name),
        text=draft.text,
        date=draft.date,
        source=draft.source,
        headings=draft.headings,
    )


def _title_from_name(name: str) -> str:
    return re.sub(r"[-_\s]+", " ", Path(name).stem).strip() or name
