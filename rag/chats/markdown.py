"""A saved chat as Markdown, with its data in a comment at the end."""

from __future__ import annotations

from collections.abc import Iterator

from rag.chats.saved import SavedChat
from rag.chats.shown import ABOUT, UNANSWERED, head, limits, remark, time
from rag.chats.store import Turn
from rag.escaping import in_markdown
from rag.schema import Answer, Citation, Evidence
from rag.showing import NEAREST, place_of, sure

BEFORE, AFTER = "<!-- quoth-data ", " -->\n"


def render(saved: SavedChat) -> str:
    """What a person reads; everything that came from elsewhere is escaped."""
    return "\n\n".join(_parts(saved)) + "\n\n"


def _parts(saved: SavedChat) -> Iterator[str]:
    yield f"# {in_markdown(saved.chat.title)}"
    yield in_markdown(head(saved))
    if chosen := limits(saved):
        yield in_markdown(chosen)
    yield in_markdown(ABOUT)
    for number, turn in enumerate(saved.turns, start=1):
        yield f"## {number}\\. {in_markdown(turn.question)}"
        yield f"*Asked {time(turn.at)}*"
        yield from _answer(turn)
        if said := remark(turn):
            yield f"*{in_markdown(said)}*"


def _answer(turn: Turn) -> Iterator[str]:
    answer = turn.answer
    if answer is None:
        yield in_markdown(turn.problem or UNANSWERED)
    elif answer.refused:
        yield f"**{in_markdown(answer.reason)}**"
        yield from map(in_markdown, answer.choices)
        for item in answer.evidence[:NEAREST]:
            yield _quote(item, turn)
    else:
        for said in answer.remarks:
            yield f"*{in_markdown(said)}*"
        yield from _claims(answer)
        if told := sure(answer):
            yield f"*{in_markdown(told)}*"
        for citation in answer.citations:
            yield _quote(citation, turn)


def _claims(answer: Answer) -> Iterator[str]:
    for claim in answer.claims:
        markers = "".join(f"\\[{citation.number}\\]" for citation in claim.citations)
        yield f"{in_markdown(claim.text)} {markers}"


def _quote(item: Citation | Evidence, turn: Turn) -> str:
    number = f"\\[{item.number}\\] " if isinstance(item, Citation) else ""
    lines = [f"{number}**{in_markdown(item.title)}**, {in_markdown(place_of(item))}"]
    lines.append(f"> {in_markdown(item.quote)}")
    if item.document in turn.digests:
        lines.append(f"SHA-256 of the article's text: `{turn.digests[item.document]}`")
    return "\n\n".join(lines)
