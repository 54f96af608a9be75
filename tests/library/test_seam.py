"""What every library must do, wherever it is kept."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from rag.errors import EmbedderMismatch, LibraryError, RagError
from rag.library import Filters, Library, LibraryStore
from rag.library.ingest import vectors_by_text
from rag.library.milvus import MilvusLibrary
from rag.library.remarks import note_failures
from rag.library.rows import Settlement
from rag.listing import Failure
from rag.testing import FakeEmbedder
from rag.words import terms
from tests.library.place import MakePlace, Place

CORRECTED = date(2001, 2, 3)


@pytest.fixture(params=["folder", "milvus"])
def store(request: pytest.FixtureRequest) -> Callable[[Place], LibraryStore] | None:
    """Opens the library of a place; `None` stands for the one in the index folder."""
    if request.param == "folder":
        return None
    address: str = request.getfixturevalue("milvus")

    def opened(place: Place) -> LibraryStore:
        identity, longest = place.embedder.identity, place.longest
        return MilvusLibrary(address, place.index, identity=identity, longest=longest)

    return opened


@pytest.fixture
def place(make_place: MakePlace, store: Callable[[Place], LibraryStore] | None) -> Place:
    """Four articles, indexed nowhere yet."""
    return make_place(store=store).fill()


def afresh(place: Place, make_place: MakePlace) -> list[list[tuple[object, ...]]]:
    """What a library in a folder finds that is built of the very same files."""
    other = make_place("afresh")
    shutil.copytree(place.folder, other.folder, dirs_exist_ok=True)
    other.sync()
    return other.answers()


def found(library: LibraryStore, place: Place, **filters: Any) -> set[str]:
    vector = place.embedder.embed(["chips and tea"])[0]
    matches = library.match(vector, terms("chips tea"), limit=50, filters=Filters(**filters))
    stored = library.passages([match.number for match in matches])
    return {s.passage.document for s in stored.values()}


def test_it_finds_what_one_in_a_folder_finds(place: Place, make_place: MakePlace) -> None:
    place.sync()
    assert place.answers() == afresh(place, make_place)


def test_after_changes_moves_copies_and_removals_it_is_as_one_built_afresh(
    place: Place, make_place: MakePlace
) -> None:
    place.sync()
    library = place.open()
    place.write("rollo.txt", "Rollo\n\nRollo lost the town again, and drank tea.")
    place.write("chips_too.md", (place.folder / "chips.md").read_bytes())
    (place.folder / "deep/tea.html").rename(place.folder / "deep/tea-tea.html")
    (place.folder / "deep/er/old.md").unlink()
    place.write("broken.txt", b"\x00\x01\x02" * 9)
    report = place.sync(library)
    assert (report.changed, report.removed) == (("rollo.txt",), ("deep/er/old.md",))
    assert report.moved == (("deep/tea.html", "deep/tea-tea.html"),)
    assert report.duplicates == (("chips_too.md", "chips.md"),)
    assert [failure.path for failure in library.failures()] == ["broken.txt"]
    assert library.counts() == (3, len(place.answers(library)[0]))
    wanted = afresh(place, make_place)
    assert place.answers(library) == wanted
    library.close()
    assert place.answers() == wanted
    again = place.open()
    assert place.sync(again).unchanged == 3
    former, copy = again.document("deep/tea.html"), again.document("chips_too.md")
    assert former is not None
    assert copy is not None
    assert (former.id, copy.id) == ("deep/tea-tea.html", "chips.md")
    assert again.document("deep/er/old.md") is None
    (place.folder / "chips.md").unlink()  # its copy takes over, with what was computed
    assert place.sync(again).passages == 0
    assert found(again, place, documents=["chips_too.md"]) == {"chips_too.md"}


def test_moves_end_as_they_do_in_a_folder(place: Place, make_place: MakePlace) -> None:
    twin = make_place("twin").fill()
    for each in (place, twin):
        each.sync()
        for steps in (
            {"rollo.txt": "a.txt", "chips.md": "rollo.md"},
            {"a.txt": "b.txt", "rollo.md": "a.md", "deep/er/old.md": "chips.md"},
            {"b.txt": "c.txt", "a.md": "b.md", "chips.md": "a.md"},
        ):
            for before, now in steps.items():
                os.replace(each.folder / before, each.folder / now)
            assert each.sync().passages in (0, 1)  # a title from the name is embedded with it
    assert place.answers() == twin.answers()
    moved, same = place.open(), twin.open()
    for id_ in ("rollo.txt", "rollo.md", "chips.md", "a.md", "deep/er/old.md"):
        assert moved.document(id_) == same.document(id_)


def test_a_passage_found_either_way_has_both_scores(place: Place) -> None:
    place.sync()
    library = place.open()
    vector = place.embedder.embed(["Rollo led the Norse"])[0]
    matches = library.match(vector, terms("slow chip"), limit=1)
    stored = library.passages([m.number for m in matches])
    kept = vectors_by_text(library.rows.entries([s.document.id for s in stored.values()]))
    assert len(matches) == 2
    for match in matches:
        true = [v for text, v in kept.items() if text.endswith(stored[match.number].text)]
        assert match.dense == pytest.approx(float(true[0] @ vector), abs=1e-5)
    assert {stored[m.number].passage.document for m in matches if m.lexical} == {"chips.md"}


def test_words_count_what_is_said_and_the_first_of_too_many_stand(place: Place) -> None:
    place.sync()
    library, nowhere = place.open(), place.embedder.embed(["\0"])[0]

    def scores(words: Any) -> dict[str, float]:
        matches = library.match(nowhere, words, limit=50)
        stored = library.passages([m.number for m in matches])
        return {stored[m.number].document.id: m.lexical for m in matches if m.lexical}

    chip, rouen = scores(["chip"]), scores(["rouen"])
    both = scores({"chip": 1.0, "rouen": 0.3})
    for id_ in ("chips.md", "deep/er/old.md"):
        assert both[id_] == pytest.approx(chip[id_], rel=1e-4)
    assert both["rollo.txt"] == pytest.approx(0.3 * rouen["rollo.txt"], rel=1e-4)
    many = [f"absent{n}" for n in range(63)]
    assert scores([*many, "chip", "rouen"]) == pytest.approx(chip)
    assert scores(["it's", "1,500", "谁建", 'a"b']) == {}


def test_filters(place: Place) -> None:
    place.sync()
    place.write("chips_too.md", (place.folder / "chips.md").read_bytes())
    place.sync()
    library = place.open()
    assert len(found(library, place)) == 4
    assert found(library, place, documents=["chips.md", "absent"]) == {"chips.md"}
    assert found(library, place, documents=["chips_too.md"]) == {"chips.md"}
    assert found(library, place, documents=[]) == set()
    assert found(library, place, after=date(2025, 1, 1)) == {"chips.md"}
    assert found(library, place, after=date(2025, 8, 12), before=date(2025, 8, 12)) == {"chips.md"}
    assert found(library, place, before=date(2025, 8, 11)) == {"deep/er/old.md"}
    assert found(library, place, documents=["rollo.txt"], after=date(2000, 1, 1)) == set()
    assert library.counts(Filters(after=date(2025, 1, 1)))[0] == 1
    assert library.counts(Filters(("rollo.txt", "chips.md")))[0] == 2
    assert sorted(library.dates()) == [date(2020, 1, 2), date(2025, 8, 12)]


def test_filters_do_not_change_the_scores(place: Place) -> None:
    place.sync()
    library = place.open()
    vector = place.embedder.embed(["old chips"])[0]
    every = {m.number: m for m in library.match(vector, terms("old chips"), limit=50)}
    some = library.match(vector, terms("old chips"), limit=50, filters=Filters(("deep/er/old.md",)))
    assert some
    for match in some:
        # milvus-lite takes the statistics of words over the filtered passages alone
        assert library.shared or match.lexical == pytest.approx(every[match.number].lexical)
        assert match.dense == pytest.approx(every[match.number].dense)


def test_an_empty_library(place: Place) -> None:
    library = place.open()
    assert library.counts() == (0, 0)
    assert library.match(place.embedder.embed(["x"])[0], ["x"], limit=5) == []
    assert library.passages([1, 2]) == {}
    assert library.documents_of([1, 2], boilerplate=True) == []
    assert library.documents() == []
    assert (library.dates(), library.languages(), library.failures()) == ([], (), [])
    assert library.document("rollo.txt") is None
    assert library.weight("chip") > 0


def test_rare_words_weigh_what_they_do_in_a_folder(place: Place, make_place: MakePlace) -> None:
    place.sync()
    library, other = place.open(), make_place("other").fill()
    other.sync()
    local = other.open()
    assert library.weight("rouen") > library.weight("chip") > 0
    for word in ("rouen", "chip", "tea", "absent", "\0", "it's", "1,500"):
        assert library.weight(word) == pytest.approx(local.weight(word))


def test_the_list_says_what_it_says_of_one_in_a_folder(place: Place, make_place: MakePlace) -> None:
    other = make_place("other").fill()
    for each in (place, other):
        each.write("chips_too.md", (place.folder / "chips.md").read_bytes())
        each.write("ferry.md", "# Ferries\n\nIt sails at nine.\n\n<p hidden>It is green.</p>\n")
        each.sync()
    library, local = place.open(), other.open()
    assert [info.remarks for info in local.documents() if info.remarks]
    for each_library in (library, local):
        each_library.correct("chips.md", {"author": "Anna Berg", "date": CORRECTED})
    assert library.documents() == local.documents()
    assert library.languages() == local.languages()
    assert library.document("rollo.txt") == local.document("rollo.txt")
    assert library.rows.digest_of("rollo.txt") == local.rows.digest_of("rollo.txt") != ""
    assert library.rows.title("deep/tea.html") == "Tea"
    assert (library.rows.title("absent"), library.rows.digest_of("absent")) == (None, "")


def test_what_is_set_by_hand_counts_and_can_be_taken_back(place: Place) -> None:
    place.sync()
    library = place.open()
    library.correct("chips.md", {"author": "Anna Berg", "date": CORRECTED})
    document = library.document("chips.md")
    assert document is not None
    assert (document.author, document.date) == ("Anna Berg", CORRECTED)
    assert found(library, place, after=CORRECTED, before=CORRECTED) == {"chips.md"}
    place.write(
        "chips.md", "---\ntitle: Chips\ndate: 2024-01-01\nauthor: Jo\n---\nThe chip is red."
    )
    place.sync(library)
    assert found(library, place, after=CORRECTED, before=CORRECTED) == {"chips.md"}
    (place.folder / "chips.md").rename(place.folder / "red.md")
    place.sync(library)
    library.correct("red.md", {"author": None, "date": None})
    again = library.document("red.md")
    assert again is not None
    assert (again.author, again.date) == ("Jo", date(2024, 1, 1))
    assert found(library, place, after=date(2024, 1, 1), before=date(2024, 1, 1)) == {"red.md"}
    with pytest.raises(RagError, match="no article absent"):
        library.correct("absent", {"author": "x"})


def test_failures_are_kept_until_they_are_over(place: Place) -> None:
    library = place.open()
    note_failures(library, [Failure("b.txt", "why"), Failure("a.txt", "so")])
    note_failures(library, [Failure("b.txt", "else")], only=["b.txt"])
    assert library.failures() == [Failure("a.txt", "so"), Failure("b.txt", "else")]
    note_failures(library, [])
    assert library.failures() == []


def test_what_another_program_adds_is_found(place: Place) -> None:
    place.sync()
    reader, writer = place.open(), place.open()
    place.write("new.txt", "A new article about chips and tea.")
    (place.folder / "rollo.txt").unlink()
    place.sync(writer)
    reader.refresh()
    assert place.answers(reader) == place.answers(writer)
    assert "new.txt" in found(reader, place)
    assert reader.counts()[0] == 4


def test_one_writes_at_a_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("library", "milvus_lease"):
        monkeypatch.setattr(f"rag.library.{module}._PATIENCE", 0.2)
    place.sync()
    reader, writer = place.open(), place.open()
    waited = []

    def waiting() -> None:
        waited.append(1)
        raise InterruptedError

    with writer.writing():
        with pytest.raises(LibraryError, match="Another program is writing"):
            reader.settle(Settlement(removed=["rollo.txt"]))
        with pytest.raises(InterruptedError), reader.writing(waiting=waiting):
            pass
        writer.settle(Settlement(removed=["chips.md"]))  # it may be nested
    assert waited
    reader.settle(Settlement(removed=["rollo.txt"]))
    reader.refresh()
    assert reader.counts()[0] == 2


def test_searching_while_syncing(place: Place) -> None:
    place.sync()
    library = place.open()
    stop, problems = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            try:
                place.answers(library)
            except KeyError:
                pass  # a passage that was removed between the two calls
            except Exception as error:
                problems.append(error)
                return

    thread = threading.Thread(target=search)
    thread.start()
    for round_ in range(6):
        place.write("rollo.txt", f"Rollo\n\nVersion {round_} about tea and chips.")
        place.write(f"new{round_}.txt", f"Article {round_} about whales.")
        place.sync(library)
    stop.set()
    thread.join()
    assert problems == []
    expected = place.answers(library)
    library.close()
    assert place.answers() == expected


def test_another_embedder_is_told(place: Place) -> None:
    place.sync()
    library, other = place.open(), FakeEmbedder(seed=7)
    assert library.is_of(place.embedder.identity, place.longest)
    assert not library.is_of(place.embedder.identity, place.longest + 1)
    assert not library.is_of(other.identity, place.longest)
    library.must_be_of(place.embedder.identity)
    with pytest.raises(EmbedderMismatch, match="passages embedded with"):
        library.must_be_of(other.identity)
    with library.steady():
        assert library.identity == place.embedder.identity


def test_a_closed_library_says_so(place: Place) -> None:
    library = place.open()
    library.close()
    with pytest.raises(LibraryError, match="was closed"):
        library.counts()
    with pytest.raises(LibraryError, match="was closed"):
        library.match(place.embedder.embed(["x"])[0], ["x"], limit=5)


def test_the_one_in_a_folder_is_such_a_store(place: Place) -> None:
    library: LibraryStore = Library(
        place.index, identity=place.embedder.identity, longest=place.longest
    )
    assert not library.shared
    assert str(place.index) in library.called
    library.close()
