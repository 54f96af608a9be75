"""What goes into the rows of a library and what comes out of them; what is embedded of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rag.documents.context import context_of
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document, Passage


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells whether a file changed: its content's SHA-256, its size and `File.stamp`.

    `reading` is the version of the readers that it was read with. `copy_of` is the document that
    holds the same; empty for a document's own file.
    """

    digest: str
    size: int
    modified: int
    reading: str = ""
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document ready to be stored; `vectors` has shape (len(passages), dimension)."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors
    state: FileState


@dataclass(frozen=True, slots=True)
class Settlement:
    """Changes that need no reading.

    Attributes:
        moves: Ids of documents with the ids that they get; whatever has such an id is removed,
            unless it is moved too.
        removed: Ids of documents and copies that go.
        copies: Ids of files, each with the document that holds the same and its state.
        former: Ids under which articles are found no more, with those that they have now.
    """

    moves: Mapping[str, str] = field(default_factory=dict)
    removed: Collection[str] = ()
    copies: Mapping[str, tuple[str, FileState]] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.moves or self.removed or self.copies or self.former)


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage with its document."""

    passage: Passage
    document: Document

    @property
    def text(self) -> str:
        """The passage's own text."""
        return self.document.text[self.passage.start : self.passage.end]


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as the derived indexes need it."""

    number: int
    document: int
    text: str
    language: str = ""


def facts_of(identity: EmbedderIdentity) -> dict[str, str]:
    """How a library notes which embedder its vectors are of."""
    dimension = str(identity.dimension)
    return {"embedder": identity.name, "dimension": dimension, "weights": identity.digest}


def identity_in(fact: Callable[[str], str | None]) -> EmbedderIdentity | None:
    """The embedder that a library notes; `None` where it notes none."""
    name, dimension, digest = map(fact, ("embedder", "dimension", "weights"))
    if not name or not digest or not dimension or not dimension.isdigit():
        return None
    return EmbedderIdentity(name, int(dimension), digest)


def embedded(document: Document, start: int, end: int) -> str:
    """What is embedded of a passage and searched by its words, title and context first."""
    above = filter(None, (document.title, context_of(document, start)))
    return "\n".join([*above, document.text[start:end]])
