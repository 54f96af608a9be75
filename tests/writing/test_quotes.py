from __future__ import annotations

from rag.schema import Citation, Claim, Verdict
from rag.writing import in_reading_order, renumbered


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


def test_citations_are_numbered_in_the_order_of_the_answer() -> None:
    def cited(*numbers: int) -> Claim:
        places = (Citation(n, "a.md", "", n * 10, n * 10 + 3, "It.") for n in numbers)
        return Claim("It.", tuple(places), Verdict(True, "", 1.0))

    claims, differing = renumbered([cited(3), cited(1, 3), cited(2)], (1, 2))
    assert [[c.number for c in claim.citations] for claim in claims] == [[1], [2, 1], [3]]
    assert [claim.citations[0].start for claim in claims] == [30, 10, 20]
    assert differing == (2, 3)
