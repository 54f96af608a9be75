"""A saved chat as one HTML file: no scripts, nothing fetched, its data in a hidden element."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rag.chats.saved import SavedChat
from rag.chats.shown import ABOUT, UNANSWERED, head, limits, remark, time
from rag.chats.store import Turn
from rag.escaping import in_html
from rag.schema import Citation, Claim, Evidence
from rag.showing import NEAREST, place_of, sure

BEFORE, AFTER = '<pre hidden id="quoth-data">', "</pre>\n</body>\n</html>\n"
_STYLE = Path(__file__).with_suffix(".css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def render(saved: SavedChat) -> str:
    """What a person reads; everything that came from elsewhere is escaped."""
    return "\n".join(_parts(saved)) + "\n"


def _parts(saved: SavedChat) -> Iterator[str]:
    title = in_html(saved.chat.title)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>"
    yield "</head>\n<body>"
    yield f'<header>\n<h1 dir="auto">{title}</h1>\n<p>{in_html(head(saved))}</p>'
    if chosen := limits(saved):
        yield f'<p dir="auto">{in_html(chosen)}</p>'
    yield f"<p>{in_html(ABOUT)}</p>\n</header>\n<main>"
    for number, turn in enumerate(saved.turns, start=1):
        yield f'<article>\n<h2 dir="auto">{in_html(turn.question)}</h2>'
        yield f'<p class="small">Question {number}, asked {time(turn.at)}</p>'
        yield from _answer(turn, f"q{number}")
        if said := remark(turn):
            yield f'<p class="small" dir="auto">{in_html(said)}</p>'
        yield "</article>"
    yield "</main>"


def _answer(turn: Turn, key: str) -> Iterator[str]:
    answer = turn.answer
    if answer is None:
        yield f'<p dir="auto" class="problem">{in_html(turn.problem or UNANSWERED)}</p>'
        return
    if answer.refused:
        yield f'<p dir="auto"><strong>{in_html(answer.reason)}</strong></p>'
        for choice in answer.choices:
            yield f'<p dir="auto">{in_html(choice)}</p>'
        shown: tuple[Citation | Evidence, ...] = answer.evidence[:NEAREST]
    else:
        for said in answer.remarks:
            yield f'<p class="small">{in_html(said)}</p>'
        for claim in answer.claims:
            yield _claim(claim, key)
        if told := sure(answer):
            yield f'<p class="small">{in_html(told)}</p>'
        shown = answer.citations
    for item in shown:
        yield from _quote(item, turn, key)


def _claim(claim: Claim, key: str) -> str:
    markers = "".join(
        f'<a href="#{key}-{citation.number}">[{citation.number}]</a>'
        for citation in claim.citations
    )
    return f'<p dir="auto" class="claim">{in_html(claim.text)} {markers}</p>'


def _quote(item: Citation | Evidence, turn: Turn, key: str) -> Iterator[str]:
    anchor = number = ""
    if isinstance(item, Citation):
        anchor, number = f' id="{key}-{item.number}"', f"[{item.number}] "
    yield f'<figure{anchor}>\n<figcaption dir="auto">{number}<strong>{in_html(item.title)}</strong>'
    yield f"<br>{in_html(place_of(item))}</figcaption>"
    yield f'<blockquote dir="auto">{in_html(item.quote)}</blockquote>'
    if item.document in turn.digests:
        digest = in_html(turn.digests[item.document])
        yield f'<p class="small">SHA-256 of the article’s text: <code>{digest}</code></p>'
    yield "</figure>"
