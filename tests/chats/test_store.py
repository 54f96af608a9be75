from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chats import TurnStore
from rag.errors import LibraryError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TurnStore]:
    store = TurnStore(tmp_path)
    yield store
    store.close()


def said(store: TurnStore, chat: str) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in store.turns(chat)]


def test_turns_come_back_in_order(store: TurnStore) -> None:
    store.add("a", ("user", "Who?"), ("assistant", "Rollo. [1]"))
    store.add("a", ("user", "When?"))
    assert said(store, "a") == [("user", "Who?"), ("assistant", "Rollo. [1]"), ("user", "When?")]


def test_chats_do_not_mix(store: TurnStore) -> None:
    store.add("a", ("user", "Who?"))
    store.add("b", ("user", "When?"))
    assert said(store, "a") == [("user", "Who?")]
    assert said(store, "b") == [("user", "When?")]
    assert said(store, "c") == []


def test_turns_survive_closing(tmp_path: Path) -> None:
    store = TurnStore(tmp_path)
    store.add("a", ("user", "Who?"))
    store.close()
    again = TurnStore(tmp_path)
    assert said(again, "a") == [("user", "Who?")]
    again.close()


def test_times_are_in_utc(store: TurnStore) -> None:
    store.add("a", ("user", "Who?"))
    at = store.turns("a")[0].at
    assert at.tzinfo is UTC
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_ids_differ(store: TurnStore) -> None:
    assert len({store.new_id() for _ in range(100)}) == 100


def test_two_stores_over_one_folder_see_each_other(tmp_path: Path, store: TurnStore) -> None:
    other = TurnStore(tmp_path)
    other.add("a", ("user", "Who?"))
    assert said(store, "a") == [("user", "Who?")]
    other.close()


def test_many_threads_lose_nothing(store: TurnStore) -> None:
    def talk(name: str) -> None:
        for number in range(20):
            store.add(name, ("user", f"{name} {number}"), ("assistant", f"yes {number}"))

    threads = [threading.Thread(target=talk, args=(f"chat{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(4):
        expected = [
            turn
            for i in range(20)
            for turn in [("user", f"chat{n} {i}"), ("assistant", f"yes {i}")]
        ]
        assert said(store, f"chat{n}") == expected


def test_a_damaged_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "chats.sqlite").write_bytes(b"this is no database at all, and long enough" * 50)
    with pytest.raises(LibraryError, match=r"chats\.sqlite"):
        TurnStore(tmp_path)


@given(st.lists(st.text(max_size=50), max_size=8))
def test_any_text_is_kept_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    store = TurnStore(tmp_path_factory.mktemp("turns"))
    store.add("a", *(("user", text) for text in texts))
    assert [text for _, text in said(store, "a")] == texts
    store.close()
