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

from rag.calibration.questions import MaskedQuestion, questions_of, small_words
from rag.documents import split_passages
from rag.evidence.features import Question, Weight
from rag.schema import Document, Hit, Span
from rag.words import MONTHS, STOP, stem, tokens

ARTICLES = 400  # most articles that are looked into
_PART = r"[A-Z][\w’'-]*\w"
_NAME = re.compile(rf"(?<=[\w,] ){_PART}(?: {_PART})*|\b{_PART}(?: {_PART})+")
_OWNS = ("’s", "'s")
_BEFORE = re.compile(r"([a-z]+) $")
_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
_MONTHS = frozenset(map(str.capitalize, MONTHS))
_FIGURE = re.compile(
    rf"(?<![\w.,])(?!{_YEAR.pattern})\d[\d,.]*(?: (?:thousand|million|billion))?\b"
    rf"(?! (?:{'|'.join(sorted(_MONTHS))}))"
)
_SAME = 0.6  # share of a question's weight in a passage that may answer it
_SAID = 0.9  # share of a changed question's weight in a passage that may bear it out


@dataclass(frozen=True, slots=True)
class Made:
    """A question made out of an article's sentence, and the article."""

    asked: MaskedQuestion
    document: str


def draw(
    ids: Sequence[str], document: Callable[[str], Document | None], *, longest: int, seed: int
) -> tuple[list[Made], Pool]:
    """Made questions in the order in which they are to be asked, and what to change them with.

    Every article in turn gives one, so that the first of them come from all over the folder.
    """
    chance = random.Random(seed)
    drawn = sorted(ids)
    chance.shuffle(drawn)
    found = [d for d in map(document, drawn[:ARTICLES]) if d is not None]
    small = {word for each in found for word in small_words(each.text)}
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
class SampleName:
    """A name as it stands in an article, with the word before it, which tells its kind a little."""

    text: str
    before: str
    document: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Names, years and figures of the articles, to put in the place of others."""

    names: tuple[SampleName, ...]
    years: tuple[str, ...]
    figures: tuple[str, ...]

    @staticmethod
    def of(documents: Sequence[Document]) -> Pool:
        names: dict[SampleName, None] = {}
        years: dict[str, None] = {}
        figures: dict[str, None] = {}
        for each in documents:
            names |= dict.fromkeys(name for _, name in _names(each.text, each.id))
            years |= dict.fromkeys(_YEAR.findall(each.text))
            figures |= dict.fromkeys(_FIGURE.findall(each.text))
        return Pool(tuple(names), tuple(years), tuple(figures))

    def change(self, made: Made, chance: random.Random) -> str | None:
        """The question with a name, year or figure of elsewhere; `None` where it has none."""
        text = made.asked.text
        said = set(tokens(f"{text} {made.asked.answer}"))
        spots: list[tuple[Span, list[str]]] = []
        for pattern, others in ((_YEAR, self.years), (_FIGURE, self.figures)):
            for match in pattern.finditer(text):
                spots.append((Span(*match.span()), _unsaid(others, said)))
        for span, name in _names(text, made.document):
            spots.append((span, _like(name, self.names, said)))
        spots = [(span, fitting) for span, fitting in spots if fitting]
        if not spots:
            return None
        span, fitting = chance.choice(spots)
        return f"{text[: span.start]}{chance.choice(fitting)}{text[span.end :]}"


def _like(name: SampleName, names: Sequence[SampleName], said: set[str]) -> list[str]:
    """Names to put in the place of one: of its article and kind, as far as there are such."""
    length = len(name.text.split())
    owns = name.text.endswith(_OWNS)
    tiers: tuple[Callable[[SampleName], bool], ...] = (
        lambda n: n.document == name.document and n.before == name.before,
        lambda n: n.before == name.before and len(n.text.split()) == length,
        lambda n: len(n.text.split()) == length,
    )
    for fits in tiers:
        alike = [n.text for n in names if fits(n) and n.text.endswith(_OWNS) == owns]
        if found := _unsaid(alike, said):
            return found
    return []


def _unsaid(texts: Sequence[str], said: set[str]) -> list[str]:
    """Those that share no word with what is said."""
    return [text for text in texts if said.isdisjoint(tokens(text))]


def _names(text: str, document: str) -> Iterator[tuple[Span, SampleName]]:
    """The names of a text, each with its place."""
    for match in _NAME.finditer(text):
        words = match[0].split()
        if words[0].lower() in STOP or not _MONTHS.isdisjoint(words):
            continue
        before = _BEFORE.search(text, max(0, match.start() - 30), match.start())
        yield Span(*match.span()), SampleName(match[0], before[1] if before else "", document)


def answers(hit: Hit, made: Made, weight: Weight) -> bool:
    """Whether a passage may answer a made question: it holds much of the question and answer."""
    held = _stems(f"{hit.title} {hit.text}")
    asked = (made.asked.text, made.asked.answer)
    return all(Question(text, weight).coverage(held) >= _SAME for text in asked)


def says(hit: Hit, question: str, weight: Weight) -> bool:
    """Whether a sentence of a passage may bear out a changed question."""
    sentences = (hit.text[s.start - hit.start : s.end - hit.start] for s in hit.sentences)
    asked = Question(question, weight)
    return any(asked.coverage(_stems(text)) >= _SAID for text in sentences)


def _stems(text: str) -> set[str]:
    return {stem(word) for word in tokens(text)}
