"""What a model writes, in sentences as they are whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.events import Draft
from rag.schema import Evidence
from rag.testing import FakeLLM
from rag.writing import Wish, asked_of, prompts, write
from rag.writing.generative import Written, sentences

ONE = Evidence("a.md", "Geese", None, 0, 16, "Geese fly south.", 0.9)


def written(reply: str, *, wish: Wish = Wish.FEW, context: int = 2048) -> list[str]:
    llm = FakeLLM([reply], context=context)
    return [
        item.text
        for item in write("Where do geese fly?", [ONE], llm, wish)
        if isinstance(item, Written)
    ]


def test_sentences_come_one_by_one_without_markers() -> None:
    assert written("Geese fly south. [1] They return in May. [1]") == [
        "Geese fly south.",
        "They return in May.",
    ]


def test_a_sentence_comes_before_the_next_is_written() -> None:
    items = list(write("Where?", [ONE], FakeLLM(["Geese fly. They swim. They rest."]), Wish.FEW))
    first = next(i for i, item in enumerate(items) if isinstance(item, Written))
    assert any(isinstance(item, Draft) for item in items[first:])


def test_an_unfinished_sentence_is_left_out() -> None:
    assert written("Geese fly south. They return in") == ["Geese fly south."]


def test_a_model_that_goes_in_circles_is_stopped() -> None:
    assert written("Geese fly. They swim. " * 40) == ["Geese fly.", "They swim."]


def test_lists_lose_their_signs() -> None:
    assert written("Answer:\n- Geese fly. [1]\n2. They swim.\n* They rest.") == [
        "Geese fly.",
        "They swim.",
        "They rest.",
    ]


def test_head_and_evidence_are_what_the_model_is_shown() -> None:
    llm = FakeLLM(["Geese fly."])
    list(write(asked_of("Where do geese fly?"), [ONE], llm, Wish.ONE))
    (prompt,) = llm.prompts
    assert prompt.head == prompts.HEAD
    assert "Geese fly south." in prompt.request
    assert "Question: Where do geese fly?" in prompt.request
    assert prompt.request.endswith(prompts.ONE)


def test_no_model_is_asked_where_nothing_fits() -> None:
    llm = FakeLLM(["Geese fly."], context=80)
    assert list(write("Where?", [ONE], llm, Wish.FEW)) == []
    assert not llm.prompts


@given(st.text(alphabet="ab.[1] \n-", max_size=80))
def test_whatever_is_written_no_marker_is_left(draft: str) -> None:
    assert all(
        "[1]" not in sentence.replace(" ", "") or "[1]" in draft for sentence in sentences(draft)
    )
    assert all("[1]" not in sentence for sentence in written(draft))
