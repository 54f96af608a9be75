"""Asks made questions and takes note of the confidence of each; no answer is composed.

An answerable question is searched for as any other. An unanswerable one is changed, so that the
articles do not say it, or asked with every passage hidden that may answer it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from rag.calibration.calibration import Calibration, Origins, fitted_line
from rag.calibration.line import RefusalLine
from rag.calibration.sample import Made, Pool, answers, draw, says
from rag.errors import CalibrationError, Cancelled
from rag.evidence.scoring import Weights, find
from rag.library import LibraryStore
from rag.models import Embedder
from rag.models.reader import Reader
from rag.retrieval import rescored, search
from rag.schema import Document, Hit, many

QUESTIONS = 150  # of each kind; the intervals are then at most 17 points wide
LEAST = 20  # of each kind, to say anything
_LOOKED_AT = 30  # hits, so that enough are left where some are hidden

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Means:
    """What asking needs; the line knows which reader and weights they are."""

    library: LibraryStore
    embedder: Embedder
    reader: Reader
    weights: Weights
    line: RefusalLine


def calibrate(
    means: Means,
    refuse: float | None = None,
    *,
    most: int = QUESTIONS,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Calibration:
    """Fit the refusal line to the articles of a library, use it from now on, and keep it.

    Args:
        means: The library and what reads it.
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
    articles, passages = means.library.counts()
    ids = [info.id for info in means.library.documents()]
    longest = int(means.library.fact("passage_characters") or 800)

    def document(id_: str) -> Document | None:
        _go_on(cancelled)
        return means.library.document(id_)

    made, pool = draw(ids, document, longest=longest, seed=seed)
    count = min(most, len(made))
    if count < LEAST:
        raise _too_few(articles, count)
    asked = _CountedQuestions(means, 2 * count, progress, cancelled)
    answerable = list(islice(asked.answerable(made), count))
    unanswerable = list(islice(asked.unanswerable(made, pool, random.Random(seed)), count))
    if len(unanswerable) < LEAST:
        raise _too_few(articles, len(unanswerable))
    found = Calibration(
        line=fitted_line(answerable, unanswerable, refuse),
        answerable=tuple(sorted(answerable)),
        unanswerable=tuple(sorted(unanswerable)),
        wanted=refuse,
        origins=Origins(articles, passages, *means.line.made_with, seed, date.today()),
    )
    _go_on(cancelled)
    means.line.keep(found)
    return found


class _CountedQuestions:
    """The questions on their way to confidences, each told before it is asked."""

    def __init__(
        self,
        means: Means,
        total: int,
        progress: Progress | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self._means, self._total, self._done = means, total, 0
        self._progress, self._cancelled = progress, cancelled

    def answerable(self, made: Iterable[Made]) -> Iterator[float]:
        """The confidence of each question."""
        for each in made:
            self._tell()
            yield self._confidence(each.asked.text, self._hits(each.asked.text))

    def unanswerable(
        self, made: Iterable[Made], pool: Pool, chance: random.Random
    ) -> Iterator[float]:
        """The confidence of each question that can be changed, then of the others, robbed.

        Changed ones come first because they are as hard as what people ask.
        """
        weight, others = self._means.library.weight, []
        for each in made:
            _go_on(self._cancelled)
            changed = pool.change(each, chance)
            hits = self._hits(changed) if changed else ()
            if changed is None or any(says(hit, changed, weight) for hit in hits):
                others.append(each)
                continue
            self._tell()
            yield self._confidence(changed, hits)
        for each in others:
            self._tell()
            hits = self._hits(each.asked.text)
            kept = rescored([hit for hit in hits if not answers(hit, each, weight)])
            yield self._confidence(each.asked.text, kept)

    def _tell(self) -> None:
        _go_on(self._cancelled)
        if self._progress is not None:
            self._progress(self._done, self._total)
        self._done += 1

    def _hits(self, question: str) -> tuple[Hit, ...]:
        library, embedder = self._means.library, self._means.embedder
        return search(question, library, embedder, limit=_LOOKED_AT, boilerplate=False).hits

    def _confidence(self, question: str, hits: Sequence[Hit]) -> float:
        found = find(
            question,
            hits,
            self._means.reader,
            weight=self._means.library.weight,
            weights=self._means.weights,
        )
        return found.confidence if found.used else 0.0


def _go_on(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled("The measuring was stopped. The refusal line is as it was.")


def _too_few(articles: int, made: int) -> CalibrationError:
    return CalibrationError(
        f"There is too little to measure on: {many(articles, 'article')} gave "
        f"{many(made, 'question')}, and {LEAST} are needed. Add articles; until then the refusal "
        "line stays as it is."
    )
