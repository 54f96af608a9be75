"""Thousands of questions in one process with faults in between, quotes and memory watched.

    python benchmarks/soak.py [--questions N] [--seed N] [--seconds N]

Made-up articles are asked about, quotes alone, with the models that come with the install. Between
questions an article is changed, removed, added, damaged or made unreadable as text, the library is
synced, closed and opened again, or a derived index is cut off on disk; a question may be given up
after its first event. After each answer `document.text[start:end]` must be every quote, of an
article that is there. The memory of the process after the last question is held against that after
a quarter of them, when all has been loaded and used. Ends with 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag
from rag.errors import RagError
from rag.events import Finished

SYLLABLES = "bar dol fen gri hul jas kem lor mip nus pol ras tov vun wex zim".split()
ARTICLES = 60
FAULTS = 0.1  # how likely one comes before a question
GIVEN_UP = 0.03  # how likely nobody waits for an answer
GROWTH = 0.03


@dataclass
class Soak:
    """The articles, what stands in them, and what was found so far."""

    place: Path
    draw: random.Random
    facts: dict[str, tuple[str, int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder, self.index = self.place / "articles", self.place / "index"
        self.folder.mkdir()
        for _ in range(ARTICLES):
            self.add()
        self.assistant = self.opened()

    def opened(self) -> rag.Assistant:
        return rag.open(self.folder, index=self.index, settings=rag.Settings(llm="none", threads=1))

    def word(self) -> str:
        return "".join(self.draw.sample(SYLLABLES, 3)).title()

    def some(self) -> Path:
        return self.folder / self.draw.choice(sorted(self.facts))

    def add(self) -> None:
        self.write(self.folder / f"{self.word()}.md", self.word())

    def write(self, file: Path, thing: str) -> None:
        year = self.draw.randint(1700, 1990)
        lines = [
            f"# The {thing} mill",
            f"The {thing} mill was built by Ida {self.word()} in {year}.",
            f"It stands on the north side of Lake {self.word()}.",
            *(f"The miller {self.word()} kept {n} geese in the yard." for n in range(2, 7)),
        ]
        file.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
        self.facts[file.name] = thing, year

    def fault(self) -> None:
        """One thing goes wrong, or changes."""
        kinds: dict[str, Callable[[], object]] = {
            "changed": lambda: self.write(file := self.some(), self.facts[file.name][0]),
            "added": self.add,
            "removed": self.remove,
            "damaged": lambda: self.some().write_bytes(self.draw.randbytes(2000)),
            "opened again": self.open_again,
            "index cut off": self.cut_off,
            "synced": lambda: None,
        }
        kind = self.draw.choice(sorted(kinds))
        kinds[kind]()
        self.counts[kind] += 1
        self.assistant.sync()

    def remove(self) -> None:
        file = self.some()
        file.unlink()
        del self.facts[file.name]
        if len(self.facts) < ARTICLES // 2:
            self.add()

    def open_again(self) -> None:
        self.assistant.close()
        self.assistant = self.opened()

    def cut_off(self) -> None:
        """A derived file of the index loses its end while nothing is open."""
        self.assistant.close()
        files = [f for f in sorted(self.index.iterdir()) if f.suffix in (".faiss", ".json")]
        file = self.draw.choice(files)
        file.write_bytes(file.read_bytes()[: -self.draw.randint(1, 40)])
        self.assistant = self.opened()

    def question(self) -> None:
        thing, year = self.facts[self.some().name]
        asked = self.draw.choice(
            (f"When was the {thing} mill built?", f"Tell me about the {thing} mill.", "Who came?")
        )
        events = self.assistant.stream(asked)
        if self.draw.random() < GIVEN_UP:
            next(iter(events))
            self.counts["given up"] += 1
            return
        (answer,) = (event.answer for event in events if isinstance(event, Finished))
        self.counts["refused" if answer.refused else "answered"] += 1
        self.counts["with its year"] += str(year) in answer.text
        for quoted in (*answer.citations, *answer.evidence):
            document = self.assistant.find_document(quoted.document)
            if document is None or document.text[quoted.start : quoted.end] != quoted.quote:
                self.wrong.append(f"{asked} {quoted}")


def memory() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3600)
    options = parser.parse_args()
    began, crashes, sizes = time.monotonic(), [], []
    with tempfile.TemporaryDirectory() as place:
        soak = Soak(Path(place), random.Random(options.seed))
        for number in range(options.questions):
            try:
                if soak.draw.random() < FAULTS:
                    soak.fault()
                soak.question()
            except RagError as error:
                soak.counts["told"] += 1
                print(f"told: {error}", file=sys.stderr)
            except Exception as error:
                crashes.append(f"question {number}: {error!r}")
            if number % 50 == 49:
                sizes.append(memory())
                print(f"{number + 1} questions: {sizes[-1] >> 20} MB", file=sys.stderr, flush=True)
            if time.monotonic() - began > options.seconds:
                break
        soak.assistant.close()
    warm = sizes[len(sizes) // 4] if sizes else 0
    growth = sizes[-1] / warm - 1 if warm else 0.0
    print(f"{number + 1} questions, seed {options.seed}: {dict(sorted(soak.counts.items()))}")
    print(f"wrong citations: {len(soak.wrong)}; crashes: {len(crashes)}")
    print(f"memory in MB, every 50: {[size >> 20 for size in sizes]}; growth {growth:+.1%}")
    print("\n".join([*soak.wrong[:5], *crashes[:5]]))
    sys.exit(bool(soak.wrong or crashes or growth > GROWTH))


if __name__ == "__main__":
    main()
