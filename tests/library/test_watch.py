"""A folder that is followed: bursts, half-written files, a folder that goes and comes back."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import Cancelled, LibraryError
from rag.library import watch
from rag.library.watch import follow

SECONDS = 60


class Followed:
    """A folder that is followed by a thread, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.index = folder, folder / "index"
        self.stop, self.told = threading.Event(), list[str]()
        self.seen: list[dict[str, str]] = []
        self.failing: list[Exception] = []
        self.thread = threading.Thread(target=self._follow)

    def _follow(self) -> None:
        follow(self.folder, self.step, leave_out=self.index, stop=self.stop, tell=self.told.append)

    def step(self) -> None:
        """Instead of a sync: note what there is, and write into the index as a sync does."""
        if self.failing:
            raise self.failing.pop(0)
        self.seen.append({p.name: p.read_text() for p in sorted(self.folder.glob("*.txt"))})
        self.index.mkdir(exist_ok=True)
        (self.index / "rows").write_text(str(len(self.seen)))

    def until(self, what: Callable[[], bool]) -> None:
        until = time.monotonic() + SECONDS
        while not what():
            assert time.monotonic() < until, (self.seen, self.told)
            time.sleep(0.02)


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    monkeypatch.setattr(watch, "_LOOK", 100)
    monkeypatch.setattr(watch, "_QUIET", 50)
    monkeypatch.setattr(watch, "_PAUSES", (0.05, 0.2))
    folder = tmp_path / "articles"
    folder.mkdir()
    followed = Followed(folder)
    yield followed
    followed.stop.set()
    if followed.thread.ident:
        followed.thread.join(SECONDS)
        assert not followed.thread.is_alive()


def begin(followed: Followed) -> None:
    followed.thread.start()
    followed.until(lambda: len(followed.seen) == 1)


def test_it_begins_with_what_is_there_and_follows_changes(followed: Followed) -> None:
    (followed.folder / "a.txt").write_text("A")
    begin(followed)
    assert followed.seen[0] == {"a.txt": "A"}
    (followed.folder / "b.txt").write_text("B")
    followed.until(lambda: followed.seen[-1] == {"a.txt": "A", "b.txt": "B"})
    (followed.folder / "a.txt").rename(followed.folder / "c.txt")
    followed.until(lambda: followed.seen[-1] == {"c.txt": "A", "b.txt": "B"})
    (followed.folder / "b.txt").unlink()
    followed.until(lambda: followed.seen[-1] == {"c.txt": "A"})
    assert followed.told == []


def test_a_burst_is_gathered(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_QUIET", 1000)
    begin(followed)
    for n in range(50):
        (followed.folder / f"{n:02}.txt").write_text(str(n))
    followed.until(lambda: len(followed.seen[-1]) == 50)
    assert len(followed.seen) < 25


def test_hidden_files_and_the_index_count_for_nothing(followed: Followed) -> None:
    begin(followed)
    (followed.folder / ".hidden.txt").write_text("x")
    (followed.folder / "index/more").write_text("x")
    time.sleep(0.5)
    assert len(followed.seen) == 1


def test_a_folder_that_vanishes_and_comes_back(followed: Followed) -> None:
    (followed.folder / "a.txt").write_text("A")
    begin(followed)
    shutil.rmtree(followed.folder)
    followed.until(lambda: bool(followed.told) and "is not there" in followed.told[-1])
    steps = len(followed.seen)
    followed.folder.mkdir()
    (followed.folder / "b.txt").write_text("B")
    followed.until(lambda: len(followed.seen) > steps and followed.seen[-1] == {"b.txt": "B"})
    followed.until(lambda: followed.told[-1] == "")
    (followed.folder / "c.txt").write_text("C")
    followed.until(lambda: followed.seen[-1] == {"b.txt": "B", "c.txt": "C"})


def test_another_folder_in_its_place_is_followed(followed: Followed) -> None:
    begin(followed)
    other = followed.folder.with_name("other")
    other.mkdir()
    (other / "x.txt").write_text("X")
    followed.folder.rename(followed.folder.with_name("old"))
    other.rename(followed.folder)
    followed.until(lambda: followed.seen[-1] == {"x.txt": "X"})
    (followed.folder / "y.txt").write_text("Y")
    followed.until(lambda: followed.seen[-1] == {"x.txt": "X", "y.txt": "Y"})


def test_what_fails_is_told_once_and_tried_until_it_works(followed: Followed) -> None:
    followed.failing = [LibraryError("Another program is writing.") for _ in range(4)]
    begin(followed)
    followed.until(lambda: len(followed.told) == 2)
    assert followed.told == ["Another program is writing.", ""]


def test_a_stop_in_the_middle_ends_it(followed: Followed) -> None:
    followed.failing = [Cancelled("Stopped.")]
    followed.thread.start()
    followed.thread.join(SECONDS)
    assert not followed.thread.is_alive()
    assert followed.seen == []


def test_where_the_system_follows_no_more_folders_they_are_looked_at(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = watch.watch, []

    def limited(*args: Any, **more: Any) -> Any:
        asked.append(more["force_polling"])
        if not more["force_polling"]:
            raise OSError("OS file watch limit reached.")
        return real(*args, **more)

    monkeypatch.setattr(watch, "watch", limited)
    monkeypatch.setattr(watch, "_POLL", 50)
    begin(followed)
    (followed.folder / "b.txt").write_text("B")
    followed.until(lambda: followed.seen[-1] == {"b.txt": "B"})
    assert asked == [None, True]
