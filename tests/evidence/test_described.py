from __future__ import annotations

from datetime import date

import pytest

from rag.evidence.described import described
from rag.listing import DocumentInfo

INFOS = [
    DocumentInfo("a", "A", date(2024, 3, 1), 1, 1, language="en", author="Anna Berg"),
    DocumentInfo("b", "B", date(2022, 5, 1), 1, 1, language="de", author="Anna Berg"),
    DocumentInfo("c", "C", date(2023, 5, 1), 1, 1, language="en", author="Li Wei"),
    DocumentInfo("d", "D", None, 1, 1),
]


@pytest.mark.parametrize(
    ("question", "topic", "ids", "words", "rest"),
    [
        ("Which articles did Anna Berg write?", "Anna Berg", "ab", "by Anna Berg", ""),
        ("How many articles are by Wei?", "Wei", "c", "by Wei", ""),
        ("Which articles are from 2022?", "2022", "b", "from 2022", ""),
        ("Which articles are from March 2024?", "March 2024", "a", "from March 2024", ""),
        ("Which were published in 2022?", "2022", "b", "from 2022", ""),
        ("Which were written before 2023?", "2023", "b", "before 2023", ""),
        ("Which were written since 2023?", "2023", "ac", "since 2023", ""),
        ("Which were written after 2023?", "2023", "a", "after 2023", ""),
        ("Which articles are in German?", "German", "b", "in German", ""),
        ("Which articles mention 2022?", "2022", "abcd", "", "2022"),
        ("Which mention the sales in 2022?", "sales in 2022", "abcd", "", "sales in 2022"),
        ("Which mention Huawei?", "Huawei", "abcd", "", "Huawei"),
        ("Which by Berg mention Huawei?", "Berg mention Huawei", "ab", "by Berg", "mention Huawei"),
        ("Which by Berg are from 2022?", "Berg are from 2022", "b", "by Berg from 2022", ""),
    ],
)
def test_what_is_known_of_articles_and_what_they_are_to_mention(
    question: str, topic: str, ids: str, words: str, rest: str
) -> None:
    found = described(question, topic, INFOS)
    assert "".join(info.id for info in found.infos) == ids
    assert (found.words, found.topic) == (words, rest)
