"""Several claims by a model that has room for them: each proven by what it cites, or not there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering import Finding, Parts, answer
from rag.answering.compose import FULLER, HEAD, SEVERAL
from rag.events import Finished
from rag.schema import Answer, Document, Evidence, Origin, Searched
from rag.testing import FakeLLM
from tests.world import check

TEXTS = {
    "a.md": "The ferry Hanna, painted white by the Skarvik yard, was built in 1962 for islands.",
    "b.md": "The ferry Maria burns coal and carries 80 passengers across the Lund each summer day.",
    "c.md": "The ferry Ida sank off Skarvik in May 1971 and was raised by the northern yard.",
}
QUESTION = "Which ferries are there?"


def evidence(texts: dict[str, str] = TEXTS) -> tuple[Evidence, ...]:
    return tuple(Evidence(n, n, None, 0, len(t), t, 0.9, used=True) for n, t in texts.items())


def answered(
    *replies: str, context: int = FULLER, texts: dict[str, str] = TEXTS, question: str = QUESTION
) -> tuple[Answer, FakeLLM]:
    llm = FakeLLM(replies, context=context)
    parts = Parts(llm, lambda stem: 1.0, 0.5)
    searched = Searched(3, 3, 3, 3, used_passages=3)
    found = Finding(evidence(texts), 0.9)
    *_, last = answer(question, question, found, searched, parts, began=time.monotonic())
    assert isinstance(last, Finished)
    documents = {name: Document(name, name, text) for name, text in texts.items()}
    check(last.answer, documents.__getitem__)
    return last.answer, llm


def test_several_claims_stand_each_with_its_own_numbers() -> None:
    found, llm = answered(
        "The ferry Hanna was built in 1962. [1]\nThe ferry Maria carries 80 passengers. [2]\n"
        "The ferry Ida sank off Skarvik in May 1971. [3]"
    )
    assert [c.origin for c in found.claims] == [Origin.COMPOSED] * 3
    assert [[c.document for c in claim.citations] for claim in found.claims] == [
        ["a.md"],
        ["b.md"],
        ["c.md"],
    ]
    assert [prompt.head for prompt in llm.prompts] == [SEVERAL]
    assert all(f"[{n}]" in llm.prompts[0].request for n in (1, 2, 3))


def test_numbers_run_in_the_order_of_use_whatever_the_model_writes() -> None:
    found, _ = answered(
        "The ferry Ida sank off Skarvik. [3]\nThe ferry Hanna was built in 1962. [1]"
    )
    assert found.text.startswith("The ferry Ida sank off Skarvik. [1] The ferry Hanna was built in")
    assert [c.document for c in found.citations] == ["c.md", "a.md", "b.md"]


def test_what_a_model_leaves_out_is_given_as_it_is() -> None:
    found, _ = answered("The ferry Maria burns coal. [2]")
    assert [(c.text, c.origin) for c in found.claims][1:] == [
        (TEXTS["a.md"], Origin.VERBATIM),
        (TEXTS["c.md"], Origin.VERBATIM),
    ]


@pytest.mark.parametrize(
    "reply",
    [
        "The ferry Hanna was built in 1963. [1]",
        "The ferry Maria was built in 1962. [1]",
        "The ferry Hanna was built in 1962. [2]",  # true, and not what it cites
        "The ferry Hanna sank. [1][2]",
        "Rollo built the bridge in 911. [1]",
        "The ferry Ida was never raised by the northern yard. [3]",
    ],
)
def test_a_claim_that_fails_gives_way_to_the_sentences_it_cites(reply: str) -> None:
    found, _ = answered(reply)
    assert {claim.text for claim in found.claims} == set(TEXTS.values())
    assert [claim.text for claim in found.rejected] == [reply.partition(" [")[0]]


def test_a_claim_of_two_sources_cites_both() -> None:
    found, _ = answered(
        "Skarvik built the ferry Hanna in 1962 and the ferry Ida sank off Skarvik. [1][3]"
    )
    (first, *_) = found.claims
    if first.origin is Origin.COMPOSED:
        assert [c.document for c in first.citations] == ["a.md", "c.md"]
    assert {c.document for c in found.citations} == set(TEXTS)


def test_the_same_claim_twice_is_said_once() -> None:
    found, _ = answered("The ferry Maria burns coal. [2]\nThe ferry Maria burns coal. [2]")
    assert [c.text for c in found.claims].count("The ferry Maria burns coal.") == 1


def test_a_number_that_was_not_offered_proves_nothing() -> None:
    found, _ = answered("The ferry Maria burns coal. [7]")
    assert {claim.text for claim in found.claims} == set(TEXTS.values())


def test_a_model_without_the_room_is_not_asked_for_several() -> None:
    found, llm = answered(context=FULLER - 1)
    assert [claim.text for claim in found.claims] == list(TEXTS.values())
    assert llm.prompts == []  # a list is given whole rather than shortened


def test_one_sentence_is_composed_as_by_a_small_model() -> None:
    texts = {"a.md": f"{TEXTS['a.md'][:-1]}, as the council of the valley had wished for years."}
    found, llm = answered(
        "The ferry Hanna was built in 1962. [1]", texts=texts, question="When was Hanna built?"
    )
    assert [prompt.head for prompt in llm.prompts] == [HEAD]
    assert found.claims[0].text == "The ferry Hanna was built in 1962."


def test_sources_that_differ_are_quoted_and_told() -> None:
    texts = {
        "old.md": "The bridge over the Lund cost 400 crowns.",
        "new.md": "The bridge over the Lund cost 500 crowns.",
    }
    found, llm = answered(texts=texts, question="How much did the bridge cost?")
    assert [claim.text for claim in found.claims] == list(texts.values())
    assert found.differing == (1, 2)
    assert found.remarks == (
        "The sources differ: [1] and [2] do not say the same. The newest comes first.",
    )
    assert llm.prompts == []


def test_an_answer_tells_how_much_of_what_matched_it_used() -> None:
    assert answered()[0].coverage == "Used 3 of 3 matching passages in 3 articles."


_PIECES = st.sampled_from(
    [
        *(word for text in TEXTS.values() for word in text.split()),
        *"[1] [2] [3] [9] . \n not 7".split(" "),
    ]
)


@given(st.lists(_PIECES, max_size=40).map(" ".join))
def test_only_what_is_proven_stands_whatever_is_written(reply: str) -> None:
    found, _ = answered(reply)
    assert {c.document for c in found.citations} == set(TEXTS)  # nothing found is lost
