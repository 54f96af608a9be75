"""Tasks handed out to workers that die: each comes back once, in order, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.limits import packed
from rag.errors import Cancelled, ClusterError, ReadError
from rag.library import reading
from rag.library import spread as spreading
from rag.library.reading import ToRead, WasRead, read_and_embed, read_here
from rag.library.spread import DEATHS, EACH, spread
from rag.models.embedder import EmbedderIdentity
from rag.testing import FakeEmbedder
from tests.library.place import ARTICLES, MakePlace


class MortalHands:
    """Workers in this process; `dies` says of each piece, as it is taken, whether its worker does.

    Pieces finish in the order that `pick` chooses among those that are out.
    """

    def __init__(
        self,
        dies: Callable[[Sequence[ToRead]], bool],
        pick: Callable[[int], int] = lambda _: 0,
        count: int = 2,
    ) -> None:
        self.dies, self.pick, self.workers = dies, pick, count
        self.out: dict[int, Sequence[ToRead]] = {}
        self.handed: list[int] = []
        self.most = 0

    def count(self) -> int:
        return self.workers

    def hand_out(self, tasks: Sequence[ToRead]) -> int:
        self.handed.append(len(tasks))
        self.out[len(self.handed)] = tasks
        self.most = max(self.most, len(self.out))
        return len(self.handed)

    def finished(self, out: Collection[int], seconds: float) -> Collection[int]:
        assert set(out) == set(self.out)
        return [list(out)[self.pick(len(out)) % len(out)]]

    def taken(self, piece: int) -> Sequence[WasRead] | None:
        tasks = self.out.pop(piece)
        return None if self.dies(tasks) else [read_here(task) for task in tasks]


class MortalWorkers:
    """`Workers` over `MortalHands`, which embed as well."""

    def __init__(self, hands: MortalHands) -> None:
        self._hands = hands

    def make(
        self, tasks: Iterable[ToRead], identity: EmbedderIdentity, check: Callable[[], None]
    ) -> Iterator[tuple[ToRead, WasRead]]:
        def taken(piece: int) -> Sequence[WasRead] | None:
            given = hands.out.pop(piece)
            return None if hands.dies(given) else read_and_embed(given, identity).made

        hands = self._hands
        hands.taken = taken  # type: ignore[method-assign]
        return spread(tasks, hands, check)


def tasks(count: int) -> list[ToRead]:
    return [ToRead(f"{n:03}.txt", f"Number {n} is here.".encode(), 200, 60.0) for n in range(count)]


def nothing() -> None:
    pass


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 90), st.integers(1, 4))
def test_each_comes_back_once_and_in_order(data: st.DataObject, count: int, workers: int) -> None:
    deaths = data.draw(st.lists(st.booleans(), max_size=20))
    picks = data.draw(st.lists(st.integers(0, 20), max_size=20))
    hands = MortalHands(
        lambda _: deaths.pop() if deaths else False,
        lambda _: picks.pop() if picks else 0,
        workers,
    )
    given_tasks = tasks(count)
    unread = data.draw(st.sets(st.integers(0, max(0, count - 1)), max_size=5))
    given_tasks = [
        ToRead(t.id, ReadError("It is gone."), 200, 60.0) if n in unread else t
        for n, t in enumerate(given_tasks)
    ]
    came = list(spread(given_tasks, hands, nothing))
    assert [task.id for task, _ in came] == [task.id for task in given_tasks]
    for number, (task, made) in enumerate(came):
        if number in unread:
            assert made.error == "It is gone."
        elif made.document is not None:
            assert made.document.text == f"Number {number} is here."
        else:
            assert f"{task.id} was not read: {DEATHS} workers died at it" in made.error
            assert made.again
    assert hands.most <= EACH * workers
    assert not hands.out


def test_the_one_that_kills_workers_is_named_and_harms_no_other() -> None:
    hands = MortalHands(lambda piece: any(task.id == "007.txt" for task in piece))
    came = {task.id: made for task, made in spread(tasks(40), hands, nothing)}
    assert [id_ for id_, made in came.items() if made.document is None] == ["007.txt"]
    assert "without --ray" in came["007.txt"].error
    assert hands.handed.count(1) >= DEATHS - 1


def test_no_more_is_taken_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "HELD", 10)
    monkeypatch.setattr(spreading, "PIECE_TASKS", 2)
    took: list[str] = []

    def source() -> Iterator[ToRead]:
        for task in tasks(60):
            took.append(task.id)
            yield task

    last = MortalHands(lambda _: False, lambda count: count - 1)  # the first piece comes last
    for task, _ in spread(source(), last, nothing):
        assert len(took) <= int(task.id[:3]) + 10 + 2
    assert len(took) == 60
    monkeypatch.setattr(spreading, "ROOM", 40)
    took.clear()
    came = spread(source(), MortalHands(lambda _: False), nothing)
    next(came)
    assert len(took) <= 4
    assert len(list(came)) == 59


def test_it_stops_when_asked_to() -> None:
    def check() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        list(spread(tasks(3), MortalHands(lambda _: False), check))


def test_without_workers_it_waits_for_some_and_then_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spreading, "_LOOK", 0.001)
    hands = MortalHands(lambda _: False, count=0)
    looks: list[int] = []

    def come() -> None:
        looks.append(1)
        hands.workers = int(len(looks) > 3)

    assert len(list(spread(tasks(3), hands, come))) == 3
    monkeypatch.setattr(spreading, "PATIENCE", 0.01)
    with pytest.raises(ClusterError, match="No worker of the Ray cluster is left"):
        list(spread(tasks(3), MortalHands(lambda _: False, count=0), nothing))


def test_a_sync_by_mortal_workers_is_as_one_without(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through changes, moves, copies, archives and what cannot be read."""
    monkeypatch.setattr(reading, "load_embedder", lambda _, threads: FakeEmbedder())
    hands = MortalHands(lambda piece: len(piece) > 1, lambda count: count - 1)
    workers = MortalWorkers(hands)
    one, other = make_place("one").fill(), make_place("other").fill()
    more = f"{ARTICLES['chips.md']}\n\nMore on tea, and on the hill."
    steps: list[dict[str, str | bytes | None]] = [
        {
            "empty.txt": "",
            "old.zip": packed({"a.txt": b"Old tea.", "b.txt": b"", "c.txt": b"."}),
        },
        {"rollo.txt": None, "deep/rollo.txt": ARTICLES["rollo.txt"]},
        {"chips.md": more, "same.md": "Tea."},
        {"again.md": "Tea.", "old.zip": packed({"a.txt": b"Old tea.", "d.txt": b"Old hills."})},
    ]
    for step in steps:
        for place in (one, other):
            for name, text in step.items():
                if text is None:
                    (place.folder / name).unlink()
                else:
                    place.write(name, text)
        without, by_workers = one.sync(), other.sync(workers=workers)
        assert replace(by_workers, seconds=0) == replace(without, seconds=0)
        assert other.answers() == one.answers()
    assert max(hands.handed) > 1
    assert 1 in hands.handed
