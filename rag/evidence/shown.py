"""What a model that points is shown: whole passages, the best first, each sentence of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rag.evidence.selection import is_item, worth_quoting
from rag.evidence.worth import Place
from rag.schema import Evidence, Hit

MOST = 52  # sentences that are shown at most
WORDS, WHOLE = 300, 800  # words of several articles, and of one


def shown(hits: Sequence[Hit], *, most: int = MOST, words: int = 0) -> tuple[Evidence, ...]:
    """The sentences of the first passages that fit, by article, the best first.

    So many words are shown at most; 0 for what is quick to read of several articles, and more of
    one. An article that fits is shown as it is, whatever was asked: a model reads it once.
    """
    taken: list[Evidence] = []
    room = words or (WHOLE if len({hit.document for hit in hits}) == 1 else WORDS)
    for hit in hits:
        own = list(told_by(hit))
        length = sum(len(one.quote.split()) for one in own)
        if taken and (len(taken) + len(own) > most or length > room):
            continue
        taken += own[: most - len(taken)]
        room -= length
    articles = list(dict.fromkeys(one.document for one in taken))
    return tuple(sorted(taken, key=lambda one: (articles.index(one.document), one.start)))


def worthiest_first(hits: Sequence[Hit], worth: Mapping[Place, float]) -> list[Hit]:
    """Passages by the worth of their best sentence; those that were not read come last, as found.

    So three quarters of the words hold as many key facts as in the order of the search (log).
    """

    def best(hit: Hit) -> float:
        return max((worth.get((hit.document, one.start), 0.0) for one in hit.sentences), default=0)

    return sorted(hits, key=best, reverse=True)


def told_by(hit: Hit) -> Iterator[Evidence]:
    """The sentences, items and rows of a passage; no headings, captions and questions."""
    found: Iterable[Evidence] = (hit.evidence(span) for span in hit.sentences)
    for one in found:
        if one.quote not in hit.above and (worth_quoting(one.quote) or is_item(one.quote)):
            yield one
