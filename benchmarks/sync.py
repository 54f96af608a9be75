"""What a sync costs: an unchanged folder in seconds, and memory whatever the folder holds.

    python benchmarks/sync.py [--files 10000] [--rounds 5]

Folders are made up by a seeded generator. Vectors are drawn at random for each text, so that only
the work around the embedder is measured. Each case runs in a process of its own; its memory is the
most that it had while syncing, less what it had before.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from multiprocessing import Process
from pathlib import Path

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.library import Library, sync_folder
from rag.models.embedder import EmbedderIdentity, Vectors

LONGEST = 800
WIDTH = 384
WORDS = """river harbour council winter engine bridge island market letter copper season village
tower signal garden railway measure captain harvest lantern""".split()
CASES = {
    "small files": (1_000, 4_000, 16_000),
    "one text of MB": (5, 20, 50),
    "files in one zip": (1_000, 4_000, 10_000),
}


class RandomEmbedder:
    """An `Embedder` whose vectors mean nothing and cost nothing."""

    identity = EmbedderIdentity("random", WIDTH, hashlib.sha256(b"random").hexdigest())

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), WIDTH), np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--case", nargs=2, metavar=("KIND", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        memory(options.case[0], int(options.case[1]))
        return
    unchanged(options.files, options.rounds)
    for kind, sizes in CASES.items():
        for size in sizes:
            own = [sys.executable, __file__, "--case", kind, str(size)]
            subprocess.run(own, check=True)


def unchanged(files: int, rounds: int) -> None:
    """Sync a folder again and again in which nothing changes; then what a few changes cost."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "articles"
        fill(folder, "small files", files)
        library = opened(Path(place))
        print(f"{files:,} files: first sync {sync(folder, library):.2f} s")
        times = [sync(folder, library) for _ in range(rounds)]
        print(f"  unchanged: median {statistics.median(times):.2f} s, worst {max(times):.2f} s")
        (folder / "00/new.txt").write_text(text(random.Random(-1), 2000))
        print(f"  one more file: {sync(folder, library):.2f} s")
        (folder / "01").rename(folder / "moved")
        print(f"  a folder of {len(os.listdir(folder / 'moved')):,} files gets another name: "
              f"{sync(folder, library):.2f} s")  # fmt: skip
        began = time.perf_counter()
        library.close()
        library = opened(Path(place))
        print(f"  closed and opened: {time.perf_counter() - began:.2f} s")
        library.close()


def memory(kind: str, size: int) -> None:
    """Sync one folder for the first time and print what that took."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "articles"
        filling = Process(target=fill, args=(folder, kind, size))  # its memory does not count here
        filling.start()
        filling.join()
        library = opened(Path(place))
        library.match(RandomEmbedder().embed(["warm"])[0], ["warm"], limit=1)
        before = psutil.Process().memory_info().rss
        seconds = sync(folder, library)
        most = peak()
        documents, passages = library.counts()
        index = sum(path.stat().st_size for path in library.folder.rglob("*") if path.is_file())
        print(
            f"{size:,} {kind}: {documents:,} documents, {passages:,} passages in {seconds:.1f} s; "
            f"memory grew by {(most - before) / 2**20:.0f} MB at most (vectors of the index "
            f"{passages * WIDTH * 4 / 2**20:.0f} MB), index on disk {index / 2**20:.0f} MB"
        )
        library.close()


def fill(folder: Path, kind: str, size: int) -> None:
    """Make a folder of one kind; none of its files is recent."""
    folder.mkdir(parents=True)
    if kind == "one text of MB":
        (folder / "long.txt").write_text(text(random.Random(0), size * 1_000_000))
    elif kind == "files in one zip":
        with zipfile.ZipFile(folder / "papers.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for n in range(size):
                packed.writestr(f"{n:05}.txt", text(random.Random(n), 2000))
    else:
        for n in range(size):
            path = folder / f"{n % 100:02}" / f"{n:05}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text(random.Random(n), 2000))
    for path in folder.rglob("*.*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def text(drawn: random.Random, characters: int) -> str:
    """An article with a title, in paragraphs of short sentences."""
    parts = [f"The {' '.join(drawn.choices(WORDS, k=3))} of {drawn.randrange(10**9)}\n\n"]
    length = 0
    while length < characters:
        sentences = [f"The {' '.join(drawn.choices(WORDS, k=9))}." for _ in range(5)]
        parts.append(" ".join(sentences) + "\n\n")
        length += len(parts[-1])
    return "".join(parts)


def opened(place: Path) -> Library:
    return Library(place / "index", identity=RandomEmbedder.identity, longest=LONGEST)


def sync(folder: Path, library: Library) -> float:
    began = time.perf_counter()
    sync_folder(folder, library, RandomEmbedder(), longest=LONGEST)
    return time.perf_counter() - began


def peak() -> int:
    """The most memory that this process ever had, in bytes."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


if __name__ == "__main__":
    main()
