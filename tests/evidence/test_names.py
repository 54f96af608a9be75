from __future__ import annotations

from dataclasses import replace

import pytest

from rag.evidence.names import another_number, missing_name, naming, spelt_like, unnamed
from rag.evidence.sources import EvidenceSet
from rag.query import Query
from rag.retrieval import SearchResult
from rag.schema import Hit, Span

TEXT = "The Havfrue was built in 1962. The Korvina sails to Terne."
HIT = Hit(
    "ships/list.md", "Ships of Skarvik", None, 0, len(TEXT), TEXT, (Span(0, len(TEXT)),), 1, 1, 1
)
KNOWN = {"havfru", "korvina", "tern", "skarvik", "ship", "1962", "list"}


def weight(stem: str) -> float:
    return 1.0 if stem in KNOWN else 9.0


def missing(question: str) -> str:
    return missing_name(Query(question, question), [], [HIT], weight)


@pytest.mark.parametrize(
    "question", ["When was the Havfrue built?", "What is in Skarvik?", "Rollo?"]
)
def test_names_that_stand_somewhere_are_not_missing(question: str) -> None:
    assert missing(question) == ""


@pytest.mark.parametrize(
    ("question", "name"),
    [("When was the Zephyr built?", "Zephyr"), ("What is the H99?", "H99")],
)
def test_a_name_that_stands_nowhere_is(question: str, name: str) -> None:
    assert missing(question) == name


def test_a_misspelt_name_without_its_capital_is_missing_and_a_common_word_is_not() -> None:
    assert missing("when was the havfruee built") == "havfruee"
    assert missing("when was the korvette built") == ""


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("Havfure", "Havfrue"),
        ("korvinna", "Korvina"),
        ("Tern", "Terne"),
        ("Zephyr", ""),
        ("H99", ""),
    ],
)
def test_a_name_is_read_as_one_that_is_spelt_nearly_like_it(name: str, like: str) -> None:
    assert spelt_like(name, [HIT]) == like


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What does Zephyr say?", "Zephyr"),
        ("What does Captain Zephyr say?", "Captain Zephyr"),
        ("What does Captain Havfrue carry?", ""),
        ("What does the Havfrue carry?", ""),
        ("What is in Skarvik?", ""),  # the title names it
        ("What does the WFP say?", ""),
        ("What does the World Food Programme say?", ""),
        ("What happened in 1999?", ""),  # figures are written in many ways
    ],
)
def test_what_is_used_must_stand_where_the_name_asked_for_stands(question: str, name: str) -> None:
    long = replace(HIT, text="The World Food Programme met.", start=90, end=119)
    short = replace(HIT, text="The WFP met.", start=200, end=212)
    elsewhere = replace(HIT, title="Other", document="b.md", text="The Zephyr sank.")
    for other in (long, short):
        used = [HIT.evidence(HIT.sentences[0]), other.evidence(Span(other.start, other.end))]
        query = Query(question, question)
        assert unnamed(query, used, [HIT, other, elsewhere]) == name


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What does Washington want?", ""),
        ("What does the White House want?", ""),
        ("What does Beijing want?", "Beijing"),
    ],
)
def test_a_state_is_named_where_its_people_or_government_are(question: str, name: str) -> None:
    hit = replace(HIT, text="The American side wants a licence.", start=0, end=34)
    used = [hit.evidence(Span(0, 34))]
    query = Query(question, question)
    assert unnamed(query, used, [hit]) == name
    assert missing_name(query, used, [hit], lambda stem: 9.0) == name


def test_an_article_that_names_it_elsewhere_may_tell_of_it() -> None:
    query = Query("What does Zephyr say?", "What does Zephyr say?")
    used = [HIT.evidence(HIT.sentences[0])]
    for document, name in ((HIT.document, ""), ("b.md", "Zephyr")):
        further = replace(HIT, document=document, text="The Zephyr sank.", start=200, end=216)
        assert unnamed(query, used, [HIT, further]) == name


@pytest.mark.parametrize(
    ("question", "score", "name"),
    [
        ("Who is the CEO of the Havfrue?", 0.8, ""),
        ("Who is the CEO of the Havfrue?", 0.3, "CEO"),  # the sentence hardly answers
        ("Who is the CFO of the Havfrue?", 0.8, "CFO"),
        ("Who is the Ceo of the Havfrue?", 0.8, "Ceo"),
    ],
)
def test_what_is_short_for_words_of_a_sure_answer_is_no_strange_name(
    question: str, score: float, name: str
) -> None:
    text = "The chief executive, Ida Holm, is on the Havfrue."
    hit = replace(HIT, text=text, end=len(text), sentences=(Span(0, len(text)),))
    used = [replace(hit.evidence(hit.sentences[0]), score=score)]
    query = Query(question, question)
    assert missing_name(query, used, [hit], lambda s: 9.0 if s in ("ceo", "cfo") else 1.0) == name
    assert unnamed(query, used, [hit]) == name


def test_evidence_that_is_doubted_answers_less_likely_and_says_why() -> None:
    found = EvidenceSet((), 0.5, SearchResult((), 0), notes=("read so",))
    doubted = found.doubted("not named", 2.0)
    assert doubted.confidence == pytest.approx(0.119, abs=0.001)
    assert doubted.notes == ("read so", "not named")
    assert found.doubted("nowhere").confidence == 0.0


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("When was Lunda zouth opened?", "zouth"),
        ("When was Lunda dova opened?", "dova"),
        ("When was Lunda south opened?", ""),
        ("When was Lunda quickly opened?", ""),
    ],
)
def test_a_strange_word_behind_a_name_that_is_like_a_part_of_it_is_one(
    question: str, name: str
) -> None:
    hits = [replace(HIT, text="Lunda South and Lunda Nova opened in 1931.")]
    known = dict.fromkeys(("lunda", "south", "nova", "open"), 1.0)
    assert missing_name(Query(question, question), [], hits, lambda w: known.get(w, 9.0)) == name


def test_passages_that_have_a_name_have_all_its_words() -> None:
    hits = [replace(HIT, text="Ada came."), replace(HIT, text="Ada Holm came.")]
    assert naming("Ada Holm", hits) == (hits[1],)


@pytest.mark.parametrize(
    ("question", "text", "number"),
    [
        ("Who gets plot 18?", "Plot 17 goes to Ada Holm.", "plot 18"),
        ("Who gets plot 17?", "Plot 17 goes to Ada Holm.", ""),
        ("Who gets plot 18?", "Plots 17 and 18 go to Ada Holm.", ""),
        ("Who gets plot 18?", "Plots 10 to 20 go to Ada Holm.", ""),
        ("Who gets plot 18?", "The last plot goes to Ada Holm.", ""),
        ("Who paid 18 crowns?", "Plot 17 goes to Ada Holm for 12 crowns.", ""),
        ("Who came in 1931?", "Ada Holm came in 1932.", ""),
    ],
)
def test_what_is_called_by_another_number_is_another_thing(
    question: str, text: str, number: str
) -> None:
    found = Hit("a.md", "", None, 0, len(text), text, (Span(0, len(text)),), 1.0, 1.0, 1.0)
    assert another_number(question, [found.evidence(found.sentences[0])], [found]) == number
