"""A saved chat as Markdown, with its data in a comment at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.chats.saved import SavedChat
from rag.chats.shown import ABOUT, NEAREST, UNANSWERED, head, limits, place, remark, showable, time
from rag.chats.store import Turn
from rag.schema import Answer, Citation, Evidence

BEFORE, AFTER = "<!-- quoth-data ", " -->\n"
_MEANS = re.compile(r"[\\`*_\[\]<>#|$~&@]|:(?=[^\s\d])")  # the colon of an address, of an :icon:
_BEGINS = re.compile(r"^(\d+)(?=[.)])|^(?=[-+=])")  # a list, a line under a heading


def render(saved: SavedChat) -> str:
    """What a person reads; everything that came from elsewhere is escaped."""
    return "\n\n".join(_parts(saved)) + "\n\n"


def escaped(text: str) -> str:
    r"""Text on one line in which nothing means anything to Markdown.

    >>> print(escaped("costs $5\n<b>now</b>"))
    costs \$5 \<b\>now\</b\>
    >>> print(escaped("1. first"))
    1\. first
    """
    line = " ".join(showable(text).split())
    return _BEGINS.sub(r"\1\\", _MEANS.sub(r"\\\g<0>", line))


def _parts(saved: SavedChat) -> Iterator[str]:
    yield f"# {escaped(saved.chat.title)}"
    yield escaped(head(saved))
    if chosen := limits(saved):
        yield escaped(chosen)
    yield escaped(ABOUT)
    for number, turn in enumerate(saved.turns, start=1):
        yield f"## {number}\\. {escaped(turn.question)}"
        yield f"*Asked {time(turn.at)}*"
        yield from _answer(turn)
        if said := remark(turn):
            yield f"*{escaped(said)}*"


def _answer(turn: Turn) -> Iterator[str]:
    answer = turn.answer
    if answer is None:
        yield escaped(turn.problem or UNANSWERED)
    elif answer.refused:
        yield f"**{escaped(answer.reason)}**"
        yield from map(escaped, answer.choices)
        for item in answer.evidence[:NEAREST]:
            yield _quote(item, turn)
    else:
        for said in answer.remarks:
            yield f"*{escaped(said)}*"
        yield from _claims(answer)
        coverage = f". {answer.coverage}" if answer.coverage else ""
        if answer.confidence is not None:
            yield f"*Confidence {answer.confidence:.0%}{escaped(coverage)}*"
        elif answer.coverage:
            yield f"*{escaped(answer.coverage)}*"
        for citation in answer.citations:
            yield _quote(citation, turn)


def _claims(answer: Answer) -> Iterator[str]:
    for claim in answer.claims:
        markers = "".join(f"\\[{citation.number}\\]" for citation in claim.citations)
        yield f"{escaped(claim.text)} {markers}"


def _quote(item: Citation | Evidence, turn: Turn) -> str:
    number = f"\\[{item.number}\\] " if isinstance(item, Citation) else ""
    lines = [f"{number}**{escaped(item.title)}**, {escaped(place(item))}"]
    lines.append(f"> {escaped(item.quote)}")
    if item.document in turn.digests:
        lines.append(f"SHA-256 of the article's text: `{turn.digests[item.document]}`")
    return "\n\n".join(lines)
