"""Key facts: which wordings count and which do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.facts import holds, tokens

words = st.lists(st.sampled_from(["the", "ferry", "Hanna", "120", "4.5", "$", "50%"]), max_size=8)


@pytest.mark.parametrize(
    ("text", "part", "held"),
    [
        ("It moves 400GB/s.", "400 GB/s", True),
        ("It moves\u00a0400 GB/S.", "400 gb/s", True),
        ("chip-to-chip speed", "chip to chip", True),
        ("a licensing rule", "licen*", True),
        ("an unlicensed chip", "licen*", False),
        ("a licensing rule", "licence", False),
        ("It fell to 0%.", "0%", True),
        ("It fell to 50%.", "0%", False),
        ("It fell to 1.5%.", "5%", False),
        ("It fell to 15 per cent.", "15%", True),
        ("It fell to 15 percent.", "15 %", True),
        ("the 15 chips", "15%", False),
        ("The H200 came.", "H20", False),
        ("The H20's memory", "H20", True),
        ("The women’s colleges", "women's colleges", True),
        ("It was 15,840 in all.", "15840", True),
        ("It cost $4.5bn.", "$4.5 b*", True),
        ("It cost $4.5 million.", "$4.5 b*", False),
        ("It cost 4.5 billion.", "$4.5 b*", False),
        ("Section 2, 32 pages", "Section 232", False),
        ("in the b*", "b", True),
        ("", "b*", False),
    ],
)
def test_one_part(text: str, part: str, held: bool) -> None:
    assert holds(text, ((part,),)) is held


def test_any_wording_will_do_and_all_its_parts_must_occur() -> None:
    fact = (("15%", "revenue"), ("levy",))
    assert holds("Of revenue it takes 15%.", fact)
    assert holds("A levy is due.", fact)
    assert not holds("It takes 15%.", fact)


@given(words.filter(bool), words, words)
def test_a_part_between_other_words_is_found(
    part: list[str], before: list[str], after: list[str]
) -> None:
    text = " ".join([*before, *part, *after])
    assert holds(text, ((" ".join(part),),))


@given(st.text())
def test_a_text_that_asks_for_something_holds_itself(text: str) -> None:
    assert holds(text, ((text.replace("*", " "),),))
    assert all(tokens(text))
