"""Whatever happened to the files of a folder, a sync leaves the library as one built afresh."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import Cancelled, FolderError, RagError
from rag.library import Library
from rag.library.folder import held_by
from tests.documents import made
from tests.library.place import MakePlace, Place

NAMES = st.sampled_from(["a.txt", "b.txt", "c.md", "deep/a.txt", "deep/the-old.txt", "z.zip/a.txt"])
WORDS = st.sampled_from("rollo led norse chip tea hill old town new coast whale".split())
LONG = st.builds(
    lambda title, sentences: f"{title}\n\n{' '.join(f'{s}.' for s in sentences)}".encode(),
    WORDS,
    st.lists(st.lists(WORDS, min_size=1, max_size=9).map(" ".join), min_size=1, max_size=12),
)
# One has a title of its own; the others take it from the name of their file.
TEXTS = LONG | st.sampled_from(
    [
        b"Rollo\n\nRollo led the Norse to the coast. He won the town.",
        b"Tea grows on hills, and the chip is slow.",
        b"An old town on the coast, where a whale was seen.",
        b"",  # cannot be read
        b"\x00\x01\x02" * 9,  # nor can this
    ]
)
ARCHIVES = st.sampled_from(["z.zip", "deep/y.zip", "a.zip"])
MEMBERS = st.dictionaries(st.sampled_from(["a.txt", "in/b.txt", "the-old.txt"]), TEXTS, max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, TEXTS),
        st.tuples(st.just("pack"), ARCHIVES, MEMBERS),
        st.tuples(st.just("copy"), NAMES | ARCHIVES, NAMES | ARCHIVES),
        st.tuples(st.just("move"), NAMES | ARCHIVES | st.just("deep"), NAMES | ARCHIVES),
        st.tuples(st.just("swap"), NAMES, NAMES),
        st.tuples(st.just("delete"), NAMES | ARCHIVES),
        st.tuples(st.just("sync")),
        st.tuples(st.just("sync")),
        st.tuples(st.just("sync only"), st.sets(NAMES | ARCHIVES)),
        st.tuples(st.just("stop"), st.integers(0, 12)),
        st.tuples(
            st.just("add"), st.sampled_from(["a.txt", "b.txt", "c.md"]), TEXTS, st.booleans()
        ),
        st.tuples(st.just("remove"), NAMES | ARCHIVES),
        st.tuples(st.just("age")),
        st.tuples(st.just("reopen")),
        st.tuples(st.just("lose"), st.sampled_from(["vectors.faiss", "words.json", "words"])),
    ),
    max_size=16,
)


def change_files(place: Place, kind: str, more: list[Any]) -> None:
    """Do to the folder what a person does."""
    paths = [place.folder / name for name in more if isinstance(name, str)]
    with suppress(OSError, shutil.Error):  # a file where a folder would be, or nothing there
        if kind == "write":
            place.write(more[0], more[1])
        elif kind == "pack":
            place.write(more[0], made.archive(more[1]))
        elif kind == "delete":
            paths[0].unlink()
        elif kind == "age":
            for path in place.folder.rglob("*.*"):
                facts = path.stat()
                os.utime(path, (facts.st_atime - 100, facts.st_mtime - 100))
        elif kind in ("copy", "move") and paths[0].exists():
            paths[1].parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(*paths) if kind == "copy" else os.replace(*paths)
        elif kind == "swap" and paths[0].is_file() and paths[1].is_file():
            first, second = (path.read_bytes() for path in paths)
            paths[0].write_bytes(second)
            paths[1].write_bytes(first)


def take(place: Place, library: Library, kind: str, more: list[Any]) -> Library:
    """One step; the library, opened again where the step says so."""
    if kind in ("reopen", "lose"):
        library.close()
        path = place.index.joinpath(*more)
        if kind == "lose":
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return place.open()
    with suppress(FolderError, Cancelled, RagError):  # the folder may be empty, for example
        if kind == "sync":
            place.sync(library)
        elif kind == "sync only":
            place.sync(library, only=more[0])
        elif kind == "stop":
            left = iter(range(more[0]))
            place.sync(library, cancelled=lambda: next(left, None) is None)
        elif kind == "add":
            place.add(library, more[0], more[1], replace=more[2])
        elif kind == "remove":
            place.remove(library, more[0])
        else:
            change_files(place, kind, more)
    return library


def held(place: Place, library: Library) -> dict[str, object]:
    """All that a library tells of itself, but for numbers of rows and the times of files."""
    infos = library.documents()
    states = library.rows.states()
    return {
        "listed": infos,
        "documents": [library.document(info.id) for info in infos],
        "files": {id_: (state.digest, state.copy_of) for id_, state in states.items()},
        "failures": library.failures(),
        "answers": place.answers(library),
    }


def without_old_versions(place: Place, library: Library) -> None:
    """An article whose file became unreadable keeps its old version; one built afresh has none."""
    failed = {failure.path for failure in library.failures()}
    for info in library.documents():
        if held_by(info.id, failed):
            for name in (info.id, info.id.partition(".zip/")[0] + ".zip"):
                (place.folder / name).unlink() if (place.folder / name).is_file() else None
    place.write("always.txt", "There is always one article.")
    place.sync(library)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_after_any_history_it_is_as_one_built_afresh(
    make_place: MakePlace, steps: list[tuple[Any, ...]]
) -> None:
    root = tempfile.mkdtemp()
    try:
        place = make_place(Path(root) / "lived")
        place.write("always.txt", "There is always one article.")
        library = place.open()
        for kind, *more in steps:
            library = take(place, library, kind, more)
        place.write("always.txt", "There is always one article.")
        place.sync(library)
        without_old_versions(place, library)
        fresh = make_place(Path(root) / "fresh")
        shutil.copytree(place.folder, fresh.folder, dirs_exist_ok=True)
        fresh.sync()
        opened = fresh.open()
        expected = held(fresh, opened)
        assert held(place, library) == expected
        calls = len(place.embedder.calls)
        report = place.sync(library)
        assert (report.added, report.changed, report.moved, report.removed) == ((), (), (), ())
        assert len(place.embedder.calls) == calls
        assert held(place, library) == expected
        library.close()
        opened.close()
        assert place.answers() == expected["answers"]
    finally:
        shutil.rmtree(root)
