"""The file of conversations: its tables, how it is opened, and in what form things are kept."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

from rag.database import Database

_DAMAGED = (
    "Run python -m rag doctor --repair, which keeps the damaged file and saves what can be read; "
    "the articles and their index are untouched."
)
# Long columns stand last: a search then reads no further than the words.
_TABLES = (
    """CREATE TABLE chats (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL DEFAULT '', named INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL, updated TEXT NOT NULL, words TEXT NOT NULL DEFAULT '',
        documents TEXT, owner TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT, chat TEXT NOT NULL, at TEXT NOT NULL,
        rating INTEGER NOT NULL DEFAULT 0, question TEXT NOT NULL, words TEXT NOT NULL,
        problem TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '',
        digests TEXT NOT NULL DEFAULT '{}', answer TEXT)""",
    "CREATE INDEX turns_chat ON turns(chat)",
    "CREATE INDEX chats_owner ON chats(owner, updated)",
    "CREATE TABLE people (owner TEXT PRIMARY KEY, called TEXT NOT NULL, seen TEXT NOT NULL)",
)
_FORMAT = 3
LONGEST_TITLE = 80
_SURROGATES = re.compile("[\ud800-\udfff]")


def opened(path: Path) -> Database:
    """The file of conversations, made where there is none.

    Raises:
        LibraryError: It cannot be read or written, or another version wrote it.
    """
    return Database(
        path,
        what="The file of conversations",
        damaged=_DAMAGED,
        tables=_TABLES,
        format=_FORMAT,
        pragmas=("secure_delete=ON",),
    )


def keepable(text: str) -> str:
    r"""What a file can keep: half characters, from bytes that were no text, become U+FFFD.

    >>> keepable("caf\udce9")
    'caf�'
    """
    return _SURROGATES.sub("\ufffd", text)


def title(question: str) -> str:
    r"""A question on one line of at most 80 characters.

    >>> title("Who  led\nthem?")
    'Who led them?'
    """
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def searched(text: str) -> str:
    """Text as it is searched in: one case and form, single blanks, no NUL, where SQLite stops.

    >>> searched("The  LUND Straße")
    'the lund strasse'
    """
    plain = unicodedata.normalize("NFKC", keepable(text)).casefold().replace("\0", " ")
    return " ".join(plain.split())


def moment(value: object) -> datetime | None:
    """A time as it is kept, in UTC where it says no other; `None` where it is none."""
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
