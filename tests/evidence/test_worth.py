from __future__ import annotations

from dataclasses import replace

import pytest

from rag.evidence.features import NAMES
from rag.evidence.scoring import bundled_weights
from rag.evidence.worth import WORTH, measured_worth, sources_of, told_of, worth
from rag.schema import Evidence

Scored = tuple[Evidence, list[float]]


def one(document: str, start: int, reader: float, fused: float) -> Scored:
    values = dict.fromkeys(NAMES, 0.0) | {"reader_logit": reader, "fused": fused}
    quote = "It sank in the storm."
    evidence = Evidence(document, "", None, start, start + len(quote), quote, 0.0)
    return evidence, list(values.values())


SCORED = [
    one("a.md", 500, 2.0, 1.0),
    one("a.md", 522, -1.0, 1.0),
    one("b.md", 0, 0.5, 0.6),
    one("a.md", 900, -3.0, 0.5),
]


def told(place: int, name: str) -> float:
    return measured_worth(SCORED)[place][WORTH.index(name)]


def test_a_sentence_knows_those_beside_it_in_its_article_alone() -> None:
    assert told(0, "reader_after") == -1.0
    assert told(1, "reader_before") == 2.0
    assert told(1, "reader_after") == told(2, "reader_before") == -12.0


def test_a_sentence_knows_its_passage_and_article_among_those_read() -> None:
    assert [told(place, "passage_rank") for place in range(4)] == [0, 0, 1, 2]
    assert told(0, "article_share") == 1.0
    assert told(2, "article_share") == pytest.approx(0.6 / 1.5)
    assert [told(place, "article_is_best") for place in range(4)] == [1, 1, 0, 1]
    assert [told(place, "opens_article") for place in range(4)] == [0, 0, 1, 0]
    assert told(3, "fused_below_best") == -0.5
    assert told(0, "reader_below_best") == 0.0
    assert told(0, "words") == 5


def test_worth_is_by_place_and_the_bundled_weights_prefer_what_search_and_reader_do() -> None:
    worths = worth(SCORED, bundled_weights().worth)
    assert list(worths) == [("a.md", 500), ("a.md", 522), ("b.md", 0), ("a.md", 900)]
    assert worths["a.md", 500] > worths["a.md", 900]
    assert worths["a.md", 500] > worths["b.md", 0]
    assert all(0.0 < value < 1.0 for value in worths.values())


def test_nothing_is_worth_nothing() -> None:
    assert worth([], bundled_weights().worth) == {}


def test_what_a_draft_was_made_of_are_the_sentences_that_have_its_words() -> None:
    quotes = ["Rollo sold 20 red ships.", "He swam.", "Ships and ropes came from a yard in Rouen."]
    said = [replace(one("a.md", n, 0.0, 0.5)[0], quote=quote) for n, quote in enumerate(quotes)]
    other = replace(said[2], document="b.md")
    asked = "What did Rollo do?"
    assert sources_of("Rollo sold 30 red ships.", said, asked) == [said[0]]
    both = "Rollo sold red ships which came from a yard in Rouen."
    assert sources_of(both, said, asked) == [said[2], said[0]]
    assert sources_of(both, [said[0], said[1], other], asked) == [other]
    assert sources_of("Rollo drowned in the end.", said, asked) == []
    assert sources_of("Rollo sold 30 ships.", [], asked) == []


def test_what_a_draft_tells_of_a_sentence_leaves_out_the_words_of_the_question() -> None:
    asked = "What did Rollo do?"
    assert told_of("Rollo sold 20 ships.", "Many ships were sold.", asked) == pytest.approx(2 / 3)
    assert told_of("What did Rollo do?", "He sold ships.", asked) == 0.0
