from __future__ import annotations

from datetime import date

import pytest

from rag.listing import DocumentInfo
from rag.query import Aspect, Intent, Query
from rag.talk import reply

INFOS = [
    DocumentInfo("a.md", "The Lund bridge", date(2021, 3, 4), 9, 1),
    DocumentInfo("b.md", "The ferry Hanna", date(2022, 6, 1), 9, 1),
]


def said(aspect: Aspect, infos: list[DocumentInfo]) -> str:
    return reply(Query("x", "x", Intent.TALK, aspect), infos)


@pytest.mark.parametrize("aspect", [Aspect.GREETING, Aspect.ABILITY])
def test_a_greeting_says_what_can_be_asked_and_names_the_newest_article(aspect: Aspect) -> None:
    text = said(aspect, INFOS)
    assert "2 articles" in text
    assert "The ferry Hanna" in text


def test_each_reply_is_of_its_kind_and_works_without_articles() -> None:
    texts = {said(aspect, []) for aspect in (Aspect.GREETING, Aspect.THANKS, Aspect.OUTSIDE)}
    assert len(texts) == 3
    assert all("None" not in text and "{" not in text for text in texts)
