"""From a follow-up and the turns before it to what is searched for and read.

A question that leans on what came before (it has a pronoun, begins like a continuation, or has
hardly a word of its own), or shares words with it, is searched together with the last question and
the last answer, which count for less than its own words. Where it leans and is short, the question
before it is put in front of it, so that it can be judged. Any other is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.question import SAME_OF, Sought
from rag.schema import NOT_SAID
from rag.words import terms

_LEANS = re.compile(
    r"^\s*(?:and|but|so|or|then|also|what about|how about|why not|who else|what else|where else"
    r"|how so|how come|is that|are they|was it|really|the (?:first|second|third|last|other)"
    r"|(?:no,? )?i meant?|wait|what do you mean|anything (?:else|more|special)|is there anything)\b"
    r"|\b(?:it|they|them|he|him|she|else|ones|(?:which|this|that|the|(?:an)?other) one)\b"
    r"|\b(?:is|was|do|does|did|of|about|like|after|before|to|with|for|from|on|in|by) that\b"
    r"|\b(?:those|these|this)\b|\b(?:that|there|then|(?<!number )one)\W*$"
    r"|\bthe (?:other way|next steps?)\b|\b(?:next|afterwards|later|an example|examples)\W*$",
    re.I,
)
_OWNER = re.compile(r"\b(?:its|their|his|hers?)\b", re.I)
_NAMED = re.compile(r"\S\s+[\"'“‘(]*[^\W_]*[A-Z0-9]")  # a name, the first word left out
_INTRODUCES = re.compile(
    r"^\s*(?:what|who|where)(?:['’]s| is| are| was| were) (?!the\b(?! (?-i:[A-Z0-9])))"
    r"(?!(?:(?-i:[a-z])+ed|responsible|involved|next|wrong|there)\b)",
    re.I,
)  # "What is the H20?" names what it asks for, "What is the price?" and "Who was killed?" do not
_FURTHER = re.compile(
    r"\b(?:who|what|where|anything|anyone|anybody|nothing|why|how) else\b|\bany (?:others?|more)\b"
    r"|^\W*(?:(?:and|please|can you)\s+)*(?:(?:tell me|say|give me|go on|continue)\b.*\b)?more\W*$"
    r"|\b(?:which|what|who|are there) others?\b|\banother (?:one|reason|example)\b",
    re.I,
)
_MARKS = re.compile(r"(?:\s*\[\d+\])+\s*")
_ANSWERS = 6  # back from now, whose claims are not said again
_FEW = 2
_SHORT = 6
_SHARED = 2
_ASKED, _TOLD = 0.3, 0.2  # what the last question and the last answer count beside the question
_BARE = 1.0  # and beside one that has no words of its own
_LONGEST = 300  # characters of an earlier turn that are searched with
_LONGEST_BEFORE = 500  # characters of an earlier question that are put in front


def sought(question: str, history: Sequence[tuple[str, str]]) -> Sought:
    """What to search for and to read for a question.

    Args:
        question: What is asked now.
        history: Earlier turns, oldest first, as (role, text); roles are `user` and `assistant`,
            others are passed over.

    >>> sought("And why?", [("user", "Who left Normandy?"), ("assistant", "Rollo. [1]")]).parts
    (('And why?', 1.0), ('Who left Normandy?', 1.0), ('Rollo. [1]', 1.0))
    """
    asked = _last(history, "user")[:_LONGEST]
    told = _last(history[_place(history, "user") :], "assistant")[:_LONGEST]
    told = "" if told.startswith(NOT_SAID) else told
    if not asked or not (_leans(question) or _goes_on(question, f"{asked} {told}")):
        return Sought(question)
    bare, further = not terms(question), _FURTHER.search(question)
    said = tuple(_claims(history)) if further else ()
    more = _before_more(history) if further and bare else ""
    earlier = asked if SAME_OF.search(question) else more
    parts = (question, 1.0), (asked, _BARE if bare else _ASKED), (told, _BARE if bare else _TOLD)
    searched = tuple((text, n) for text, n in parts if text)
    return Sought(standalone(question, history), searched, earlier, told, said)


def standalone(question: str, history: Sequence[tuple[str, str]]) -> str:
    """The question, or the last question and this one where it leans on it.

    >>> standalone("And why?", [("user", "Who left Normandy?"), ("assistant", "Rollo. [1]")])
    'Who left Normandy? And why?'
    >>> standalone("Where is the Lund bridge?", [("user", "Who left Normandy?")])
    'Where is the Lund bridge?'
    """
    earlier = [text for role, text in history if role == "user" and text.strip()]
    if not earlier or not _leans(question) or len(terms(question)) >= _SHORT:
        return question
    if more := _before_more(history):
        earlier = earlier[: len(earlier) - earlier[::-1].index(more)]
    before = standalone(earlier[-1], [("user", text) for text in earlier[-2:-1]])
    return f"{before[:_LONGEST_BEFORE]} {question}"


def _leans(question: str) -> bool:
    """Whether a question needs what came before it to be understood."""
    own = len(terms(question))
    if own < _FEW and not (own and _INTRODUCES.search(question)):
        return True
    owner, leans = _OWNER.search(question), _LEANS.search(question)
    # "What did Nvidia say of its chips?" owns what it has; a long question may hold what "it" is
    foreign = owner and not _named(question, owner)
    return bool(foreign or (leans and (own < _SHORT or not _named(question, leans))))


def _goes_on(question: str, said: str) -> bool:
    """Whether a question speaks of what was just spoken of."""
    return len(set(terms(question)) & set(terms(said))) >= _SHARED


def _named(question: str, place: re.Match[str]) -> bool:
    """Whether a name stands before a place of the question."""
    return bool(_NAMED.search(question[: place.start()]))


def _last(history: Sequence[tuple[str, str]], role: str) -> str:
    """What was last said in a role; "" where nothing was."""
    return next((text for r, text in reversed(history) if r == role and text.strip()), "")


def _before_more(history: Sequence[tuple[str, str]]) -> str:
    """The last question that did not only ask for more; "" where none is."""
    asked = (text for role, text in reversed(history) if role == "user" and text.strip())
    return next((text for text in asked if terms(text) or not _FURTHER.search(text)), "")


def _claims(history: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What the last answers said, claim by claim; refusals are none."""
    answers = (text for role, text in reversed(history) if role == "assistant")
    for text in islice(answers, _ANSWERS):
        if not text.startswith(NOT_SAID):
            yield from (claim for piece in _MARKS.split(text) if (claim := piece.strip()))


def _place(history: Sequence[tuple[str, str]], role: str) -> int:
    """Where a role last spoke."""
    return max((i for i, (r, text) in enumerate(history) if r == role and text.strip()), default=0)
