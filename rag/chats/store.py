"""Conversations on disk: chats and their turns, in one SQLite file of the index folder.

A question is on disk before it is answered, so that a kill loses no more than the answer in work.
What is removed is overwritten, in the file and in its journal. A chat has one owner, and a store is
one owner's: every statement asks for it. Knows nothing of how a question is answered, of how a
conversation is drawn, nor of how it is known who somebody is.
"""

from __future__ import annotations

import copy
import json
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag.chats.people import People
from rag.chats.standing import digests
from rag.chats.tables import keepable, moment, opened, searched
from rag.chats.tables import title as titled
from rag.errors import LibraryError
from rag.jsonable import from_json
from rag.plain import to_json
from rag.schema import Answer, Document

FILE = "chats.sqlite"
_UNREADABLE = (
    "This answer cannot be read: a newer version of Quoth kept it, or the file was damaged. "
    "Update Quoth, or ask again."
)
_OWN = "EXISTS (SELECT 1 FROM chats WHERE chats.id = turns.chat AND owner = ?)"
_TURN = "id, question, answer, problem, at, rating, comment, digests"
_CHAT = "id, title, created, updated, (SELECT count(*) FROM turns WHERE chat = chats.id), documents"
_HOLDS = """ AND NOT EXISTS (SELECT 1 FROM json_each(?) AS word
    WHERE NOT instr(chats.words, word.value) AND NOT EXISTS
        (SELECT 1 FROM turns WHERE chat = chats.id AND instr(turns.words, word.value)))"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer, or with why there is none.

    Neither an answer nor a problem means that it is being answered, or was broken off by a
    restart.

    Attributes:
        id: Given once and never again, in any chat of the index folder.
        at: When it was asked, in UTC.
        rating: 1 or -1 as a person judged it, else 0; `comment` is what they said to it.
        digests: SHA-256 of the text that each cited article had when it was answered, by its id.
    """

    id: int
    question: str
    answer: Answer | None
    problem: str
    at: datetime
    rating: int = 0
    comment: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """A line of the list of chats.

    `updated` is when something was last asked or answered, `turns` how many there are, and
    `documents` the ids of the only articles that it may use, or `None` for all.
    """

    id: str
    title: str
    created: datetime
    updated: datetime
    turns: int
    documents: tuple[str, ...] | None


class ChatStore:
    """One owner's conversations in an index folder; safe to share between threads and processes.

    Those of others are as if they were not there: none is listed, read, continued, changed or
    removed, whatever id is given.

    What was removed meanwhile, in another tab perhaps, stays removed: to finish, fail, rate or
    rename it does nothing.

    Args:
        folder: The index folder.
        document_of: Gives an article as it is now; with it the articles that an answer cites are
            noted with the answer.
        owner: Whose they are; empty for whoever uses this computer.

    Raises:
        LibraryError: By every method: the file cannot be read or written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        document_of: Callable[[str], Document | None] | None = None,
        owner: str = "",
    ) -> None:
        self._document_of = document_of
        self._db, self.owner = opened(folder / FILE), keepable(owner)

    def of(
        self, owner: str, *, document_of: Callable[[str], Document | None] | None = None
    ) -> ChatStore:
        """The same file for another owner, who may see other articles; closing closes both."""
        other = copy.copy(self)
        other._document_of = document_of or self._document_of
        other.owner = keepable(owner)
        return other

    @property
    def people(self) -> People:
        """All owners of this file, with how many chats they have."""
        return People(self._db)

    def new_id(self) -> str:
        """An id that no chat has."""
        return uuid.uuid4().hex[:12]

    def begin(self, chat: str, question: str) -> int:
        """Keep a question before it is answered; the turn's id.

        A chat that is new is made, with its first question as the title.

        Raises:
            LibraryError: Also: another owner has a chat of this id.
        """
        chat, question, now = keepable(chat), keepable(question), _now()
        with self._db.changing() as db:
            self._make(db, chat, now)
            line = titled(question)
            db.execute(
                "UPDATE chats SET title = ?, words = ? WHERE id = ? AND NOT named"
                " AND NOT EXISTS (SELECT 1 FROM turns WHERE chat = chats.id)",
                (line, searched(line), chat),
            )
            db.execute("UPDATE chats SET updated = ? WHERE id = ?", (now, chat))
            turn = db.execute(
                "INSERT INTO turns (chat, question, words, at) VALUES (?, ?, ?, ?)",
                (chat, question, searched(question), now),
            ).lastrowid
        return turn or 0

    def finish(self, turn: int, answer: Answer) -> None:
        """Keep a question's answer."""
        plain = json.dumps(to_json(answer))
        noted = json.dumps(digests(answer, self._document_of) if self._document_of else {})
        with self._db.changing() as db:
            db.execute(
                "UPDATE turns SET answer = ?, digests = ?, problem = '',"
                f" words = words || ' ' || ? WHERE id = ? AND {_OWN}",
                (plain, noted, searched(answer.text), turn, self.owner),
            )
            db.execute(
                "UPDATE chats SET updated = ? WHERE owner = ?"
                " AND id = (SELECT chat FROM turns WHERE id = ?)",
                (_now(), self.owner, turn),
            )

    def fail(self, turn: int, problem: str) -> None:
        """Keep why a question has no answer; one that was answered keeps its answer."""
        with self._db.changing() as db:
            db.execute(
                f"UPDATE turns SET problem = ? WHERE id = ? AND answer IS NULL AND {_OWN}",
                (keepable(problem), turn, self.owner),
            )

    def turns(self, chat: str) -> tuple[Turn, ...]:
        """A conversation's turns, oldest first."""
        rows = self._db.all(
            f"SELECT {_TURN} FROM turns WHERE chat = ? AND {_OWN} ORDER BY id",
            keepable(chat),
            self.owner,
        )
        return tuple(_turn(*row) for row in rows)

    def turn(self, id_: int) -> Turn | None:
        """One turn of any of the chats."""
        rows = self._db.all(f"SELECT {_TURN} FROM turns WHERE id = ? AND {_OWN}", id_, self.owner)
        return _turn(*rows[0]) if rows else None

    def chats(self, query: str = "") -> tuple[ChatInfo, ...]:
        """The chats in which something was asked, newest first.

        Args:
            query: Words that must all occur in a chat's title, questions or answers, in any case.
        """
        words = json.dumps(searched(query).split())
        rows = self._db.all(
            f"SELECT {_CHAT} FROM chats WHERE owner = ? AND title <> ''{_HOLDS}"
            " ORDER BY updated DESC, number DESC",
            self.owner,
            words,
        )
        return tuple(_info(*row) for row in rows)

    def info(self, chat: str) -> ChatInfo | None:
        """One chat's line of the list, or `None` where there is no such chat."""
        rows = self._db.all(
            f"SELECT {_CHAT} FROM chats WHERE id = ? AND owner = ?", keepable(chat), self.owner
        )
        return _info(*rows[0]) if rows else None

    def rename(self, chat: str, title: str) -> None:
        """Give a chat another title; an empty one is its first question again."""
        chat, line = keepable(chat), titled(keepable(title))
        with self._db.changing() as db:
            named = bool(line)
            if not named:
                first = f"SELECT question FROM turns WHERE chat = ? AND {_OWN} ORDER BY id LIMIT 1"
                row = db.execute(first, (chat, self.owner)).fetchone()
                line = titled(row[0]) if row else ""
            db.execute(
                "UPDATE chats SET title = ?, words = ?, named = ? WHERE id = ? AND owner = ?",
                (line, searched(line), named, chat, self.owner),
            )

    def restrict(self, chat: str, documents: Sequence[str] | None) -> None:
        """Let a chat use only these articles, or all for `None`; a new chat may be restricted.

        Raises:
            LibraryError: Also: another owner has a chat of this id.
        """
        chosen = None if documents is None else json.dumps(list(documents))
        with self._db.changing() as db:
            self._make(db, keepable(chat), _now())
            db.execute("UPDATE chats SET documents = ? WHERE id = ?", (chosen, keepable(chat)))

    def rate(self, turn: int, rating: int, comment: str = "") -> None:
        """Keep how a person judged an answer: 1, -1, or 0 for not at all.

        Raises:
            ValueError: The rating is another number.
        """
        if rating not in (-1, 0, 1):
            raise ValueError(f"rating is {rating}; it must be -1, 0 or 1")
        with self._db.changing() as db:
            db.execute(
                f"UPDATE turns SET rating = ?, comment = ? WHERE id = ? AND {_OWN}",
                (rating, keepable(comment), turn, self.owner),
            )

    def cut(self, chat: str, turn: int) -> None:
        """Remove this turn of a chat and all after it."""
        of = f"DELETE FROM turns WHERE chat = ? AND {_OWN} AND id >= ?"
        self._remove(of, keepable(chat), self.owner, turn)

    def delete(self, chat: str) -> None:
        """Remove a chat; nothing of it stays on disk."""
        of = f"DELETE FROM turns WHERE chat = ? AND {_OWN}"
        also = "DELETE FROM chats WHERE id = ? AND owner = ?"
        self._remove(of, keepable(chat), self.owner, also=also)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._db.close()

    def _make(self, db: sqlite3.Connection, chat: str, now: str) -> None:
        """Make a chat where there is none, or raise where it is another's."""
        db.execute(
            "INSERT OR IGNORE INTO chats (id, owner, created, updated) VALUES (?, ?, ?, ?)",
            (chat, self.owner, now, now),
        )
        own = "SELECT 1 FROM chats WHERE id = ? AND owner = ?"
        if not db.execute(own, (chat, self.owner)).fetchone():
            raise LibraryError(f"There is no chat {chat}. Begin a new one.")

    def _remove(self, statement: str, *values: object, also: str = "") -> None:
        with self._db.changing() as db:
            db.execute(statement, values)
            if also:
                db.execute(also, values)
        self._db.all("PRAGMA wal_checkpoint(TRUNCATE)")  # the journal still has what was removed


def _turn(
    id_: int,
    question: str,
    plain: str | None,
    problem: str,
    at: str,
    rating: int,
    comment: str,
    noted: str,
) -> Turn:
    answer = None
    try:
        answer = _answer(plain) if plain is not None else None
    except (ValueError, RecursionError):
        problem = _UNREADABLE
    known: Mapping[str, str] = _noted(Mapping[str, str], noted, {}) if answer else {}
    judged = rating if rating in (-1, 0, 1) else 0
    said = (_text(question), answer, _text(problem), _moment(at), judged, _text(comment))
    return Turn(id_, *said, known)


@lru_cache(maxsize=512)
def _answer(plain: str) -> Answer:
    """Read once: a page draws the same turns again and again."""
    return from_json(Answer, json.loads(plain))


def _info(
    id_: str, title: str, created: str, updated: str, turns: int, documents: str | None
) -> ChatInfo:
    chosen = None if documents is None else _noted(tuple[str, ...], documents, None)
    return ChatInfo(id_, _text(title), _moment(created), _moment(updated), turns, chosen)


# One odd value in the file, whoever wrote it, must cost no more than itself; `doctor` tells of it.


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime:
    return moment(value) or datetime.fromtimestamp(0, UTC)


def _noted(kind: Any, value: object, otherwise: Any) -> Any:
    try:
        return from_json(kind, json.loads(_text(value)))
    except (ValueError, RecursionError):
        return otherwise


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
