from __future__ import annotations

import pytest

from rag.evidence.numbered import part_named
from rag.query import Query
from rag.schema import Document, Hit, Span

RULES = """Statutes of the club

§ 1 Name

(1) The club is called Springer.

(2) Its seat is Mollbach.

§ 2 Dues

(1) Dues are 84 euros a year.

(2) Pupils pay half.

§ 4 Liability

4.1 Damage

4.1.1 The firm answers for damage up to 50,000 euros.

4.1.2 Lift doors count too.

4.2 Fire

A fire is told at once. I means nothing here.

Annex B: List of keys"""


def told(question: str, text: str = RULES) -> list[str]:
    document = Document("statutes.md", "Statutes of the club", text)
    hit = Hit(document.id, document.title, None, 0, 9, text[:9], (Span(0, 9),), 1, 1, 1)
    found = part_named(Query(question, question), [hit], lambda _: document)
    for one in found:
        (evidence,) = one.evidence
        assert text[evidence.start : evidence.end] == one.text
    return [one.text for one in found]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (
            "What does § 2 regulate?",
            ["§ 2 Dues", "(1) Dues are 84 euros a year.", "(2) Pupils pay half."],
        ),
        ("What does paragraph 2 of § 1 say?", ["(2) Its seat is Mollbach."]),
        ("what is in clause 4.1.2", ["4.1.2 Lift doors count too."]),
        (
            "What does rule 4.2 require?",
            ["4.2 Fire", "A fire is told at once.", "I means nothing here."],
        ),
        ("What's in annex B?", ["Annex B: List of keys"]),
        ("Which section deals with liability?", ["§ 4 Liability"]),
        ("Which paragraph is about the name?", ["§ 1 Name"]),
    ],
)
def test_the_part_that_is_asked_for_is_told(question: str, says: list[str]) -> None:
    assert told(question) == says


@pytest.mark.parametrize(
    "question",
    [
        "What does § 9 say?",
        "What does clause 4.1.3 require?",
        "What does section 2 of chapter 7 say?",
        "Which article deals with holidays?",
        "When must members pay their dues under § 2?",  # a reader answers that
        "What happened in article 50 talks?",
        "Who pays half?",
    ],
)
def test_nothing_is_told_of_another_part(question: str) -> None:
    assert told(question) == []


def test_an_article_by_its_roman_number() -> None:
    text = "Article III Price\n\nIt is 5 euros.\n\nArticle IV Liability\n\nThe firm answers."
    assert told("What does article 4 say?", text) == [
        "Article IV Liability",
        "The firm answers.",
    ]
    assert told("Which article is about liability?", text) == ["Article IV Liability"]


def test_a_long_part_is_told_in_some_words() -> None:
    long = "§ 1 Name\n\n" + "The club has a name that nobody knows. " * 40
    assert 100 < sum(len(one.split()) for one in told("What does § 1 say?", long)) <= 130
