from __future__ import annotations

from rag.evidence.article import central
from rag.schema import Evidence


def said(quote: str, *, start: int = 0) -> Evidence:
    return Evidence("a.md", "Lund", None, start, start + len(quote), quote, 0.9)


def test_the_leading_sentence_comes_first_and_then_what_the_rest_says_too() -> None:
    sentences = (
        "The council of Lund met in May.",
        "The bridge needs paint, the council said of the bridge.",
        "Birds sang.",
        "The council will pay for the paint of the bridge.",
        "Contents",
    )
    article = [said(s, start=i * 100) for i, s in enumerate(sentences)]
    found = central(article, "", weight=lambda stem: 1.0)
    assert found[0] == article[0]
    assert found.index(article[3]) < found.index(article[2])
    assert article[4] not in found
    assert central([], "", weight=lambda stem: 1.0) == []
