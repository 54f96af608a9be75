"""The words of the room: a question as it is understood, once, for all that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rag.errors import QuestionError
from rag.schema import Period
from rag.words import WHETHER, tokens

SURE = 0.9  # `Query.sure` from which a short answer is taken for granted
_ROLES = ("user", "assistant", "system")  # the last is passed over
LONGEST_QUESTION = 2000  # characters

Moment = tuple[int, int, int]  # year, month, day; zeros for what is open


class Intent(StrEnum):
    """What a question wants; each is answered in its own way."""

    DIRECT = "direct"  # one answer, short
    SEVERAL = "several"  # a plural: as many as answer
    LIST = "list"  # all there are
    COMPARISON = "comparison"  # something of each side
    COURSE = "course"  # what happened or changed, by date
    LATEST = "latest"  # the newest first
    TOPIC = "topic"  # what the articles say about something
    OPEN = "open"  # why, how, what of it: two to four sentences
    WHOLE = "whole"  # one article as a whole
    LIBRARY = "library"  # the articles themselves: who wrote one, how many there are
    TALK = "talk"  # a greeting, what the assistant can do, what is not its job
    REWORK = "rework"  # the last answer again, in another form


class Aspect(StrEnum):
    """What of it, for the intents `LIBRARY`, `TALK` and `REWORK`."""

    NONE = "none"
    AUTHOR = "author"
    DATE = "date"
    SOURCE = "source"
    LANGUAGE = "language"
    LENGTH = "length"
    NEWEST = "newest"
    OLDEST = "oldest"
    COUNT = "count"  # how many articles
    WHICH = "which"  # which articles
    ANY = "any"  # whether any article
    LIST = "list"  # all articles
    GREETING = "greeting"
    THANKS = "thanks"
    ABILITY = "ability"  # what can you do
    OUTSIDE = "outside"  # a poem, a translation, the weather
    SHORTER = "shorter"
    SIMPLER = "simpler"
    LONGER = "longer"
    BULLETS = "bullets"


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is understood.

    Attributes:
        text: As it was asked.
        standalone: Rewritten so that it can be judged by itself.
        intent: What is wanted.
        aspect: What of the articles, of the talk or of the last answer is wanted.
        topic: What it is about, without the words that ask; empty where it names nothing.
        sides: What is compared, two or three.
        when: The day, month or year that a course of events is asked of, and of nothing else.
        period: The days that the words count out from today.
        parts: What is searched with instead, where earlier turns are: the question first, each
            with what it counts, 0..1. Empty for a question that stands alone.
        told: The last answer, where the question leans on what came before and was answered.
        own: Its own words, where `standalone` has earlier ones in front of them or for a pronoun.
        before: The question before it and the answer to that; empty for a first question.
        said: The claims made before, where something further is asked for.
        asked: The questions that it is made of, each standing alone; empty where it is one.
        sure: How likely a direct answer is wanted, 0..1.
        note: How it was read, for a person, where that is not as it was asked.
        foreign: Whether it is in another language than English, as far as that can be told.
        sentences: So many are wanted at most; 0 where nothing is said of that.
    """

    text: str
    standalone: str
    intent: Intent = Intent.DIRECT
    aspect: Aspect = Aspect.NONE
    topic: str = ""
    sides: tuple[str, ...] = ()
    when: Moment | None = None
    period: Period | None = None
    parts: tuple[tuple[str, float], ...] = ()
    told: str = ""
    own: str = ""
    before: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    sure: float = 1.0
    note: str = ""
    foreign: bool = False
    sentences: int = 0

    @property
    def leans(self) -> bool:
        """Whether it needs what was said before it, or goes on about the same."""
        return bool(self.parts)

    @property
    def alone(self) -> Query:
        """The query as its own words ask.

        In the article that was just spoken of they are enough; the question before, which else
        stands in front of them, is in the way, and what was put for a pronoun may be wrong.
        """
        return replace(self, standalone=self.own) if self.own else self

    @property
    def whether(self) -> bool:
        """Whether yes or no is asked.

        >>> Query("", "Is it legal?").whether, Query("", "What is legal?").whether
        (True, False)
        """
        return not WHETHER.isdisjoint(tokens(self.standalone)[:1])


def check_question(question: str, history: Sequence[tuple[str, str]] = ()) -> None:
    """Raise `QuestionError` for what is no question, or turns before it that nobody said."""
    for turn in history:
        if len(turn) != 2 or turn[0] not in _ROLES or not isinstance(turn[1], str):
            raise QuestionError(
                f"The history holds {str(turn)[:60]!r}. Give each turn as a pair of who said it, "
                '"user" or "assistant", and the text.'
            )
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
