"""What rows, fields and mails say against the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from rag.evidence.scoring import find
from rag.models.reader import Reading
from rag.schema import Hit, Span
from rag.testing import FakeJudge
from tests.evidence.test_scoring import ScriptedReader, hit
from tests.world import weights


def test_cells_that_are_named_are_read_by_themselves_too() -> None:
    rows = ("Ferry: Malm | Adult in crowns: 60 | Child: 3", "Ferry: Tolvik | Adult in crowns: 75")
    alone = "Ferry: Malm | Adult in crowns: 60"
    reader = ScriptedReader({rows[0]: -8.0, rows[1]: -8.0, alone: 4.0})
    asked = "What does an adult pay on the Malm?"
    finding = find(asked, [hit(*rows)], reader, weight=lambda stem: 1.0, weights=weights())
    best = finding.evidence[0]
    assert best.quote == rows[0]
    assert best.words is not None
    assert best.quote[best.words.start : best.words.end] == "60"
    assert reader.read_texts[1:] == [alone]
    unsure = ScriptedReader({rows[0]: -8.0, rows[1]: -8.0, alone: -9.0})
    told = find(asked, [hit(*rows)], unsure, weight=lambda stem: 1.0, weights=weights())
    assert told.confidence < finding.confidence


@dataclass
class MarkingReader(ScriptedReader):
    """Marks the words of a table as the answer, where a sentence has them."""

    marks: tuple[str, ...] = ()

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        readings = super().read(question, passages)
        return [
            replace(one, words=tuple(self._mark(text, span) for span in spans))
            for one, (_, text, spans) in zip(readings, passages, strict=True)
        ]

    def _mark(self, text: str, span: Span) -> Span | None:
        starts = (text.find(mark, span.start, span.end) for mark in self.marks)
        return next((Span(at, at + 2) for at in starts if at >= 0), None)


@pytest.mark.parametrize(("by_itself", "answers"), [(3.0, True), (-1.0, False)])
def test_a_cell_whose_column_is_not_named_answers_by_itself_too(
    by_itself: float, answers: bool
) -> None:
    row, alone = "Farm: Osthof | Cows: 65 | Milk: 1,300", "Farm: Osthof | Cows: 65"
    reader = MarkingReader({row: 4.0, alone: by_itself}, marks=("65",))
    asked = "How many goats does the Osthof keep?"
    finding = find(asked, [hit(row)], reader, weight=lambda stem: 1.0, weights=weights())
    assert reader.read_texts == [row, alone]
    assert (finding.confidence >= weights().refuse) is answers


def test_the_day_of_a_mail_answers_by_itself_only_with_its_sender() -> None:
    lines = ("From: Nils Aker", "To: the board", "Date: 4 June 2024", "The shed is green.")
    text = "\n".join(lines)
    starts = [text.index(line) for line in lines]
    spans = tuple(Span(at, at + len(line)) for at, line in zip(starts, lines, strict=True))
    mail = Hit("a.eml", "", None, 0, len(text), text, spans, 0.5, 0.5, 1.0)
    reader = MarkingReader({lines[2]: 4.0}, marks=("4 June",))
    asked = "When does the painting start?"
    find(asked, [mail], reader, weight=lambda stem: 1.0, weights=weights())
    assert reader.read_texts[1:] == ["From: Nils Aker\nDate: 4 June 2024"]


class Agreeing(FakeJudge):
    """Says of each pair the same."""

    def __init__(self, likely: float) -> None:
        self.likely = likely

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [self.likely for _ in pairs]


@pytest.mark.parametrize(("likely", "answers"), [(0.4, True), (0.1, False)])
def test_a_day_is_told_by_the_column_of_the_same_deed(likely: float, answers: bool) -> None:
    row, alone = "Boat: Tolvik | Built: 1962 | Yard: Moen", "Boat: Tolvik | Built: 1962"
    reader = MarkingReader({row: 0.0, alone: -3.0}, marks=("19",))
    asked = "When was the Tolvik launched?"
    finding = find(
        asked, [hit(row)], reader, weight=lambda _: 1.0, weights=weights(), judge=Agreeing(likely)
    )
    assert (finding.confidence >= weights().refuse) is answers


def test_a_cell_that_is_none_of_what_is_asked_for_is_not_read_again() -> None:
    row = "Boat: Tolvik | Built: 1962"
    reader = MarkingReader({row: 4.0}, marks=("19",))
    finding = find("How much is it?", [hit(row)], reader, weight=lambda _: 1.0, weights=weights())
    assert finding.confidence >= weights().refuse
    where = find("Where is it?", [hit(row)], reader, weight=lambda _: 1.0, weights=weights())
    assert where.confidence < weights().refuse
