"""What the reader says of passages, and what rows, fields and mails themselves say against it.

Rows of other things do not answer, those that have all that is asked for do. A cell whose column a
question does not name is read once more by itself: among other cells the reader takes one for
another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.evidence.asked import is_same_deed
from rag.evidence.kinds import lacking
from rag.evidence.rows import Named, rows_named, rows_of
from rag.evidence.speaking import ReadText
from rag.models.judge import Judge
from rag.models.reader import Reader, Reading
from rag.schema import Hit, Span
from rag.words import terms

LIMIT = 12.0  # logits of the reader beyond which it is not more sure
LIKELY = 2.5  # logits by which a row gains whose cell and column are named
_DOUBT = 4.0  # logits that a row loses whose cell does not answer by itself
_BY_ITSELF = -0.25  # logits of a cell that answers without the cells beside it
_ALONE = 2  # such rows of a passage that are read by themselves


def read_passages(
    question: str,
    hits: Sequence[Hit],
    texts: Sequence[ReadText],
    reader: Reader,
    judge: Judge | None = None,
) -> list[Reading]:
    """What the reader says of each passage, and what rows and mails themselves say against it."""
    plain = reader.read(
        question, [(h.above, t.text, t.sentences) for h, t in zip(hits, texts, strict=True)]
    )
    readings = [
        replace(one, words=tuple(words and told.source(words) for words in one.words))
        for one, told in zip(plain, texts, strict=True)
    ]
    asks = question, rows_named(question, hits), reader
    readings = [_alone(*asks, *both) for both in zip(hits, readings, strict=True)]
    readings = [_with_names(asks[1], *both) for both in zip(hits, readings, strict=True)]
    return [_doubted(*asks, judge, *both) for both in zip(hits, readings, strict=True)]


def _alone(question: str, named: Named, reader: Reader, hit: Hit, reading: Reading) -> Reading:
    """A reading in which cells that are named are read by themselves, with their column's, too.

    Among rows and columns that look alike the reader is less sure of the right ones.
    """
    likely = [(i, named.likely.get((hit.document, s.start))) for i, s in enumerate(hit.sentences)]
    rows = [(i, cells) for i, cells in likely if cells is not None and cells.text]
    if not 0 < len(rows) <= _ALONE:
        return reading
    answers = list(reading.answers)
    marks = list(reading.words or (None,) * len(answers))
    asked = [(hit.above, cells.text, (Span(0, len(cells.text)),)) for _, cells in rows]
    for (index, cells), one in zip(rows, reader.read(question, asked), strict=True):
        logit = one.answers[0] - one.none + reading.none
        if logit > answers[index]:
            answers[index] = logit
            at = hit.sentences[index].start - hit.start
            marks[index] = marks[index] or Span(cells.answer.start + at, cells.answer.end + at)
    return replace(reading, answers=tuple(answers), words=tuple(marks))


def _doubted(
    question: str, named: Named, reader: Reader, judge: Judge | None, hit: Hit, reading: Reading
) -> Reading:
    """A reading in which a row, or a mail's header, is doubted that does not answer by itself.

    Beside other cells the reader takes one for another: a lunch for a dinner. It is asked of the
    best row again, where the question does not name the cell's column.
    """
    if not reading.words or reading.odds < -_DOUBT:
        return reading
    best = max(range(len(reading.answers)), key=lambda place: reading.answers[place])
    place, mark = (hit.document, hit.sentences[best].start), reading.words[best]
    row = dict(rows_of(hit)).get(place)
    if row is None or place in named.sure or place in named.likely:
        return reading
    if not (row.is_header if row.form else mark):
        return reading
    at = mark.start + hit.start - place[1] if mark else 0
    label, value = row.cell_at(at)
    if not row.form and lacking(question, label, value):
        return reading.held_below(-_DOUBT)
    if not row.form and judge and is_same_deed(question, label, judge):
        answers = list(reading.answers)
        answers[best] += LIKELY
        return replace(reading, answers=tuple(answers))
    shown = row.shown(question, at)
    title = "" if set(terms(question)).isdisjoint(terms(hit.above)) else hit.above
    (alone,) = reader.read(question, [(title, shown, (Span(0, len(shown)),))])
    odds = alone.answers[0] - alone.none
    return reading if odds >= _BY_ITSELF else reading.held_below(odds - _DOUBT)


def _with_names(named: Named, hit: Hit, reading: Reading) -> Reading:
    """A reading in which rows of other things do not answer, and those of what is named do."""
    least, most = reading.none - LIMIT, reading.none + LIMIT / 2
    answers = list(reading.answers)
    for index, span in enumerate(hit.sentences):
        place = hit.document, span.start
        if place in named.others:
            answers[index] = least
        elif place in named.sure:
            answers[index] = max(answers[index], most)
        elif place in named.likely:
            answers[index] += LIKELY
    return replace(reading, answers=tuple(answers))
