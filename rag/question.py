"""What is a question and what is none, told in words for a person."""

from __future__ import annotations

from rag.errors import QuestionError
from rag.words import tokens

LONGEST_QUESTION = 2000  # characters


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
