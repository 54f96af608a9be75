"""Whether the quotes of a saved answer still stand in the articles as they are now.

Owns the comparison and its words for a person. Knows nothing of where answers and articles are
kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rag.errors import RagError
from rag.schema import Answer, Citation, Document, Evidence

Find = Callable[[str], Document | None]


class State(StrEnum):
    """What became of a quote."""

    STANDS = "stands"
    MOVED = "moved"
    GONE = "gone"
    VANISHED = "vanished"


_WORDS = {
    State.STANDS: "It stands where it stood.",
    State.MOVED: "It stands, at another place of the article, which was changed.",
    State.GONE: "The article was changed and no longer says this.",
    State.VANISHED: "The article is no longer in the library.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One saved citation against the article as it is now.

    Attributes:
        citation: As it was saved.
        state: What became of its quote.
        start: Where the quote begins now; `None` where it is gone.
        end: Where it ends now.
        changed: Whether the article's text is another than at the time; `None` if that was not
            noted and the quote does not tell.
    """

    citation: Citation
    state: State
    start: int | None = None
    end: int | None = None
    changed: bool | None = None

    @property
    def stands(self) -> bool:
        """Whether the article still says it, at whatever place."""
        return self.state in (State.STANDS, State.MOVED)

    @property
    def words(self) -> str:
        """For a person.

        >>> Standing(Citation(1, "a.md", "A", 0, 2, "So"), State.VANISHED).words
        'The article is no longer in the library.'
        """
        if self.state is State.STANDS and self.changed:
            return "It stands where it stood; the article was changed elsewhere."
        return _WORDS[self.state]


def standings(
    answers: Iterable[tuple[Answer | None, Mapping[str, str]]], document_of: Find
) -> list[tuple[Standing, ...]]:
    """What became of each citation of some answers, in the order of their numbers; `None` has none.

    Each answer comes with the digests of its articles' texts at the time, as a turn keeps them. An
    article is asked for once.
    """
    saved = [(answer.citations if answer else (), noted) for answer, noted in answers]
    found: list[dict[int, Standing]] = [{} for _ in saved]
    for id_ in dict.fromkeys(c.document for citations, _ in saved for c in citations):
        document = document_of(id_)
        now = digest(document.text) if document is not None else ""
        for place, (citations, noted) in enumerate(saved):
            for citation in citations:
                if citation.document == id_:
                    was = noted.get(id_)
                    found[place][citation.number] = _stands(citation, document, was, now)
    return [tuple(one[c.number] for c in saved[n][0]) for n, one in enumerate(found)]


def digest(text: str) -> str:
    """SHA-256 of a text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digests(answer: Answer, document_of: Find) -> dict[str, str]:
    """Of each article that an answer quotes, the digest of its text now.

    An article that was changed since the answer is left out, as its text then is not known.
    """
    quoted: dict[str, list[tuple[int, int, str]]] = {}
    items: tuple[Citation | Evidence, ...] = answer.evidence if answer.refused else answer.citations
    for item in items:
        quoted.setdefault(item.document, []).append((item.start, item.end, item.quote))
    noted = {}
    for id_, quotes in quoted.items():
        try:
            document = document_of(id_)
        except RagError:  # the answer is worth keeping without it
            continue
        if document and all(document.text[at:end] == quote for at, end, quote in quotes):
            noted[id_] = digest(document.text)
    return noted


def _stands(citation: Citation, document: Document | None, was: str | None, now: str) -> Standing:
    if document is None:
        return Standing(citation, State.VANISHED)
    text, quote, start = document.text, citation.quote, citation.start
    changed = was != now if was is not None else None
    if quote and text[start : citation.end] == quote:
        return Standing(citation, State.STANDS, start, citation.end, changed)
    place = _nearest(text, quote, start) if quote else None
    if place is None:
        return Standing(citation, State.GONE, changed=True)
    return Standing(citation, State.MOVED, place, place + len(quote), changed=True)


def _nearest(text: str, quote: str, start: int) -> int | None:
    """Where the quote begins nearest to where it began."""
    before, after = text.rfind(quote, 0, start + len(quote)), text.find(quote, start)
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - start), default=None)
