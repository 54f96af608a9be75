"""A sync of some files only."""

from __future__ import annotations

import os

import pytest

from rag.library import roots, sync
from rag.library.remarks import note_failures
from rag.listing import Failure
from tests.library.place import Place


def test_only_some_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.sync()
    place.write("new.txt", "A new article about whales.")
    place.write("other.txt", "Another one.")
    place.write("rollo.txt", "Rollo\n\nAnother text altogether.")
    (place.folder / "chips.md").unlink()
    (place.folder / "deep/tea.html").unlink()
    monkeypatch.setattr(roots, "find_files", lambda *_, **__: pytest.fail("looked at everything"))
    report = place.sync(only=["new.txt", "rollo.txt", "chips.md", "absent.txt"])
    assert (report.added, report.changed, report.removed) == (
        ("new.txt",),
        ("rollo.txt",),
        ("chips.md",),
    )
    library = place.open()
    assert [d.id for d in library.documents()] == [
        "deep/er/old.md",
        "deep/tea.html",
        "new.txt",
        "rollo.txt",
    ]


def test_only_some_failures_are_forgotten(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        place.write(name, b"")
    place.write(os.fsdecode(b"odd\xff.txt"), "text")
    place.sync()
    place.write("a.txt", "No more.")
    (place.folder / "c.txt").unlink()
    report = place.sync(only=["a.txt", "b.txt", "c.txt", "odd\ufffd.txt"])
    assert [f.path for f in report.failed] == ["b.txt"]
    library = place.open()
    assert [f.path for f in library.failures()] == ["b.txt", "d.txt", "odd\ufffd.txt"]


def test_a_closed_folder_is_not_forgotten(place: Place) -> None:
    place.sync()
    library = place.open()
    note_failures(library, [Failure("deep", "The folder deep cannot be opened.")])
    assert place.sync(library, only=["deep"]).removed == ()
    assert [f.path for f in library.failures()] == ["deep"]


def test_some_files_read_in_another_way_do_not_hide_that_the_others_are_old(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.sync()
    monkeypatch.setattr(sync, "READING", "another")
    assert place.sync(only=["rollo.txt"]).changed == ("rollo.txt",)
    assert place.sync().changed == ("chips.md", "deep/er/old.md", "deep/tea.html")


def test_the_way_of_reading_is_known_from_the_first_file(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.sync(only=["rollo.txt"]).added == ("rollo.txt",)
    monkeypatch.setattr(sync, "READING", "another")
    assert place.sync().changed == ("rollo.txt",)
