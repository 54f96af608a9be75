"""What a library on Milvus costs over pymilvus alone, and how its answers compare.

    python benchmarks/milvus.py [--passages 10000] [--questions 200] [--rounds 3]

Starts milvus-lite in a process of its own. The same search is made by `MilvusLibrary.match` and by
pymilvus' own `hybrid_search` over the same collection, in turn, each with the same fields; told are
medians. Then the questions over seeds are searched in an index folder, on the server, and by
Milvus' own rankers.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from rag.library import Library, sync_folder
from rag.library.milvus import MilvusLibrary
from rag.library.milvus_forms import asked_for
from rag.library.milvus_server import PAYLOAD
from rag.library.rows import Entry, FileState
from rag.models.embedder import EmbedderIdentity, bundled_embedder
from rag.retrieval.search import DENSE_SHARE, fuse
from rag.schema import Document, Passage, Span
from rag.words import terms
from tests.milvus_process import MilvusProcess

IDENTITY = EmbedderIdentity("random", 384, "0" * 64)
LIMIT, BEST = 50, 10
WORDS = [f"word{n}" for n in range(5000)]


def filled(address: str, folder: Path, passages: int) -> tuple[MilvusLibrary, float]:
    """A library of made-up articles with ten passages each, and the passages a second."""
    library = MilvusLibrary(address, folder, identity=IDENTITY, longest=800)
    chance, numbers = random.Random(7), np.random.default_rng(7)
    began = time.monotonic()
    with library.writing():
        for start in range(0, passages // 10, 20):
            library.add([entry(n, chance, numbers) for n in range(start, start + 20)])
    return library, passages / (time.monotonic() - began)


def entry(number: int, chance: random.Random, numbers: np.random.Generator) -> Entry:
    sentences = [" ".join(drawn(chance, 60)) + "." for _ in range(10)]
    text, ends = "\n\n".join(sentences), []
    for sentence in sentences:
        start = ends[-1].end + 2 if ends else 0
        ends.append(Span(start, start + len(sentence)))
    id_ = f"{number:06}.txt"
    vectors = numbers.standard_normal((10, IDENTITY.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    passages = [Passage(id_, span.start, span.end, (span,)) for span in ends]
    document = Document(id_, f"Article {number}", text)
    return Entry(document, passages, vectors, FileState(f"{number:064}", len(text), 0))


def drawn(chance: random.Random, count: int) -> list[str]:
    """Words, a few of them common, as in a text."""
    return [WORDS[int(len(WORDS) * chance.random() ** 3)] for _ in range(count)]


def hybrid(library: MilvusLibrary, vector: Any, words: Sequence[str], ranker: Any) -> list[int]:
    """The passages of Milvus' own hybrid search, best first."""
    from pymilvus import AnnSearchRequest

    text = asked_for(words)[0]
    wanted = [
        AnnSearchRequest([vector.tolist()], "vector", {"metric_type": "IP"}, LIMIT),
        AnnSearchRequest([text], "sparse", {"metric_type": "BM25"}, LIMIT),
    ]
    server = library._server
    hits = server._client.hybrid_search(
        server.name, wanted, ranker, limit=LIMIT, output_fields=[PAYLOAD]
    )[0]
    return [hit["number"] for hit in hits]


def overhead(library: MilvusLibrary, server: int, questions: int) -> None:
    """By the clock, and by the CPU time of this process and the server's, which others who work on
    the machine move less.
    """
    from pymilvus import WeightedRanker

    ranker = WeightedRanker(DENSE_SHARE, 1 - DENSE_SHARE)
    chance, numbers = random.Random(11), np.random.default_rng(11)
    raw: list[tuple[float, float]] = []
    match: list[tuple[float, float]] = []
    for at in range(-10, questions):
        vector = numbers.standard_normal(IDENTITY.dimension).astype(np.float32)
        vector /= np.linalg.norm(vector)
        words = drawn(chance, 5)
        runs: list[tuple[list[tuple[float, float]], Callable[[], object]]] = [
            (raw, lambda v=vector, w=words: hybrid(library, v, w, ranker)),
            (match, lambda v=vector, w=words: library.match(v, w, limit=LIMIT)),
        ]
        for times, run in runs if at % 2 else runs[::-1]:
            began = time.perf_counter(), worked(server)
            run()
            if at >= 0:
                times.append((time.perf_counter() - began[0], worked(server) - began[1]))
    for at, name in enumerate(("clock", "CPU")):
        one, other = (1000 * statistics.median(each[at] for each in some) for some in (raw, match))
        print(f"{name}: hybrid_search {one:.2f} ms, match {other:.2f}, {other / one - 1:+.1%}")


def worked(server: int) -> float:
    """Seconds of CPU that this process and the server have taken; of Linux, by thread."""
    threads = Path(f"/proc/{server}/task").glob("*/schedstat")
    return time.process_time() + sum(int(one.read_text().split()[0]) for one in threads) / 1e9


def agreement(address: str, place: Path) -> None:
    from pymilvus import RRFRanker, WeightedRanker

    embedder, root = bundled_embedder(), Path(__file__).parents[1]
    identity = embedder.identity
    libraries: list[Any] = [
        Library(place / "one", identity=identity, longest=800),
        MilvusLibrary(address, place / "two", identity=identity, longest=800),
    ]
    for library in libraries:
        sync_folder(root / "seeds", library, embedder, longest=800)
    lines = (root / "benchmarks/open.jsonl").read_text("utf-8").splitlines()
    asked = [one["question"] for one in map(json.loads, lines) if one["over"] == ["seeds"]]
    rankers = {
        "WeightedRanker": WeightedRanker(DENSE_SHARE, 1 - DENSE_SHARE),
        "RRFRanker": RRFRanker(),
    }
    first, ten = dict.fromkeys(["server", *rankers], 0), dict.fromkeys(["server", *rankers], 0.0)
    for question, vector in zip(asked, embedder.embed(asked), strict=True):
        words = terms(question)
        lists = [ranked(library, vector, words) for library in libraries]
        found = {"server": lists[1]}
        for name, ranker in rankers.items():
            found[name] = shown(libraries[1], hybrid(libraries[1], vector, words, ranker)[:BEST])
        for name, got in found.items():
            first[name] += got[:1] == lists[0][:1]
            ten[name] += len(set(got) & set(lists[0])) / len(lists[0])
    for name in first:
        share = ten[name] / len(asked)
        print(f"{name}: the same first passage {first[name]}/{len(asked)}, first ten {share:.3f}")
    for library in libraries:
        library.close()


def ranked(library: Any, vector: Any, words: Sequence[str]) -> list[tuple[str, int]]:
    matches = fuse(library.match(vector, words, limit=LIMIT))[:BEST]
    return shown(library, [match.number for match, _ in matches])


def shown(library: Any, numbers: Sequence[int]) -> list[tuple[str, int]]:
    """Passages by what is the same in every library."""
    stored = library.passages(numbers)
    return [(stored[n].document.id, stored[n].passage.start) for n in numbers]


def memory(library: MilvusLibrary) -> None:
    """Bytes that the list of articles takes in each program."""
    rows = library.rows
    rows._rows, rows.live = {}, {}
    tracemalloc.start()
    rows.read()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"list of articles: {size / len(rows.documents):.0f} bytes an article")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        MilvusProcess(Path(name) / "server") as server,
    ):
        place = Path(name)
        library, rate = filled(server.library("made_up"), place / "made_up", given.passages)
        print(f"{library.counts()[1]:,} passages written, {rate:.0f} a second")
        overhead(library, server.pid, given.questions)
        library._server._client.flush(library._server.name)
        print("after a flush:")
        for _ in range(given.rounds):
            overhead(library, server.pid, given.questions)
        memory(library)
        library.close()
        agreement(server.library("seeds"), place)


if __name__ == "__main__":
    main()
