from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evidence.features import NAMES, Candidate, Question, measure


def same(stem: str) -> float:
    return 1.0


def candidate(text: str, *, passage: str = "", title: str = "", before: str = "") -> Candidate:
    return Candidate(
        text=text,
        before=before,
        passage=passage or text,
        title=title,
        reader_logit=1.5,
        reader_passage=2.5,
        fused=0.7,
    )


def measured(question: str, text: str, **around: str) -> dict[str, float]:
    values = measure(Question(question, same), candidate(text, **around))
    return dict(zip(NAMES, values, strict=True))


def test_what_the_reader_and_the_search_say_is_passed_on() -> None:
    found = measured("Who led?", "Rollo led.")
    assert found["reader_logit"] == 1.5
    assert found["reader_passage"] == 2.5
    assert found["fused"] == 0.7


def test_coverage_counts_sentence_context_and_passage_apart() -> None:
    found = measured(
        "Which ferry crosses the fjord in winter?",
        "The ferry sails daily.",
        before="Winter is long.",
        passage="Winter is long. The ferry sails daily. Cars wait.",
        title="Across the fjord",
    )
    assert found["coverage_sentence"] == pytest.approx(1 / 4)
    assert found["coverage_context"] == pytest.approx(3 / 4)
    assert found["coverage_passage"] == pytest.approx(3 / 4)


def test_rare_words_weigh_more() -> None:
    def rare(stem: str) -> float:
        return 9.0 if stem == "rollo" else 1.0

    asked = Question("When did Rollo land?", rare)
    assert asked.coverage(["rollo"]) == 0.9
    assert asked.coverage(["land"]) == 0.1


@pytest.mark.parametrize(
    ("question", "answers", "evades"),
    [
        ("When did the bridge open?", "It opened in May 1932.", "It opened with a feast."),
        ("In what year was it built?", "In 1962.", "At Skarvik."),
        ("How many cars does she carry?", "She carries fourteen.", "She carries cars."),
        ("How much did it cost?", "It cost $4.", "It cost a fortune."),
        ("Where do geese breed?", "They breed in Greenland.", "They breed late."),
        ("Who designed it?", "It was designed by Ada Rehn.", "it was designed well."),
        ("Why did sales fall?", "Because of the rain.", "They fell fast."),
    ],
)
def test_what_is_wanted_is_seen(question: str, answers: str, evades: str) -> None:
    wanted = Question(question, same).wanted
    assert wanted is not None
    assert wanted.search(answers)
    assert not wanted.search(evades)


def test_an_open_question_wants_nothing_in_particular() -> None:
    assert Question("What happened?", same).wanted is None


@given(st.text(max_size=120), st.text(max_size=200), st.text(max_size=60))
def test_any_text_can_be_measured(question: str, text: str, title: str) -> None:
    found = measured(question, text, title=title)
    for name in ("coverage_sentence", "coverage_context", "coverage_passage", "pairs"):
        assert 0.0 <= found[name] <= 1.0 + 1e-9
