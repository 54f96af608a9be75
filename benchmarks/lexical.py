"""Compare tantivy with SQLite FTS5 as the BM25 index over passages.

Seeded, made-up passages of 60 to 120 words (200,000 content words and 300 function words, drawn
by Zipf's law) are indexed in both engines in a temporary folder. Measured are the time to build,
the size on disk, the latency of natural-length queries (6 to 12 terms, any may match, the 50 best
by BM25) with and without the function words, the time until an added document of 5 passages is
found and until a deleted one is gone, the time to open, and the growth of the process's memory.
Each engine builds in one fresh process and serves in another; a set of queries ends after 60 s.

    python benchmarks/lexical.py --passages 10000
    python benchmarks/lexical.py --passages 1000000

Needs numpy, tantivy, an SQLite with FTS5, and Linux's /proc. Prints a Markdown table.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Filter, Occur, Query

Rows = Iterable[tuple[int, str]]
Table = dict[str, str]
FUNCTION_WORDS, CONTENT_WORDS, QUERIES, TOP = 300, 200_000, 200, 50
HEAP, MARK, FIRST_NEW = 128_000_000, "zzqmarker", 10**9


class Tantivy:
    """Terms are analysed here and never parsed as query syntax; one writer stays open."""

    def __init__(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        fields = tantivy.SchemaBuilder()
        fields.add_unsigned_field("id", stored=True, indexed=True, fast=True)
        fields.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
        self.schema = fields.build()
        self.index = tantivy.Index(self.schema, path=str(path))
        self.searcher = self.index.searcher()
        self.writer: tantivy.IndexWriter | None = None
        steps = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        steps = steps.filter(Filter.remove_long(40)).filter(Filter.lowercase())
        self.analyzer = steps.filter(Filter.stemmer("english")).build()

    def change(self, added: Rows, deleted: Rows = (), bulk: bool = False) -> None:
        self.writer = self.writer or self.index.writer(HEAP, 1)
        for number, _ in deleted:
            self.writer.delete_documents_by_query(Query.term_query(self.schema, "id", number))
        for number, text in added:
            fields = {"id": number, "text": text}
            self.writer.add_document(tantivy.Document.from_dict(fields, self.schema))
        self.writer.commit()
        if bulk:
            self.writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, text: str) -> list[int]:
        terms = dict.fromkeys(self.analyzer.analyze(text))
        parts = [Query.term_query(self.schema, "text", term, "freq") for term in terms]
        query = Query.boolean_query([(Occur.Should, part) for part in parts])
        hits = self.searcher.search(query, limit=TOP, count=False).hits
        return [int(i or 0) for i in self.searcher.fast_field_values("id", [a for _, a in hits])]


class Fts5:
    """A contentless table, synced at each commit; an SQLite before 3.43 deletes by old text."""

    def __init__(self, path: Path) -> None:
        self.base = sqlite3.connect(path.with_suffix(".db"))
        self.base.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self.base.execute("PRAGMA cache_size=-64000")
        self.by_id = sqlite3.sqlite_version_info >= (3, 43)
        options = "content='', tokenize='porter unicode61'"
        options += ", contentless_delete=1" if self.by_id else ""
        self.base.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS t USING fts5(text, {options})")

    def change(self, added: Rows, deleted: Rows = (), bulk: bool = False) -> None:
        old = "INSERT INTO t(t, rowid, text) VALUES('delete', ?, ?)"
        old = "DELETE FROM t WHERE rowid = ? AND ? != ''" if self.by_id else old
        with self.base:
            if bulk:
                self.base.execute(f"INSERT INTO t(t, rank) VALUES('hashsize', {HEAP // 2})")
            self.base.executemany(old, deleted)
            self.base.executemany("INSERT INTO t(rowid, text) VALUES(?, ?)", added)
            if bulk:
                self.base.execute("INSERT INTO t(t) VALUES('optimize')")

    def search(self, text: str) -> list[int]:
        match = " OR ".join(f'"{word}"' for word in dict.fromkeys(text.split()))
        sql = f"SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT {TOP}"
        return [row[0] for row in self.base.execute(sql, (match,))]


Engine = Tantivy | Fts5
ENGINES: dict[str, type[Engine]] = {"tantivy": Tantivy, "FTS5": Fts5}


def make_corpus(path: Path, count: int) -> list[list[str]]:
    """Write one passage a line; return the queries, without function words and whole."""
    pick, rng, made = random.Random(7), np.random.default_rng(7), dict[str, None]()
    while len(made) < FUNCTION_WORDS + CONTENT_WORDS:  # most common first
        parts = 1 if len(made) < FUNCTION_WORDS else pick.randint(2, 4)
        word = "".join(pick.choice("bcdfghklmnprstvw") + pick.choice("aeiou") for _ in range(parts))
        made[word + pick.choice("nrstl" if parts == 1 else ["", "s", "ing", "ed", "er"])] = None
    words, weights = np.array(list(made), dtype=object), 1 / np.arange(1, len(made) + 1)
    steps, common = np.cumsum(weights / weights.sum()), words[:FUNCTION_WORDS].tolist()
    chosen, whole, kept = set(pick.sample(range(count), QUERIES)), list[str](), list[str]()
    with path.open("w") as out:
        for number, size in enumerate(rng.integers(60, 121, count).tolist()):
            ranks = np.searchsorted(steps, rng.random(size)).clip(max=len(words) - 1)
            passage = words[ranks].tolist()
            out.write(" ".join(passage) + "\n")
            if number in chosen:
                some = pick.sample([w for w in passage if w not in common], 2)
                some += pick.sample(passage, pick.randint(2, 7))
                some += pick.choices(common, weights[:FUNCTION_WORDS].tolist(), k=2)
                whole.append(" ".join(some))
                kept.append(" ".join(w for w in some if w not in common))
    return [kept, whole]


def memory(key: str) -> float:
    """MiB of this process, by a key of /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def spread(work: Iterable[Callable[[], object]], budget: float = 60) -> str:
    """Percentiles of the milliseconds that pieces of work take, within a budget of seconds."""
    times, end = list[float](), time.perf_counter() + budget
    for piece in work:
        start = time.perf_counter()
        piece()
        times.append((time.perf_counter() - start) * 1e3)
        if time.perf_counter() > end:
            break
    return " / ".join(f"{np.percentile(times, p):.2f}" for p in (50, 95, 99)) + f" ({len(times)})"


def change(engine: Engine, added: list[tuple[int, str]], deleted: list[tuple[int, str]]) -> None:
    """Add or delete the passages of one document, and check that a search agrees with it."""
    engine.change(added, deleted)
    if len(engine.search((added or deleted)[0][1].split()[0])) != len(added):
        raise RuntimeError("a search does not show the change")


def measure(name: str, folder: Path, queries: list[list[str]], build: bool) -> Table:
    """Build one engine, or open, search and change it, in the process that calls this."""
    before, own, start = memory("VmRSS"), memory("RssAnon"), time.perf_counter()
    engine, rows = ENGINES[name](folder / name), Table()
    if build:
        with (folder / "corpus").open() as lines:
            engine.change(enumerate(lines), (), True)
        took, growth = f"{time.perf_counter() - start:.1f}", f"{memory('VmHWM') - before:.0f}"
        return {"Build, s": took, "Build, peak memory growth, MiB": growth}
    engine.search(MARK)
    rows["Open and first search, ms"] = f"{(time.perf_counter() - start) * 1e3:.1f}"
    files = [f for f in folder.rglob("*") if str(f.relative_to(folder)).startswith(name)]
    rows["Size on disk, MB"] = f"{sum(f.stat().st_size for f in files) / 1e6:.1f}"
    tail = "p50 / p95 / p99 (number), ms"
    for label, texts in zip(("without function words", "whole"), queries, strict=True):
        rows[f"Query {label}, {tail}"] = spread(partial(engine.search, text) for text in texts)
    growth = f"{memory('VmRSS') - before:.0f} ({memory('RssAnon') - own:.0f})"
    rows["Open and search, memory growth (of it not file pages), MiB"] = growth
    new = [(FIRST_NEW + i, f"{MARK}{i // 5} {text}") for i, text in enumerate(queries[1][:100])]
    groups = [new[i : i + 5] for i in range(0, 100, 5)]
    engine.change(())  # opens the writer of tantivy, which a server would keep open
    rows[f"Add 5 passages, {tail}"] = spread(partial(change, engine, g, []) for g in groups)
    rows[f"Delete 5 passages, {tail}"] = spread(partial(change, engine, [], g) for g in groups)
    return rows


def main() -> None:
    """Make the corpus, measure each engine, and print the table."""
    options = argparse.ArgumentParser(description="tantivy and SQLite FTS5 at BM25")
    options.add_argument("--passages", type=int, default=10_000)
    count, tables = options.parse_args().passages, {name: Table() for name in ENGINES}
    with tempfile.TemporaryDirectory() as made:
        queries = make_corpus(Path(made) / "corpus", count)
        for name, build in product(ENGINES, (True, False)):
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                tables[name] |= pool.submit(measure, name, Path(made), queries, build).result()
    print(f"| {count:,} passages | {' | '.join(ENGINES)} |\n| --- | ---: | ---: |")
    for row in tables["tantivy"]:
        print(f"| {row} | {' | '.join(table[row] for table in tables.values())} |")


if __name__ == "__main__":
    main()
