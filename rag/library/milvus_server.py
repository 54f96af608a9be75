"""Two collections on a Milvus server: passages to be searched, and rows of small texts by key.

The only module that imports pymilvus. Owns their schema, the form of every request, and what is
said where the server is away, slow, or holds something else. Knows nothing of documents.

What is asked in a session sees what the session has written (consistency level Session); what must
not miss what others wrote is asked with `sure` (Strong).
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

from rag.errors import LibraryError
from rag.library.milvus_forms import LONGEST
from rag.library_address import library_parts
from rag.schema import many
from rag.settings import library_token

CONNECT, ANSWER = 10.0, 60.0  # seconds to wait for
_PAUSES = (0.2, 1.0)  # seconds before a server that is away is asked again
_ROWS = "_rows"  # ends the name of the collection of rows
_MANY = 500  # rows that are read or written at once
_KEY = 8_192  # bytes of a key
PAYLOAD = "payload"
_ROW = ("key", "kind", "document", "value")
_PASSAGE = ["number", "document", "day", "collection", PAYLOAD, "words", "vector"]
_LEVEL = "Session"
_OLDEST = (2, 6)  # version that can add scores up without bending them
_LITE = "milvus_lite"  # in whose partitions words would count what they do there alone
_DEEP = 8  # errors that one may have come of, which pymilvus joins to a ring
_LOCKED = ("unauthenticated", "auth check", "permission deny")
Row = tuple[str, str, int, str]  # key, kind, document, value
_One = TypeVar("_One")


class MilvusServer:
    """One library's collections; safe to share between threads, with one that changes them.

    Args:
        address: As in `milvus+http://localhost:19530/articles`; what the server asks
            for is in the environment (`library_token`).
        dimension: Length of the vectors of a library that is new; 0 where it must be there.

    Raises:
        LibraryError: By every method: the server cannot be reached, is slow or refuses; when it is
            opened, also: pymilvus is not installed, or a collection is another program's.
    """

    def __init__(self, address: str, dimension: int) -> None:
        self.address = address
        self._place, database, self.name = library_parts(address)
        self._client: Any = None
        self._client = self._told(lambda: _connected(self._place, database))
        try:
            for name, schema in (
                (self.name, lambda: self._passages(max(dimension, 2))),
                (self.name + _ROWS, self._rows),
            ):
                self._make(name, schema, bool(dimension))
        except BaseException:
            self.close()
            raise

    def open_or_raise(self) -> None:
        """Raise `LibraryError` where it was closed."""
        if self._client is None:
            raise LibraryError(f"The library {self.address} was closed. Open the assistant again.")

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def rows(self, kinds: Sequence[str], *, sure: bool = False) -> Iterator[Row]:
        """All rows of some kinds."""
        among = ", ".join(f'"{kind}"' for kind in kinds)
        level = {"consistency_level": "Strong"} if sure else {}
        found = self._every(self.name + _ROWS, f"kind in [{among}]", list(_ROW), **level)
        return ((row["key"], row["kind"], row["document"], row["value"]) for row in found)

    def values(self, keys: Iterable[str], *, sure: bool = False) -> dict[str, str]:
        """The values of rows by key; those that are not there are left out."""
        more = {"consistency_level": "Strong"} if sure else {}
        found: dict[str, str] = {}
        for some in _parts(keys, 100):  # each may be as long as a text can be
            rows = self._ask("query", self.name + _ROWS, ids=some, output_fields=["value"], **more)
            found.update((row["key"], row["value"]) for row in rows)
        return found

    def put(self, rows: Iterable[Row]) -> None:
        """Write rows in place of those with the same keys."""
        for some in _parts(rows, 100):
            for key, _, _, value in some:
                if len(value.encode()) > LONGEST or len(key.encode()) > _KEY:
                    raise LibraryError(
                        f"{key[:200]} does not fit into a Milvus library: its name, title, author "
                        "or source is too long. Shorten it."
                    )
            data = [dict(zip(_ROW, row, strict=True)) | {"none": [0.0, 1.0]} for row in some]
            self._ask("upsert", self.name + _ROWS, data=data)

    def drop(self, keys: Iterable[str]) -> None:
        """Remove rows."""
        for some in _parts(keys, _MANY):
            self._ask("delete", self.name + _ROWS, ids=some)

    def forget(self, documents: Sequence[int]) -> None:
        """Remove the passages of documents, and the rows that carry their numbers."""
        for some in _parts(documents, _MANY):
            for collection in (self.name, self.name + _ROWS):
                self._ask("delete", collection, filter=f"document in {some}")

    def put_passages(self, passages: Iterable[dict[str, Any]]) -> None:
        """Write passages, whose fields are those of the schema, in place of earlier ones."""
        for some in _parts(passages, _MANY):
            self._ask("upsert", self.name, data=some)

    def passages_of(self, document: int) -> list[dict[str, Any]]:
        """All passages of a document with all that is theirs, in order."""
        found = self._every(self.name, f"document == {document}", _PASSAGE)
        return sorted(found, key=lambda row: int(row["number"]))

    def payloads(self, numbers: Sequence[int]) -> dict[int, str]:
        """What is told of passages, by number; those that are not there are left out."""
        found: dict[int, str] = {}
        for some in _parts(numbers, _MANY):
            rows = self._ask("query", self.name, ids=some, output_fields=["number", PAYLOAD])
            found.update((row["number"], row[PAYLOAD]) for row in rows)
        return found

    def found(
        self, vector: list[float], words: str, limit: int, within: str
    ) -> list[tuple[int, float, str]]:
        """Numbers of the passages nearest to a vector and of those best by BM25, in no order.

        Each with its BM25, 0 where it is not among the best, and its payload. Words may come
        several times, or none at all.
        """
        from pymilvus import AnnSearchRequest, WeightedRanker

        wanted = [(vector, "vector", "IP")] + ([(words, "sparse", "BM25")] if words else [])
        asked = [
            AnnSearchRequest([what], field, {"metric_type": metric}, limit, within)
            for what, field, metric in wanted
        ]
        # a hit has one score: let it be BM25, since the product comes of the payload
        ranker = WeightedRanker(*[0.0, 1.0][: len(asked)], norm_score=False)
        more = {"limit": len(asked) * limit, "output_fields": [PAYLOAD]}
        hits = self._ask("hybrid_search", self.name, asked, ranker, **more)[0]
        payloads = [hit["entity"][PAYLOAD] for hit in hits]
        return list(zip(hits.ids, hits.distances, payloads, strict=True))

    def frequency(self, word: str) -> int:
        """How many passages hold a word."""
        held = f"TEXT_MATCH(words, '{word}')"
        rows = self._ask("query", self.name, filter=held, output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def _make(self, collection: str, schema: Callable[[], tuple[Any, Any]], new: bool) -> None:
        """Make a collection where there is none; refuse one that is not like it."""
        wanted, indexes = schema()
        there = self._ask("has_collection", collection)
        if not there and not new:
            raise LibraryError(
                f"There is no library {self.name} on {self._place} yet. Index articles into it "
                "first: python -m rag index FOLDER."
            )
        if not there:
            self._ask("create_collection", collection, schema=wanted, consistency_level=_LEVEL)
        told = self._ask("describe_collection", collection)
        have = {field["name"]: field["type"] for field in told["fields"]}
        if have != {field.name: field.dtype for field in wanted.fields}:
            raise LibraryError(
                f"The collection {collection} on {self._place} is not one that this version of "
                f"Quoth has made: it has the fields {', '.join(sorted(have))}. Choose another name "
                "at the end of QUOTH_LIBRARY."
            )
        if new and len(self._ask("list_indexes", collection)) < len(indexes):
            self._ask("create_index", collection, indexes, sync=False)
        self._ask("load_collection", collection)

    def _version(self) -> str:
        """What the server calls itself.

        Raises:
            LibraryError: It is one that would answer with other scores than it was asked for.
        """
        told = str(self._ask("get_server_version"))
        number = re.match(r"v?(\d+)\.(\d+)", told)
        if number and (int(number[1]), int(number[2])) < _OLDEST:
            raise LibraryError(
                f"The server at {self._place} is Milvus {told}. Quoth needs 2.6 or later, since "
                "earlier ones do not tell scores as they are; bring it up to date."
            )
        return told

    def _passages(self, dimension: int) -> tuple[Any, Any]:
        from pymilvus import DataType, Function, FunctionType

        parted = not self._version().startswith(_LITE)
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("number", DataType.INT64, is_primary=True)
        schema.add_field("collection", DataType.INT64, is_partition_key=parted)
        for name in ("document", "day"):
            schema.add_field(name, DataType.INT64)
        schema.add_field(PAYLOAD, DataType.VARCHAR, max_length=LONGEST, mmap_enabled=True)
        schema.add_field(
            "words",
            DataType.VARCHAR,
            max_length=LONGEST,
            enable_analyzer=True,
            enable_match=True,
            analyzer_params={"tokenizer": "standard"},
        )
        schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_function(
            Function(
                name="bm25",
                function_type=FunctionType.BM25,
                input_field_names=["words"],
                output_field_names=["sparse"],
            )
        )
        indexes = self._client.prepare_index_params()
        indexes.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
        indexes.add_index(
            "sparse",
            index_type="SPARSE_INVERTED_INDEX",
            metric_type="BM25",
            # as words in a folder are scored; milvus-lite reads them in this form alone
            params={"params": {"bm25_k1": 1.2, "bm25_b": 0.75}},
        )
        for name in ("document", "day", "collection"):
            indexes.add_index(name, index_type="INVERTED")
        return schema, indexes

    def _rows(self) -> tuple[Any, Any]:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.VARCHAR, max_length=_KEY, is_primary=True)
        schema.add_field("kind", DataType.VARCHAR, max_length=16)
        schema.add_field("document", DataType.INT64)
        schema.add_field("value", DataType.VARCHAR, max_length=LONGEST)
        schema.add_field("none", DataType.FLOAT_VECTOR, dim=2)  # Milvus wants one
        indexes = self._client.prepare_index_params()
        indexes.add_index("none", index_type="FLAT", metric_type="IP")
        for name in ("kind", "document"):
            indexes.add_index(name, index_type="INVERTED")
        return schema, indexes

    def _every(
        self, collection: str, within: str, fields: list[str], **level: str
    ) -> Iterator[dict[str, Any]]:
        """These fields of all that a filter lets through, page by page."""
        more = {"filter": within, "output_fields": fields, "batch_size": _MANY, **level}
        pages = self._ask("query_iterator", collection, **more)
        try:
            while some := self._told(pages.next):
                yield from some
        finally:
            pages.close()

    def _ask(self, method: str, *args: Any, **more: Any) -> Any:
        self.open_or_raise()
        client = self._client
        return self._told(lambda: getattr(client, method)(*args, timeout=ANSWER, **more))

    def _told(self, ask: Callable[[], Any]) -> Any:
        """What the server answers, or in plain words why it does not."""
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        for pause in (*_PAUSES, None):
            try:
                return ask()
            except (MilvusException, RpcError, ValueError) as error:  # or closed meanwhile
                said = str(error)
                released = "load()" in said or "not loaded" in said
                locked = _is_locked(error)
                if pause is None or locked or not (released or _is_away(said)):
                    raise LibraryError(self._why(said, locked=locked)) from error
                time.sleep(pause)  # a server that was begun anew is reached at a second try
                if released:  # and milvus-lite loads nothing of itself then
                    with suppress(MilvusException, RpcError):
                        for name in (self.name, self.name + _ROWS):
                            self._client.load_collection(name, timeout=ANSWER)
        return None

    def _why(self, said: str, *, locked: bool) -> str:
        what = f"The Milvus library {self.name} on {self._place}"
        low = said.lower()
        if locked:
            return (
                f"{what} did not let us in. Set QUOTH_LIBRARY_TOKEN to user:password, or to the "
                "key that the server gave."
            )
        if self._client is None or _is_away(said):
            return (
                f"{what} cannot be reached. Check that Milvus runs there and that QUOTH_LIBRARY "
                "names its address; what is indexed is not lost."
            )
        if "deadline" in low or "timeout" in low or "timed out" in low:
            waited = many(round(ANSWER), "second")
            return (
                f"{what} has not answered for {waited}. It is overloaded or stands still; try "
                "again later, or look at its log."
            )
        if "no space" in low or "quota exceeded" in low:
            return (
                f"{what} is full. Make room for it there, and do the same again: it goes on where "
                "it was. What is indexed is not lost."
            )
        return f"{what} refused: {' '.join(said.split())[:300]}"


def _is_away(said: str) -> bool:
    """Whether a server was not reached, by what was said; all that is asked may be asked again."""
    return any(word in said.lower() for word in ("connect", "unavailable"))


def _is_locked(error: BaseException | None) -> bool:
    """Whether a server wants another user or key; pymilvus itself says that it is unavailable."""
    for _ in range(_DEEP):
        if error is None or any(word in str(error).lower() for word in _LOCKED):
            return error is not None
        error = error.__cause__ or error.__context__
    return False


def _parts(things: Iterable[_One], size: int) -> Iterator[list[_One]]:
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


def _connected(place: str, database: str) -> Any:
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise LibraryError(
            "A library on Milvus needs the package pymilvus: pip install 'quoth[milvus]'."
        ) from error
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # each error is told by who asked
    # milvus-lite closes a connection that asks for signs of life more often than in 5 minutes
    calm = {"grpc.keepalive_time_ms": 330_000}
    return MilvusClient(
        uri=place,
        token=library_token(),
        db_name=database,
        timeout=CONNECT,
        grpc_options=calm,
    )
