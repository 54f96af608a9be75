"""Sentences turned into questions: what is asked, and what is let go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.calibration.questions import questions_of

SMALL = {"announce", "officials", "orders", "rose", "painted", "also", "carry"}


def asked(sentence: str) -> set[tuple[str, str, str]]:
    return {(q.kind, q.text, q.answer) for q in questions_of(sentence, SMALL)}


@pytest.mark.parametrize(
    ("sentence", "kind", "question", "answer"),
    [
        (
            "The ferry Hanna was built at the Skarvik yard in 1962.",
            "when",
            "The ferry Hanna was built at the Skarvik yard in which year?",
            "in 1962",
        ),
        (
            "V3 has 671 billion parameters, of which 37 billion are active.",
            "how many",
            "V3 has how many parameters?",
            "671 billion",
        ),
        (
            "Huawei showed its new machine in Shanghai.",
            "who",
            "Huawei showed its new machine in who or what?",
            "Shanghai",
        ),
        (
            "The Lund Council paid about $40,000 for the steel.",
            "who",
            "Who or what paid about $40,000 for the steel?",
            "The Lund Council",
        ),
    ],
)
def test_what_is_asked(sentence: str, kind: str, question: str, answer: str) -> None:
    assert (kind, question, answer) in asked(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "It was built in 1962 at the Skarvik yard.",  # nobody knows what
        "“We built the ferry in 1962,” said Ada Rehn.",
        "When Rollo landed in 911, he took Rouen.",
        "Officials announce two bills at once.",  # a capital that only opens the sentence
        "Nothing will move at once.",
        "A heading about the ferry",
        "x" * 500,
    ],
)
def test_what_is_let_go(sentence: str) -> None:
    assert not asked(sentence)


@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from("Rollo The took was in 912 and, 5 men that by of Rouen. -".split())
    ).map(" ".join)
)
def test_any_text_is_read_or_let_go(text: str) -> None:
    for found in questions_of(text, SMALL):
        assert found.text.endswith("?")
        assert found.answer
