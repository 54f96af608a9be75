"""The forms that documents, passages and words have in a Milvus library, and what they are of.

Knows nothing of the server and of changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.jsonable import from_json
from rag.library.corrections import COLUMNS
from rag.library.rows import Entry, FileState, embedded
from rag.listing import DocumentInfo
from rag.models.embedder import Vectors
from rag.schema import Document, Passage, Span
from rag.words import terms

LONGEST = 65_535  # bytes of a text in Milvus
_MOST_TERMS = 64
_TENTHS = 10  # what words count is told to Milvus by how often they are asked for
_HALF = np.dtype("<f2")
_BITS = 20  # of a passage's number that count within its document


@dataclass(frozen=True, slots=True)
class Shelved:
    """A document's row: what the list says, the number of its passages, how its file was."""

    info: DocumentInfo
    number: int
    parts: int
    state: FileState

    def json(self) -> dict[str, Any]:
        """As it is kept."""
        held = {"info": self.info.to_dict(), "number": self.number, "parts": self.parts}
        return {**held, "file": astuple(self.state)}


def shelved(plain: Any) -> Shelved:
    """What `Shelved.json` gave."""
    info = from_json(DocumentInfo, plain["info"])
    return Shelved(info, plain["number"], plain["parts"], FileState(*plain["file"]))


def fact_of(of: DocumentInfo | Document, name: str) -> str | None:
    """A fact that can be set by hand, as it is kept."""
    value = getattr(of, name)
    return value.isoformat() if isinstance(value, date) else value


def known_as(document: Document, info: DocumentInfo) -> Document:
    """A document with the id and the facts of its line in the list."""
    facts = {name: getattr(info, name) for name in ("id", *COLUMNS)}
    return replace(document, **facts)


def passage_of(id_: str, place: str) -> Passage:
    """A passage from where it stands."""
    start, end, boilerplate, *ends = json.loads(place)
    return Passage(id_, start, end, tuple(map(Span, ends[::2], ends[1::2])), bool(boilerplate))


def payload(passage: Passage, vector: NDArray[np.float16]) -> str:
    """What a search brings of a passage: its vector, at a fifth of what it costs as a vector, and
    where it stands.
    """
    ends = (end for span in passage.sentences for end in span)
    place = [passage.start, passage.end, int(passage.boilerplate), *ends]
    return f"{vector.tobytes().hex()} {json.dumps(place)}"


def unpacked(payloads: Sequence[str]) -> tuple[Vectors, list[str]]:
    """The vectors of passages, and where each stands."""
    parts = [one.split(" ", 1) for one in payloads]
    plain = np.frombuffer(bytes.fromhex("".join([letters for letters, _ in parts])), _HALF)
    vectors = plain.reshape(len(parts), plain.size // max(len(parts), 1))
    return vectors.astype(np.float32), [place for _, place in parts]


def passage_rows(entry: Entry, row: Shelved) -> Iterator[dict[str, Any]]:
    """The passages of a document as Milvus takes them; vectors as exact as in a folder."""
    document, vectors = entry.document, entry.vectors.astype(_HALF)
    for at, (passage, vector) in enumerate(zip(entry.passages, vectors, strict=True)):
        text = embedded(document, passage.start, passage.end)
        words = " ".join(map(letters, terms(text, document.language)))
        yield {
            "number": row.number << _BITS | at,
            "document": row.number,
            **filed_under(row),
            "payload": payload(passage, vector),
            "words": words if len(words) <= LONGEST else words[:LONGEST].rpartition(" ")[0],
            "vector": vector.astype(np.float32).tolist(),
        }


def asked_for(words: Sequence[str] | Mapping[str, float]) -> tuple[str, int]:
    """Words as they are asked for, and how often one that counts 1 stands among them."""
    counts = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
    wanted = dict(islice(counts.items(), _MOST_TERMS))
    times = 1 if all(count == 1.0 for count in wanted.values()) else _TENTHS
    often = (word for word, n in wanted.items() for word in [letters(word)] * round(n * times))
    return " ".join(often), times


def letters(word: str) -> str:
    """A word that Milvus leaves as it is: letters and digits, whatever it was of.

    >>> letters("chip"), letters("1,500")
    ('chip', 'x312c353030')
    """
    return word if word.isascii() and word.isalnum() else "x" + word.encode().hex()


def owner_of(passage: int) -> int:
    """The number of a passage's document."""
    return passage >> _BITS


def filed_under(row: Shelved) -> dict[str, int]:
    """What a document's passages are filtered by beside its number: its day, 0 for none, and its
    collection.
    """
    day = row.info.date.toordinal() if row.info.date else 0
    return {"day": day, "collection": collection_number(row.info.id)}


def collection_number(id_: str) -> int:
    """The number of the collection that a document lies in: the first folder of its id, or none.

    >>> collection_number("reports/2024/a.md") == collection_number("reports/b.md")
    True
    """
    name = id_.partition("/")[0] if "/" in id_ else ""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=7).digest())
