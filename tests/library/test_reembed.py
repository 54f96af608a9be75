"""Another embedder or passage length: at the end the library is as one built afresh with it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from rag.errors import Cancelled, EmbedderMismatch, ModelError
from rag.library import Matching, reembed
from rag.listing import Progress
from rag.models.embedder import Embedder
from rag.retrieval import search
from rag.testing import FakeEmbedder
from tests.library.place import MakePlace, Place

OLD = FakeEmbedder()
OTHERS = {
    "another width": FakeEmbedder(dimension=32),
    "the same width": FakeEmbedder(seed=1),
    "the same name, other weights": FakeEmbedder(name="other", seed=3),
}


def many(place: Place, count: int = 30) -> Place:
    for n in range(count):
        place.write(f"{n:02}.txt", f"Article {n}\n\n" + f"A sentence about topic{n} and tea. " * 12)
    return place


def bring(place: Place, embedder: Embedder, longest: int = 200, **more: Any) -> int:
    library = place.open()
    try:
        return reembed(library, embedder, longest, **more)
    finally:
        library.close()


def check_fresh(place: Place, whole: Place, embedder: FakeEmbedder, longest: int = 200) -> None:
    """The place answers as one that was built with the embedder and length."""
    for each in (place, whole):
        each.embedder, each.longest = embedder, longest
    whole.sync()
    assert place.answers() == whole.answers()
    assert place.sync().unchanged == len(list(place.folder.rglob("*.*")))
    library = place.open()
    assert library.is_of(embedder.identity, longest)
    assert library.rows._db.all("SELECT count(*) FROM fresh") == [(0,)]
    library.close()


@pytest.mark.parametrize("other", sorted(OTHERS))
def test_as_built_afresh(make_place: MakePlace, other: str) -> None:
    place, whole = many(make_place()), many(make_place("whole"))
    place.sync()
    told: list[Progress] = []
    assert bring(place, OTHERS[other], progress=told.append) == 90
    assert (told[-1].passages, told[-1].passages_total) == (90, 90)
    check_fresh(place, whole, OTHERS[other])
    assert bring(place, OTHERS[other]) == 0


@pytest.mark.parametrize("longest", [400, 230])
def test_another_passage_length(make_place: MakePlace, longest: int) -> None:
    place, whole = many(make_place()), many(make_place("whole"))
    place.sync()
    assert bring(place, OLD, longest) > 30
    check_fresh(place, whole, OLD, longest)


def test_both_at_once(make_place: MakePlace) -> None:
    place, whole = many(make_place()), many(make_place("whole"))
    place.sync()
    bring(place, OTHERS["another width"], 400)
    check_fresh(place, whole, OTHERS["another width"], 400)


class Stopper:
    """Says stop at the n-th time that it is asked."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("after", [0, 2, 3, 5])
@pytest.mark.parametrize("longest", [200, 400])
def test_stopped_and_gone_on_with(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch, after: int, longest: int
) -> None:
    small_batches(monkeypatch)
    place, whole = many(make_place()), many(make_place("whole"))
    place.sync()
    before, new = place.answers(), FakeEmbedder(dimension=32)
    with pytest.raises(Cancelled, match="What was embedded so far is kept"):
        bring(place, new, longest, cancelled=Stopper(after))
    assert place.answers() == before  # the earlier one serves, whole
    again = FakeEmbedder(dimension=32)
    bring(place, again, longest)
    first, second = (sum(map(len, e.calls)) for e in (new, again))
    assert first + second == 90 + (60 if longest == 400 else 0)  # nothing twice
    check_fresh(place, whole, again, longest)


def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(sys.modules["rag.library.reembed"], "BATCH", 16)


def test_changes_and_questions_meanwhile(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch)
    place, whole = many(make_place()), many(make_place("whole"))
    place.sync()
    library, new = place.open(), FakeEmbedder(dimension=32)
    before, steps = place.answers(library), []

    def meanwhile(_: Progress) -> None:
        steps.append(1)
        assert library.identity == OLD.identity
        if len(steps) == 1:
            assert place.answers(library) == before
        elif len(steps) == 2:
            for each in (place, whole):
                each.write("new.txt", "New\n\nAn article about whales.")
                each.write("03.txt", "Article 3\n\nIt is about something else.")
                (each.folder / "02.txt").unlink()
            assert place.sync(library).added == ("new.txt",)
        found = search("whales", library, Matching(library, new, lambda _: OLD))
        assert len(steps) < 2 or found.hits[0].document == "new.txt"

    reembed(library, new, 200, progress=meanwhile)
    assert len(steps) >= 6
    assert library.identity == new.identity
    library.close()
    check_fresh(place, whole, new)


def test_another_open_library_follows(place: Place) -> None:
    place.sync()
    reader, new = place.open(), FakeEmbedder(dimension=32)
    matching = Matching(reader, OLD, lambda _: new)
    assert search("Norse", reader, matching).hits[0].document == "rollo.txt"
    bring(place, new)
    hits = search("Norse", reader, matching).hits
    assert hits[0].document == "rollo.txt"
    assert reader.identity == matching.identity == new.identity
    place.embedder = new
    assert place.answers(reader) == place.answers()


def test_a_change_taken_back_leaves_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    many(place).sync()
    before = place.answers()
    with pytest.raises(Cancelled):
        bring(place, FakeEmbedder(seed=1), cancelled=Stopper(3))
    with pytest.raises(Cancelled):  # a third one begins anew
        bring(place, FakeEmbedder(seed=2), cancelled=Stopper(2))
    assert bring(place, OLD) == 0
    library = place.open()
    assert library.rows._db.all("SELECT count(*) FROM fresh") == [(0,)]
    assert library.fact("fresh") is None
    library.close()
    assert place.answers() == before


def test_a_third_one_takes_over(make_place: MakePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    place, whole = many(make_place()), many(make_place("whole"))
    place.sync()
    for n, longest in ((1, 400), (2, 300)):
        with pytest.raises(Cancelled):
            bring(place, FakeEmbedder(seed=n), longest, cancelled=Stopper(6))
    bring(place, FakeEmbedder(seed=3))
    check_fresh(place, whole, FakeEmbedder(seed=3))


def test_vectors_of_another_are_never_mixed_in(place: Place) -> None:
    place.sync()
    before, library = place.answers(), place.open()
    place.embedder = FakeEmbedder(seed=1)
    place.write("new.txt", "New text about tea.")
    with pytest.raises(EmbedderMismatch, match=r"embedded with fake-embedder.*Run python -m rag i"):
        place.sync(library)
    library.close()
    (place.folder / "new.txt").unlink()
    place.embedder = OLD
    assert place.answers() == before


@pytest.mark.parametrize("gone", ["missing", "other weights"])
def test_words_decide_where_the_embedder_is_gone(place: Place, gone: str) -> None:
    place.sync()
    library, new = place.open(), FakeEmbedder(dimension=32)
    tried = []

    def load(name: str) -> Embedder:
        tried.append(name)
        if gone == "missing":
            raise ModelError("It is not there. Get it.")
        return FakeEmbedder(seed=9)

    matching = Matching(library, new, load)
    for _ in range(2):
        with pytest.raises(EmbedderMismatch, match="Run python -m rag index"):
            matching.embed(["text"])
        found = search("Norse coast", library, matching)
        assert found.hits[0].document == "rollo.txt"
        assert found.matching == 1
    assert tried == ["fake-embedder"]
    reembed(library, new, 200)
    assert len(matching.embed(["text"])[0]) == 32


def test_a_second_one_leaves_it_to_the_first(place: Place) -> None:
    place.sync()
    library, other = place.open(), place.open()
    new, counted = FakeEmbedder(seed=1), []

    def meanwhile(_: Progress) -> None:
        counted.append(reembed(other, new, 200))

    assert reembed(library, new, 200, progress=meanwhile) == 4
    assert counted == [0]


def test_it_waits_while_another_writes(place: Place) -> None:
    place.sync()
    library, other = place.open(), place.open()
    asked: list[int] = []

    def later() -> bool:
        asked.append(1)
        return len(asked) > 1

    with other.writing(), pytest.raises(Cancelled):
        reembed(library, FakeEmbedder(seed=1), 200, cancelled=later)


def test_a_query_is_never_between_two_embedders(place: Place) -> None:
    place.sync()
    library, new = place.open(), FakeEmbedder(dimension=32)
    matching, faults, stop = Matching(library, new, lambda _: OLD), [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                assert search("Norse", library, matching).hits[0].document == "rollo.txt"
            except BaseException as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for embedder in (new, OLD, new, OLD):
        reembed(library, embedder, 200)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not faults


def test_a_failing_model_leaves_the_earlier_one(place: Place) -> None:
    place.sync()
    before = place.answers()
    with pytest.raises(ModelError):
        bring(place, FakeEmbedder(seed=1, fail_after=0))
    assert place.answers() == before


def test_an_empty_library(place: Place) -> None:
    place.open().close()
    new = FakeEmbedder(dimension=32)
    assert bring(place, new) == 0
    place.embedder = new
    assert len(place.sync().added) == 4
    assert any(place.answers())
