"""What is said where no question about the articles was asked, and what can be asked.

Owns these texts. A reply is a refusal of its kind: nothing was looked up, nothing is cited.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.listing import DocumentInfo
from rag.query import Aspect, Query
from rag.schema import NOT_SAID, AnswerOutcome, Searched, many

_ABILITY = (
    "I answer questions about {articles}, in sentences that are each proven by a quotation you can "
    "open. Ask what happened, why, how things compare, what somebody said, or for a summary."
)
_NOT_SURE = "Not sure: these sentences may answer, or may not."
_REPLIES = {
    Aspect.GREETING: f"Hello. {_ABILITY}",
    Aspect.THANKS: "You are welcome. Ask on whenever you like.",
    Aspect.ABILITY: _ABILITY,
    Aspect.OUTSIDE: (
        "That is outside what I do: I only tell what stands in {articles}, with quotations that "
        "prove it."
    ),
}


def reply(query: Query, infos: Sequence[DocumentInfo]) -> str:
    """A reply to what is no question about the articles.

    >>> from rag.query import Intent
    >>> reply(Query("Thanks!", "Thanks!", Intent.TALK, Aspect.THANKS), ())
    'You are welcome. Ask on whenever you like.'
    """
    articles = f"your {many(len(infos), 'article')}" if infos else "the articles that you add"
    text = _REPLIES.get(query.aspect, _ABILITY).format(articles=articles)
    dated = sorted(infos, key=lambda info: (-(info.date.toordinal() if info.date else 0), info.id))
    if dated and query.aspect in (Aspect.GREETING, Aspect.ABILITY):
        text += f" For example: What is “{dated[0].title}” about?"
    return text


def refusal(outcome: AnswerOutcome, searched: Searched, notes: Sequence[str], near: bool) -> str:
    """Why nothing is answered, and what was looked at; `near` where passages near it are shown."""
    if not searched.documents:
        return f"{NOT_SAID} There are none, or none that the question may use."
    were = "was" if searched.passages == 1 else "were"
    shown = "the nearest passages are shown" if near else "none is near the question"
    looked = (
        f"{many(searched.passages, 'passage')} in {many(searched.documents, 'article')} "
        f"{were} searched; {shown}."
    )
    begun = _NOT_SURE if outcome is AnswerOutcome.NOT_SURE else NOT_SAID
    return " ".join((begun, *notes, looked))
