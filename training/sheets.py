"""What the writer learns to point at, and to answer, over sheets whose sentences have letters.

A sheet is an article, halves of two, or a few sentences that stand together (`rag.evidence.shown`
makes those of the program); after it, side by side, questions with the letters of the sentences
that answer, or 0, some of them with the question before them, and answers.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.evidence.shown import MOST, shown
from rag.evidence.sources import Sources
from rag.query import Intent, understand
from rag.retrieval import Filters
from rag.schema import Evidence
from rag.writing import LETTERS, Sheet, Wish, asked_of, prompts, wish_for
from training.ends_data import lines
from training.fit_worth import searched, searched_in
from training.written import ANSWERS, HERE, OWN, Article, article_of, read_article, with_texts

NONE = "0"
_BEFORE = prompts.AFTER.partition("{")[0]
_POINTED, _ANSWERS = 13, 3  # questions and answers over an article
_OTHERWISE = {Wish.SHORTER: 0.07, Wish.LISTED: 0.07, Wish.ONE: 0.08}  # shares of other wishes

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Branch:
    """What is asked after the common beginning, and what is to be said.

    That is a yes, a no or a text; or one of some letters, each as likely.
    """

    request: str
    reply: str
    text: bool = False
    letters: bool = False


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over an article, and where it is answered; nearly, where it is not.

    Attributes:
        places: Of its sentences.
        after: The question before it and the answer to that, or nothing.
    """

    question: str
    answerable: bool
    places: tuple[Place, ...]
    after: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return asked_of(self.question, self.after)


def sheets(
    data: Path, leave_out: Collection[str], rng: random.Random, *, share: float = 1.0
) -> Iterator[Example]:
    """Sheets of every kind; `share` is how many of the articles of our own are drawn."""
    asked = questions(leave_out)
    answers = answers_of(data, leave_out)
    files = [f for folder in OWN for f in sorted((HERE / folder).glob("*.md")) if f.name in asked]
    with searched_in(files) as sources:
        read = {file.name: passages_of(file.name, sources) for file in files}
    names = [name for name in read if rng.random() < share]
    for name in names:
        yield from one_sheet([(name, read[name][:MOST])], asked, answers, rng)
    for name in names:
        start = rng.randrange(max(1, len(read[name]) - 6))
        few = read[name][start : start + rng.randint(4, 9)]
        yield from one_sheet([(name, few)], asked, answers, rng, answers_most=0)
    rng.shuffle(names)
    for one, other in zip(names[: len(names) // 6], names[len(names) // 6 :], strict=False):
        halves = [(name, _half(read[name], rng)) for name in (one, other)]
        yield from one_sheet(halves, asked, answers, rng)


def passages_of(name: str, sources: Sources) -> tuple[Evidence, ...]:
    """The sentences of an article, in order."""
    hits = sources.search(name, limit=60, filters=Filters(documents=(name,))).hits
    return shown(sorted(hits, key=lambda hit: hit.start), most=500, words=10_000)


def _half(sentences: Sequence[Evidence], rng: random.Random) -> Sequence[Evidence]:
    least = rng.randint(14, 25)
    start = rng.randrange(max(1, len(sentences) - least))
    return sentences[start : start + least]


def one_sheet(
    parts: Sequence[tuple[str, Sequence[Evidence]]],
    asked: dict[str, list[Asked]],
    answers: dict[str, list[dict[str, Any]]],
    rng: random.Random,
    *,
    answers_most: int = _ANSWERS,
) -> Iterator[Example]:
    """A sheet of parts of articles, with the questions over them."""
    evidence = tuple(one for _, part in parts for one in part)[:MOST]
    held = [(Path(one.document).name, one.start, one.end) for one in evidence]
    told: list[Branch] = []
    pointed: dict[bool, list[Branch]] = {True: [], False: []}
    for name, _ in parts:
        for one in asked.get(name, []):
            if branch := _pointed(one, held):
                pointed[branch.reply != NONE].append(branch)
        for line in answers.get(name, []):
            told += _answer(line, held, rng)
    for some in (*pointed.values(), told):
        rng.shuffle(some)
    yes = _some(pointed[True], _POINTED * 2 // 3)
    no = _some(pointed[False], max(2, len(yes) * 2 // 3))
    branches = [*yes, *no, *told[:answers_most]]
    if len(branches) > 2:
        rng.shuffle(branches)
        before = Sheet(evidence).lettered + "\n\n"
        yield Example(prompts.HEAD, before, tuple(branches), "+".join(name for name, _ in parts))


def _some(branches: Sequence[Branch], most: int) -> list[Branch]:
    """So many of them, half of them such as follow another question."""
    after = [one for one in branches if one.request.startswith(_BEFORE)]
    alone = [one for one in branches if one not in after]
    half = max(most // 2, most - len(alone))
    return [*after[:half], *alone[: most - len(after[:half])]]


def _pointed(one: Asked, held: Sequence[Place]) -> Branch | None:
    """A question with the letters of what answers; none where only a part of that is there."""
    if one.answerable and not one.places:
        return None
    there = [
        letter
        for letter, place in zip(LETTERS, held, strict=False)
        if any(place[0] == name and a < place[2] and place[1] < b for name, a, b in one.places)
    ]
    if one.answerable and there and not all(_within(place, held) for place in one.places):
        return None
    reply = "".join(there) if one.answerable and there else NONE
    request = prompts.POINT.format(sheet="", asked=one.text).lstrip()
    return Branch(request, reply, letters=True)


def _answer(line: dict[str, Any], held: Sequence[Place], rng: random.Random) -> Iterator[Branch]:
    """The sentences of an answer that what is shown says, the first among them, as is wanted."""
    name, said = line["document"], line["answer"]
    stand = [one for one in said if all(_within((name, *place), held) for place in one["from"])]
    if stand[:1] != said[:1] or len(stand) < len(said) / 2:
        return
    wish = wish_for(understand(line["question"])) or Wish.FEW
    drawn = rng.random()
    for other, share in _OTHERWISE.items():
        wish, drawn = (other, 1.0) if drawn < share else (wish, drawn - share)
    most = {Wish.ONE: 1, Wish.SHORTER: 2}.get(wish, len(stand))
    texts = [one["text"] for one in stand[:most]]
    reply = "\n".join(f"- {t}" for t in texts) if wish is Wish.LISTED else " ".join(texts)
    request = prompts.REQUEST.format(sheet="", asked=asked_of(line["question"]), wish=wish.value[0])
    yield Branch(request.lstrip(), reply, text=True)


def searched_sheets(
    data: Path, leave_out: Collection[str], rng: random.Random, most: int
) -> Iterator[Example]:
    """What a search finds for questions over documents of the question sets, and an answer."""
    for sets in ("mtrag-un+clapnq", "selqa+squad"):
        answers = [line for line in lines(ANSWERS) if line["sets"] == sets]
        chosen = {
            line["question"]: line for line in lines(HERE / "open.jsonl") if line["sets"] == sets
        }
        asked = [line for line in answers if chosen.get(line["question"], {}).get("chosen")]
        if not data.exists():
            return
        with searched(sets, data) as sources:
            for line in rng.sample(asked, min(most, len(asked))):
                article = article_of(line, data, leave_out)
                if article:
                    yield from _searched(line, article, chosen[line["question"]], sources, rng)


def _searched(
    line: dict[str, Any],
    article: Article,
    chosen: dict[str, Any],
    sources: Sources,
    rng: random.Random,
) -> Iterator[Example]:
    query = replace(understand(line["question"]), intent=Intent.OPEN)
    hits = sources.search(query.standalone, limit=10, filters=Filters()).hits
    evidence = shown(hits, most=rng.randint(20, 40), words=600)
    held = [(Path(one.document).name, one.start, one.end) for one in evidence]
    places = tuple((name, a, b) for name, a, b, grade in chosen["chosen"] if grade == 2)
    branch = _pointed(Asked(line["question"], True, places), held)
    told = list(_answer(with_texts(line, article), held, rng))
    if branch and branch.reply != NONE:
        before = Sheet(evidence).lettered + "\n\n"
        yield Example(prompts.HEAD, before, (branch, *told), f"{line['sets']}/{line['document']}")


def questions(leave_out: Collection[str] = ()) -> dict[str, list[Asked]]:
    """The questions over articles of our own, by article, with the places of sentences."""
    found: dict[str, list[Asked]] = {}
    for file in ("near.jsonl", "short.jsonl", "follow.jsonl"):
        told: dict[str, str] = {}
        for line in lines(HERE / file) if (HERE / file).exists() else ():
            name = line["document"]
            if name[0] in leave_out:
                continue
            places = places_of(name, line["sentences"])
            before = line.get("after", "")
            after = (before, told.get(before, "")) if before else ()
            answers = line["answerable"]
            one = Asked(line["question"], answers, tuple(places), after)
            found.setdefault(name, []).append(one)
            said = " ".join(" ".join(line["sentences"]).split())
            told[line["question"]] = said if answers else ""
    for line in lines(HERE / "open.jsonl"):
        if line["sets"] == "articles" and line.get("chosen"):
            best = tuple((n, a, b) for n, a, b, grade in line["chosen"] if grade == 2)
            one = Asked(line["question"], True, best)
            found.setdefault(line["document"], []).append(one)
    return found


def places_of(name: str, sentences: Sequence[str]) -> list[Place]:
    """Where sentences of an article of `near/` stand."""
    marks = [_plain(sentence) for sentence in sentences]
    return [
        (name, start, end)
        for (start, end), text in read_article(HERE / "near" / name).sentences.items()
        if any(_plain(text) in mark or mark in _plain(text) for mark in marks)
    ]


def answers_of(data: Path, leave_out: Collection[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """The answers over articles of our own, by article."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines(ANSWERS):
        if line["sets"] in OWN and (article := article_of(line, data, leave_out)):
            found.setdefault(line["document"], []).append(with_texts(line, article))
    return found


def _within(place: Place, held: Sequence[Place]) -> bool:
    """Whether a sentence, or a part of it, is among those that are shown."""
    name, start, end = place
    return any(n == name and a < end and start < b for n, a, b in held)


def _plain(text: str) -> str:
    return " ".join(text.split()).strip('"“” ')
