"""A folder and its library in step: what is added, changed, removed, kept, told."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from rag.errors import Cancelled, FolderError, LibraryError, ModelError
from rag.library import ingest, looking, roots, sync
from rag.library.folder import stamp_of
from rag.listing import Progress
from rag.testing import FakeEmbedder
from tests.library.place import MakePlace, Place


def aged(path: Path, seconds: float = 100.0) -> Path:
    """Set a file's time back, out of the span in which times are not trusted."""
    facts = path.stat()
    os.utime(path, (facts.st_atime - seconds, facts.st_mtime - seconds))
    return path


def test_a_first_sync(place: Place) -> None:
    report = place.sync()
    assert report.added == ("chips.md", "deep/er/old.md", "deep/tea.html", "rollo.txt")
    assert (report.changed, report.removed, report.unchanged, report.failed) == ((), (), 0, ())
    library = place.open()
    assert report.passages == library.counts()[1] >= 4
    assert [d.id for d in library.documents()] == list(report.added)
    assert library.documents()[0].title == "Chips"
    assert str(library.documents()[0].date) == "2025-08-12"


def test_nothing_to_do(place: Place) -> None:
    place.sync()
    before = len(place.embedder.calls)
    report = place.sync()
    assert (report.unchanged, report.added, report.changed, report.removed) == (4, (), (), ())
    assert report.passages == 0
    assert len(place.embedder.calls) == before


def test_old_files_are_not_even_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in place.folder.rglob("*.*"):
        aged(path)
    place.sync()
    monkeypatch.setattr(looking, "load_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert place.sync().unchanged == 4


def test_a_change_of_equal_size_in_the_same_instant_is_seen(place: Place) -> None:
    path = place.write("a.txt", "The first text.")
    place.sync()
    facts = path.stat()
    path.write_text("The other text.")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert place.sync().changed == ("a.txt",)


def test_a_new_time_alone_changes_nothing(place: Place) -> None:
    place.sync()
    path = aged(place.folder / "rollo.txt")
    before = len(place.embedder.calls)
    assert place.sync().unchanged == 4
    assert len(place.embedder.calls) == before
    library = place.open()
    assert library.rows.states()["rollo.txt"].modified == stamp_of(path.stat())


def test_add_change_remove(place: Place) -> None:
    place.sync()
    place.write("new.txt", "A new article about whales.")
    place.write("rollo.txt", "Rollo\n\nAnother text altogether.")
    (place.folder / "deep/tea.html").unlink()
    report = place.sync()
    assert report.added == ("new.txt",)
    assert report.changed == ("rollo.txt",)
    assert report.removed == ("deep/tea.html",)
    assert report.unchanged == 2
    library = place.open()
    document = library.document("rollo.txt")
    assert document is not None
    assert "Another text" in document.text
    assert library.document("deep/tea.html") is None


def test_only_changed_passages_are_embedded_again(place: Place) -> None:
    text = "Long\n\n" + "\n\n".join(f"Part {n}. " + f"It tells of topic{n}. " * 7 for n in range(9))
    place.write("long.txt", text)
    place.sync()
    place.write("long.txt", text.replace("topic4", "whales"))
    report = place.sync()
    assert report.changed == ("long.txt",)
    assert report.passages == 1


def test_bad_files_are_told_and_the_others_indexed(place: Place) -> None:
    place.write("empty.txt", "")
    place.write("binary.txt", bytes(range(256)))
    place.write("photo.jpg", b"\xff\xd8")
    place.write("broken.txt", b"\xff\xfea")
    place.write(os.fsdecode(b"odd\xff.txt"), "text")
    report = place.sync()
    assert len(report.added) == 4
    assert [f.path for f in report.failed] == [
        "odd\ufffd.txt",
        "binary.txt",
        "broken.txt",
        "empty.txt",
        "photo.jpg",
    ]
    assert all(f.path in f.reason for f in report.failed)
    library = place.open()
    assert sorted(f.path for f in library.failures()) == sorted(f.path for f in report.failed)
    library.close()
    (place.folder / "empty.txt").write_text("No more.")
    (place.folder / "photo.jpg").unlink()
    assert len(place.sync().failed) == 3


def test_a_file_that_becomes_unreadable_keeps_its_old_version(place: Place) -> None:
    place.sync()
    place.write("rollo.txt", b"\x00\x01\x02" * 50)
    report = place.sync()
    assert [f.path for f in report.failed] == ["rollo.txt"]
    assert (report.changed, report.removed) == ((), ())
    library = place.open()
    document = library.document("rollo.txt")
    assert document is not None
    assert "Rouen" in document.text
    library.close()
    place.write("rollo.txt", "Readable again.")
    assert place.sync().changed == ("rollo.txt",)
    assert place.sync().failed == ()


def test_a_file_that_vanishes_while_syncing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = roots.find_files

    def then_remove(*args: Any, **more: Any) -> Any:
        found = real(*args, **more)
        (place.folder / "rollo.txt").unlink()
        return found

    monkeypatch.setattr(roots, "find_files", then_remove)
    report = place.sync()
    assert [f.path for f in report.failed] == ["rollo.txt"]
    assert "No such file" in report.failed[0].reason
    assert len(report.added) == 3


def test_a_closed_subfolder_keeps_its_articles(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.sync()
    real = os.scandir

    def scandir(path: str) -> Any:
        if Path(path) == place.folder / "deep":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = place.sync()
    assert report.removed == ()
    assert [f.path for f in report.failed] == ["deep"]


@pytest.mark.parametrize("state", ["missing", "empty", "file"])
def test_a_folder_that_is_gone_loses_nothing(place: Place, state: str) -> None:
    place.sync()
    shutil.rmtree(place.folder)
    if state == "empty":
        place.folder.mkdir()
    elif state == "file":
        place.folder.write_text("a file")
    library = place.open()
    with pytest.raises(FolderError):
        place.sync(library)
    assert library.counts()[0] == 4
    assert any(place.answers(library))


def test_another_folder_is_refused(place: Place, make_place: MakePlace) -> None:
    place.sync()
    other = make_place("other").fill()
    other.index = place.index
    with pytest.raises(
        FolderError, match=r"belongs to the folder .*place.articles\. Choose another"
    ):
        other.sync()
    assert place.sync().unchanged == 4


def test_the_index_may_lie_among_the_articles(place: Place) -> None:
    place.index = place.folder / "index"
    place.sync()
    report = place.sync()
    assert (report.unchanged, report.failed) == (4, ())


def test_two_syncs_at_once(place: Place) -> None:
    first, second = place.open(), place.open()
    with first.writing(), pytest.raises(LibraryError, match=r"Another program is writing .*Wait"):
        place.sync(second)
    place.sync(first)
    assert place.sync(second).unchanged == 4
    assert place.answers(second) == place.answers(first)


def many(place: Place, count: int = 30) -> Place:
    for n in range(count):
        place.write(f"{n:03}.txt", f"Article {n}\n\n" + f"Sentence about topic{n} here. " * 20)
    return place


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH_PASSAGES", 8)
    monkeypatch.setattr(ingest, "BATCH_DOCUMENTS", 3)


@pytest.mark.usefixtures("small_batches")
def test_progress(place: Place) -> None:
    many(place)
    steps: list[Progress] = []
    report = place.sync(progress=steps.append)
    assert [s.documents for s in steps] == sorted(s.documents for s in steps)
    assert [s.passages for s in steps] == sorted(s.passages for s in steps)
    assert {s.documents_total for s in steps} == {34}
    assert (steps[-1].documents, steps[-1].passages) == (34, report.passages)
    assert steps[-1].seconds_left == pytest.approx(0.0, abs=0.01)
    assert all(s.passages_per_second > 0 for s in steps)
    assert steps[-1].current == "rollo.txt"


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("after", [0, 1, 33, 35, 41, 54])  # 34 files are looked at first
def test_a_stopped_sync_keeps_its_work_and_goes_on(
    place: Place, make_place: MakePlace, after: int
) -> None:
    many(place)
    asked = itertools.count()
    with pytest.raises(Cancelled, match=r"is kept; index again to go on"):
        place.sync(cancelled=lambda: next(asked) >= after)
    library = place.open()
    kept = library.counts()[0]
    library.close()
    assert kept <= max(0, after - 34)
    assert kept or after < 41
    report = place.sync()
    assert len(report.added) + report.unchanged == 34
    assert report.unchanged >= kept
    whole = many(make_place("whole").fill())
    whole.sync()
    assert place.answers() == whole.answers()


def test_a_very_long_document_can_be_stopped(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH_PASSAGES", 8)
    place.write("long.txt", "Long\n\n" + "A sentence of a long document. " * 1000)
    steps: list[Progress] = []
    with pytest.raises(Cancelled):
        place.sync(progress=steps.append, cancelled=lambda: len(steps) > 4)
    library = place.open()
    assert library.document("long.txt") is None
    library.close()
    assert "long.txt" in place.sync().added


@pytest.mark.usefixtures("small_batches")
def test_an_embedder_that_fails_halfway(make_place: MakePlace) -> None:
    place = many(make_place(embedder=FakeEmbedder(fail_after=4)))
    with pytest.raises(ModelError, match="told to fail"):
        place.sync()
    place.embedder = FakeEmbedder()
    library = place.open()
    assert 0 < library.counts()[0] < 30
    library.close()
    assert len(place.sync().added) < 30
    whole = many(make_place("whole"))
    whole.sync()
    assert place.answers() == whole.answers()


def test_titles_stand_before_each_passage(place: Place) -> None:
    place.sync()
    texts = [text for call in place.embedder.calls for text in call]
    assert "Chips\nChips\n\nThe H20 chip is slow." in texts


def test_another_way_of_reading_reads_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.sync()
    calls = len(place.embedder.calls)
    monkeypatch.setattr(sync, "READING", "another")
    assert len(place.sync().changed) == 4
    assert place.sync().unchanged == 4
    assert len(place.embedder.calls) == calls  # nothing is read otherwise


@pytest.mark.usefixtures("small_batches")
def test_another_way_of_reading_goes_on_where_it_was_stopped(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(place).sync()
    monkeypatch.setattr(sync, "READING", "another")
    steps: list[Progress] = []
    with pytest.raises(Cancelled):
        place.sync(progress=steps.append, cancelled=lambda: len(steps) > 2)
    report = place.sync()
    assert len(report.changed) == 34 - steps[-1].documents
    assert report.unchanged == steps[-1].documents


def test_a_file_that_changes_while_it_is_read_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ingest.load_bytes

    def then(path: Path) -> bytes:
        if path.name == "rollo.txt":
            path.write_text("Rollo\n\nHalf of another te")
        return real(path)

    monkeypatch.setattr(looking, "ROOM", 0)  # else it is as it was looked at
    monkeypatch.setattr(ingest, "load_bytes", then)
    report = place.sync()
    assert [f.path for f in report.failed] == ["rollo.txt"]
    assert "changed while it was read. Sync again once it is whole" in report.failed[0].reason
    monkeypatch.setattr(ingest, "load_bytes", real)
    assert (place.sync().added, place.sync().failed) == (("rollo.txt",), ())


def test_an_empty_folder_is_an_empty_library(make_place: MakePlace) -> None:
    place = make_place()
    place.write("notes.pdf", b"%PDF")
    report = place.sync()
    assert (report.added, [f.path for f in report.failed]) == ((), ["notes.pdf"])
    assert place.sync(only=["absent.txt"]).removed == ()


def test_a_change_whose_size_and_time_are_set_back_is_seen(place: Place) -> None:
    path = aged(place.write("a.txt", "The first text."))
    place.sync()
    facts = path.stat()
    path.write_text("The other text.")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert place.sync().changed == ("a.txt",)
