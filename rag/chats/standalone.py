"""From a follow-up and the turns before it to a query that can be searched with.

A question that leans on what came before (it has a pronoun, begins like a continuation, or has
hardly a word of its own) is searched together with the question before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.words import terms

_LEANS = re.compile(
    r"^\s*(?:and|but|so|or|then|also|what about|how about|why not|who else|what else|where else"
    r"|how so|how come|is that|are they|was it|really|the (?:first|second|third|last|other))\b"
    r"|\b(?:it|they|them|he|him|she|else|ones|(?:which|this|that|the|(?:an)?other) one)\b"
    r"|\b(?:is|was|do|does|did|of|about|like|after|before|to|with|for|from|on|in|by) that\b"
    r"|\b(?:those|these|this)\b|\b(?:that|there)\W*$",
    re.I,
)
_OWNER = re.compile(r"\b(?:its|their|his|hers?)\b", re.I)
_NAMED = re.compile(r"\S\s+[\"'“‘(]*[^\W_]*[A-Z0-9]")  # a name, the first word left out
_FEW = 2
_SHORT = 6


def standalone(question: str, history: Sequence[tuple[str, str]]) -> str:
    """The question, or the last question and this one where it leans on it.

    Args:
        question: What is asked now.
        history: Earlier turns, oldest first, as (role, text); roles are `user` and `assistant`.

    >>> standalone("And why?", [("user", "Who left Normandy?"), ("assistant", "Rollo. [1]")])
    'Who left Normandy? And why?'
    >>> standalone("Where is the Lund bridge?", [("user", "Who left Normandy?")])
    'Where is the Lund bridge?'
    """
    earlier = [text for role, text in history if role == "user"]
    if not earlier or not _leans(question):
        return question
    before = standalone(earlier[-1], [("user", text) for text in earlier[-2:-1]])
    return f"{before} {question}"


def _leans(question: str) -> bool:
    own = len(terms(question))
    if own < _FEW:
        return True
    owner = _OWNER.search(question)  # "What did Nvidia say of its chips?" owns what it has
    foreign = owner and not _NAMED.search(question[: owner.start()])
    return own < _SHORT and bool(foreign or _LEANS.search(question))
