"""What the writer learns from: answers, whether evidence answers, and whether a text says a claim.

From what authors wrote (`training.written`) and the questions of `near.jsonl` and `short.jsonl`.
All are asked as the program asks (`rag.writing.prompts`), over the passages that it would show.
Several questions share what stands before them, so that it is computed once.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.evidence.scoring import find
from rag.evidence.sources import Sources
from rag.models.spelling import spelt_alike
from rag.query import Intent, understand
from rag.retrieval import Filters
from rag.schema import Evidence
from rag.writing import Sheet, Wish, prompts, wish_for
from training.ends_data import lines
from training.fit_worth import searched, searched_in
from training.written import (
    ANSWERS,
    FALSIFIED,
    HERE,
    OWN,
    SAID,
    article_of,
    read_article,
    with_texts,
)

_ASKED = 4  # answers over the same passages
_EACH = 6  # questions of yes, and of no, over the same passages
_OTHERWISE = {Wish.SHORTER: 0.07, Wish.LISTED: 0.07, Wish.ONE: 0.08}  # shares of other wishes
_SOURCE = 2000  # characters of what a claim is checked by
_NEAREST = 3  # sentences that what nothing says is checked by
_OF_FALSIFIED = ("claim", "right", "wrong", "more")

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Branch:
    """What is asked after the common beginning, and what is to be said: a yes, a no or a text."""

    request: str
    reply: str
    text: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """Requests that begin alike.

    Attributes:
        head: The instructions.
        before: What every request begins with.
        branches: How each goes on.
        document: Whose article it is about, such as `near/e-faces.md`.
    """

    head: str
    before: str
    branches: tuple[Branch, ...]
    document: str


def examples(
    data: Path, leave_out: Collection[str], seed: int = 11, most: int | None = None
) -> list[Example]:
    """All there is, in an order by chance, without articles of some authors of `near/`.

    Args:
        data: The question sets over whose documents a part of the answers is; left out where it
            does not exist.
        leave_out: First letters of names of articles.
        seed: Of what is drawn.
        most: Answers whose passages are looked for, drawn by chance; that takes a second each.
    """
    rng = random.Random(seed)
    answers = [
        with_texts(line, article)
        for line in lines(ANSWERS)
        if (article := article_of(line, data, leave_out))
    ]
    if most is not None and most < len(answers):
        answers = rng.sample(answers, most)
    found = list(_asked(answers, data, rng))
    checked = list(claims(data, leave_out))
    found += rng.sample(checked, min(len(checked), len(found) // 2))
    found += said(data, leave_out)
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


def _asked(answers: Sequence[dict[str, Any]], data: Path, rng: random.Random) -> Iterator[Example]:
    """Passages as they are shown for some of the questions, with questions of the same article."""
    for sets in sorted({line["sets"] for line in answers} - set(OWN)):
        of = [line for line in answers if line["sets"] == sets]
        if data.exists():
            with searched(sets, data) as sources:
                for line in of:
                    yield from _example(line, [line], {}, sources, rng)
    by_document = near_questions()
    own = [line for line in answers if line["sets"] in OWN]
    files = (file for folder in OWN for file in sorted((HERE / folder).glob("*.md")))
    with searched_in(files) as sources:
        for line in own:
            if line["essential"]:
                same = [other for other in own if other["document"] == line["document"]]
                rng.shuffle(same)
                yield from _example(line, [line, *same], by_document, sources, rng)


def _example(
    line: dict[str, Any],
    same: Sequence[dict[str, Any]],
    by_document: dict[str, list[tuple[str, bool, list[Place]]]],
    sources: Sources,
    rng: random.Random,
) -> Iterator[Example]:
    shown = offered(line["question"], sources)
    held = [(Path(one.document).name, one.start, one.end) for one in shown]
    name = line["document"]
    branches = [answer for one in same for answer in _answer(one, held, rng)][:_ASKED]
    asked = by_document.get(name) or [(line["question"], True, _places(line))]
    for reply, questions in yes_or_no(asked, held, rng).items():
        for question in questions:
            request = prompts.ANSWERED.format(sheet="", question=question).lstrip()
            branches.append(Branch(request, reply))
    if branches:
        before = Sheet(shown).text + "\n\n"
        yield Example(prompts.HEAD, before, tuple(branches), f"{line['sets']}/{name}")


def offered(question: str, sources: Sources) -> tuple[Evidence, ...]:
    """What a model is shown for an open question."""
    query = replace(understand(question), intent=Intent.OPEN)
    hits = sources.search(query.standalone, limit=10, filters=Filters()).hits
    weight, weights = sources.weight, sources.weights
    found = find(
        query.standalone, hits, sources.reader, weight=weight, weights=weights, query=query
    )
    return tuple(found.offered)


def _answer(line: dict[str, Any], held: Sequence[Place], rng: random.Random) -> Iterator[Branch]:
    """The sentences of an answer that what is shown says, the first among them, as is wanted."""
    name, said = line["document"], line["answer"]
    stand = [one for one in said if all(within((name, *place), held) for place in one["from"])]
    if stand[:1] != said[:1] or len(stand) < len(said) / 2:
        return
    wish = wish_for(understand(line["question"])) or Wish.FEW
    drawn = rng.random()
    for other, share in _OTHERWISE.items():
        wish, drawn = (other, 1.0) if drawn < share else (wish, drawn - share)
    most = {Wish.ONE: 1, Wish.SHORTER: 2}.get(wish, len(stand))
    texts = [one["text"] for one in stand[:most]]
    reply = "\n".join(f"- {t}" for t in texts) if wish is Wish.LISTED else " ".join(texts)
    request = prompts.REQUEST.format(sheet="", question=line["question"], wish=wish.value[0])
    yield Branch(request.lstrip(), reply, text=True)


def yes_or_no(
    asked: Sequence[tuple[str, bool, list[Place]]], held: Sequence[Place], rng: random.Random
) -> dict[str, list[str]]:
    """The questions that passages answer, and those that they do not, most of them nearly.

    A question is answered where all of its sentences are shown, and not where none is; where some
    are it is not asked.
    """
    yes, nearly, far = list[str](), list[str](), list[str]()
    for question, answerable, places in asked:
        shown = [within(place, held) for place in places]
        if answerable and shown and all(shown):
            yes.append(question)
        elif not answerable or not any(shown):
            (nearly if any(shown) else far).append(question)
    for some in (yes, nearly, far):
        rng.shuffle(some)
    return {"Yes": yes[:_EACH], "No": (nearly[: _EACH - 1] + far[:1])}


def near_questions() -> dict[str, list[tuple[str, bool, list[Place]]]]:
    """The questions of `near.jsonl` and `short.jsonl` by article, with the places of sentences."""
    found: dict[str, list[tuple[str, bool, list[Place]]]] = {}
    for line in lines(HERE / "near.jsonl") + lines(HERE / "short.jsonl"):
        name = line["document"]
        marks = [_plain(sentence) for sentence in line["sentences"]]
        places = [
            (name, start, end)
            for (start, end), text in read_article(HERE / "near" / name).sentences.items()
            if any(_plain(text) in mark or mark in _plain(text) for mark in marks)
        ]
        found.setdefault(name, []).append((line["question"], line["answerable"], places))
    return found


def _plain(text: str) -> str:
    return " ".join(text.split()).strip('"“” ')


def within(place: Place, held: Sequence[Place]) -> bool:
    """Whether a sentence, or a part of it, is among those that are shown."""
    name, start, end = place
    return any(n == name and a < end and start < b for n, a, b in held)


def _places(line: dict[str, Any]) -> list[Place]:
    return [(line["document"], start, end) for start, end in line["essential"]]
