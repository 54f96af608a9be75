"""The tables of a library: made new, or brought from those of an earlier version, nothing lost."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from rag.database import Database
from rag.errors import LibraryError

FORMAT = 3
DAMAGED = (
    "Run python -m rag doctor --repair, which keeps the damaged file and saves what can be read; "
    "the articles themselves are untouched."
)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS documents (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
        date TEXT, source TEXT NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL,
        digest TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
        author TEXT NOT NULL DEFAULT '', places TEXT NOT NULL DEFAULT '[]',
        language TEXT NOT NULL DEFAULT '', reading TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS passages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
        start INTEGER NOT NULL, end INTEGER NOT NULL, sentences BLOB NOT NULL,
        boilerplate INTEGER NOT NULL, vector BLOB NOT NULL, generation INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS passages_document ON passages(document)",
    "CREATE INDEX IF NOT EXISTS passages_generation ON passages(generation)",
    """CREATE TABLE IF NOT EXISTS removed (
        passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL)""",
    # what is asked of all documents or of all removed passages is answered without reading texts
    "CREATE INDEX IF NOT EXISTS removed_generation ON removed(generation)",
    "CREATE INDEX IF NOT EXISTS documents_dates ON documents(date, id)",
    """CREATE TABLE IF NOT EXISTS failures (
        id TEXT PRIMARY KEY, reason TEXT NOT NULL, size INTEGER NOT NULL,
        modified INTEGER NOT NULL)""",
    # What proves a document's rows; one of an earlier format has none until it is stored again.
    """CREATE TABLE IF NOT EXISTS seals (
        document INTEGER PRIMARY KEY REFERENCES documents(number) ON DELETE CASCADE,
        text INTEGER NOT NULL, vectors INTEGER NOT NULL)""",
    # Vectors of another embedder, until every passage has one.
    """CREATE TABLE IF NOT EXISTS fresh (
        passage INTEGER PRIMARY KEY REFERENCES passages(number) ON DELETE CASCADE,
        vector BLOB NOT NULL, checksum INTEGER NOT NULL)""",
    # Files that hold the very same as a document's own file.
    """CREATE TABLE IF NOT EXISTS copies (
        id TEXT PRIMARY KEY,
        document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
        size INTEGER NOT NULL, modified INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS copies_document ON copies(document)",
    # Where articles were before, so that what names them by id still finds them.
    "CREATE TABLE IF NOT EXISTS former (id TEXT PRIMARY KEY, now TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS former_now ON former(now)",
)
# Of columns that an older format lacks.
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS documents_language ON documents(language)",
    "CREATE INDEX IF NOT EXISTS documents_states ON documents(id, digest, size, modified, reading)",
)
# What brings a file of an older format to the next one; what is derived follows at the next sync.
_MIGRATIONS = {
    1: (
        "ALTER TABLE documents ADD COLUMN author TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE documents ADD COLUMN places TEXT NOT NULL DEFAULT '[]'",
    ),
    2: (
        "ALTER TABLE documents ADD COLUMN language TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE documents ADD COLUMN reading TEXT NOT NULL DEFAULT ''",
        """UPDATE documents SET reading =
            coalesce((SELECT value FROM facts WHERE name = 'reading'), '')""",
        "DELETE FROM facts WHERE name = 'reading'",
    ),
}


def prepare(db: Database, path: Path) -> None:
    """Make the tables ready.

    Raises:
        LibraryError: Another version wrote the file, and it cannot be read by this one.
    """
    known = "SELECT 1 FROM sqlite_master WHERE name = 'facts'"
    ready = "SELECT 1 FROM facts WHERE (name, value) = ('format', ?)"
    if db.one(known) and db.one(ready, str(FORMAT)):
        return  # without writing, so that it can be opened while another program writes
    with db.changing() as changed:
        for statement in _TABLES:
            changed.execute(statement)
        new = "INSERT OR IGNORE INTO facts VALUES (?, ?)"
        changed.executemany(new, [("format", str(FORMAT)), ("library", uuid4().hex)])
        have = changed.execute("SELECT value FROM facts WHERE name = 'format'").fetchone()[0]
        if not have.isdigit() or not 0 < int(have) <= FORMAT:
            raise LibraryError(
                f"The index {path} was written by another version of Quoth (format {have}, "
                f"not {FORMAT}). Update Quoth, or move that folder away and index again."
            )
        for step in range(int(have), FORMAT):  # another program may have come before
            for statement in _MIGRATIONS[step]:
                changed.execute(statement)
        for statement in _INDEXES:
            changed.execute(statement)
        changed.execute("UPDATE facts SET value = ? WHERE name = 'format'", (str(FORMAT),))
