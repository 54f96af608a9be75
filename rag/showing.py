"""How an answer shows itself: as text, and in a notebook as HTML or Markdown.

Owns the layout: what was claimed, then each source with its quote. Everything that came from an
article is made harmless. Knows the answer by its shape alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from rag.escaping import in_html, in_markdown, on_one_line

INSTRUCTS = "reads like an instruction to the program, not like a report"
NEAREST = 3  # passages shown under a refusal; the answer has all


class Quoted(Protocol):
    """A sentence of an article, and where it stands."""

    @property
    def document(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def date(self) -> date | None: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def quote(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def instructs(self) -> bool: ...


class Numbered(Quoted, Protocol):
    """One that a claim cites."""

    @property
    def number(self) -> int: ...


class Claimed(Protocol):
    """A sentence of an answer."""

    @property
    def text(self) -> str: ...
    @property
    def citations(self) -> Sequence[Numbered]: ...


class Answered(Protocol):
    """What is looked at of an answer."""

    @property
    def refused(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def coverage(self) -> str: ...
    @property
    def remarks(self) -> Sequence[str]: ...
    @property
    def choices(self) -> Sequence[str]: ...
    @property
    def claims(self) -> Sequence[Claimed]: ...
    @property
    def citations(self) -> Sequence[Numbered]: ...
    @property
    def evidence(self) -> Sequence[Quoted]: ...


class Shown:
    """An answer that shows itself where it is printed, and at the end of a notebook's cell."""

    __slots__ = ()

    def __str__(self: Answered) -> str:
        """The text, and below it each source: its number, title, place and quote."""
        return as_text(self)

    def _repr_html_(self: Answered) -> str:
        return as_html(self)

    def _repr_markdown_(self: Answered) -> str:
        return as_markdown(self)


def as_text(answer: Answered) -> str:
    """An answer as plain text."""
    lines = [on_one_line(text) for text in (answer.text, *answer.choices, *answer.remarks)]
    if sources := _sources(answer):
        lines += ["", _heading(answer)]
    for number, item in sources:
        lines.append(f"{number}{on_one_line(item.title)} ({on_one_line(place_of(item))})")
        lines.append(f"    “{on_one_line(item.quote)}”")
    return "\n".join(lines)


def as_html(answer: Answered) -> str:
    """An answer as a piece of HTML: no scripts, no styles, nothing fetched; quotes fold out."""
    return "\n".join(['<div class="quoth-answer">', *_html(answer), "</div>"])


def as_markdown(answer: Answered) -> str:
    """An answer as Markdown; quotes fold out where HTML is shown."""
    return "\n\n".join(_markdown(answer))


def place_of(item: Quoted) -> str:
    """Where a quote stands: article, date, page or the like, characters; and whether it orders."""
    parts = (
        item.document,
        item.date.isoformat() if item.date else "",
        item.place,
        f"characters {item.start} to {item.end}",
        INSTRUCTS if item.instructs else "",
    )
    return ", ".join(part for part in parts if part)


def _html(answer: Answered) -> Iterator[str]:
    if answer.refused:
        yield f'<p dir="auto"><strong>{in_html(answer.reason)}</strong></p>'
    for claim in answer.claims:
        yield f'<p dir="auto">{in_html(claim.text)} {_markers(claim)}</p>'
    for text in (*answer.choices, *answer.remarks):
        yield f'<p dir="auto">{in_html(text)}</p>'
    for number, item in _sources(answer):
        yield f"<details>\n{_summary(number, item)}"
        yield f'<blockquote dir="auto">{in_html(item.quote)}</blockquote>\n</details>'
    if said := _sure(answer):
        yield f"<p><small>{in_html(said)}</small></p>"


def _markdown(answer: Answered) -> Iterator[str]:
    if answer.refused:
        yield f"**{in_markdown(answer.reason)}**"
    for claim in answer.claims:
        yield f"{in_markdown(claim.text)} {in_markdown(_markers(claim))}"
    yield from map(in_markdown, (*answer.choices, *answer.remarks))
    for number, item in _sources(answer):
        yield f"<details>{_summary(number, item)}"
        yield f"> {in_markdown(item.quote)}"
        yield "</details>"
    if said := _sure(answer):
        yield f"*{in_markdown(said)}*"


def _summary(number: str, item: Quoted) -> str:
    """The line that is seen before a quote is folded out."""
    title, where = (in_html(on_one_line(text)) for text in (item.title, place_of(item)))
    return f"<summary>{number}<strong>{title}</strong>, {where}</summary>"


def _markers(claim: Claimed) -> str:
    return "".join(f"[{citation.number}]" for citation in claim.citations)


def _sources(answer: Answered) -> list[tuple[str, Quoted]]:
    """What stands below, each with its marker: the cited, or what is nearest to a refusal."""
    if answer.refused:
        return [("", item) for item in answer.evidence[:NEAREST]]
    return [(f"[{citation.number}] ", citation) for citation in answer.citations]


def _heading(answer: Answered) -> str:
    return "Nearest passages:" if answer.refused else "Sources:"


def _sure(answer: Answered) -> str:
    sure = "" if answer.confidence is None else f"Confidence {answer.confidence:.0%}. "
    return "" if answer.refused else f"{sure}{answer.coverage}".strip()


def days(start: date | None, end: date | None) -> str:
    """Days from one to another, both inclusive; `None` leaves that side open.

    >>> days(None, date(2026, 8, 31))
    'until 31 August 2026'
    """
    if start is None or end is None:
        day = start or end
        sign = "since" if start else "until"
        return f"{sign} {_day(day)}" if day else "any day"
    if start == end:
        return _day(start)
    first = f"{start.day}"
    if start.year != end.year:
        first = _day(start)
    elif start.month != end.month:
        first = f"{start.day} {start:%B}"
    return f"{first} to {_day(end)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
