"""Real full disks, real read-only folders, real second programs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.errors import FolderError, LibraryError
from rag.library import reembed
from rag.library.milvus import MilvusLibrary
from rag.library.repair import check, mend
from rag.testing import FakeEmbedder
from tests.library.place import MakePlace, Place
from tests.milvus_process import MilvusProcess

resource = pytest.importorskip("resource", reason="limits of a process are Unix's")
COUNT = 30


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Something mounted on a folder; skips where this may not be done."""
    folder.mkdir(exist_ok=True)
    try:
        subprocess.run(["mount", *options, str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield


@contextmanager
def small_files(limit: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def many(place: Place, version: str = "one") -> Place:
    for n in range(COUNT):
        text = f"Sentence {version} of topic{n} about tea and old towns. " * 60
        place.write(f"{n:02}.txt", f"Article {n}\n\n{text}")
    return place


def attempt(work: Callable[[], object]) -> bool:
    """Whether there was room for it; that there was none must be said in plain words."""
    said = ""
    try:
        work()
    except LibraryError as error:
        said = str(error)
    assert not said or ("pace" in said and ("full" in said or "written" in said)), said
    return not said


def check_whole(place: Place, whole: Place) -> None:
    assert not [f for f in check(place.index) if f.serious]
    place.sync()
    whole.embedder = place.embedder
    whole.sync()
    assert place.answers() == whole.answers()


@pytest.mark.parametrize("limit", [3_000, 60_000, 150_000, 400_000])
def test_no_file_may_grow(make_place: MakePlace, limit: int) -> None:
    place, whole = many(make_place()).fill(), many(make_place("whole")).fill()
    with small_files(limit):
        attempt(place.sync)
    check_whole(place, whole)


@pytest.mark.parametrize("left", [40, 200, 600])
def test_a_full_disk(make_place: MakePlace, left: int) -> None:
    """The index is on a disk of its own, with so many kB left when articles change."""
    place, whole = make_place().fill(), many(make_place("whole")).fill()
    with mounted(place.index, "-t", "tmpfs", "-o", "size=8m", "tmpfs"):
        place.sync()
        before = place.answers()
        ballast = place.index / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(place.index).free - left * 1024))
        many(place)
        if not attempt(place.sync) and left == 40:
            ballast.unlink()
            assert place.answers() == before
        ballast.unlink(missing_ok=True)
        check_whole(place, whole)


def test_a_full_disk_of_a_milvus_server(make_place: MakePlace, tmp_path: Path) -> None:
    whole, disk = many(make_place("whole")), tmp_path / "disk"
    whole.sync()
    with mounted(disk, "-t", "tmpfs", "-o", "size=8m", "tmpfs"), MilvusProcess(disk) as server:

        def store(place: Place) -> MilvusLibrary:
            address, identity = server.library("full"), place.embedder.identity
            return MilvusLibrary(address, place.index, identity=identity, longest=place.longest)

        place = many(make_place(store=store))
        place.open()  # makes its collections
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - 60 * 1024))
        with pytest.raises(LibraryError, match=r"full on http://.* is full\. Make room for it"):
            place.sync()
        ballast.unlink()
        place.sync()
        library = place.open()
        assert place.answers(library) == whole.answers()
        assert library.counts() == whole.open().counts()


@pytest.mark.parametrize("left", [60, 150])
def test_a_full_disk_while_embedding_anew(make_place: MakePlace, left: int) -> None:
    place, whole = many(make_place()), many(make_place("whole"))
    with mounted(place.index, "-t", "tmpfs", "-o", "size=8m", "tmpfs"):
        place.sync()
        before, new = place.answers(), FakeEmbedder(dimension=48)
        ballast = place.index / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(place.index).free - left * 1024))
        library = place.open()
        done = attempt(lambda: reembed(library, new, 200))
        if not done:
            assert place.answers(library) == before
        library.close()
        ballast.unlink()
        library = place.open()
        reembed(library, new, 200)
        library.close()
        place.embedder = new
        check_whole(place, whole)


def test_a_full_disk_while_mending(place: Place) -> None:
    with mounted(place.index, "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        place.sync()
        file = place.index / "library.sqlite"
        file.write_bytes(bytes(4096) + file.read_bytes()[4096:])
        raw, ballast = file.read_bytes(), place.index / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(place.index).free - 8192))
        with pytest.raises(LibraryError, match="space"):
            mend(place.index)
        assert file.read_bytes() == raw
        ballast.unlink()
        mend(place.index)
        assert len(place.sync().failed) == 0
        assert not check(place.index)


def test_a_read_only_index_is_asked_and_cannot_be_written(place: Place) -> None:
    place.sync()
    before = place.answers()
    with read_only(place.index):
        reader = place.open()
        assert place.answers(reader) == before
        assert not check(place.index)
        place.write("new.txt", "New text about tea.")
        with pytest.raises(LibraryError, match=r"cannot be written.*Check the folder"):
            place.sync(reader)
        reader.close()
    (place.folder / "new.txt").unlink()
    assert place.answers() == before


def test_read_only_articles_are_indexed_and_never_changed(place: Place) -> None:
    with read_only(place.folder):
        assert len(place.sync().added) == 4
        library = place.open()
        with pytest.raises(FolderError):
            place.add(library, "new.txt", "New text about tea.")
        with pytest.raises(FolderError):
            place.remove(library, "rollo.txt")
        assert len(library.documents()) == 4
        library.close()
    assert place.sync().unchanged == 4


WRITER = """
import sys
from pathlib import Path
from tests.library.place import Place
place = Place(Path(sys.argv[1]))
library = place.open()
with library.writing():
    print("writing", flush=True)
    sys.stdin.readline()
    place.sync(library)
print("done", flush=True)
sys.stdin.readline()
"""


def test_one_program_writes_others_read(place: Place) -> None:
    place.sync()
    reader = place.open()
    before = place.answers(reader)
    many(place)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == "writing\n"
        with pytest.raises(LibraryError, match="Another program is writing"):
            place.sync(reader)
        late = place.open()  # opens all the same
        assert place.answers(reader) == place.answers(late) == before
        writer.stdin.write("\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "done\n"
        for each in (reader, late):
            assert len(each.documents()) == COUNT + 4
            assert place.answers(each) == place.answers()
            each.close()
    finally:
        writer.communicate("\n", timeout=60)


def test_the_second_writer_goes_on_when_the_first_is_done(place: Place) -> None:
    place.sync()
    first, second = place.open(), place.open()
    place.write("new.txt", "New text about tea.")

    def waiting() -> None:
        if held:
            held.pop().__exit__(None, None, None)

    held = [first.writing()]
    held[0].__enter__()
    with second.writing(waiting=waiting):
        assert place.sync(second).added == ("new.txt",)
    assert place.answers(first) == place.answers()
