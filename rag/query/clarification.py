"""Questions too vague to answer, and the short question back with choices from the articles.

A question is too vague where it speaks of something that neither it nor the turns before it name
("How much was it?", "What services does the clinic provide?"), and several articles could be
meant. Owns how that is told and what the choices say. Knows nothing of evidence and confidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.query.query import Intent, Query
from rag.schema import Hit
from rag.words import STOP, terms, tokens

MOST = 4
_CLEAR = (Intent.LIBRARY, Intent.TALK, Intent.REWORK, Intent.WHOLE)
_BARE = 2  # words of its own with which a question may still hang on a pronoun
_SUBJECT_WORDS = 6
_TITLE_WORDS = 4
_LONGEST_TITLE = 80
_SAYS_MORE = re.compile(
    r"^\s*(?:please )?(?:tell me|say|explain|go on|continue)\b.*\bmore\W*$", re.I
)
_PRONOUN = re.compile(
    r"\b(?:(?:it|they|them|he|him|she)(?=(?:\s+\w+){0,2}\W*$)|(?:this|that|these|those)\b(?=\W*$))",
    re.I,
)
_NAMED = re.compile(r"\S\s+[\"'“‘(]*[^\W_]*[A-Z0-9]|[“”\"]")
_KINDS = """
    actor actress airline airport album animal artist athlete author band bank book bridge building
    burger card chain character chip clinic club college company department device director drug
    film firm game group hospital manufacturer match mission movie museum novel organisation
    organization painter phone plan plant player politician product program programme restaurant
    school series service show singer software song species startup store team town treaty tribe
    university vaccine village writer
""".split()
_WORD = re.compile(r"[^\W\d_]+")
_ONE = r"(?:first|second|third|last|next|only|main|same|other|most|\w+est)\b"  # tells which
# What follows must begin something new: "the movie was", not "the movie fried green tomatoes".
_THING = re.compile(
    rf"\b(?:this|that|these|those|the)\s+(?P<more>(?:(?!{_ONE}|(?:of|in|to|for|and)\b)[a-z-]+\s+)"
    rf"{{0,3}}?)(?P<kind>{'|'.join(_KINDS)})"
    r"(?=['’]s\b|\W*$|\s+[a-z]+\W*$|\s+(?:is|are|was|were|be|do|does|did|have|has|had|can|could|will"
    r"|would|should|and|or|receive|received|establish|provide|offer|make|made|get|become|play)\b)"
)


def clarification(
    query: Query, history: Sequence[tuple[str, str]], hits: Sequence[Hit]
) -> tuple[str, tuple[str, ...]]:
    """A question back and complete questions to choose from; both empty where this one is clear.

    Args:
        query: The question; it is told by the text as it was asked.
        history: Earlier turns, oldest first, as (role, text).
        hits: What was found for it, best first.
    """
    question = query.text
    vague = None if query.intent in _CLEAR else _vague(question, history)
    if vague is None or _names_in_small(question, hits):
        return "", ()
    if vague.kind:
        (kind,) = terms(vague.kind)
        hits = [hit for hit in hits if kind in terms(f"{hit.title} {hit.text}")]
    titles = list(dict.fromkeys(hit.title for hit in hits if hit.title.strip()))
    choices = tuple(dict.fromkeys(_complete(question, vague, title) for title in titles[:MOST]))
    return (vague.asks, choices) if len(choices) > 1 else ("", ())


def _names_in_small(question: str, hits: Sequence[Hit]) -> bool:
    """Whether a question has a word that the passages write with a capital alone: "orla clinic"."""
    written = [m[0] for hit in hits for m in _WORD.finditer(f"{hit.title} {hit.text}")]
    names = {tokens(word)[0] for word in written if word[:1].isupper() and tokens(word)}
    small = {tokens(word)[0] for word in written if word[:1].islower() and tokens(word)}
    return not (names - small - STOP).isdisjoint(tokens(question))


@dataclass(frozen=True, slots=True)
class _Vague:
    """What a question leaves open: the words for it and where they stand."""

    asks: str
    start: int
    end: int
    kind: str = ""


def _vague(question: str, history: Sequence[tuple[str, str]]) -> _Vague | None:
    said = " ".join(text for _, text in history)
    thing = _THING.search(question)
    if _NAMED.search(question[: thing.end() + 1] if thing else question) or "“" in question:
        return None
    if thing and (question[:1].isupper() or not thing["more"]):  # else a name may be in lower case
        kind = thing["kind"]
        if set(terms(kind)) & set(terms(said)):
            return None
        end = thing.end("kind")
        return _Vague(f"Which {kind} do you mean? Several articles fit.", thing.start(), end, kind)
    if said.strip() or len(terms(question)) > _BARE:
        return None
    if pronoun := _PRONOUN.search(question):
        asks = f"What do you mean by “{pronoun[0].lower()}”? Several articles fit."
        return _Vague(asks, pronoun.start(), pronoun.end())
    if _SAYS_MORE.search(question):
        end = len(question.rstrip(" .?!"))
        return _Vague("What do you want to know more about?", end, end)
    return None


def _complete(question: str, vague: _Vague, title: str) -> str:
    """The question with what it leaves open put in from an article's title.

    >>> _complete("How much was it?", _Vague("", 13, 15), "The H20: a slow chip")
    'How much was the H20?'
    >>> _complete("How much was it?", _Vague("", 13, 15), "Sales of chips fell by half in May")
    'How much was it, in “Sales of chips fell by half in May”?'
    """
    title = " ".join(title.split())
    subject = title.split(": ")[0]
    longest = _TITLE_WORDS if subject == title else _SUBJECT_WORDS
    if len(subject.split()) > longest:
        short = title if len(title) <= _LONGEST_TITLE else f"{title[:_LONGEST_TITLE].rstrip()} …"
        return f"{question.rstrip(' .?!')}, in “{short}”?"
    before, after = question[: vague.start], question[vague.end :]
    if vague.start == vague.end:
        return f"{before} about {subject}"
    subject = re.sub(r"^(The|An?)\b", lambda m: m[0].lower(), subject) if before else subject
    return f"{before}{subject}{after}"
