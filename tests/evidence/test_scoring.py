from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag.evidence
from rag.evidence.features import NAMES
from rag.evidence.scoring import (
    KEEP,
    MOST,
    OVERVIEW,
    READ,
    Finding,
    Logistic,
    bundled_weights,
    find,
    overview,
)
from rag.models.reader import Reading
from rag.schema import Hit, Span
from tests.world import weights


@dataclass
class ScriptedReader:
    """Gives sentences the logits of a table; 0 for those not in it, against a "none" of 0."""

    logits: dict[str, float] = field(default_factory=dict)
    none: float = 0.0
    read_texts: list[str] = field(default_factory=list)

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        self.read_texts += [text for _, text, _ in passages]
        return [
            Reading(tuple(self.logits.get(text[s.start : s.end], 0.0) for s in spans), self.none)
            for _, text, spans in passages
        ]


def hit(*sentences: str, document: str = "a.txt", start: int = 0) -> Hit:
    text, spans = "", []
    for sentence in sentences:
        text += " " if text else ""
        spans.append(Span(start + len(text), start + len(text) + len(sentence)))
        text += sentence
    return Hit(
        document, "A title", None, start, start + len(text), text, tuple(spans), 0.5, 0.5, 1.0
    )


def found(hits: Sequence[Hit], reader: ScriptedReader) -> Finding:
    return find("Who led?", hits, reader, weight=lambda stem: 1.0, weights=weights())


def quotes(finding: Finding) -> list[str]:
    return [evidence.quote for evidence in finding.evidence]


def test_sentences_come_best_first_over_all_passages() -> None:
    reader = ScriptedReader({"Two.": 3.0, "Three.": 5.0, "One.": -1.0})
    finding = found([hit("One.", "Two."), hit("Three.", "Four.", document="b.txt")], reader)
    assert quotes(finding) == ["Three.", "Two.", "Four.", "One."]
    assert [e.score for e in finding.evidence] == sorted(
        (e.score for e in finding.evidence), reverse=True
    )


def test_offsets_count_in_the_document() -> None:
    first = found([hit("One.", "Two.", start=100)], ScriptedReader({"Two.": 1.0})).evidence[0]
    assert (first.quote, first.start, first.end) == ("Two.", 105, 109)


def test_only_those_close_to_the_best_are_used() -> None:
    reader = ScriptedReader({"One.": 5.0, "Two.": 3.5, "Three.": 2.9})
    assert [e.quote for e in found([hit("One.", "Two.", "Three.")], reader).used] == [
        "One.",
        "Two.",
    ]


def test_never_more_than_a_few_are_used_or_shown() -> None:
    sentences = [f"Sentence {number}." for number in range(20)]
    finding = found([hit(*sentences)], ScriptedReader())
    assert len(finding.used) == MOST
    assert len(finding.evidence) == KEEP


def test_only_the_first_passages_are_read() -> None:
    reader = ScriptedReader()
    found([hit(f"Passage {number}.") for number in range(READ + 3)], reader)
    assert reader.read_texts == [f"Passage {number}." for number in range(READ)]


def test_a_sentence_that_stands_in_two_articles_is_used_of_both() -> None:
    twice = [hit("Rollo.", "Ada."), hit("Rollo.", "Ada.", document="b.txt")]
    finding = found(twice, ScriptedReader({"Rollo.": 5.0, "Ada.": -5.0}))
    assert [(e.quote, e.document, e.used) for e in finding.evidence] == [
        ("Rollo.", "a.txt", True),
        ("Rollo.", "b.txt", True),
        ("Ada.", "a.txt", False),  # what is only shown is shown once
    ]


def test_a_sentence_that_stands_twice_in_an_article_is_shown_once() -> None:
    finding = found([hit("Rollo."), hit("Rollo.", start=50)], ScriptedReader())
    assert [(e.quote, e.start) for e in finding.evidence] == [("Rollo.", 0)]


def test_titles_questions_and_the_questions_own_words_never_answer() -> None:
    reader = ScriptedReader({"A title": 9.0, "Was Rollo it?": 8.0, "He led.": 7.0, "Rollo.": 1.0})
    finding = found([hit("A title", "Was Rollo it?", "He led.", "Rollo.")], reader)
    assert quotes(finding) == ["Rollo."]


def test_equals_come_in_the_order_of_document_and_place() -> None:
    hits = [hit("Four.", document="b.txt"), hit("One.", "Two."), hit("Three.", start=50)]
    assert quotes(found(hits, ScriptedReader())) == ["One.", "Two.", "Three.", "Four."]


def test_a_sentence_that_the_reader_could_not_reach_comes_last() -> None:
    reader = ScriptedReader({"Two.": -math.inf, "One.": -3.0})
    finding = found([hit("One.", "Two.")], reader)
    assert quotes(finding) == ["One.", "Two."]
    assert math.isfinite(finding.confidence)


def test_confidence_follows_the_best_sentence() -> None:
    high = found([hit("One.")], ScriptedReader({"One.": 4.0})).confidence
    low = found([hit("One.")], ScriptedReader({"One.": -4.0})).confidence
    assert high == pytest.approx(1 / (1 + math.exp(-4)))
    assert low == pytest.approx(1 - high)


def test_nothing_found_is_no_evidence() -> None:
    assert found([], ScriptedReader()) == Finding((), 0.0)


@given(st.lists(st.lists(st.floats(-20, 20), min_size=1, max_size=4), max_size=6))
def test_a_finding_is_the_same_each_time(logits: list[list[float]]) -> None:
    table, hits = {}, []
    for place, values in enumerate(logits):
        sentences = [f"Sentence {place} {number}." for number in range(len(values))]
        table |= dict(zip(sentences, values, strict=True))
        hits.append(hit(*sentences, document=f"{place}.txt"))
    one, other = (found(hits, ScriptedReader(table)) for _ in range(2))
    assert one == other
    assert 0.0 <= one.confidence <= 1.0
    assert bool(one.used) == bool(hits)


def test_a_logistic_does_not_overflow() -> None:
    steep = Logistic((1e9,), 0.0)
    assert 0.0 < steep([-1.0]) < steep([1.0]) <= 1.0


def test_the_bundled_weights_fit_the_features() -> None:
    path = Path(rag.evidence.__file__).with_name("weights.json")
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert tuple(stored["sentence"]["weights"]) == NAMES
    assert tuple(stored["confidence"]["weights"]) == OVERVIEW
    weights = bundled_weights()
    zeros = [0.0] * len(NAMES)
    assert len(overview(zeros)) == len(weights.confidence.weights)
    assert 0.0 < weights.sentence(zeros) < 1.0
    assert weights.close > 0
    assert 0.0 < weights.refuse < 1.0


@pytest.mark.parametrize(("question", "more"), [("Does honey help?", True), ("What helps?", False)])
def test_what_is_answered_yes_or_no_is_told_with_the_sentence_behind(
    question: str, more: bool
) -> None:
    said = ("Honey is often praised as a remedy.", "Nothing shows that it is one.", "It is sweet.")
    reader = ScriptedReader({said[0]: 5.0, said[1]: -4.0, said[2]: -4.0})
    other = hit("Bees live in hives, it is said.", document="a.txt", start=900)
    told = find(question, [hit(*said), other], reader, weight=lambda _: 1.0, weights=weights())
    assert [one.quote for one in told.used] == list(said[: 2 if more else 1])
