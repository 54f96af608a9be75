"""Questions made out of the articles' own sentences, by rules, the same ones every time.

"Rollo took Rouen in 1012." is asked as who took Rouen, when Rollo took it, what he took. Knows
nothing of searching or answering.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rag.calibration.clauses import PREPOSITIONS, TIME, Clause, clause_of
from rag.words import STOP, tokens

_MORE_OR_LESS = (
    r"(?:(?:about|around|at least|more than|nearly|almost|only|some|up to|over|roughly|fewer than"
    r"|less than|as many as|an estimated) )?"
)
_COUNTED = re.compile(
    rf"(?P<answer>{_MORE_OR_LESS}(?:\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|twenty|thirty|forty|fifty|sixty)(?: (?:hundred|thousand|million|billion))?)"
    r" (?P<what>(?:[a-z][\w-]* ){0,2}?[a-z]+s)\b(?P<rest>.*)$"
)
_MONEY = re.compile(
    rf"(?P<answer>{_MORE_OR_LESS}(?:US)?[$€£¥]\d[\d,.]*(?: (?:thousand|million|billion|trillion"
    r"|bn|m))?)(?P<rest>.*)$"
)
_PLACE = re.compile(r" (?:in|at|near) (?:the )?(?:[A-Z][\w’'-]+)(?: (?:of |de )?[A-Z][\w’'-]+)*$")
_PERSONS = frozenset(
    "mr mrs ms dr sir king queen president prince princess general professor pope saint st".split()
)
_OWNING = {"has": "does", "have": "do", "had": "did"}
_BEING = frozenset(("is", "was", "are", "were"))
_SAYING = frozenset(
    """
    say tell write report argue complain warn announce claim add note state explain reply suggest
    believe think predict estimate find show reveal confirm agree propose object worry hope
    """.split()
)
_SMALL = re.compile(r"\b[a-z]+\b")
_LEAST, _MOST = 2, 14  # words of a question, common ones not counted


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what its sentence answers, and what it asks for (when, who, how many …)."""

    text: str
    answer: str
    kind: str


def small_words(text: str) -> set[str]:
    """The words that a text has in small letters, as `questions_of` takes them."""
    return set(_SMALL.findall(text))


def questions_of(sentence: str, small: Collection[str]) -> Iterator[Asked]:
    """The questions that a sentence answers.

    Args:
        sentence: A whole sentence.
        small: Words that the articles have in small letters.

    >>> for asked in questions_of("Rollo of Norway took Rouen in 1012.", {"take"}):
    ...     print(asked.text, "|", asked.answer)
    When did Rollo of Norway take Rouen? | in 1012
    Who took Rouen in 1012? | Rollo of Norway
    What did Rollo of Norway take in 1012? | Rouen
    """
    clause = clause_of(sentence, small)
    if clause is None:
        return
    makers = (_when, _why, _how_many, _where, _who, _what)
    for asked in (asked for maker in makers if (asked := maker(clause))):
        text = " ".join(asked.text.split()).replace(" ?", "?")
        words = [word for word in tokens(text) if word not in STOP]
        answer = asked.answer.strip(" ,")
        if _LEAST <= len(words) <= _MOST and any(word not in STOP for word in tokens(answer)):
            yield Asked(text[0].upper() + text[1:], answer, asked.kind)


def _when(clause: Clause) -> Asked | None:
    timed = TIME.search(clause.rest)
    rest = _without(clause.rest, timed)
    answer = timed[0] if timed else clause.time
    if not answer or (len(rest.split()) < 2 and not (clause.base and rest)):
        return None
    return Asked(f"when {clause.did} {rest}?", answer, "when")


def _why(clause: Clause) -> Asked | None:
    return Asked(f"why {clause.did} {clause.rest}?", clause.why, "why") if clause.why else None


def _how_many(clause: Clause) -> Asked | None:
    if clause.base:
        doing = clause.did
    elif clause.verb in _OWNING:
        doing = f"{_OWNING[clause.verb]} {clause.subject} have"
    else:
        return None
    if match := _COUNTED.match(clause.rest):
        asks = f"how many {match['what']} {doing}{match['rest']}?"
        return Asked(asks, match["answer"], "how many")
    if match := _MONEY.match(clause.rest):
        return Asked(f"how much {doing}{match['rest']}?", match["answer"], "how much")
    return None


def _where(clause: Clause) -> Asked | None:
    match = _PLACE.search(clause.rest)
    rest = clause.rest[: match.start()] if match else ""
    if match is None or TIME.search(match[0]) or not rest:
        return None
    return Asked(f"where {clause.did} {rest}?", match[0], "where")


def _who(clause: Clause) -> Asked | None:
    """Who did it, or who or what somebody is."""
    if not clause.named:
        return None
    if clause.verb in _BEING and re.match(r"(?:an?|the|one of) ", clause.rest):
        return Asked(f"{_pronoun(clause)} {clause.verb} {clause.subject}?", clause.rest, "what is")
    told = _without(clause.rest, TIME.search(clause.rest)).split()
    if sum(word.lower() not in STOP for word in told) < (1 if clause.base else 2):
        return None
    return Asked(f"{_pronoun(clause)} {clause.verb} {clause.rest}?", clause.subject, "who")


def _what(clause: Clause) -> Asked | None:
    """What somebody did or said at a time."""
    timed = TIME.search(clause.rest)
    time = timed[0] if timed else f"{clause.time[:1].lower()}{clause.time[1:]}"
    if not (time and clause.base and clause.named):
        return None
    said = clause.base in _SAYING
    answer = clause.more.replace(time, "") if said else _without(clause.rest, timed)
    if not answer or answer.split()[0] in PREPOSITIONS:
        return None
    return Asked(f"what {clause.did} {time}?", answer, "what")


def _pronoun(clause: Clause) -> str:
    """Who or what, by the look of the name and by whether it does something."""
    words = clause.subject.split()
    if words[0].strip(".").lower() in _PERSONS:
        return "who"
    named = words[0][0].isupper() and all(word[0].isalpha() for word in words)
    plain = named and not any(c.isdigit() for c in clause.subject)
    full = 2 <= len(words) <= 3 and all(w.isalpha() and w.istitle() for w in words)
    return "who" if plain and (clause.base or full) else "what"


def _without(text: str, match: re.Match[str] | None) -> str:
    return f"{text[: match.start()]}{text[match.end() :]}".strip() if match else text
