"""Who has been here, and how many chats they have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.chats import ChatStore
from rag.chats.store import FILE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    with closing(ChatStore(tmp_path)) as store:
        yield store


def test_who_was_here_last_stands_first_with_their_chats_counted(store: ChatStore) -> None:
    began = datetime.now(UTC)
    store.people.came("ann", "ann@news.example")
    for number in range(2):
        store.of("ann").begin(f"a{number}", "a question of hers")
    store.of("ann").restrict("empty", ["a.md"])  # nothing was asked in it
    store.of("").begin("local", "who uses this computer")
    store.people.came("bob", "Bob")
    store.of("cid").begin("c", "before anybody was noted")
    people = store.people.everybody()
    assert [(p.owner, p.called, p.begun) for p in people] == [
        ("cid", "", 1),
        ("bob", "Bob", 0),
        ("ann", "ann@news.example", 2),
    ]
    assert all(p.seen is not None and began <= p.seen <= datetime.now(UTC) for p in people)
    store.people.came("ann", "Ann")
    assert [p.called for p in store.people.everybody()] == ["Ann", "", "Bob"]
    assert "question" not in repr(store.people.everybody())


def test_an_odd_time_costs_no_more_than_itself(store: ChatStore, tmp_path: Path) -> None:
    store.people.came("ann", "Ann")
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("UPDATE people SET seen = 'yesterday'")
        db.commit()
    assert [(p.called, p.seen) for p in store.people.everybody()] == [("Ann", None)]
