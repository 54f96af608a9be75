"""A sentence is completed by what names that of which it speaks."""

from __future__ import annotations

from collections.abc import Sequence

from rag.schema import Evidence
from rag.verification.naming import named
from rag.verification.values import lost_value


def line(start: int, quote: str, document: str = "lynx.md") -> Evidence:
    return Evidence(document, "", None, start, start + len(quote), quote, 0.0)


TITLE = line(0, "The lynx of Corrie")
BEFORE = line(100, "Ada Rehn keeps sheep in Corrie.")
BASE = line(200, "They were let go in May.")
AFTER = line(300, "Nobody in Corrie has seen them.")


def completed(claim: str, *others: Evidence, most: int = 3) -> list[list[str]]:
    def lost(chosen: Sequence[Evidence]) -> str | None:
        return lost_value(claim, " ".join(one.quote for one in chosen))

    found = named([BASE], others, lost, most)
    return [[one.quote for one in chosen] for chosen in found]


def test_the_nearest_line_above_that_names_it_is_taken() -> None:
    claim = "The lynx of Corrie were let go in May."
    assert completed(claim, TITLE, AFTER, BEFORE) == [[BEFORE.quote, BASE.quote]]


def test_one_below_serves_where_none_above_does() -> None:
    assert completed("Corrie had them in May.", AFTER) == [[BASE.quote, AFTER.quote]]


def test_two_names_may_need_two_lines() -> None:
    claim = "In Corrie, where Ada Rehn lives, lynx were let go in May by Scotland."
    scotland = line(50, "It is a case for Scotland.")
    quotes = [scotland.quote, BEFORE.quote, BASE.quote]
    assert completed(claim, scotland, BEFORE) == [quotes]
    assert completed(claim, scotland, BEFORE, most=2) == []


def test_another_article_names_nothing() -> None:
    other = line(0, "The lynx of Corrie", "other.md")
    assert completed("The lynx of Corrie were let go in May.", other) == []


def test_nothing_is_added_where_nothing_names_it() -> None:
    assert completed("Rollo let them go in May.", TITLE, BEFORE, AFTER) == []


def test_of_very_many_lines_the_first_and_the_nearest_are_tried() -> None:
    many = [line(1000 + 10 * at, f"heading {at}") for at in range(5000)]
    base = line(90_000, "They were let go in May.")
    asked = list[int]()

    def lost(chosen: Sequence[Evidence]) -> str | None:
        asked.append(len(chosen))
        return lost_value("Corrie had them in May.", " ".join(one.quote for one in chosen))

    found = named([base], [*many, TITLE], lost, 3)
    assert found == [(TITLE, base)]
    assert len(asked) < 100
