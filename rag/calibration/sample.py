"""Which questions are asked: a sample over all articles, and each of them changed or robbed.

Owns the draw and the two ways to make a question that the articles do not answer. The same seed
and articles give the same questions. Knows nothing of searching.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rag.calibration.questions import Asked, questions_of
from rag.documents import split_passages
from rag.schema import Document, Hit
from rag.words import STOP, stem, tokens

ARTICLES = 400  # most articles that are looked into
_SMALL = re.compile(r"\b[a-z]+\b")
_NAME = re.compile(r"(?<=[\w,] )(?:[A-Z][\w’'-]*\w)(?: [A-Z][\w’'-]*\w)*")
_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
_FIGURE = re.compile(r"(?<![\w.,])\d[\d,.]*(?: (?:thousand|million|billion))?\b")
_MONTHS = frozenset(
    "January February March April May June July August September October November December".split()
)
_SAME = 0.6  # share of a question's weight in a passage that may answer it
_SAID = 0.9  # share of a changed question's weight in a passage that may bear it out

Weight = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Made:
    """A question made out of an article's sentence, and the article."""

    asked: Asked
    document: str


def draw(
    ids: Sequence[str], document: Callable[[str], Document | None], *, longest: int, seed: int
) -> tuple[list[Made], Pool]:
    """Made questions in the order in which they are to be asked, and what to change them with.

    Every article in turn gives one, so that the first of them come from all over the folder.

    Args:
        ids: Of all articles.
        document: The article of an id.
        longest: The passage limit that the library was made with.
        seed: Of the draw.
    """
    chance = random.Random(seed)
    drawn = sorted(ids)
    chance.shuffle(drawn)
    found = [d for d in map(document, drawn[:ARTICLES]) if d is not None]
    small = {word for each in found for word in _SMALL.findall(each.text)}
    by_article = [_of_article(each, small, longest, chance) for each in found]
    firsts = _in_turn([questions[0] for questions in article] for article in by_article)
    others = _in_turn([q for questions in article for q in questions[1:]] for article in by_article)
    return [*firsts, *others], Pool.of(found)


def _of_article(
    document: Document, small: Collection[str], longest: int, chance: random.Random
) -> list[list[Made]]:
    """For each sentence that can be asked about, its questions in a drawn order."""
    found = []
    for passage in split_passages(document, longest=longest):
        if passage.boilerplate:
            continue
        for span in passage.sentences:
            asked = list(questions_of(document.text[span.start : span.end], small))
            chance.shuffle(asked)
            if asked:
                found.append([Made(each, document.id) for each in asked])
    chance.shuffle(found)
    return found


def _in_turn(lists: Iterable[list[Made]]) -> Iterator[Made]:
    for row in zip_longest(*lists):
        yield from (made for made in row if made is not None)


@dataclass(frozen=True, slots=True)
class Pool:
    """Names, years and figures of the articles, to put in the place of others."""

    names: tuple[tuple[str, str], ...]
    years: tuple[str, ...]
    figures: tuple[str, ...]

    @staticmethod
    def of(documents: Sequence[Document]) -> Pool:
        names: dict[tuple[str, str], None] = {}
        years: dict[str, None] = {}
        figures: dict[str, None] = {}
        for each in documents:
            found = _NAME.findall(each.text)
            names |= dict.fromkeys((n, each.id) for n in found if _MONTHS.isdisjoint(n.split()))
            years |= dict.fromkeys(_YEAR.findall(each.text))
            figures |= dict.fromkeys(f for f in _FIGURE.findall(each.text) if not _YEAR.match(f))
        return Pool(tuple(names), tuple(years), tuple(figures))

    def change(self, made: Made, chance: random.Random) -> str | None:
        """The question with a name, year or figure of elsewhere; `None` where it has none."""
        text = made.asked.text
        said = set(tokens(f"{text} {made.asked.answer}"))
        spots = [
            (match, fitting)
            for pattern, others in ((_YEAR, self.years), (_FIGURE, self.figures))
            for match in pattern.finditer(text)
            if (fitting := [o for o in others if said.isdisjoint(tokens(o))])
        ]
        for match in _NAME.finditer(text):
            length = len(match[0].split())
            fitting = [
                name
                for name, document in self.names
                if len(name.split()) == length
                and name.isupper() == match[0].isupper()
                and said.isdisjoint(tokens(name))
            ]
            if fitting and _MONTHS.isdisjoint(match[0].split()):
                spots.append((match, fitting))
        if not spots:
            return None
        match, fitting = chance.choice(spots)
        return f"{text[: match.start()]}{chance.choice(fitting)}{text[match.end() :]}"


def answers(hit: Hit, made: Made, weight: Weight) -> bool:
    """Whether a passage may answer a made question: it holds much of the question and answer."""
    held = _held(hit)
    return all(_share(text, held, weight) >= _SAME for text in (made.asked.text, made.asked.answer))


def says(hit: Hit, question: str, weight: Weight) -> bool:
    """Whether a passage may bear out a changed question."""
    return _share(question, _held(hit), weight) >= _SAID


def _held(hit: Hit) -> set[str]:
    return {stem(word) for word in tokens(f"{hit.title} {hit.text}")}


def _share(text: str, held: Collection[str], weight: Weight) -> float:
    weights = {s: weight(s) for s in (stem(w) for w in tokens(text) if w not in STOP)}
    total = sum(weights.values())
    return sum(w for s, w in weights.items() if s in held) / total if total else 0.0
