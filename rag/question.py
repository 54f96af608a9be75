"""What is a question and what is none, told in words for a person; and what is sought for one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.errors import QuestionError
from rag.words import tokens

LONGEST_QUESTION = 2000  # characters
SAME_OF = re.compile(  # "And in Norway?" asks the same of something else
    r"^\W*(?:(?:and|or|but|so)\s+)?(?:what|how) about\b\W*"
    r"|^\W*and\s+(?=(?:the|in|for|on|at|of|with|an?)\b|(?-i:[A-Z0-9]))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is searched for and read for a question.

    Attributes:
        query: The question as it can be judged by itself.
        parts: Where earlier turns are searched with: the question as it was asked, then they, each
            with what it counts, 0..1. Empty for a question that stands alone.
        earlier: The question before, where this one asks the same of something else or more of
            the same; its kind and its days are then meant.
        told: The last answer, where the question leans on what came before and was answered.
        said: The claims made before, where something further is asked for.
    """

    query: str
    parts: tuple[tuple[str, float], ...] = ()
    earlier: str = ""
    told: str = ""
    said: tuple[str, ...] = ()


def check_question(question: str) -> None:
    """Raise `QuestionError` for what is no question."""
    if not question.strip():
        raise QuestionError("The question is empty. Ask something about the articles.")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; the limit is {LONGEST_QUESTION:,}. "
            "Ask something shorter."
        )
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise QuestionError(
            "The question holds bytes that are no text. Check the encoding that it came in."
        )
    if not tokens(question):
        raise QuestionError(f"The question {question.strip()[:40]!r} has no words. Ask in words.")
