"""The thing that a question asks for by its name, and what it asks the day of.

"How many beds" asks for beds, "the address of the landlord" for an address, "When was it launched?"
for the day of a launch. Whether a column or a field of another name tells it, a judge says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.models.judge import Judge
from rag.words import STOP, WHETHER, tokens

_SAME_DEED = 0.25  # chance that what was built in a year was launched in it, from which it may be
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[,;:.?!]")
_ENDS = STOP.union(",;:.?!", ("like",)) - {"other"}
_BEING = frozenset("is are was were".split())
_OWNER = re.compile(r"(?:['’]s|s['’])$")
_WHEN = re.compile(r"^(?:when|in (?:what|which) year) (?:is|are|was|were) ", re.I)
_OF_DAYS = frozenset("date day year time when on in at".split())


def thing_asked(question: str) -> tuple[str, bool]:
    """What a question asks for by its name, and whether it is counted; ("", False) for nothing.

    >>> thing_asked("How many beds does the cottage have?"), thing_asked("Who is Ida's father?")
    (('beds', True), ('father', False))
    >>> thing_asked("What is the e-mail address of the landlord?"), thing_asked("When was it sold?")
    (('e-mail address', False), ('', False))
    """
    spelt = _WORD.findall(question)
    low = [word.lower() for word in spelt]
    asks = next((i for i, word in enumerate(low) if word in ("what", "which", "who", "how")), None)
    if asks is None:
        return "", False
    much = low[asks] == "how"
    if much and low[asks + 1 : asks + 2] not in (["many"], ["much"]):
        return "", False
    first = asks + 1 + much
    counted = low[first - 1] == "many"
    last = _end(low, first)
    if last > first and low[asks] != "who":
        whole = last < len(low) and low[last] in WHETHER  # else the verb stands among them
        return _thing(spelt[first : last if whole else first + 1]), counted
    owner = next((i for i, word in enumerate(low) if i > first and _OWNER.search(word)), None)
    if not low[first:] or low[first] not in _BEING:
        return "", False
    if owner is None and low[first + 1 : first + 2] != ["the"]:
        return "", False
    first = first + 2 if owner is None else owner + 1
    return _thing(spelt[first : _end(low, first)]), False


def is_same_deed(question: str, label: str, judge: Judge) -> bool:
    """Whether a question for a day or a year is told by the column of a label, says a judge.

    A word such as "launched" is compared with one such as "built"; "sunk" is another deed.
    """
    asked = [word for word in tokens(question) if word not in STOP][-1:]
    done = [word for word in tokens(label) if word not in _OF_DAYS]
    if not asked or len(done) != 1 or not _WHEN.search(question):
        return False
    (same,) = judge.entails([(f"It was {done[0]} in 1962.", f"It was {asked[0]} in 1962.")])
    return same >= _SAME_DEED


def _end(low: Sequence[str], first: int) -> int:
    return next((i for i in range(first, len(low)) if low[i] in _ENDS), len(low))


def _thing(spelt: Sequence[str]) -> str:
    """Words without names and figures, which are asked for elsewhere."""
    return " ".join(word for word in spelt if word.islower())
