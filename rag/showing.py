"""How an answer shows itself: as text, and in a notebook as HTML or Markdown.

Owns the layout: what was claimed, then each source with its quote. Everything that came from an
article is made harmless. Knows the answer by its shape alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, cast

from rag.escaping import in_html, in_markdown, on_one_line

if TYPE_CHECKING:
    from rag import Answer, Citation, Claim, Evidence

INSTRUCTS = "reads like an instruction to the program, not like a report"
CERTAIN, LIKELY = 0.9, 0.8  # of squad-check's answers .82 above and .72 between are right
NEAREST = 3  # passages shown under a refusal; the answer has all


class Shown:
    """An answer that shows itself where it is printed, and at the end of a notebook's cell."""

    __slots__ = ()

    def __str__(self) -> str:
        """The text, and below it each source: its number, title, place and quote."""
        return "\n".join(_text(cast("Answer", self)))

    def _repr_html_(self) -> str:
        """No scripts, no styles, nothing fetched; quotes fold out."""
        shown = "\n".join(_html(cast("Answer", self)))
        return f'<div class="quoth-answer">\n{shown}\n</div>'

    def _repr_markdown_(self) -> str:
        """Quotes fold out where HTML is shown."""
        return "\n\n".join(_markdown(cast("Answer", self)))


def place_of(item: Citation | Evidence) -> str:
    """Where a quote stands: article, date, page or the like, characters; and whether it orders."""
    parts = (
        item.document,
        item.date.isoformat() if item.date else "",
        item.place,
        f"characters {item.start} to {item.end}",
        INSTRUCTS if item.instructs else "",
    )
    return ", ".join(part for part in parts if part)


def _text(answer: Answer) -> Iterator[str]:
    for text in (answer.text, *answer.choices, *answer.remarks):
        yield on_one_line(text)
    if sources := _sources(answer):
        yield ""
        yield "Nearest passages:" if answer.refused else "Sources:"
    for number, item in sources:
        yield f"{number}{on_one_line(item.title)} ({on_one_line(place_of(item))})"
        yield f"    “{on_one_line(item.quote)}”"


def _html(answer: Answer) -> Iterator[str]:
    if answer.refused:
        yield f'<p dir="auto"><strong>{in_html(answer.reason)}</strong></p>'
    for claim in answer.claims:
        yield f'<p dir="auto">{in_html(claim.text)} {_markers(claim)}</p>'
    for text in (*answer.choices, *answer.remarks):
        yield f'<p dir="auto">{in_html(text)}</p>'
    for number, item in _sources(answer):
        yield f"<details>\n{_summary(number, item)}"
        yield f'<blockquote dir="auto">{in_html(item.quote)}</blockquote>\n</details>'
    if said := sure(answer):
        yield f"<p><small>{in_html(said)}</small></p>"


def _markdown(answer: Answer) -> Iterator[str]:
    if answer.refused:
        yield f"**{in_markdown(answer.reason)}**"
    for claim in answer.claims:
        yield f"{in_markdown(claim.text)} {in_markdown(_markers(claim))}"
    yield from map(in_markdown, (*answer.choices, *answer.remarks))
    for number, item in _sources(answer):
        yield f"<details>{_summary(number, item)}"
        yield f"> {in_markdown(item.quote)}"
        yield "</details>"
    if said := sure(answer):
        yield f"*{in_markdown(said)}*"


def _summary(number: str, item: Citation | Evidence) -> str:
    """The line that is seen before a quote is folded out."""
    title, where = (in_html(on_one_line(text)) for text in (item.title, place_of(item)))
    return f"<summary>{number}<strong>{title}</strong>, {where}</summary>"


def _markers(claim: Claim) -> str:
    return "".join(f"[{citation.number}]" for citation in claim.citations)


def _sources(answer: Answer) -> list[tuple[str, Citation | Evidence]]:
    """What stands below, each with its marker: the cited, or what is nearest to a refusal."""
    if answer.refused:
        return [("", item) for item in answer.evidence[:NEAREST]]
    return [(f"[{citation.number}] ", citation) for citation in answer.citations]


def sure(answer: Answer) -> str:
    """How sure an answer is and how much of what matched it used; empty for a refusal."""
    told = "" if answer.confidence is None else f"Confidence {answer.confidence:.0%}. "
    return "" if answer.refused else f"{told}{answer.coverage}".strip()


def days(start: date | None, end: date | None) -> str:
    """Days from one to another, both inclusive; `None` leaves that side open.

    >>> days(None, date(2026, 8, 31))
    'until 31 August 2026'
    """
    if start is None or end is None:
        day = start or end
        sign = "since" if start else "until"
        return f"{sign} {day_in_words(day)}" if day else "any day"
    if start == end:
        return day_in_words(start)
    first = f"{start.day}"
    if start.year != end.year:
        first = day_in_words(start)
    elif start.month != end.month:
        first = f"{start.day} {start:%B}"
    return f"{first} to {day_in_words(end)}"


def day_in_words(day: date) -> str:
    """A day as in `2 May 2026`."""
    return f"{day.day} {day:%B} {day.year}"
