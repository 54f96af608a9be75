"""Archives in the folder: each file inside is an article, as if it lay beside the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.errors import Cancelled, RagError, ReadError
from rag.library import ingest, looking
from rag.listing import Outcome
from tests.documents import made
from tests.library.place import MakePlace, Place
from tests.library.test_sync import aged

TEA = b"Tea grows on the hills above Skarvik."
ROLLO = b"Rollo led the Norse to the coast."


def zipped(place: Place, name: str = "papers.zip", **files: bytes) -> Path:
    parts = {f"{stem}.txt": raw for stem, raw in files.items()}
    return aged(place.write(name, made.archive(parts)))


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    return make_place()


def ids(place: Place) -> dict[str, str]:
    library = place.open()
    found = {info.id: library.document(info.id).text for info in library.documents()}  # type: ignore[union-attr]
    library.close()
    return found


def test_what_is_inside_is_indexed_and_answers_as_files_do(
    place: Place, make_place: MakePlace
) -> None:
    zipped(place, tea=TEA, rollo=ROLLO)
    report = place.sync()
    assert report.added == ("papers.zip/rollo.txt", "papers.zip/tea.txt")
    unpacked = make_place("unpacked")
    unpacked.write("papers.zip/tea.txt", TEA)
    unpacked.write("papers.zip/rollo.txt", ROLLO)
    unpacked.sync()
    assert place.answers() == unpacked.answers()


def test_an_old_archive_is_not_read_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped(place, tea=TEA, rollo=ROLLO, bad=bytes(range(32)))
    assert place.sync().failed[0].path == "papers.zip/bad.txt"
    monkeypatch.setattr(looking, "load_bytes", lambda path: pytest.fail(f"{path} was read"))
    report = place.sync()
    assert (report.unchanged, report.removed) == (2, ())
    assert [failure.path for failure in report.failed] == ["papers.zip/bad.txt"]


def test_only_what_changed_inside_is_embedded_again(place: Place) -> None:
    zipped(place, tea=TEA, rollo=ROLLO, ferry=b"Ferries sail.")
    place.sync()
    calls = len(place.embedder.calls)
    zipped(place, tea=TEA, rollo=ROLLO + b" He won.", bridge=b"Bridges stand.")
    report = place.sync()
    assert (report.added, report.changed, report.removed, report.unchanged) == (
        ("papers.zip/bridge.txt",),
        ("papers.zip/rollo.txt",),
        ("papers.zip/ferry.txt",),
        1,
    )
    assert sum(map(len, place.embedder.calls[calls:])) == 2
    place.sync()
    assert set(ids(place)) == {f"papers.zip/{name}.txt" for name in ("tea", "rollo", "bridge")}


def test_a_vanished_archive_takes_its_articles_with_it(place: Place) -> None:
    path = zipped(place, tea=TEA, rollo=ROLLO)
    place.write("other.txt", "Another article.")
    place.sync()
    path.unlink()
    assert place.sync().removed == ("papers.zip/rollo.txt", "papers.zip/tea.txt")
    assert set(ids(place)) == {"other.txt"}


def test_a_stop_in_the_middle_is_made_up_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped(place, **{f"n{number}": b"Article %d." % number for number in range(6)})
    monkeypatch.setattr(ingest, "BATCH_DOCUMENTS", 2)
    seen = []

    def enough() -> bool:
        seen.append(1)
        return len(seen) > 13  # it looks at all of them first

    with pytest.raises(Cancelled):
        place.sync(cancelled=enough)
    kept = len(ids(place))
    assert 0 < kept < 6
    report = place.sync()
    assert (len(report.added), report.unchanged) == (6 - kept, kept)
    monkeypatch.setattr(looking, "load_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert place.sync().unchanged == 6


def test_trying_one_file_of_an_archive_again(place: Place) -> None:
    zipped(place, tea=TEA, bad=bytes(range(32)))
    place.write("other.txt", bytes(range(32)))
    place.sync()
    library = place.open()
    path = zipped(place, tea=TEA, bad=b"Good now.")
    os.utime(path)
    report = place.sync(library, only=["papers.zip/bad.txt"])
    assert report.added == ("papers.zip/bad.txt",)
    assert [failure.path for failure in library.failures()] == ["other.txt"]


def test_adding_an_archive_and_removing_it(place: Place) -> None:
    place.write("other.txt", "Another article.")
    place.sync()
    library = place.open()
    raw = made.archive({"tea.txt": TEA, "rollo.txt": ROLLO, "bad.txt": b""})
    added = place.add(library, "papers.zip", raw)
    assert (added.id, added.outcome, added.title) == ("papers.zip", Outcome.ADDED, "papers.zip")
    assert added.passages == 2
    with pytest.raises(RagError, match=r"tea\.txt is a file inside papers\.zip, which is never ch"):
        place.remove(library, "papers.zip/tea.txt")
    with pytest.raises(ReadError, match=r"empty\.zip holds no files of a kind that is read"):
        place.add(library, "empty.zip", made.archive({}))
    again = place.add(library, "papers.zip", raw)
    assert (again.id, again.outcome, again.passages) == ("papers.zip", Outcome.ALREADY_THERE, 2)
    again = place.add(library, "other.zip", raw)
    assert (again.id, again.outcome, again.passages) == ("papers.zip", Outcome.ALREADY_THERE, 2)
    kept = place.remove(library, "papers.zip")
    assert kept
    assert kept.read_bytes() == raw
    assert [info.id for info in library.documents()] == ["other.txt"]


def test_a_broken_archive_keeps_what_was_read_before(place: Place) -> None:
    path = zipped(place, tea=TEA)
    place.sync()
    path.write_bytes(b"no zip")
    report = place.sync()
    assert "papers.zip is damaged or of another kind" in report.failed[0].reason
    assert set(ids(place)) == {"papers.zip/tea.txt"}


def test_a_folder_named_like_an_archive(place: Place) -> None:
    place.write("papers.zip/tea.txt", TEA)
    place.sync()
    library = place.open()
    assert place.remove(library, "papers.zip/tea.txt")
    assert library.documents() == []


def test_the_same_in_an_archive_and_beside_it_is_one_article(place: Place) -> None:
    zipped(place, tea=TEA, rollo=ROLLO)
    aged(place.write("tea.txt", TEA))
    report = place.sync()
    assert report.added == ("papers.zip/rollo.txt", "papers.zip/tea.txt")
    assert report.duplicates == (("tea.txt", "papers.zip/tea.txt"),)
    (place.folder / "papers.zip").unlink()
    calls = len(place.embedder.calls)
    report = place.sync()
    assert report.moved == (("papers.zip/tea.txt", "tea.txt"),)
    assert report.removed == ("papers.zip/rollo.txt",)
    assert len(place.embedder.calls) == calls


def test_an_archive_of_duplicates_alone_is_not_read_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped(place, "a.zip", tea=TEA, rollo=ROLLO)
    zipped(place, "b.zip", tea=TEA, rollo=ROLLO, empty=b"")
    assert len(place.sync().duplicates) == 2
    monkeypatch.setattr(looking, "load_bytes", lambda path: pytest.fail(f"{path} was read"))
    report = place.sync()
    assert (report.unchanged, len(report.duplicates)) == (2, 2)
    assert [failure.path for failure in report.failed] == ["b.zip/empty.txt"]


def test_adding_an_archive_of_what_is_there(place: Place) -> None:
    place.write("a-tea.txt", TEA)
    place.sync()
    library = place.open()
    added = place.add(library, "papers.zip", made.archive({"tea.txt": TEA}))
    assert (added.id, added.outcome, added.title) == ("papers.zip", Outcome.ADDED, "papers.zip")
    assert [(info.id, info.copies) for info in library.documents()] == [
        ("a-tea.txt", ("papers.zip/tea.txt",))
    ]


def test_a_moved_archive_is_not_embedded_again(place: Place) -> None:
    path = zipped(place, tea=TEA + b" Tea\n\n", rollo=b"Rollo\n\n" + ROLLO)
    place.sync()
    calls = len(place.embedder.calls)
    path.rename(place.folder / "old.zip")
    report = place.sync()
    assert report.moved == (
        ("papers.zip/rollo.txt", "old.zip/rollo.txt"),
        ("papers.zip/tea.txt", "old.zip/tea.txt"),
    )
    assert len(place.embedder.calls) == calls
    assert place.sync().unchanged == 2


def test_one_of_which_nothing_can_be_had_is_not_put_into_the_folder(place: Place) -> None:
    library = place.open()
    with pytest.raises(ReadError, match=r"a\.zip holds no files of a kind that is read"):
        place.add(library, "a.zip", made.archive({"a.exe": b"MZ"}))
    with pytest.raises(ReadError, match=r"a\.zip/b\.zip is an archive inside an archive"):
        place.add(library, "a.zip", made.archive({"b.zip": b"PK"}))
    library.close()
    assert not list(place.folder.glob("*.zip"))
