"""A library at work in a child process that is killed at a random instant, again and again.

Owns the work, the kills and what must hold after each: nothing acknowledged is lost, the library
opens by itself, its rows are sound, and after one more sync it answers as one built afresh.
Children are forked from a process that has imported everything and started no thread. Half of them
die before their n-th statement or file operation, half after a random time, inside of tantivy,
faiss or SQLite too.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import faiss  # noqa: F401  imported before forking
import tantivy  # noqa: F401

from rag.library import Library, Matching, reembed
from rag.library.repair import check
from rag.library.rows import Settlement
from rag.retrieval import search
from rag.testing import FakeEmbedder
from tests.library.place import Place

_EVENTS = {"open", "os.rename", "os.remove", "shutil.move", "shutil.copyfile", "os.mkdir"}
_TOPICS = ("tea", "chips", "ferries", "the town of Rouen", "whales", "old towns", "slow trains")
_DEADLINE = 120  # seconds for one child; far more than it takes

Tell = Callable[[str, str], None]


@dataclass
class Tally:
    """What came of it: how often each kind of work was killed, and every fault in words."""

    kills: dict[str, int] = field(default_factory=dict)
    finished: int = 0
    lost: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def killed(self) -> int:
        return sum(self.kills.values())

    @property
    def clean(self) -> bool:
        return not (self.lost or self.repairs or self.different)


@dataclass
class Plan:
    """One child: its work, what it may change, and when it dies (before an event, or by time)."""

    kind: str
    ids: list[str]
    event: int | None
    seconds: float | None


class Killing:
    """A place in `root` that lives through the kills; everything random comes from `seed`."""

    def __init__(self, root: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.root, self.tally = root, Tally()
        self.place = Place(root / "place", _embedder("fake-64-0"))
        self.longest_events = {kind: 40 for kind in WORK}
        self.longest_seconds = {kind: 0.3 for kind in WORK}
        self.count = 0

    def run(self, times: int) -> Tally:
        """Go on until so many children were killed."""
        began = time.monotonic()
        for n in range(10):
            self._write(f"{n:02}.txt")
        self._pack("box.zip")
        self._verify({}, set(), "the beginning")
        while self.tally.killed < times and self.tally.finished < 5 * times:
            self._round()
        self.tally.seconds = time.monotonic() - began
        return self.tally

    def _round(self) -> None:
        kind = self.random.choice(sorted(WORK))
        before = json.loads((self.root / "states.json").read_text())
        if kind in ("reembed", "split"):
            self._want_another(kind)
        ids = self._change(kind)
        by_event = self.random.random() < 0.5
        event = self.random.randint(1, self.longest_events[kind]) if by_event else None
        seconds = None if by_event else self.random.random() * self.longest_seconds[kind]
        told, killed, spent, events = self._child(Plan(kind, ids, event, seconds))
        if killed:
            self.tally.kills[kind] = self.tally.kills.get(kind, 0) + 1
        else:  # it took less than was thought
            self.tally.finished += 1
            self.longest_events[kind] = max(8, events)
            self.longest_seconds[kind] = max(0.02, spent)
        moment = f"round {self.count}, {kind}, event {event}, {seconds} s"
        expected = {i: d for i, d in before.items() if not _touched(i, ids)} | told
        self._verify({i: d for i, d in expected.items() if d}, _gone(told), moment)
        self.count += 1

    def _want_another(self, kind: str) -> None:
        if kind == "split":
            self.place.longest = self.random.choice([200, 260, 400])
        else:
            width, seed = self.random.choice([32, 64]), self.random.randint(0, 3)
            self.place.embedder = _embedder(f"fake-{width}-{seed}")

    def _change(self, kind: str) -> list[str]:
        """Change the folder, or choose what the child is to change; the ids."""
        there = sorted(p.name for p in self.place.folder.glob("*.txt"))
        some = self.random.sample(there, min(len(there), 3))
        new = [f"{self.random.randint(0, 40):02}.txt" for _ in range(3)]
        if kind == "sync":
            for name in {*some[:2], *new}:
                self._write(name)
            if some[2:] and len(there) > 8:
                (self.place.folder / some[2]).unlink()
            self._pack("box.zip")
            return sorted({*some, *new, "box.zip"})
        if kind == "remove":
            return some if len(there) > 8 else some[:1]
        return sorted({*some[:1], *new}) if kind == "add" else []

    def _write(self, name: str) -> None:
        self.place.write(name, _text(self.random, name))

    def _pack(self, name: str) -> None:
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w") as archive:
            for n in range(self.random.randint(1, 4)):
                archive.writestr(f"in/{n}.txt", _text(self.random, f"{n}"))
        self.place.write(name, box.getvalue())

    def _child(self, plan: Plan) -> tuple[dict[str, str], bool, float, int]:
        """What a child told, whether it was killed, its seconds and its events."""
        told = self.root / "told.txt"
        told.write_text("")
        seed, began = self.random.random(), time.monotonic()
        child = os.fork()
        if not child:
            _in_child(lambda: _work(self.place, plan, told, seed), self.root / "fault.txt")
        if plan.seconds is not None:
            time.sleep(plan.seconds)
            os.kill(child, signal.SIGKILL)
        status = _ended(child)
        killed = os.WIFSIGNALED(status)
        if not killed and os.WEXITSTATUS(status):
            self.tally.repairs.append((self.root / "fault.txt").read_text())
        # a line that was not written to its end was not told
        lines = [line.split("\t") for line in told.read_text().split("\n")[:-1]]
        events = next((int(line[1]) for line in lines if line[0] == "events"), 8)
        pairs = {line[0]: line[1] for line in lines if line[0] != "events"}
        return pairs, killed, time.monotonic() - began, events

    def _verify(self, expected: dict[str, str], gone: set[str], moment: str) -> None:
        """In a child too, so that this process stays without threads."""
        found = self.root / "found.json"
        found.unlink(missing_ok=True)
        child = os.fork()
        if not child:
            _in_child(lambda: _look(self.place, expected, gone, self.root), self.root / "fault.txt")
        status = _ended(child)
        if status:
            self.tally.repairs.append(f"{moment}: {(self.root / 'fault.txt').read_text()}")
            shutil.rmtree(self.place.index)  # so that the next round begins with something
            self._verify({}, set(), moment)
            return
        for name, faults in json.loads(found.read_text()).items():
            getattr(self.tally, name).extend(f"{moment}: {fault}" for fault in faults)


def _in_child(work: Callable[[], None], fault: Path) -> None:
    fault.write_text("")
    try:
        work()
        os._exit(0)
    except BaseException:
        fault.write_text(traceback.format_exc())
    os._exit(1)


def _ended(child: int) -> int:
    """How a child ended; one that hangs is killed by the clock, which the verification tells."""
    deadline = time.monotonic() + _DEADLINE
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1 << 8


def _work(place: Place, plan: Plan, told: Path, seed: float) -> None:
    """Open the library and work, telling what was done."""
    file = os.open(told, os.O_WRONLY | os.O_APPEND)
    count = [0]

    def event(*_: Any) -> None:
        count[0] += 1
        if count[0] == plan.event:
            os.kill(os.getpid(), signal.SIGKILL)

    def tell(id_: str, digest: str) -> None:
        os.write(file, f"{id_}\t{digest}\n".encode())

    _watch(event)
    _acknowledge(tell)
    library = Library(place.index, identity=place.embedder.identity, longest=place.longest)
    WORK[plan.kind](place, library, plan.ids, random.Random(seed))
    library.close()
    tell("events", str(count[0]))


def _watch(event: Callable[..., None]) -> None:
    """Call `event` before each SQL statement and each file operation."""
    connect = sqlite3.connect

    def traced(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.set_trace_callback(event)
        return connection

    sqlite3.connect = traced  # type: ignore[assignment]
    sys.addaudithook(lambda name, _: event() if name in _EVENTS else None)


def _acknowledge(tell: Tell) -> None:
    """Tell what the library has stored or removed, once it says that it has."""
    add, settle = Library.add, Library.settle

    def added(self: Library, entries: Any) -> None:
        add(self, entries)
        for entry in entries:
            tell(entry.document.id, entry.state.digest)

    def settled(self: Library, changes: Settlement) -> None:
        settle(self, changes)
        for id_ in (*changes.removed, *changes.moves):
            tell(id_, "")
        states = self.states() if changes.moves or changes.copies else {}
        for id_ in (*changes.moves.values(), *changes.copies):
            tell(id_, states[id_].digest)

    Library.add, Library.settle = added, settled  # type: ignore[method-assign]


def _sync(place: Place, library: Library, ids: list[str], _: random.Random) -> None:
    _as_wanted(place, library)
    place.sync(library)


def _remove(place: Place, library: Library, ids: list[str], _: random.Random) -> None:
    _as_wanted(place, library)
    for id_ in ids:
        place.remove(library, id_)


def _add(place: Place, library: Library, ids: list[str], chance: random.Random) -> None:
    _as_wanted(place, library)
    for id_ in ids:
        place.add(library, id_, _text(chance, id_), replace=True)


def _rebuild(place: Place, library: Library, _: list[str], chance: random.Random) -> None:
    """Build the derived indexes anew, as after damage or where they are worn."""
    with library.writing():
        library._vectors.clear()
        if chance.random() < 0.5:
            library._words.clear()
        library.refresh()
        library._build_words()
        library.save()


def _as_wanted(place: Place, library: Library) -> None:
    reembed(library, place.embedder, place.longest)


def _reembed(place: Place, library: Library, _: list[str], chance: random.Random) -> None:
    sys.modules["rag.library.reembed"].BATCH = chance.choice([4, 16])  # type: ignore[attr-defined]
    _as_wanted(place, library)


WORK: dict[str, Callable[[Place, Library, list[str], random.Random], None]] = {
    "add": _add,
    "rebuild": _rebuild,
    "reembed": _reembed,
    "remove": _remove,
    "split": _reembed,
    "sync": _sync,
}


def _look(place: Place, expected: dict[str, str], gone: set[str], root: Path) -> None:
    """What does not hold, into a file."""
    lost, different = [], []
    library = place.open()
    states = library.rows.states()
    for id_, digest in expected.items():
        if id_ not in states:
            lost.append(f"{id_} is lost")
        elif states[id_].digest != digest:
            lost.append(f"{id_} is not as it was stored")
    lost += [f"{id_} came back" for id_ in gone if id_ in states]
    matching = Matching(library, place.embedder, _embedder)
    if states and not search("tea and chips", library, matching).hits:
        different.append("nothing is found before the sync")
    library.close()
    different += [str(found) for found in check(place.index) if found.serious]
    library = place.open()
    reembed(library, place.embedder, place.longest)
    place.sync(library)
    after = library.rows.states()
    whole = Place(root / "whole", place.embedder, place.longest)
    shutil.rmtree(whole.root)
    shutil.copytree(place.folder, whole.folder)
    whole.sync()
    if place.answers(library) != whole.answers():
        different.append("it answers otherwise than one built afresh")
    library.close()
    different += [str(found) for found in check(place.index) if found.serious]
    (root / "states.json").write_text(json.dumps({i: s.digest for i, s in after.items()}))
    (root / "found.json").write_text(json.dumps({"lost": lost, "different": different}))


def _embedder(name: str) -> FakeEmbedder:
    _, width, seed = name.split("-")
    return FakeEmbedder(dimension=int(width), name=name, seed=int(seed))


def _text(chance: random.Random, name: str) -> str:
    topics = [chance.choice(_TOPICS) for _ in range(12)]
    mark = sha256(str(chance.random()).encode()).hexdigest()[:6]
    sentences = " ".join(f"Sentence {n} of {name} is about {t}." for n, t in enumerate(topics))
    return f"Article {mark}\n\n{sentences}\n"


def _touched(id_: str, ids: list[str]) -> bool:
    return any(id_ == each or id_.startswith(f"{each}/") for each in ids)


def _gone(told: dict[str, str]) -> set[str]:
    return {id_ for id_, digest in told.items() if not digest}
