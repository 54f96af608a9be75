"""Who has been here: each owner of chats with how many there are, and nothing of what is in them.

Knows nothing of how it is known who somebody is, nor of who may ask for this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from rag.chats.tables import keepable, moment
from rag.database import Database

_WHO = """SELECT owner, max(called), sum(chats), max(seen) FROM (
        SELECT owner, called, 0 AS chats, seen FROM people
        UNION ALL SELECT owner, '', title <> '', updated FROM chats)
    WHERE owner <> '' GROUP BY owner ORDER BY max(seen) DESC, owner"""


@dataclass(frozen=True, slots=True)
class Person:
    """An owner of chats.

    Attributes:
        owner: As of `ChatStore`.
        called: A name or an address to show; empty where none is known.
        begun: How many chats they have in which something was asked.
        seen: When they last came or were answered, in UTC; `None` where that cannot be read.
    """

    owner: str
    called: str
    begun: int
    seen: datetime | None


class People:
    """The owners in a file of conversations; whoever uses this computer is none of them.

    Raises:
        LibraryError: By every method: the file cannot be read or written.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def came(self, owner: str, called: str) -> None:
        """Note that somebody is here now, and what to call them."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        with self._db.changing() as db:
            db.execute(
                "INSERT INTO people (owner, called, seen) VALUES (?, ?, ?)"
                " ON CONFLICT (owner) DO UPDATE SET called = excluded.called, seen = excluded.seen",
                (keepable(owner), keepable(called), now),
            )

    def everybody(self) -> tuple[Person, ...]:
        """All who have been here, who was last first."""
        return tuple(
            Person(str(owner), str(called), int(chats), moment(seen))
            for owner, called, chats, seen in self._db.all(_WHO)
        )
