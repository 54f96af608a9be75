"""What was written to learn from rests on sentences that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.ends_data import lines
from training.written import ANSWERS, FALSIFIED, OWN, SAID, Article, article_of, with_texts

NOWHERE = Path("nowhere")


@pytest.mark.parametrize("file", [FALSIFIED, SAID], ids=lambda file: file.stem)
def test_every_claim_rests_on_sentences_of_its_article(file: Path) -> None:
    rows = [row for row in lines(file) if row["sets"] in OWN]
    assert len(rows) > 200
    for row in rows:
        article = article_of(row, NOWHERE)
        assert article is not None
        assert {tuple(span) for span in row["from"]} <= set(article.sentences)
        assert row["claim"]


def test_what_was_said_is_stated_or_it_is_told_why_not() -> None:
    for row in lines(SAID):
        assert row["why"] in (("",) if row["from"] else ("wrong", "more"))


def test_a_claim_is_checked_by_sentences_under_the_title() -> None:
    row = next(row for row in lines(ANSWERS) if row["sets"] == "articles")
    article = article_of(row, NOWHERE)
    assert article is not None
    first, second, *_ = [span for span, text in article.sentences.items() if text != article.title]
    said = article.source([second, first])
    assert said == f"{article.title}. {article.sentences[first]} {article.sentences[second]}"
    assert article.nearest(article.sentences[second], 1) == [second]


def test_articles_of_authors_left_out_and_those_that_are_not_here_are_none() -> None:
    row = next(row for row in lines(ANSWERS) if row["sets"] == "near")
    assert article_of(row, NOWHERE, row["document"][0]) is None
    far = next(row for row in lines(FALSIFIED) if row["sets"] not in OWN)
    assert article_of(far, NOWHERE) is None


def test_sentences_kept_in_pieces_are_put_together_of_the_words_of_the_article() -> None:
    article = Article("Rollo", {(0, 19): "Rollo led 20 ships.", (20, 40): "Then he left Rouen."})
    answer = [{"pieces": ["Rollo", [0, 2, 4], "He", [1, 1, 4]], "from": [[20, 40], [0, 19]]}]
    told = with_texts({"question": "Why?", "answer": answer}, article)
    assert told["answer"] == [
        {"text": "Rollo left Rouen. He led 20 ships.", "from": [[20, 40], [0, 19]]}
    ]
    whole = {"answer": [{"text": "Rollo left.", "from": [[20, 40]]}]}
    assert with_texts(whole, article) == whole


def test_of_documents_of_others_no_long_run_of_words_is_kept() -> None:
    rows = [row for row in lines(ANSWERS) if row["sets"] not in OWN]
    kept = [piece for row in rows for one in row["answer"] for piece in one["pieces"]]
    assert len(kept) > 500
    assert max(len(piece.split()) for piece in kept if isinstance(piece, str)) <= 12
