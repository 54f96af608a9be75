"""One article from bytes to passages, in this process or handed out to another.

Owns what is handed out and what comes back. Whoever takes it back writes it down.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from rag import __version__
from rag.documents import READING, parse, split_passages
from rag.documents.limits import Allowance
from rag.errors import ModelError, ReadError
from rag.library.rows import embedded
from rag.models.embedder import EmbedderIdentity, Vectors, load_embedder
from rag.schema import Document, Passage
from rag.settings import prefer

VERSION = f"{__version__}, readers {READING}"


@dataclass(frozen=True, slots=True)
class ToRead:
    """An article to be read and split.

    Attributes:
        id: Of its document.
        content: Its bytes, or why it is not read.
        longest: Longest passage, in characters.
        seconds: Of computing that it may take.
        known: The document where it was parsed before.
        kept: Texts of passages whose vectors are there already.
        archive: What all files of its archive may take together.
        hasty: Whether too much was spent before, for files that are not read in the end.
    """

    id: str
    content: bytes | ReadError
    longest: int
    seconds: float
    known: Document | None = None
    kept: Collection[str] = ()
    archive: Allowance | None = None
    hasty: bool = False


@dataclass(frozen=True, slots=True)
class WasRead:
    """What became of a task.

    Attributes:
        document: As it was read; `None` where it cannot be, and `error` says why.
        passages: Its passages.
        error: Why there is none.
        left: Seconds of computing that it did not take.
        again: Whether it may be read another time.
        vectors: Of passages that were embedded along with it, by their place among `passages`.
    """

    document: Document | None
    passages: Sequence[Passage] = ()
    error: str = ""
    left: float = 0.0
    again: bool = False
    vectors: Mapping[int, Vectors] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """What another process made of some tasks.

    Attributes:
        where: The name of its machine.
        version: Of Quoth and its readers there.
        made: Of each task, in their order.
        wrong: Why that process can do none of them; empty where it can.
    """

    where: str
    version: str
    made: Sequence[WasRead] = ()
    wrong: str = ""


class Workers(Protocol):
    """Reads, splits and embeds elsewhere."""

    def make(
        self, tasks: Iterable[ToRead], identity: EmbedderIdentity, check: Callable[[], None]
    ) -> Iterator[tuple[ToRead, WasRead]]:
        """What becomes of each task, in their order, each once.

        Args:
            tasks: Taken from as they can be handed out, no more than there is room for.
            identity: The embedder whose vectors are wanted; no other one's come back.
            check: Called now and then; may raise.

        Raises:
            ClusterError: Nobody is there who can do it.
        """
        ...


def read_here(task: ToRead) -> WasRead:
    """Read and split an article in this process."""
    allowance = Allowance(task.seconds)
    try:
        if isinstance(task.content, ReadError):
            raise task.content
        with allowance.computing():
            if task.known is not None:
                document = replace(task.known, id=task.id)
            else:
                document = parse(task.content, name=task.id, allowance=allowance)
            passages = split_passages(document, longest=task.longest, allowance=allowance)
    except ReadError as error:
        return WasRead(None, error=str(error), left=allowance.left, again=not allowance.left)
    return WasRead(document, passages, left=allowance.left)


def read_and_embed(tasks: Sequence[ToRead], identity: EmbedderIdentity) -> Handed:
    """Read, split and embed some articles, for whoever handed them out to this process.

    One thread: how many processes there are is how many cores work.
    """
    prefer("TOKENIZERS_PARALLELISM", "false")
    mine = Handed(platform.node(), VERSION)
    try:
        embedder = load_embedder(identity.name, threads=1)
        if embedder.identity != identity:
            return replace(mine, wrong=f"It has another embedding model named {identity.name}.")
        made = list(map(read_here, tasks))
        return replace(mine, made=list(_embedded(tasks, made, embedder.embed)))
    except ModelError as error:
        return replace(mine, wrong=str(error))


def _embedded(
    tasks: Sequence[ToRead], made: Sequence[WasRead], embed: Callable[[list[str]], Vectors]
) -> Iterator[WasRead]:
    """All with the vectors of their passages but those that are kept."""
    texts: dict[str, None] = {}
    places: list[dict[int, str]] = []
    for task, one in zip(tasks, made, strict=True):
        kept = frozenset(task.kept)
        text = partial(embedded, one.document) if one.document else None
        wanted = {n: text(p.start, p.end) for n, p in enumerate(one.passages)} if text else {}
        places.append({n: passage for n, passage in wanted.items() if passage not in kept})
        texts.update(dict.fromkeys(places[-1].values()))
    vectors = dict(zip(texts, embed(list(texts)), strict=True))
    for one, own in zip(made, places, strict=True):
        yield replace(one, vectors={n: vectors[text] for n, text in own.items()})
