"""Words to passages by BM25. The only module that imports tantivy.

Texts are analysed by `rag.words` before they are indexed; queries are built from terms and never
parsed. The generation stands in a file written after the commit, and an update may be repeated,
so a kill in between does no harm. Why tantivy: docs/decisions/0002-lexical-index.md.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.errors import LibraryError
from rag.library.store import Row
from rag.words import terms

_MOST_TERMS = 64
_HEAP = 64_000_000


class LexicalIndex:
    """Passage numbers and their words; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "words"
        self._mark = folder / "words.generation"
        self._lock = threading.Lock()
        self.generation = self._read_mark()
        try:
            self._open()
        except LibraryError:
            self.clear()

    def clear(self) -> None:
        """Throw the index away and begin an empty one."""
        self._mark.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        self.generation = 0
        self._open()

    def update(self, rows: Sequence[Row], removed: Sequence[int], generation: int) -> None:
        """Take out `removed` and `rows`, add `rows`, and commit for a generation.

        Raises:
            LibraryError: Another process is writing, or the disk is full.
        """
        import tantivy

        with self._lock:
            try:
                writer = self._index.writer(_HEAP, 1)
                gone = [*removed, *(row.number for row in rows)]
                if gone:
                    query = tantivy.Query.term_set_query(self._schema, "number", gone)
                    writer.delete_documents_by_query(query)
                for row in rows:
                    document = tantivy.Document()
                    document.add_unsigned("number", row.number)
                    document.add_unsigned("document", row.document)
                    document.add_text("words", " ".join(terms(row.text)))
                    writer.add_document(document)
                writer.commit()
                writer.wait_merging_threads()
                self._index.reload()
                self._searcher = self._index.searcher()
                aside = self._mark.with_suffix(".new")
                aside.write_text(str(generation))
                aside.replace(self._mark)
            except (ValueError, OSError) as error:
                raise LibraryError(
                    f"The word index in {self._folder} cannot be written: {error}. Free some "
                    "space, or stop the other program that is writing; then index again."
                ) from error
            self.generation = generation

    def search(
        self, words: Sequence[str], limit: int, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` best passages for analysed words, as (number, BM25 score), best first."""
        from tantivy import Occur, Query

        wanted = list(dict.fromkeys(words))[:_MOST_TERMS]
        if not wanted or limit < 1 or (documents is not None and not documents):
            return []
        searcher = self._searcher
        any_of = [(Occur.Should, Query.term_query(self._schema, "words", w, "freq")) for w in wanted]
        query = Query.boolean_query(any_of)
        if documents is not None:
            inside = Query.term_set_query(self._schema, "document", list(documents))
            query = Query.boolean_query(
                [(Occur.Must, query), (Occur.Must, Query.const_score_query(inside, 0.0))]
            )
        found = searcher.search(query, limit=limit, count=False).hits
        numbers = searcher.fast_field_values("number", [address for _, address in found])
        pairs = [(int(n), float(s)) for n, (s, _) in zip(numbers, found, strict=True) if n is not None]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def frequency(self, word: str) -> int:
        """How many passages hold an analysed word."""
        from tantivy import Query

        query = Query.term_query(self._schema, "words", word, "freq")
        return int(self._searcher.search(query, limit=1, count=True).count or 0)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def _open(self) -> None:
        import tantivy

        self._folder.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("number", stored=False, indexed=True, fast=True)
        builder.add_unsigned_field("document", stored=False, indexed=True, fast=True)
        builder.add_text_field("words", stored=False, tokenizer_name="split", index_option="freq")
        self._schema = builder.build()
        try:
            self._index: Any = tantivy.Index(self._schema, path=str(self._folder))
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer("split", analyzer)
            self._searcher: Any = self._index.searcher()
        except BaseException as error:  # damage can surface as a panic, which is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise LibraryError(f"The word index in {self._folder} is damaged.") from error

    def _read_mark(self) -> int:
        try:
            return int(self._mark.read_text())
        except (OSError, ValueError):
            return 0
