"""A sentence that opens with its subject and a verb, taken apart by rules.

Owns what a main clause is. Most sentences are let go, so that those taken are read rightly.
Knows nothing of questions.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rag.calibration.verbs import AUXILIARIES, base_of
from rag.words import MONTHS, STOP

_MONTH = f"(?:{'|'.join(map(str.capitalize, MONTHS))})"
_YEAR = r"(?:1\d{3}|20\d{2})"
_DATE = (
    rf"(?:(?:early |late |mid-)?(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}}(?!\d))?(?:,? {_YEAR})?"
    rf"|{_YEAR})"
)
TIME = re.compile(
    rf"\b(?:in|on|since|by|during) (?:the (?:year|summer|autumn|spring|winter) (?:of )?)?{_DATE}"
    r"(?![\w%,-]*\d)(?!s\b)(?! \w+s\b)"
)
_REASON = re.compile(r",? because (?!of\b)(?P<why>.+)$")
_ENDS = re.compile(
    r"[,;:](?= )|[()\[\]“”\"–—]| - | (?:which|who|whose|that|because|while|whereas|but|as|so|when"
    r"|where|if|though|although|after|before|until|including|such"
    r"|(?:and|or) (?:it|he|she|they|the|was|were|is|are|has|had|then|also|later|will|not|its)) "
)
_OPENERS = re.compile(
    r"^(?:However|Moreover|Also|Still|Later|Then|Now|Today|Indeed|Instead|Overall|Finally|"
    r"Eventually|Originally|Initially|Meanwhile|In addition|For example), "
)
_NO_SUBJECT = frozenset(
    """
    it he she they we i you this that these those there here if when while although because as but
    and or so one some both each to in on at by for from with of many most several other another
    its his her their our my your not no nor how what who why where which even after before during
    since under despite like unlike than such all any every either neither according only nothing
    nobody everyone everything hence thus whereas initially few much
    more less two three four five six seven eight nine ten
    """.split()
)
_NEVER_INSIDE = frozenset(
    "that which who whose to and or say says said do does than as not if".split()
)
_ADVERBS = frozenset(
    "also now then still soon later often never already only even first again once just always ever"
    " both all thus hence instead themselves itself himself herself".split()
)
PREPOSITIONS = frozenset(
    "in on at by for from with to into over under about through against between among of during"
    " within without".split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A main clause: who, the verb as it stands, its base where it is a past form, and the rest.

    `time` is a date that stood before the subject, `why` what followed a "because", `more` all
    that followed the verb; `named` says whether the subject is a name.
    """

    subject: str
    verb: str
    base: str | None
    rest: str
    more: str
    time: str
    why: str
    named: bool

    @property
    def did(self) -> str:
        """Verb and subject as a question has them: "did Rollo take", "was Rouen"."""
        return f"did {self.subject} {self.base}" if self.base else f"{self.verb} {self.subject}"


def clause_of(sentence: str, small: Collection[str]) -> Clause | None:
    """The main clause, or `None` where the rules do not read the sentence.

    Args:
        sentence: A whole sentence.
        small: Words that the articles have in small letters.

    >>> clause = clause_of("In 1012 Rollo of Norway took Rouen, a town.", {"take"})
    >>> clause.time, clause.did, clause.rest
    ('In 1012', 'did Rollo of Norway take', 'Rouen')
    """
    text = _OPENERS.sub("", sentence.strip().rstrip(".")).strip()
    if not text or len(text) > 400 or re.search(r"[\"“”?!|]", text):
        return None
    time = ""
    if opened := TIME.match(text[0].lower() + text[1:]):
        time = text[: opened.end()]
        text = text[opened.end() :].lstrip(", ")
    words = text.split()
    place = _verb(words, small)
    if place is None:
        return None
    verb, more = words[place], " ".join(words[place + 1 :])
    subject = words[:place]
    while len(subject) > 1 and (subject[-1] in _ADVERBS or subject[-1].endswith("ly")):
        subject.pop()
    subject = _opened(subject, small)
    reason = _REASON.search(more)
    return Clause(
        subject=" ".join(subject),
        verb=verb,
        base=None if verb in AUXILIARIES else base_of(verb, small),
        rest=_shortened(_first_part(more, small)),
        more=more,
        time=time,
        why=reason["why"] if reason else "",
        named=any(word[:1].isupper() for word in subject),
    )


def _verb(words: list[str], small: Collection[str]) -> int | None:
    """Where the verb of the main clause stands, if the sentence opens with its subject."""
    if not words or words[0].lower().strip(",.") in _NO_SUBJECT or not words[0][0].isupper():
        return None
    for place in range(1, min(8, len(words) - 1)):
        before, word = words[place - 1], words[place]
        if not (before[-1] + before[0] + word[0]).isalnum() or word.lower() in _NEVER_INSIDE:
            return None
        if before.lower() in PREPOSITIONS | {"the", "a", "an"}:
            continue
        if word in AUXILIARIES:
            return place
        if word.isalpha() and word.islower() and base_of(word, small):
            return None if words[place + 1] in ("by", "to") else place
    return None


def _opened(words: list[str], small: Collection[str]) -> list[str]:
    """The subject as it is written in the midst of a sentence."""
    first = words[0].lower()
    alone = len(words) == 1 or not words[1][:1].isupper()
    if words[0].istitle() and (first in STOP or (alone and first in small)):
        return [first, *words[1:]]
    return words


def _first_part(rest: str, small: Collection[str]) -> str:
    """What belongs to the verb: up to a comma, a further clause, or a second verb."""
    cut = _ENDS.search(f"{rest} ", 5 if rest.startswith("that ") else 0)
    words = (rest[: cut.start()] if cut else rest).split()
    for place, word in enumerate(words[:-1]):
        after = words[place + 1]
        second = base_of(after, small) or after in AUXILIARIES or after.endswith("ing")
        if word in ("and", "or") and second:
            return " ".join(words[:place])
    return " ".join(words)


def _shortened(rest: str, most: int = 12) -> str:
    """The rest of a clause, ended before a preposition where it is long; empty without one."""
    words = rest.split()
    while len(words) > most:
        ends = [i for i, w in enumerate(words) if w in PREPOSITIONS and 3 <= i < len(words) - 1]
        if not ends:
            return ""
        words = words[: ends[-1]]
    while words and words[-1].lower() in STOP:
        words.pop()
    return " ".join(words)
