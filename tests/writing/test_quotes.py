from __future__ import annotations

from rag.schema import Citation, Claim, Verdict
from rag.writing import in_reading_order


def claim(text: str, *places: tuple[str, int]) -> Claim:
    citations = tuple(
        Citation(number, document, "", start, start + 1, "x")
        for number, (document, start) in enumerate(places, 1)
    )
    return Claim(text, citations, Verdict(True, "", 1.0))


def test_claims_stand_as_their_sentences_are_read() -> None:
    late, early = claim("late", ("b", 5)), claim("early", ("b", 94), ("b", 90))
    other, gone = claim("other", ("a", 1)), claim("gone", ("z", 0))
    places = [("b", 90), ("b", 94), ("b", 5), ("a", 1)]  # the best passage first
    found = in_reading_order([gone, other, late, early], places)
    assert [one.text for one in found] == ["early", "late", "other", "gone"]
