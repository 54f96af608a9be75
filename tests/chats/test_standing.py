from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chats import State, standings
from rag.chats.standing import Standing, digest, digests
from rag.errors import LibraryError
from rag.schema import Answer, Citation, Claim, Document
from tests.chats.made import ANSWER, COST, FINE, OPENED, TEXT, quote_of, standing


def library(text: str | None) -> dict[str, Document]:
    return {} if text is None else {"lund.md": Document("lund.md", "The bridge", text)}


def look(text: str | None, *, noted: bool = True) -> tuple[Standing, ...]:
    known = {"lund.md": digest(TEXT)} if noted else {}
    return standing(ANSWER, library(text).get, digests=known)


def citing(*citations: Citation) -> Answer:
    return replace(ANSWER, claims=(Claim("So.", citations, FINE),))


def test_all_stand_in_an_article_that_is_as_it_was() -> None:
    found = look(TEXT)
    assert [(s.citation, s.state, s.start, s.end) for s in found] == [
        (OPENED, State.STANDS, OPENED.start, OPENED.end),
        (COST, State.STANDS, COST.start, COST.end),
    ]
    assert all(s.stands and s.changed is False for s in found)
    assert {s.words for s in found} == {"It stands where it stood."}
    assert {s.changed for s in look(TEXT, noted=False)} == {None}


def test_an_article_changed_elsewhere() -> None:
    found = look(TEXT + "More.")
    assert [s.state for s in found] == [State.STANDS, State.STANDS]
    assert {s.words for s in found} == {
        "It stands where it stood; the article was changed elsewhere."
    }


def test_a_quote_at_another_place_is_found_there() -> None:
    first, second = look("New first line.\n" + TEXT)
    assert (first.state, first.start, first.end) == (State.MOVED, 28, 51)
    assert first.stands
    assert first.changed
    assert "another place" in first.words
    assert second.start == COST.start + 16


def test_of_several_places_the_nearest_is_given() -> None:
    text = f"{'x' * 40}So.{'x' * 20}So.{'x' * 40}"
    for at, nearest in ((0, 40), (50, 40), (55, 63), (100, 63), (10_000, 63), (39, 40), (41, 40)):
        citation = Citation(1, "lund.md", "The bridge", at, at + 3, "So.")
        (found,) = standing(citing(citation), library(text).get)
        assert found.start == nearest, at


def test_a_quote_that_is_gone_and_an_article_that_vanished() -> None:
    first, second = look(TEXT.replace("2020", "2021"))
    assert (first.state, first.start, first.stands, first.changed) == (
        State.GONE,
        None,
        False,
        True,
    )
    assert "no longer says this" in first.words
    assert second.stands
    for found in look(None):
        assert (found.state, found.stands) == (State.VANISHED, False)
        assert "no longer in the library" in found.words


def test_no_quote_at_all_never_stands() -> None:
    nothing = Citation(1, "lund.md", "The bridge", 3, 3, "")
    assert [s.state for s in standing(citing(nothing), library(TEXT).get)] == [State.GONE]


def test_each_article_is_fetched_once_for_many_answers() -> None:
    fetched: Counter[str] = Counter()

    def document_of(id_: str) -> Document | None:
        fetched[id_] += 1
        return library(TEXT).get(id_)

    other = replace(OPENED, document="gone.md", number=2)
    answers: list[tuple[Answer, dict[str, str]]] = [(ANSWER, {})] * 100
    found = standings([*answers, (citing(other, replace(OPENED, number=1)), {})], document_of)
    assert fetched == {"lund.md": 1, "gone.md": 1}
    assert len(found) == 101
    assert found[0] == standing(ANSWER, library(TEXT).get)
    assert [s.state for s in found[-1]] == [State.STANDS, State.VANISHED]  # by number


def test_a_library_that_fails_is_not_taken_for_an_empty_one() -> None:
    def broken(_: str) -> None:
        raise LibraryError("The disk is gone.")

    with pytest.raises(LibraryError):
        standing(ANSWER, broken)
    assert digests(ANSWER, broken) == {}


@given(st.text("ab \n", min_size=1, max_size=30), st.text("ab \n", max_size=30), st.data())
def test_what_it_says_is_so(before: str, after: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(before) - 1))
    end = data.draw(st.integers(start + 1, len(before)))
    citation = quote_of(1, start, end, text=before)
    (found,) = standing(citing(citation), library(after).get)
    assert found.stands == (citation.quote in after)
    if found.start is not None:
        assert after[found.start : found.end] == citation.quote
        places = [n for n in range(len(after)) if after.startswith(citation.quote, n)]
        assert abs(found.start - start) == min(abs(n - start) for n in places)
        assert (found.state is State.STANDS) == (found.start == start)
