"""Files that get another name, and files that are there twice."""

from __future__ import annotations

import shutil

from rag.library import Filters, Library
from tests.library.place import Place


def test_a_moved_file(place: Place) -> None:
    place.sync()
    (place.folder / "moved").mkdir()
    (place.folder / "rollo.txt").rename(place.folder / "moved/rolf.txt")
    calls = len(place.embedder.calls)
    report = place.sync()
    assert (report.added, report.removed) == ((), ())
    assert report.moved == (("rollo.txt", "moved/rolf.txt"),)
    assert report.unchanged == 3
    assert len(place.embedder.calls) == calls
    library = place.open()
    assert library.document("moved/rolf.txt") is not None


def test_a_renamed_folder_with_its_index(place: Place) -> None:
    place.sync()
    place.folder = place.folder.rename(place.root / "renamed")
    report = place.sync()
    assert (report.unchanged, report.added, report.removed) == (4, (), ())


def same_files(place: Place, library: Library) -> dict[str, str]:
    """Every file that the library knows, with the document that holds the same."""
    return {id_: state.copy_of for id_, state in library.rows.states().items()}


def test_the_same_content_twice_is_one_article_with_two_names(place: Place) -> None:
    place.sync()
    alone = place.answers()
    shutil.copy(place.folder / "rollo.txt", place.folder / "twin.txt")
    report = place.sync()
    assert (report.added, report.unchanged, report.passages) == ((), 4, 0)
    assert report.duplicates == (("twin.txt", "rollo.txt"),)
    assert place.sync().duplicates == report.duplicates
    assert place.answers() == alone
    library = place.open()
    assert {info.id: info.copies for info in library.documents()}["rollo.txt"] == ("twin.txt",)
    assert library.document("twin.txt") == library.document("rollo.txt")
    assert library.counts(Filters(("twin.txt",))) == library.counts(Filters(("rollo.txt",)))
    assert library.counts()[0] == 4


def test_the_first_of_equal_files_is_so_by_name_not_by_time(place: Place) -> None:
    place.sync()
    calls = len(place.embedder.calls)
    shutil.copy(place.folder / "rollo.txt", place.folder / "a.txt")
    report = place.sync()
    assert (report.added, report.moved) == (("a.txt",), ())
    assert report.duplicates == (("rollo.txt", "a.txt"),)
    assert (report.unchanged, len(place.embedder.calls)) == (3, calls)


def test_a_duplicate_takes_over_without_being_embedded(place: Place) -> None:
    for name in ("twin.txt", "other.txt"):
        shutil.copy(place.folder / "rollo.txt", place.folder / name)
    report = place.sync()
    assert report.duplicates == (("rollo.txt", "other.txt"), ("twin.txt", "other.txt"))
    calls = len(place.embedder.calls)
    library = place.open()
    (place.folder / "other.txt").unlink()
    report = place.sync(library)
    assert (report.moved, report.removed) == ((("other.txt", "rollo.txt"),), ())
    assert same_files(place, library)["twin.txt"] == "rollo.txt"
    place.write("rollo.txt", "Another text altogether.")
    report = place.sync(library)
    assert (report.changed, report.duplicates, report.moved) == (("rollo.txt",), (), ())
    assert "Rouen" in library.document("twin.txt").text  # type: ignore[union-attr]
    assert sum(map(len, place.embedder.calls[calls:])) == 1


def test_equal_bytes_that_are_read_in_other_ways_are_two_articles(place: Place) -> None:
    place.write("same.txt", "# Costs\n\nIt cost 40.")
    place.write("same.md", "# Costs\n\nIt cost 40.")
    assert place.sync().duplicates == ()


def test_files_that_take_each_others_names(place: Place) -> None:
    place.write("a.txt", "Tea\n\nTea grows on hills.")
    place.write("b.txt", "Milk\n\nMilk is white.")
    place.sync()
    calls = len(place.embedder.calls)
    (place.folder / "a.txt").rename(place.folder / "c")
    (place.folder / "b.txt").rename(place.folder / "a.txt")
    (place.folder / "c").rename(place.folder / "b.txt")
    library = place.open()
    report = place.sync(library)
    assert (report.added, report.removed, report.unchanged) == ((), (), 6)
    assert len(place.embedder.calls) == calls
    assert library.document("a.txt").title == "Milk"  # type: ignore[union-attr]


def test_a_title_from_the_name_follows_the_name(place: Place) -> None:
    place.write("old-harbour.txt", "The harbour was built in 1911, and is deep.")
    place.sync()
    (place.folder / "old-harbour.txt").rename(place.folder / "new-harbour.txt")
    library = place.open()
    report = place.sync(library)
    assert report.moved == (("old-harbour.txt", "new-harbour.txt"),)
    assert report.passages == 1
    assert library.document("new-harbour.txt").title == "new harbour"  # type: ignore[union-attr]
    (place.folder / "in").mkdir()
    (place.folder / "new-harbour.txt").rename(place.folder / "in/new_harbour.txt")
    report = place.sync(library)
    assert report.moved == (("new-harbour.txt", "in/new_harbour.txt"),)
    assert report.passages == 0


def test_a_moved_article_is_found_under_its_old_name(place: Place) -> None:
    place.sync()
    library = place.open()
    for name in ("a/one.txt", "two.txt", "three.txt"):
        (place.folder / name).parent.mkdir(exist_ok=True)
        old = next(place.folder / i.id for i in library.documents() if i.title == "Rollo")
        old.rename(place.folder / name)
        place.sync(library)
        for was in ("rollo.txt", name):
            assert library.document(was).id == name  # type: ignore[union-attr]
    place.write("rollo.txt", "Another one has the name now.")
    place.sync(library)
    assert library.document("rollo.txt").text.startswith("Another")  # type: ignore[union-attr]
    (place.folder / "rollo.txt").unlink()
    (place.folder / "three.txt").unlink()
    place.sync(library)
    assert library.document("rollo.txt") is None
    assert library.document("two.txt") is None
