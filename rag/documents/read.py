"""One file to one `Document`: picks the reader by the ending.

The seam for other formats is `kinds`: a reader returns a `DocumentDraft`, plain text with what the
file tells about itself. A newline in a draft always ends a sentence.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from rag.documents.apart import read_apart
from rag.documents.byline import told_above
from rag.documents.decode import decode
from rag.documents.draft import IMPOSSIBLE, DocumentDraft
from rag.documents.kinds import ARCHIVE, PACKED, READERS, SUFFIXES, suffix_of, unknown_kind
from rag.documents.language import language_of
from rag.documents.legible import legible
from rag.documents.limits import LONG, MAX_BYTES, Allowance, Unreadable
from rag.errors import ReadError
from rag.invisible import bare
from rag.schema import Document, many

LONGEST_TITLE = 200
_LAST_DAY = date.max - timedelta(days=1)  # a clock may tell any
_WORD_BREAKS = re.compile(r"[-_\s]+")
PLAIN = ".txt"


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
        hold_size(path.name, path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise ReadError(f"{path.name} cannot be opened: {why}. Check its permissions.") from error


def hold_size(name: str, size: int) -> None:
    """Raise `ReadError` where a file has more bytes than are read."""
    if size > MAX_BYTES:
        raise ReadError(
            f"{name} has {size / 2**20:.0f} MB; the limit is {MAX_BYTES // 2**20} MB. "
            "Split it into several files."
        )


def parse(raw: bytes, *, name: str, allowance: Allowance | None = None) -> Document:
    r"""Bytes and a name to a document, within what it may take of an allowance. See `read`.

    >>> parse(b"Rollo\n\nRollo led the Norse.", name="history/rollo.txt").title
    'Rollo'
    """
    draft = _draft(raw, name, allowance)
    if not draft.text.strip():
        raise ReadError(f"{name} holds no text. Remove it or put an article in it.")
    author, day = told_above(draft.text, draft.title)
    (day, modified), remarks = _believed(draft.date or day, draft.modified)
    left_out = [f"{many(draft.hidden, 'hidden passage')} left out."] if draft.hidden else []
    return Document(
        id=name,
        title=_clean(draft.title) or title_of_name(name),
        text=draft.text,
        date=day,
        source=draft.source,
        headings=draft.headings,
        author=_clean(draft.author or author),
        places=draft.places,
        language=language_of(draft.text, draft.language),
        modified=modified if modified != day else None,
        remarks=(*left_out, *draft.remarks, *remarks),
    )


def title_of_name(name: str) -> str:
    """The title of an article whose file tells none.

    >>> title_of_name("history/the-old_town.txt")
    'the old town'
    """
    return _clean(_WORD_BREAKS.sub(" ", bare(Path(name).stem))) or name


def _draft(raw: bytes, name: str, allowance: Allowance | None) -> DocumentDraft:
    suffix = suffix_of(name)
    if suffix not in SUFFIXES or suffix == ARCHIVE:
        raise unknown_kind(name)
    try:
        if suffix in PACKED and not raw.strip():
            return DocumentDraft("")
        if suffix in PACKED or len(raw) > LONG:
            return read_apart(raw, suffix, allowance=allowance)
        return legible(READERS[suffix](decode(raw)))
    except Unreadable as error:
        raise ReadError(f"{name} {error}") from error
    except Exception as error:  # a page that breaks a parser must not stop the other files
        raise ReadError(f"{name} cannot be read: {error}. Save it as plain text.") from error


def _believed(*days: date | None) -> tuple[list[date | None], list[str]]:
    """The days that can be true, `None` for others, and what to say of those."""
    today = date.today()
    latest = max(today, min(today, _LAST_DAY) + timedelta(days=1))  # somewhere it is tomorrow
    false = {day for day in days if day is not None and (day > latest or day == IMPOSSIBLE)}
    said = [
        "A date that no calendar has is not believed."
        if day == IMPOSSIBLE
        else f"The date {day.isoformat()} is not believed: it is yet to come."
        for day in sorted(false)
    ]
    return [None if day in false else day for day in days], said


def _clean(title: str) -> str:
    """One line of a length that a title may have; it stands before every passage."""
    words = " ".join(title.split())
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1].rstrip() + "…"
