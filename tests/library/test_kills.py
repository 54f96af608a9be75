"""A sync killed with SIGKILL at awkward moments: what was reported as done is there afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.library.place import MakePlace, Place

CHILD = """
import os, signal, sys, time
from pathlib import Path
from rag.library import Library, ingest, sync_folder
from rag.library import add_article, articles, lexical, library, remove_article, store, vectors
from rag.testing import FakeEmbedder

folder, index, moment, times = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
what = sys.argv[5:]
ingest.BATCH_PASSAGES = 8

def kill_at(owner, name, before):
    real, seen = getattr(owner, name), []
    def instead(*args, **more):
        seen.append(1)
        if before and len(seen) > times:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **more)
        if not before and len(seen) > times:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, instead)

moments = {
    "in the middle of a transaction": (store, "insert", False),
    "before the words are written": (lexical.LexicalIndex, "update", True),
    "between the words and their mark": (lexical.LexicalIndex, "_write", False),
    "before the mark is renamed": (lexical, "replace", True),
    "after the words are marked": (lexical.LexicalIndex, "update", False),
    "before the vector file": (vectors, "replace", True),
    "between the vector file and its facts": (vectors, "replace", False),
    "before the file is written": (articles.os, "fsync", True),
    "before the file has its name": (articles, "_moved", True),
    "after the file has its name": (articles, "_moved", False),
    "before the file takes the other's place": (articles.shutil, "copy2", False),
    "after the file is taken out": (articles.shutil, "move", False),
}
if moment in moments:
    kill_at(*moments[moment])

def told(progress):
    print(progress.documents, flush=True)
    if moment == "any moment":
        time.sleep(0.02)

embedder = FakeEmbedder()
opened = Library(index, identity=embedder.identity, longest=200)
def sync_only(**more):
    return sync_folder(folder, opened, embedder, longest=200, **more)

if what[:1] == ["add"]:
    for name in what[1:]:
        raw = (name + " is about tea.").encode()
        print(add_article(folder, opened, name, raw, sync=sync_only, replace=True).id, flush=True)
elif what[:1] == ["remove"]:
    for id_ in what[1:]:
        remove_article(folder, opened, id_, sync=sync_only)
        print(id_, flush=True)
else:
    sync_folder(folder, opened, embedder, longest=200, progress=told)
print("finished", flush=True)
"""
COUNT = 24


def filled(place: Place, version: str) -> Place:
    for n in range(COUNT):
        text = f"Sentence {version} about topic{n} and tea here. " * 12
        place.write(f"{n:02}.txt", f"Article {n}\n\n{text}")
    return place


def child(place: Place, moment: str, times: int, *what: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(place.folder), str(place.index), moment, str(times)]
    command += what
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def check_after(place: Place, told: list[str], whole: Place) -> None:
    """What was told is there, and one more sync makes the library as one built afresh."""
    library = place.open()
    done = int(told[-1]) if told else 0
    first = {f"{n:02}.txt" for n in range(done)}
    assert first <= {document.id for document in library.documents()}
    for document in library.documents():
        text = library.document(document.id)
        assert text is not None
        assert document.passages == 3
    library.close()
    place.sync()
    assert place.answers() == whole.answers()
    assert place.sync().unchanged == COUNT


@pytest.mark.parametrize(
    ("moment", "times"),
    [
        ("in the middle of a transaction", 7),
        ("before the words are written", 2),
        ("between the words and their mark", 2),
        ("before the mark is renamed", 2),
        ("after the words are marked", 2),
        ("before the vector file", 0),
        ("between the vector file and its facts", 0),
    ],
)
def test_killed_at(make_place: MakePlace, moment: str, times: int) -> None:
    place = filled(make_place(), "one")
    process = child(place, moment, times)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, errors
    whole = filled(make_place("whole"), "one")
    whole.sync()
    check_after(place, out.split(), whole)


@pytest.mark.parametrize("lines", [1, 3, 6])
def test_killed_at_any_moment_while_articles_change(make_place: MakePlace, lines: int) -> None:
    place = filled(make_place(), "one")
    place.sync()
    filled(place, "two")
    process = child(place, "any moment", 0)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(lines)]
    time.sleep(0.005 * lines)
    process.kill()
    rest, errors = process.communicate(timeout=120)
    told += rest.split()
    assert told, errors
    whole = filled(make_place("whole"), "two")
    whole.sync()
    check_after(place, [line for line in told if line.isdigit()], whole)


NEW = [f"new{n}.txt" for n in range(4)]


def killed(place: Place, moment: str, times: int, *what: str) -> list[str]:
    """What was told before the kill."""
    process = child(place, moment, times, *what)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, errors
    return out.split()


@pytest.mark.parametrize(
    ("moment", "times"),
    [
        ("before the file is written", 2),
        ("before the file has its name", 2),
        ("after the file has its name", 2),
        ("in the middle of a transaction", 2),
        ("before the words are written", 2),
        ("before the mark is renamed", 2),
    ],
)
def test_killed_while_articles_are_added(make_place: MakePlace, moment: str, times: int) -> None:
    place = filled(make_place(), "one")
    place.sync()
    told = killed(place, moment, times, "add", *NEW)
    assert 1 <= len(told) <= 2
    assert told == NEW[: len(told)]
    library = place.open()
    assert set(told) <= {document.id for document in library.documents()}
    library.close()
    there = {path.name for path in place.folder.glob("new*")}
    for name in there:  # whole or not at all
        assert (place.folder / name).read_text() == f"{name} is about tea."
    place.sync()
    whole = filled(make_place("whole"), "one")
    for name in there:
        whole.write(name, f"{name} is about tea.")
    whole.sync()
    assert place.answers() == whole.answers()


@pytest.mark.parametrize("times", [0, 1])
def test_killed_while_an_article_is_replaced(make_place: MakePlace, times: int) -> None:
    place = filled(make_place(), "one")
    place.sync()
    told = killed(
        place, "before the file takes the other's place", times, "add", "00.txt", "01.txt"
    )
    assert len(told) == times
    for n, name in enumerate(["00.txt", "01.txt"][: times + 1]):
        kept = (place.index / "removed" / name).read_text()
        assert "Sentence one" in kept
        now = (place.folder / name).read_text()
        assert now == (f"{name} is about tea." if n < times else kept)


@pytest.mark.parametrize(
    ("moment", "times"), [("after the file is taken out", 1), ("before the mark is renamed", 3)]
)
def test_killed_while_articles_are_removed(make_place: MakePlace, moment: str, times: int) -> None:
    place = filled(make_place(), "one")
    place.sync()
    told = killed(place, moment, times, "remove", "03.txt", "04.txt", "05.txt")
    assert told == ["03.txt"]
    library = place.open()
    assert library.document("03.txt") is None
    library.close()
    every = {f"{n:02}.txt" for n in range(COUNT)}
    gone = {path.name for path in (place.index / "removed").iterdir()}
    assert gone == every - {path.name for path in place.folder.iterdir()}
    assert "03.txt" in gone
    place.sync()
    whole = filled(make_place("whole"), "one")
    for name in gone:
        (whole.folder / name).unlink()
    whole.sync()
    assert place.answers() == whole.answers()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills are done to forked processes")
def test_killed_at_random_instants() -> None:
    """Sync, add, remove, rebuild, re-embed, split again: see `tests/library/killing.py`."""
    script = Path(__file__).parents[2] / "benchmarks" / "kills.py"
    command = [sys.executable, str(script), "--times", "40", "--seed", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    tally = json.loads(done.stdout or "{}")
    assert done.returncode == 0, tally or done.stderr
    assert sum(tally["kills"].values()) == 40
    assert len(tally["kills"]) == 6
    assert (tally["lost"], tally["repairs"], tally["different"]) == ([], [], [])
