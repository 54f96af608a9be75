"""Sentences turned into questions: what is asked, and what is let go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.calibration.clauses import clause_of
from rag.calibration.questions import questions_of
from rag.calibration.verbs import base_of

SMALL = {"announce", "officials", "orders", "rose", "painted", "also", "carry"}


def asked(sentence: str) -> dict[str, tuple[str, str]]:
    return {q.kind: (q.text, q.answer) for q in questions_of(sentence, SMALL)}


@pytest.mark.parametrize(
    ("sentence", "kind", "question", "answer"),
    [
        (
            "In May 1932 Ada Rehn sold the ferry Hanna, which was old.",
            "when",
            "When did Ada Rehn sell the ferry Hanna?",
            "In May 1932",
        ),
        (
            "The ferry Hanna was built at the Skarvik yard in 1962.",
            "when",
            "When was the ferry Hanna built at the Skarvik yard?",
            "in 1962",
        ),
        (
            "Nvidia took a charge of $4.5 billion because the licence was needed.",
            "why",
            "Why did Nvidia take a charge of $4.5 billion?",
            "the licence was needed",
        ),
        (
            "V3 has 671 billion parameters, of which 37 billion are active.",
            "how many",
            "How many parameters does V3 have?",
            "671 billion",
        ),
        (
            "The Lund Council paid about $40,000 for the steel.",
            "how much",
            "How much did the Lund Council pay for the steel?",
            "about $40,000",
        ),
        (
            "Huawei showed its new machine in Shanghai.",
            "where",
            "Where did Huawei show its new machine?",
            "in Shanghai",
        ),
        (
            "Raimondo also complained that the budget was too small.",
            "who",
            "Who complained that the budget was too small?",
            "Raimondo",
        ),
        (
            "The North Pole is the northernmost point on the Earth.",
            "what is",
            "What is the North Pole?",
            "the northernmost point on the Earth",
        ),
        (
            "Reuters reported in April 2025 that Huawei would begin shipments.",
            "what",
            "What did Reuters report in April 2025?",
            "that Huawei would begin shipments",
        ),
        (
            "Orders at Skarvik exceeded 400,000 boats in 1962, by then.",
            "how many",
            "How many boats did orders at Skarvik exceed in 1962?",
            "400,000",
        ),
    ],
)
def test_what_is_asked(sentence: str, kind: str, question: str, answer: str) -> None:
    assert asked(sentence)[kind] == (question, " ".join(answer.split()))


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "It was built in 1962 at the Skarvik yard.",  # nobody knows what
        "Was the ferry built in 1962?",
        "“We built the ferry in 1962,” said Ada Rehn.",
        "When Rollo landed in 911, he took Rouen.",
        "Two related bills have gone different ways.",
        "Nothing will move at once.",
        "SemiAnalysis, cited by a panel, counted about 60,000 chips.",
        "A heading about the ferry",
        "x" * 500,
    ],
)
def test_what_is_let_go(sentence: str) -> None:
    assert not asked(sentence)


@given(st.text(max_size=200))
def test_any_text_is_read_or_let_go(text: str) -> None:
    for found in questions_of(text, SMALL):
        assert found.text.endswith("?")
        assert found.answer


@given(
    st.lists(st.sampled_from("Rollo The took was in 912 and, 5 men that by of Rouen. -".split()))
)
def test_any_order_of_words_is_read_or_let_go(words: list[str]) -> None:
    sentence = " ".join(words)
    clause_of(sentence, SMALL)
    list(questions_of(sentence, SMALL))


@pytest.mark.parametrize(
    ("past", "base"),
    [
        ("took", "take"),
        ("announced", "announce"),
        ("planned", "plan"),
        ("passed", "pass"),
        ("called", "call"),
        ("acquired", "acquire"),
        ("studied", "study"),
        ("agreed", None),
        ("bed", None),
        ("table", None),
    ],
)
def test_base_forms(past: str, base: str | None) -> None:
    assert base_of(past, SMALL) == base
