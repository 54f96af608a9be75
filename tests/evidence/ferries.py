"""A table of ferries, and rows as they are found."""

from __future__ import annotations

from rag.schema import Evidence, Hit, Span

FERRIES = (
    "Ferry: Malm | Ticket: Adult | Price in crowns: 60",
    "Ferry: Malm | Ticket: Child | Price in crowns: 30",
    "Ferry: Malma | Ticket: Adult | Price in crowns: 75",
    "Ferry: Malm Nova | Ticket: Adult | Price in crowns: 90",
)


def hit(lines: tuple[str, ...], *, title: str = "Tickets", context: str = "") -> Hit:
    text, spans, at = "\n".join(lines), [], 0
    for line in lines:
        spans.append(Span(at, at + len(line)))
        at += len(line) + 1
    return Hit("a.csv", title, None, 0, len(text), text, tuple(spans), 1.0, 1.0, 1.0, (), context)


def evidence(line: str, words: str) -> Evidence:
    at = line.index(words)
    return Evidence(
        "a.csv", "", None, 0, len(line), line, 0.9, True, words=Span(at, at + len(words))
    )
