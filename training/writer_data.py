"""What the writer learns from: sheets of sentences, and whether a text says a claim.

From what authors wrote (`training.written`) and the questions of `near.jsonl`, `short.jsonl` and
`follow.jsonl`. All are asked as the program asks (`rag.writing.prompts`); several questions share
what stands before them, so that it is computed once.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.models.spelling import spelt_alike
from rag.writing import prompts
from training.ends_data import lines
from training.sheets import Branch, Example, searched_sheets, sheets
from training.written import (
    FALSIFIED,
    SAID,
    article_of,
)

_ARTICLES = 0.75  # share of the articles of our own that are drawn
_SEARCHED = 16  # questions over documents of each two question sets
_CLAIMS = 90  # texts with claims
_SOURCE = 2000  # characters of what a claim is checked by
_NEAREST = 3  # sentences that what nothing says is checked by
_OF_FALSIFIED = ("claim", "right", "wrong", "more")


def examples(data: Path, leave_out: Collection[str], seed: int = 11) -> list[Example]:
    """All there is, in an order by chance, without articles of some authors of `near/`.

    Args:
        data: The question sets over whose documents a part is; left out where it does not exist.
        leave_out: First letters of names of articles.
        seed: Of what is drawn.
    """
    rng = random.Random(seed)
    found = list(sheets(data, leave_out, rng, share=_ARTICLES))
    found += searched_sheets(data, leave_out, rng, _SEARCHED)
    found += rng.sample(list(claims(data, leave_out)), _CLAIMS)
    told = list(said(data, leave_out))
    rng.shuffle(told)
    found += told[: _CLAIMS // 3]
    rng.shuffle(found)
    return found


def claims(data: Path, leave_out: Collection[str] = ()) -> Iterator[Example]:
    """Texts with sentences that they say and as many that they do not."""
    for line in lines(FALSIFIED):
        if article := article_of(line, data, leave_out):
            asked = [(line[of], of in ("claim", "right")) for of in _OF_FALSIFIED if of in line]
            yield _checked(line, article.source(line["from"]), asked)


def said(data: Path, leave_out: Collection[str] = ()) -> Iterator[Example]:
    """What the writer said before, with what says it or what comes nearest."""
    for line in lines(SAID):
        if article := article_of(line, data, leave_out):
            spans = line["from"] or article.nearest(line["claim"], _NEAREST)
            yield _checked(line, article.source(spans), [(line["claim"], bool(line["from"]))])


def _checked(line: dict[str, Any], source: str, asked: Sequence[tuple[str, bool]]) -> Example:
    branches = []
    for claim, true in asked:
        text, plain = spelt_alike(source[:_SOURCE], claim)
        whole = prompts.SUPPORTED.format(source=text, claim=plain)
        branches.append(Branch(whole.partition("\n\n")[2], "Yes" if true else "No"))
    before = f"Text: {spelt_alike(source[:_SOURCE], '')[0]}\n\n"
    return Example(prompts.CHECK, before, tuple(branches), f"{line['sets']}/{line['document']}")
