"""The things that a question or an answer names: found, exchanged, counted.

Told by capitals, articles and prepositions, so that a thing is a name with what belongs to it: `the
ferry Hanna`, `the bridge over the Lund`. Knows nothing of who said what, and when.
"""

from __future__ import annotations

import re

from rag.models.embedder import bundled_embedder
from rag.query.topic import clean, topic_of
from rag.words import MONTHS, terms

_NAME = r"(?!I\b)(?-i:[A-Z0-9])[\w’'-]*"
_RUN = rf"{_NAME}(?: (?:(?:of|de|van|von|du|la|le) )?{_NAME})*"
_PREPOSITION = r"(?:of|over|in|at|for|on|to|from|with|by|after|before|since|during)"
_THING = re.compile(
    rf"(?:\b(?:the|an?) (?:[a-z-]+ ){{0,2}}?(?:[a-z-]+ {_PREPOSITION} (?:the )?)?)?\b{_RUN}", re.I
)
_COMMON = re.compile(r"\b(?:the|an?|his|her|its|their) [a-z-]+(?=\W*$|\s+\w+\W*$|\s+(?-i:[A-Z]))")
_LEADS = re.compile(rf"({_PREPOSITION})\s+(.+)", re.I)
_OF_TOPIC = re.compile(r"\b(?:about|on|of|with|for)\s+(?:the |an? )?$", re.I)
_ITEMS = re.compile(r"\s*,\s*(?:and |or )?|\s+(?:and|or)\s+")
_MARKED = re.compile(r"(?:\s*\[\d+\])+\s*")
_FIRST = re.compile(r"\W*\w*")
_DETERMINED = re.compile(r"(?:the|an?|his|her|its|their) ", re.I)
_ARTICLE = re.compile(r"(?:the|an?) ", re.I)
_NOUN = re.compile(r" ([a-z]{3,})\b(?: ([a-z]+))?")
_HELPS = re.compile(r"\b(?:do|does|did|can|could|will|would|should|may|might|must)\b", re.I)
_DONE = re.compile(r"(?:ed|ilt|ade|own|old|tten|ound)$")
_LONGEST = 6  # words of a thing


def things(text: str, *, first: bool = False) -> list[str]:
    """The things that a text names, each once; its first word is none, but on request.

    >>> things("When was the ferry Hanna built, and where is Lund?")
    ['the ferry Hanna', 'Lund']
    """
    start = 0 if first else _FIRST.match(text).end()  # type: ignore[union-attr]
    found = [_with_noun(match, text) for match in _THING.finditer(text, start)]
    named = [o for o in found if o.split()[:1] and o.split()[0].lower() not in MONTHS]
    named = [one for one in named if not one.isdigit()]
    return list(dict.fromkeys(one for one in named if terms(one)))


def _with_noun(thing: re.Match[str], text: str) -> str:
    """A thing with the noun behind its name, which is no verb: "the Lund bridge"."""
    plain = clean(thing[0])
    noun = _NOUN.match(text, thing.end())
    if noun is None or plain != thing[0] or not _ARTICLE.match(plain) or not terms(noun[1]):
        return re.sub(r"['’]s$", "", plain)
    verb_comes = terms(noun[2] or "") or not _HELPS.search(text[: thing.start()])
    return f"{plain} {noun[1]}" if verb_comes and not _DONE.search(noun[1]) else plain


def exchanged(question: str, other: str) -> str:
    """The question asked of something else; "" where it cannot be told what that stands for.

    >>> exchanged("How long is the Korvina?", "the Terne")
    'How long is the Terne?'
    >>> exchanged("Who ruled in Norway in 1905?", "in Sweden")
    'Who ruled in Sweden in 1905?'
    """
    other = clean(other)
    if not terms(other) or len(other.split()) > _LONGEST:
        return ""
    if leads := _LEADS.fullmatch(other):
        return _exchanged_after(question, leads[1], other)
    candidates = [one for one in things(question) if one in question]
    if not candidates and (topic := topic_of(question)) and question.count(topic) == 1:
        before, _, after = question.partition(topic)
        if _OF_TOPIC.search(before) and not terms(after):
            before = (
                re.sub(r"(?:the|an?)\s+$", "", before) if other[:4].lower() == "the " else before
            )
            return f"{before}{other}{after}"
    if not candidates and _DETERMINED.match(other):
        candidates = [match[0] for match in _COMMON.finditer(question)]
    if not candidates:
        return ""
    one = _nearest(other, candidates)
    return question.replace(one, other, 1) if one.lower() != other.lower() else ""


def listed(answer: str) -> list[str]:
    """The items that an answer lists, or what its claims are about, in order.

    >>> listed("Three ferries run there: the Sunna, the Korvina and the Torvo. [1]")
    ['the Sunna', 'the Korvina', 'the Torvo']
    """
    claims = claims_of(answer)
    for claim in claims:
        items = [clean(item) for item in _ITEMS.split(claim.rsplit(":", 1)[-1]) if clean(item)]
        if len(items) > 2 and all(len(item.split()) <= _LONGEST for item in items[1:-1]):
            words, last = items[1].split(), items[-1].split()
            begins = [i for i, w in enumerate(items[0].split()) if w.lower() == words[0].lower()]
            size = len(items[0].split()) - begins[-1] if begins else len(words)
            named = things(items[-1], first=True)
            end = named[0] if named else " ".join(last[: len(words)])
            return [" ".join(items[0].split()[-size:]), *items[1:-1], end]
    named = [next(iter(things(claim, first=True)), "") for claim in claims]
    return named if len(claims) > 1 and all(named) else []


def claims_of(answer: str) -> list[str]:
    """What an answer says, claim by claim, without its marks."""
    return [claim for piece in _MARKED.split(answer) if (claim := piece.strip())]


def _exchanged_after(question: str, preposition: str, other: str) -> str:
    """The question with what stands behind a preposition exchanged, or put at its end."""
    behind = rf"\b{preposition} (?:(?:the|an?) )?(?:{_RUN}|\d+)"
    found = list(re.finditer(behind, question, re.I))
    places = [m for m in found if m[0].split()[-1].isdigit() == other.split()[-1].isdigit()]
    if places:
        return f"{question[: places[-1].start()]}{other}{question[places[-1].end() :]}"
    return f"{question.rstrip(' ?.!')} {other}?"


def _nearest(text: str, candidates: list[str]) -> str:
    """The one that is nearest in meaning."""
    if len(candidates) == 1:
        return candidates[0]
    vectors = bundled_embedder().embed([text, *candidates])
    near: list[float] = (vectors[1:] @ vectors[0]).tolist()
    return candidates[near.index(max(near))]
