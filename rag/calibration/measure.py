"""Asks made questions and takes note of the confidence of each; no answer is composed.

An answerable question is searched for as any other. It is then asked again with every passage
hidden that may answer it, or changed, so that the articles do not answer it any more.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle

from rag.answering import find
from rag.answering.evidence import Weights
from rag.calibration.calibration import Calibration, Origins, fitted_line
from rag.calibration.line import RefusalLine
from rag.calibration.sample import Made, Pool, answers, draw, says
from rag.errors import CalibrationError, Cancelled
from rag.library import Library
from rag.models import Embedder
from rag.models.reader import Reader, Reading
from rag.retrieval import rescored, search
from rag.schema import Hit, Span

QUESTIONS = 150  # of each kind; the intervals are then at most 17 points wide
LEAST = 20  # of each kind, to say anything
_LOOKED_AT = 30  # hits, so that enough are left where some are hidden

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asking:
    """What asking needs; the line knows which reader and weights they are."""

    library: Library
    embedder: Embedder
    reader: Reader
    weights: Weights
    line: RefusalLine


def calibrate(
    asking: Asking,
    refuse: float | None = None,
    *,
    most: int = QUESTIONS,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Calibration:
    """Fit the refusal line to the articles of a library, use it from now on, and keep it.

    Args:
        asking: The library and what reads it.
        refuse: The largest share of answerable questions to refuse; `None` for the line with the
            best balanced accuracy.
        most: Most questions of each kind; `LEAST` or more.
        seed: Which questions are drawn.
        progress: Told the questions asked and their number; may wait, so that others go first.
        cancelled: Whether to stop.

    Raises:
        CalibrationError: The articles are too few to make questions from, or the line cannot be
            kept; all stays as it was.
        Cancelled: It was stopped; all stays as it was.
        ValueError: `refuse` is no share, or `most` is too small.
    """
    if refuse is not None and not 0.0 <= refuse < 1.0:
        raise ValueError(f"refuse is {refuse}; it must be from 0 to less than 1")
    if most < LEAST:
        raise ValueError(f"most is {most}; it must be {LEAST} or more")
    articles, passages = asking.library.counts()
    ids = [info.id for info in asking.library.documents()]
    longest = int(asking.library.fact("passage_characters") or 800)
    made, pool = draw(ids, asking.library.document, longest=longest, seed=seed)
    asked = _Asked(asking, made[:most], pool, random.Random(seed))
    if len(asked.made) < LEAST:
        raise _too_few(articles, len(asked.made))
    answerable, unanswerable = asked.all(progress, cancelled)
    if len(unanswerable) < LEAST:
        raise _too_few(articles, len(unanswerable))
    found = Calibration(
        line=fitted_line(answerable, unanswerable, refuse),
        answerable=tuple(sorted(answerable)),
        unanswerable=tuple(sorted(unanswerable)),
        wanted=refuse,
        origins=Origins(articles, passages, *asking.line.made_with, seed, date.today()),
    )
    asking.line.keep(found)
    return found


class _Asked:
    """The questions on their way to confidences."""

    def __init__(
        self, asking: Asking, made: Sequence[Made], pool: Pool, chance: random.Random
    ) -> None:
        self.made = made
        self._asking, self._pool, self._chance = asking, pool, chance
        self._reader = _Remembering(asking.reader)

    def all(
        self, progress: Progress | None, cancelled: Callable[[], bool]
    ) -> tuple[list[float], list[float]]:
        """The confidences of answerable and unanswerable questions."""
        answerable: list[float] = []
        unanswerable: list[float] = []
        total = len(self.made)
        for done, (made, changes) in enumerate(zip(self.made, cycle((False, True)), strict=False)):
            if cancelled():
                raise Cancelled("The measuring was stopped. The refusal line is as it was.")
            if progress is not None:
                progress(done, total)
            hits = self._hits(made.asked.text)
            answerable.append(self._confidence(made.asked.text, hits))
            unanswerable.extend(self._without_answer(made, hits, changes=changes))
        if progress is not None:
            progress(total, total)
        return answerable, unanswerable

    def _without_answer(self, made: Made, hits: Sequence[Hit], *, changes: bool) -> Iterator[float]:
        """The confidence of the question when the articles do not answer it any more."""
        weight = self._asking.library.weight
        changed = self._pool.change(made, self._chance) if changes else None
        if changed is not None:
            found = self._hits(changed)
            if not any(says(hit, changed, weight) for hit in found):
                yield self._confidence(changed, found)
                return
        kept = rescored([hit for hit in hits if not answers(hit, made, weight)])
        yield self._confidence(made.asked.text, kept)

    def _hits(self, question: str) -> tuple[Hit, ...]:
        library, embedder = self._asking.library, self._asking.embedder
        return search(question, library, embedder, limit=_LOOKED_AT, boilerplate=False).hits

    def _confidence(self, question: str, hits: Sequence[Hit]) -> float:
        found = find(
            question,
            hits,
            self._reader,
            weight=self._asking.library.weight,
            weights=self._asking.weights,
        )
        return found.confidence if found.used else 0.0


class _Remembering:
    """A `Reader` that knows what it read for the present question, as most passages come again."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._question = reader, ""
        self._known: dict[tuple[str, str], Reading] = {}

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        if question != self._question:
            self._question, self._known = question, {}
        new = [passage for passage in passages if passage[:2] not in self._known]
        for passage, reading in zip(new, self._reader.read(question, new), strict=True):
            self._known[passage[:2]] = reading
        return [self._known[passage[:2]] for passage in passages]


def _too_few(articles: int, made: int) -> CalibrationError:
    questions = f"{made} question{'s' * (made != 1)}"
    return CalibrationError(
        f"There is too little to measure on: {articles:,} article{'s' * (articles != 1)} gave "
        f"{questions}, and {LEAST} are needed. Add articles; until then the refusal line stays as "
        "it is."
    )
