"""Nobody reads, continues or changes what is another's, whatever id they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chats import ChatStore
from rag.chats.feedback import feedback
from rag.chats.saved import saved_chat
from rag.errors import LibraryError
from tests.chats.made import ANSWER, asked


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    with closing(ChatStore(tmp_path)) as store:
        yield store


def whole(store: ChatStore) -> Any:
    """All that an owner can read."""
    return [(info, store.turns(info.id)) for info in store.chats()]


WAYS: list[Callable[[ChatStore, str, int], object]] = [
    lambda store, chat, turn: store.begin(chat, "mine now"),
    lambda store, chat, turn: store.restrict(chat, ["mine.txt"]),
    lambda store, chat, turn: store.rename(chat, "mine now"),
    lambda store, chat, turn: store.rename(chat, ""),
    lambda store, chat, turn: store.finish(turn, ANSWER),
    lambda store, chat, turn: store.fail(turn, "mine now"),
    lambda store, chat, turn: store.rate(turn, -1, "mine now"),
    lambda store, chat, turn: store.cut(chat, turn),
    lambda store, chat, turn: store.delete(chat),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("owner", ["", "ann"])
def test_no_way_leads_to_what_is_anothers(store: ChatStore, owner: str, way: Any) -> None:
    theirs, other = store.of(owner), store.of("bob")
    done = theirs.begin("a", "When?")
    theirs.finish(done, ANSWER)
    waits = theirs.begin("a", "And where?")
    before = whole(theirs)
    for turn in (done, waits):
        with suppress(LibraryError):
            way(other, "a", turn)
        assert whole(theirs) == before
        assert whole(other) == []


def test_what_is_anothers_is_as_if_it_were_not_there(store: ChatStore) -> None:
    ann, bob = store.of("ann"), store.of("bob")
    turn = ann.begin("a", "When?")
    ann.finish(turn, ANSWER)
    ann.rate(turn, 1)
    assert asked(ann, "a") == ["When?"]
    assert bob.info("a") is None
    assert bob.turns("a") == bob.chats() == bob.chats("when") == ()
    assert bob.turn(turn) is None
    assert feedback(bob) == b""
    assert feedback(ann) != b""
    for use in (lambda: saved_chat(bob, "a"), lambda: bob.begin("a", "x")):
        with pytest.raises(LibraryError, match="There is no chat a"):
            use()


def test_each_lists_and_searches_their_own(store: ChatStore) -> None:
    for owner in ("", "ann", "bob", "Ann", "ann "):
        store.of(owner).begin(f"chat of {owner}", f"Who is {owner or 'nobody'}?")
    for owner in ("", "ann", "bob", "Ann", "ann "):
        assert [info.id for info in store.of(owner).chats("who is")] == [f"chat of {owner}"]


_steps = st.lists(
    st.tuples(st.sampled_from(["", "ann", "bob"]), st.sampled_from(WAYS), st.integers(0, 30)),
    max_size=25,
)


@given(_steps)
def test_any_order_of_deeds_leaves_others_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    """Whatever somebody does to whichever chat, only their own list changes."""
    with closing(ChatStore(tmp_path_factory.mktemp("any"))) as store:
        for owner, way, number in steps:
            before = {name: whole(store.of(name)) for name in {"", "ann", "bob"} - {owner}}
            with suppress(LibraryError):
                way(store.of(owner), "ab"[number % 2], number // 2)
            assert before == {name: whole(store.of(name)) for name in before}


def test_one_that_may_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(ChatStore(tmp_path)) as store:
        store.finish(store.begin("c", "Who?"), ANSWER)
    raw = (tmp_path / "chats.sqlite").read_bytes()
    monkeypatch.setattr("rag.database.os.access", lambda *_: False)
    with closing(ChatStore(tmp_path)) as store:
        assert asked(store, "c") == ["Who?"]
        with pytest.raises(LibraryError, match="cannot be written"):
            store.begin("new", "And now?")
    assert (tmp_path / "chats.sqlite").read_bytes() == raw
