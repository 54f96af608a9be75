"""A part of an article that is asked for by its number: a section, a rule, a clause, an annex.

Looked up among the labels that lines begin with, since a reader takes one number for another. A
part goes on to the next label that is not below its own: one that looks like its own, or like one
that the article has used before that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.documents.sentences import split_sentences
from rag.evidence.catalogue import Told, quoted
from rag.query import Query
from rag.schema import Document, Hit, Span
from rag.words import terms

_WORDS = 130  # of a part that is told
_KIND = (
    r"§§?|sections?|sec|clauses?|rules?|articles?|art|paragraphs?|para|chapters?|annex(?:es)?"
    r"|appendix|schedules?|points?|steps?|items?|parts?"
)
_NUMBER = r"\d+(?:\.\d+)*|[IVXLC]+|[A-Z]"
_ASKED = re.compile(rf"(?<!\w)(?i:({_KIND}))\.?\s*\(?({_NUMBER})\)?(?![\w.]*\w)")
_LABEL = re.compile(
    rf"^[ \t•]*(?:(?i:({_KIND}))\.?[ \t]*({_NUMBER})|(\()?(\d+(?:\.\d+)*))(\)|[.:](?=\s)|(?=\s|$))",
    re.M,
)
_WHICH = re.compile(rf"\b(?:which|what) ({_KIND})\b(?! *{_NUMBER}\b)", re.I)
_BEHIND = frozenset({"ann", "app", "sch"})  # what stands behind all other parts
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


@dataclass(frozen=True, slots=True)
class _Part:
    """A label, and the characters from it to the next one that is not below it."""

    kind: str
    number: str
    span: Span


def part_named(
    query: Query, hits: Sequence[Hit], document: Callable[[str], Document | None]
) -> list[Told]:
    """The sentences of the part that a question names; none where it asks for something else."""
    asked = [(_kind(found[1]), _number(found[2])) for found in _ASKED.finditer(query.standalone)]
    which = _WHICH.search(query.standalone)
    for id_ in dict.fromkeys(hit.document for hit in hits) if asked or which else ():
        whole = document(id_)
        if whole is None:
            continue
        if which and (label := _label_of(query.standalone, which[1], whole)):
            one = quoted(whole, label)
            return [Told(one.quote, (one,))]
        part = (
            None if not asked or _asks_more(query.standalone, whole) else _found(asked, whole.text)
        )
        if part is not None:
            return list(_told(whole, part))
    return []


def _label_of(question: str, kind: str, whole: Document) -> Span | None:
    """The line that a part of a kind begins with, if it alone names what is asked about."""
    asked = set(terms(question)) - set(terms(f"{whole.title} {whole.id} {kind}"))
    held: dict[Span, int] = {}
    for found in _LABEL.finditer(whole.text):
        if found[1] and (_kind(found[1]) == _kind(kind) or found[1][0] == "§"):
            end = whole.text.find("\n", found.end())
            line = Span(found.start(), end if end >= 0 else len(whole.text))
            held[line] = len(asked & set(terms(whole.text[line.start : line.end])))
    best = max(held.values(), default=0)
    fit = [line for line, count in held.items() if count == best]
    known = len(asked - set(terms(whole.text))) <= 1  # but for a verb such as "deals with"
    return fit[0] if best and known and len(fit) == 1 else None


def _asks_more(question: str, whole: Document) -> bool:
    """Whether more is asked than what a part says: two words that the title has not."""
    rest = set(terms(_ASKED.sub(" ", question))) - set(terms(f"{whole.title} {whole.id}"))
    return len(rest) > 1


def _found(asked: Sequence[tuple[str, str]], text: str) -> Span | None:
    """The part that is asked for, within the others that are named; the widest stands last."""
    within = Span(0, len(text))
    parts = list(_parts(text))
    for kind, number in reversed(asked):
        fit = [
            part
            for part in parts
            if part.number == number and within.start <= part.span.start < within.end
        ]
        fit = [part for part in fit if part.kind == kind] or [p for p in fit if not p.kind]
        if len(fit) != 1:
            return None
        within = Span(fit[0].span.start, min(fit[0].span.end, within.end))
    return within


def _parts(text: str) -> Iterator[_Part]:
    """The numbered parts of a text, each to the next label that stands as high or higher."""
    labels = list(_LABEL.finditer(text))
    ranks: dict[tuple[str, int, str], tuple[int, int]] = {}
    looks = []
    for found in labels:
        kind, named, opens, figure, closes = found.groups()
        look = _kind(kind or ""), (named or figure).count("."), f"{opens or ''}{closes}"
        looks.append(look)
        ranks.setdefault(look, (0 if look[0] in _BEHIND else 1 if kind else 2, len(ranks)))
    for place, (found, look) in enumerate(zip(labels, looks, strict=True)):
        after = zip(labels[place + 1 :], looks[place + 1 :], strict=True)
        ends = (label.start() for label, other in after if ranks[other] <= ranks[look])
        yield _Part(
            look[0], _number(found[2] or found[4]), Span(found.start(), next(ends, len(text)))
        )


def _told(whole: Document, part: Span) -> Iterator[Told]:
    left = _WORDS
    for sentence in split_sentences(whole.text[part.start : part.end], whole.language):
        start, end = (part.start + at for at in sentence.span)
        one = quoted(whole, Span(start, end))
        left -= len(one.quote.split())
        if left < 0:
            return
        yield Told(one.quote, (one,))


def _kind(word: str) -> str:
    """A word for a part in one spelling.

    >>> _kind("Sec"), _kind("§"), _kind("annexes")
    ('sec', '§', 'ann')
    """
    return word.lower()[:3]


def _number(number: str) -> str:
    """A number in one spelling: Roman ones in figures.

    >>> _number("IV"), _number("2.1"), _number("B")
    ('4', '2.1', 'B')
    """
    if number == "C" or not all(letter in _ROMAN for letter in number):
        return number
    values = [_ROMAN[letter] for letter in number]
    less = zip(values, [*values[1:], 0], strict=True)
    return str(sum(-one if one < after else one for one, after in less))
