from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rag.database import Database
from rag.errors import LibraryError


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return Database(tmp_path / "a.sqlite", what="The index", damaged="Move it away.", pragmas=())


@pytest.mark.parametrize(
    "said",
    ["database or disk is full", "database is locked", "attempt to write a readonly", "malformed"],
)
def test_every_trouble_names_the_file_and_the_next_step(
    db: Database, tmp_path: Path, said: str
) -> None:
    with pytest.raises(LibraryError, match=r"\. \w.*\.$") as told, db.explained():
        raise sqlite3.OperationalError(said)
    assert str(tmp_path / "a.sqlite") in str(told.value)
    db.close()


def test_a_change_is_whole_or_not_at_all(db: Database) -> None:
    with db.changing() as changed:
        changed.execute("CREATE TABLE t (a UNIQUE)")
    with pytest.raises(LibraryError, match="UNIQUE"), db.changing() as changed:
        changed.executemany("INSERT INTO t VALUES (?)", [(1,), (1,)])
    assert db.all("SELECT * FROM t") == []
    assert db.one("SELECT * FROM t") is None
    db.close()
    with pytest.raises(LibraryError, match="was closed"):
        db.all("SELECT 1")
