"""Words to passages by BM25. The only module that imports tantivy.

Texts are analysed by `rag.words` before they are indexed; queries are built from terms and never
parsed. A small file written after each commit says whose the index is, its generation and the
checksums of its files, so that a torn, stale, damaged or foreign one is told. Why tantivy:
docs/decisions/0002-lexical-index.md.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rag.errors import LibraryError
from rag.library.files import checksum, replace
from rag.library.rows import PassageRow
from rag.words import ANALYSIS, terms

_MOST_TERMS = 64
_HEAP = 64_000_000
_ALWAYS_EXACT = 10_000  # passages that are indexed afresh after any removal
_MANY = 5000  # documents that are slow to look up
_AMPLE = 8  # times as many hits, of which enough may be inside
_WORN = 0.05  # share of removed passages from which a larger index is


class LexicalIndex:
    """Passage numbers and their words; safe to share between threads.

    Nothing is open at first: the one that writes asks whether it is `sound`, and `clear`s it where
    it is not; others `follow`. `owner` identifies the rows that it must have been built from, and
    `generation` is theirs; 0 where there is no index.
    """

    def __init__(self, folder: Path, *, owner: str) -> None:
        self._folder, self._mark = folder / "words", folder / "words.json"
        self._owner = f"{owner}/{ANALYSIS}"
        self._lock = threading.Lock()
        self._schema: Any = None
        self._index: Any = None
        self._searcher: Any = None
        self._copy: TemporaryDirectory[str] | None = None
        self.generation, self._removed = 0, 0
        self._sums: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return int(self._searcher.num_docs) if self._searcher else 0

    @property
    def worn(self) -> bool:
        """Whether removed passages still count in the scores enough to build it afresh."""
        return self._removed > (0 if len(self) <= _ALWAYS_EXACT else _WORN * len(self))

    def sound(self) -> bool:
        """Whether every file is as it was written, and so could be opened; reads all of them."""
        self._read_mark()
        try:
            whole = bool(self._sums) and self._sums == self._summed({})
        except OSError:
            whole = False
        return whole and self._open()

    def follow(self) -> None:
        """See what another program has written; it is opened unproved."""
        self._read_mark()
        if (self._folder / "meta.json").exists():
            self._open()

    def clear(self) -> None:
        """Throw the index away and begin an empty one.

        Raises:
            LibraryError: The folder cannot be written.
        """
        self.generation, self._removed, self._sums = 0, 0, {}
        self.close()
        try:
            self._mark.unlink(missing_ok=True)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        if not self._open():
            raise self._unwritable(None)

    def close(self) -> None:
        """Let go of the files."""
        self._index = self._searcher = None
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def update(
        self,
        rows: Iterable[PassageRow],
        removed: Sequence[int],
        generation: int,
        *,
        afresh: bool = False,
    ) -> None:
        """Take out `removed` and `rows`, add `rows`, and commit for a generation.

        `afresh` takes out everything first.

        Raises:
            LibraryError: Another process is writing, or the disk is full.
        """
        with self._lock:
            try:
                self._write(iter(rows), removed, afresh)
                self._removed = 0 if afresh else self._removed + len(removed)
                self._write_mark(generation)
            except (ValueError, OSError) as error:
                raise self._unwritable(error) from error
            self.generation = generation

    def search(
        self,
        words: Sequence[str] | Mapping[str, float],
        limit: int,
        documents: Sequence[int] | None = None,
    ) -> list[tuple[int, float]]:
        """The `limit` best passages for analysed words, as (number, BM25 score), best first.

        Words may come with what each counts; those of a plain sequence count 1.
        """
        from tantivy import Occur, Query

        searcher = self._searcher
        counts = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
        wanted = dict(islice(counts.items(), _MOST_TERMS))
        nowhere = documents is not None and not documents
        if searcher is None or not wanted or limit < 1 or nowhere:
            return []
        any_of = [(Occur.Should, self._holding(word, count)) for word, count in wanted.items()]
        query = Query.boolean_query(any_of)
        if documents is None:
            found = searcher.search(query, limit=limit, count=False).hits
        else:
            found = self._inside(searcher, query, limit, documents)
        numbers = searcher.fast_field_values("number", [address for _, address in found])
        both = zip(numbers, found, strict=True)
        pairs = [(int(number), float(score)) for number, (score, _) in both if number is not None]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _inside(
        self, searcher: Any, query: Any, limit: int, documents: Sequence[int]
    ) -> list[tuple[float, Any]]:
        """The best hits inside these documents.

        Many documents are slow to look up for every passage: then the best hits of all are taken,
        and those outside left out, if that leaves enough.
        """
        from tantivy import Occur, Query

        if len(documents) > _MANY:
            most = _AMPLE * limit
            best = searcher.search(query, limit=most, count=False).hits
            of = searcher.fast_field_values("document", [address for _, address in best])
            allowed = set(documents)
            found = [hit for hit, number in zip(best, of, strict=True) if number in allowed]
            if len(found) >= limit or len(best) < most:
                return found[:limit]
        inside = Query.term_set_query(self._schema, "document", list(documents))
        inside = Query.const_score_query(inside, 0.0)
        query = Query.boolean_query([(Occur.Must, query), (Occur.Must, inside)])
        return list(searcher.search(query, limit=limit, count=False).hits)

    def frequency(self, word: str) -> int:
        """How many passages hold an analysed word."""
        searcher = self._searcher
        if searcher is None:
            return 0
        return int(searcher.search(self._holding(word), limit=1, count=True).count or 0)

    def _holding(self, word: str, count: float = 1.0) -> Any:
        from tantivy import Query

        query = Query.term_query(self._schema, "words", word, "freq")
        return query if count == 1.0 else Query.boost_query(query, count)

    def _write(self, rows: Iterable[PassageRow], removed: Sequence[int], afresh: bool) -> None:
        import tantivy

        if self._index is None:
            raise ValueError("it could not be opened")
        writer = self._index.writer(_HEAP, 1)
        try:
            if afresh:
                writer.delete_all_documents()
            elif removed:
                self._take_out(writer, removed)
            rows = iter(rows)
            while some := list(islice(rows, 1000)):
                if not afresh:  # after a kill, the same rows may come a second time
                    self._take_out(writer, [row.number for row in some])
                for row in some:
                    document = tantivy.Document()
                    document.add_unsigned("number", row.number)
                    document.add_unsigned("document", row.document)
                    document.add_text("words", " ".join(terms(row.text, row.language)))
                    writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
        finally:
            del writer  # it holds the index's lock
        self._index.reload()
        self._searcher = self._index.searcher()

    def _take_out(self, writer: Any, numbers: Sequence[int]) -> None:
        from tantivy import Query

        query = Query.term_set_query(self._schema, "number", list(numbers))
        writer.delete_documents_by_query(query)

    def _readable(self) -> Path:
        """Where it can be opened: tantivy locks its folder, so that of a fixed one it is a copy."""
        if os.access(self._folder, os.W_OK):
            return self._folder
        self._copy = self._copy or TemporaryDirectory(prefix="quoth-words-")
        shutil.copytree(self._folder, self._copy.name, dirs_exist_ok=True)
        return Path(self._copy.name)

    def _open(self) -> bool:
        """Open the index as it is now, or make an empty one; whether that worked."""
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("number", stored=False, indexed=True, fast=True)
        builder.add_unsigned_field("document", stored=False, indexed=True, fast=True)
        builder.add_text_field("words", stored=False, tokenizer_name="split", index_option="freq")
        self._schema = builder.build()
        try:
            index = tantivy.Index(self._schema, path=str(self._readable()))
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            index.register_tokenizer("split", analyzer)
            index.config_reader(reload_policy="manual")  # else a thread reloads at any moment
            self._index, self._searcher = index, index.searcher()
        except BaseException as error:  # damage can surface as a panic, which is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            self._index = self._searcher = None
        return self._index is not None

    def _read_mark(self) -> None:
        self.generation, self._removed, self._sums = 0, 0, {}
        try:
            facts = json.loads(self._mark.read_bytes())
            if facts["library"] == self._owner:
                generation, removed = int(facts["generation"]), int(facts["removed"])
                self._sums = dict(facts["files"])
                self.generation, self._removed = generation, removed
        except (OSError, ValueError, KeyError, TypeError):
            pass

    def _write_mark(self, generation: int) -> None:
        self._sums = self._summed(self._sums)
        facts = {
            "library": self._owner,
            "generation": generation,
            "removed": self._removed,
            "files": self._sums,
        }
        replace(self._mark, lambda file: file.write(json.dumps(facts).encode()))

    def _summed(self, known: dict[str, list[int]]) -> dict[str, list[int]]:
        """Size and checksum of each file; those of a segment never change once written."""
        sums = {}
        for path in self._folder.iterdir():
            if not path.name.endswith(".lock"):
                size = path.stat().st_size
                before = None if path.suffix == ".json" else known.get(path.name)
                same = before is not None and before[0] == size
                sums[path.name] = before if before and same else [size, checksum(path)]
        return sums

    def _unwritable(self, error: Exception | None) -> LibraryError:
        why = f": {error}" if error else ""
        return LibraryError(
            f"The word index in {self._folder} cannot be written{why}. Free some space, or stop "
            "the other program that is writing; then index again."
        )
