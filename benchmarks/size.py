"""A library of up to a million passages: what growing, opening, searching and changing it costs.

    python benchmarks/size.py [--passages 1000000] [--real 10000] [--plot docs/size.png]

Articles of ten passages (`benchmarks/synthetic.py`) are stored in batches as a sync stores them;
the first `--real` passages and 500 questions are embedded by the bundled model, which takes some
minutes (`--cache FILE` keeps them), the rest are copies. At every tenfold size the library is
opened in a fresh process and measured: the search (dense, lexical, fusion, texts of ten hits;
without the embedding of the question), recall of the dense half against all cosines, memory,
opening, and one article added and deleted until a search agrees. Queries are questions and copies
that are not stored. Prints a table; everything is made in a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.synthetic import PASSAGES, Copies, article, question
from rag.library import Library, sync_folder
from rag.library.rows import Entry, FileState, Settlement
from rag.library.store import Store
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.retrieval import Filters, search
from rag.schema import Document, Passage, Span
from rag.words import terms

BATCH = 260  # passages that are stored at once, as by a sync
FRESH = 50_000_000  # where copies begin that are not stored
LONGEST = 800
FILES = 10_000
QUERIES = 100  # of each kind

IDENTITY = EmbedderIdentity("copies", 384, "made up")
Step = tuple[int, float, float]  # passages, seconds, seconds of CPU


class Known:
    """An embedder that knows beforehand what it is asked: `next`, else copies in order."""

    def __init__(self, copies: Copies) -> None:
        self.copies, self.at, self.next = copies, FRESH, list[Vectors]()
        self.identity = IDENTITY

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.next:
            return np.stack([self.next.pop(0) for _ in texts])
        self.at += len(texts)
        return self.copies.vectors(self.at, len(texts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--real", type=int, default=10_000, help="passages that are embedded")
    parser.add_argument("--cache", type=Path, help="keeps the real vectors, to be used again")
    parser.add_argument("--plot", type=Path, help="where the picture of the cost of ingest goes")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.cache)))
        return
    with tempfile.TemporaryDirectory() as made:
        place, cache = Path(made), options.cache or Path(made) / "real.npz"
        real_vectors(options.real, cache)
        print(f"No-op sync of {FILES:,} files, s: {unchanged(place / 'files', cache):.2f}")
        steps, tables = grow(place / "index", options.passages, cache)
    print_table(tables)
    for passages, wall, cpu in steps:
        print(f"{passages:>9,} passages: {wall / passages * 1e3:.2f} ms a passage so far,", end=" ")
        print(f"{cpu / passages * 1e3:.2f} of CPU")
    if options.plot:
        plot(steps, options.plot)


def opened(index: Path) -> Library:
    return Library(index, identity=IDENTITY, longest=LONGEST)


def real_vectors(count: int, cache: Path) -> None:
    if cache.exists():
        return
    command = [sys.executable, "-c", EMBED, str(count), str(cache)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[1])


EMBED = """
import sys
from pathlib import Path
from benchmarks.synthetic import embedded
from rag.models.embedder import bundled_embedder
embedded(bundled_embedder(), int(sys.argv[1]), Path(sys.argv[2]))
"""


def kept(cache: Path) -> tuple[Vectors, Vectors]:
    with np.load(cache) as vectors:
        return vectors["passages"], vectors["questions"]


def grow(index: Path, passages: int, cache: Path) -> tuple[list[Step], dict[int, dict[str, Any]]]:
    """Store articles in batches; seconds so far at steps, and what is measured at sizes."""
    copies = Copies(kept(cache)[0])
    library = opened(index)
    steps, tables, done = list[Step](), dict[int, dict[str, Any]](), 0
    wall = cpu = 0.0
    sizes = [size for size in (10_000, 100_000, 1_000_000) if size <= passages] or [passages]
    while done < passages:
        count = min(BATCH, passages - done)
        vectors = copies.vectors(done, count)
        batch = [
            entry((done + at) // PASSAGES, vectors[at : at + PASSAGES], len(copies.real))
            for at in range(0, count, PASSAGES)
        ]
        before = time.process_time()
        wall += timed(partial(library.add, batch)) / 1e3
        cpu += time.process_time() - before
        done += count
        if not steps or done >= 1.1 * steps[-1][0] or done == passages:
            steps.append((done, wall, cpu))
        if done >= sizes[0]:
            sizes.pop(0)
            wall += timed(library.save) / 1e3
            library.close()
            tables[done] = measured(index, cache)
            tables[done]["Stored so far, s (CPU)"] = f"{wall:.0f} ({cpu:.0f})"
            library = opened(index)
        if not sizes:
            sizes = [passages + 1]
    library.close()
    return steps, tables


def entry(number: int, vectors: Vectors, real: int) -> Entry:
    """An article as a sync makes it ready: of each passage's sentences only one span."""
    originals = real // PASSAGES
    made = article(number, number % originals if number >= originals else None)
    text, passages = made.title, list[Passage]()
    for part in made.passages:
        text += "\n\n"
        start = len(text)
        text += part
        passages.append(Passage(made.name, start, len(text), (Span(start, len(text)),), False))
    document = Document(made.name, made.title, text, made.day)
    return Entry(document, passages, vectors, FileState(f"{number:064}", len(text), number))


def measured(index: Path, cache: Path) -> dict[str, Any]:
    """What `measure` finds in a fresh process."""
    command = [sys.executable, __file__, "--measure", str(index), "--cache", str(cache)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(index: Path, cache: Path) -> dict[str, Any]:
    real, asked = kept(cache)
    copies, embedder = Copies(real), Known(Copies(real))
    rows: dict[str, Any] = {}
    before = memory("RssAnon")
    began = time.perf_counter()
    library = opened(index)
    rows["Open, s"] = f"{time.perf_counter() - began:.2f}"
    rows["Passages"] = library.counts()[1]
    texts = [question(n) for n in range(QUERIES)]
    vectors = np.concatenate([asked[:QUERIES], copies.vectors(FRESH, QUERIES)])
    texts += [article(FRESH + n).passages[0][:120] for n in range(QUERIES)]
    for label, filters in filters_of(library).items():
        asks = [
            partial(ask, vector, text, library, embedder, filters)
            for vector, text in zip(vectors, texts, strict=True)
        ]
        rows[f"Search{label}, ms"] = spread(asks)
    rows["of it dense, ms"] = spread(partial(library.match, v, [], limit=50) for v in vectors)
    rows["Memory, MB (of it private)"] = f"{memory('VmRSS'):.0f} ({memory('RssAnon'):.0f})"
    rows["before opening, private"] = f"{before:.0f}"
    rows |= recall(library, index, vectors)
    rows |= changes(library, copies)
    library.close()
    (index / "vectors.json").unlink()
    rows["Open without the vector file, s"] = f"{timed(lambda: opened(index).close()) / 1e3:.1f}"
    rows["On disk, MB"] = f"{sum(f.stat().st_size for f in index.rglob('*')) / 1e6:.0f}"
    return rows


def filters_of(library: Library) -> dict[str, Filters]:
    ids = [f"{n:06}.txt" for n in range(3)]
    return {
        "": Filters(),
        " in 3 articles": Filters(documents=tuple(ids)),
        " in a year": Filters(after=date(2000, 1, 1), before=date(2000, 12, 31)),
        " after 2006": Filters(after=date(2006, 6, 1)),
    }


def ask(vector: Vectors, text: str, library: Library, embedder: Known, filters: Filters) -> object:
    embedder.next = [vector]
    return search(text, library, embedder, filters=filters)


def recall(library: Library, index: Path, vectors: Vectors) -> dict[str, str]:
    """The ten nearest against all cosines, without a filter and with two; scores must be exact."""
    store = Store(index / "library.sqlite")
    parts = [(np.array(numbers), rows @ vectors.T) for numbers, rows in store.vectors_since(0)]
    numbers, cosines = (np.concatenate(part) for part in zip(*parts, strict=True))
    found: dict[str, str] = {}
    for label, filters in filters_of(library).items():
        among = np.ones(len(numbers), bool)
        if filters != Filters():
            of = store.numbers(filters)
            among = np.isin(numbers, store.passage_numbers(of))
        shares = []
        for at, vector in enumerate(vectors):
            line = np.sort(cosines[among, at])[-10:].min() - 1e-6
            got = library.match(vector, [], limit=50, filters=filters)
            best = sorted((match.dense for match in got), reverse=True)[:10]
            shares.append(sum(score >= line for score in best) / 10)
        questions, other = np.mean(shares[:QUERIES]), np.mean(shares[QUERIES:])
        found[f"Recall@10{label}, questions / copies"] = f"{questions:.4f} / {other:.4f}"
    store.close()
    return found


def changes(library: Library, copies: Copies) -> dict[str, str]:
    """Articles added and deleted one by one, each until a search agrees."""
    added, removed = list[float](), list[float]()
    for n in range(20):
        fresh = FRESH + n * PASSAGES
        new = entry(fresh // PASSAGES, copies.vectors(fresh, PASSAGES), len(copies.real))
        vector, words = new.vectors[0], terms(new.document.title)
        look = partial(library.match, vector, words, limit=50)
        for work, times, here in (
            (partial(library.add, [new]), added, True),
            (partial(library.settle, Settlement(removed=[new.document.id])), removed, False),
        ):
            times.append(timed(work) + timed(look))
            hits = library.passages([match.number for match in look()])
            if any(s.passage.document == new.document.id for s in hits.values()) is not here:
                raise RuntimeError("a search does not show the change")
    began = time.perf_counter()
    library.documents()
    listed = time.perf_counter() - began
    return {
        "Add an article until it is found, ms": percentiles(added),
        "Delete an article, ms": percentiles(removed),
        "List of the articles after a change, s": f"{listed:.2f}",
    }


def unchanged(folder: Path, cache: Path) -> float:
    """Seconds of a sync of files that are as they were."""
    articles, embedder = folder / "articles", Known(Copies(kept(cache)[0]))
    articles.mkdir(parents=True)
    for n in range(FILES):
        made = article(n)
        (articles / made.name).write_text("\n\n".join([made.title, *made.passages]))
    library = opened(folder / "index")
    sync_folder(articles, library, embedder, longest=LONGEST)
    time.sleep(3)  # a file that is younger is read again
    sync_folder(articles, library, embedder, longest=LONGEST)
    spent = timed(lambda: sync_folder(articles, library, embedder, longest=LONGEST)) / 1e3
    library.close()
    shutil.rmtree(folder)
    return spent


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def spread(works: Iterable[Callable[[], object]], budget: float = 60) -> str:
    """Milliseconds that pieces of work take within a budget of seconds; the first warms up."""
    walls, cpus, end = list[float](), list[float](), time.perf_counter() + budget
    for work in works:
        before = time.process_time()
        walls.append(timed(work))
        cpus.append((time.process_time() - before) * 1e3)
        if time.perf_counter() > end:
            break
    return f"{percentiles(walls[1:] or walls)} (CPU {np.median(cpus):.1f})"


def percentiles(times: Sequence[float]) -> str:
    return " / ".join(f"{np.percentile(times, p):.1f}" for p in (50, 95))


def memory(key: str) -> float:
    """MB of this process, by a key of /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(key))


def print_table(tables: dict[int, dict[str, Any]]) -> None:
    print(f"| | {' | '.join(f'{size:,}' for size in tables)} |")
    print(f"| --- |{' ---: |' * len(tables)}")
    for row in next(iter(tables.values())):
        print(f"| {row} | {' | '.join(str(table[row]) for table in tables.values())} |")


def plot(steps: list[Step], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    millions = [passages / 1e6 for passages, _, _ in steps]
    axes.plot(millions, [wall for _, wall, _ in steps], marker=".", color="#1f4e79", label="clock")
    axes.plot(millions, [cpu for _, _, cpu in steps], marker=".", color="#c55a11", label="CPU")
    axes.set(xlabel="passages, millions", ylabel="seconds to store them", ylim=(0, None))
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    main()
