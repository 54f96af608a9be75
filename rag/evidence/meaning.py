"""Questions and passages in other languages than English, read by likeness of meaning alone.

The reader has learned from English. An embedder for many languages puts a question near the
sentence that answers it whatever their languages are; how near tells how likely it does. The line
was fitted on English questions of clapnq and squad, and holds for other languages
(docs/quality.md). Which words of the sentence answer, it cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.documents.language import language_of
from rag.languages import ENGLISH
from rag.models.nano import NanoEmbedder
from rag.models.reader import Reader, Reading, for_open
from rag.query.language import language_asked
from rag.schema import Span

_LINE, _STEEP = 0.869, 42.0  # the likeness that answers as often as not; log odds for each 1.0 more
_OF_READER = (0.579, 0.868)  # from a reader's odds to log odds, as in weights.json
Passage = tuple[str, str, Sequence[Span]]


class ReaderByMeaning:
    """A `Reader` that gives English to another, and reads other languages by likeness."""

    def __init__(self, reader: Reader, embedder: NanoEmbedder) -> None:
        self._reader, self._embedder = reader, embedder

    @property
    def open(self) -> Reader:
        """The same for open questions; itself where English ones are not read apart."""
        openly = for_open(self._reader)
        return self if openly is self._reader else ReaderByMeaning(openly, self._embedder)

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        foreign = language_asked(question) not in ("", ENGLISH)
        others = [foreign or language_of(text) not in ("", ENGLISH) for _, text, _ in passages]
        here = [one for one, other in zip(passages, others, strict=True) if not other]
        read = iter(self._reader.read(question, here) if here else [])
        return [
            self._by_meaning(question, one) if other else next(read)
            for one, other in zip(passages, others, strict=True)
        ]

    def _by_meaning(self, question: str, passage: Passage) -> Reading:
        above, text, sentences = passage
        title = above.splitlines()[0] if above else ""
        texts = [f"{title}. {text[s.start : s.end]}" for s in sentences]
        share, bias = _OF_READER
        near = self._embedder.likeness(question, texts) if texts else ()
        odds = [(_STEEP * (float(one) - _LINE) - bias) / share for one in near]
        # several near sentences are no more of an answer than the nearest one
        reading = Reading(tuple(odds), 0.0, words=(None,) * len(odds))
        return reading.held_below(max(odds, default=0.0))
