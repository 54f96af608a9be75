"""Sentences as exact spans of a text, by sentencex.

Owns the boundaries, in any language. A newline always ends a sentence (readers unwrap lines
before). The row of a table is always one, whatever its cells say and however long it is: half a row
does not say what it is about. A list marker stands outside the sentence's span but inside its
`outer` span, so nothing is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rag.documents.limits import ROW
from rag.documents.table import is_row
from rag.languages import ENGLISH
from rag.schema import Span

_MARKER = re.compile(r"(?:[-*•–▪◦·]|\d{1,3}[.)])\s+")
_LINE = re.compile(r"\S[^\n]*")  # from its first word, so that blank lines cost their length
_WORD = re.compile(r"\S")
_BLANK = re.compile(r"\s")
_BREAK = re.compile(r"[\s、，；：。！？]")  # the signs of languages that use no blanks
_ENDING = re.compile(r"[.!?…。｡．！？؟।။។։][\"'”’»)\]」』）】]*$")
_SHORT = re.compile(r"\b(?:[^\W\d_]|[^\W\d_A-Z]{2,5})\.$")
_WINDOW = 8_000  # characters in which boundaries are looked for; where that is squared, of these
_ABBREVIATED = re.compile(r"(?:\b[A-Za-z]{1,4}|\d)\.[\"'”’)]*\s*$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`span` is what is quoted; `outer` also holds a list marker before it.

    `paragraph` numbers the line it stands in; `fragment` says that it is no whole sentence
    (a heading, a byline, a table row).
    """

    span: Span
    outer: Span
    paragraph: int
    fragment: bool


def split_sentences(text: str, language: str = ENGLISH, *, longest: int = 800) -> list[Sentence]:
    """Split a text; every non-blank character lies in exactly one outer span.

    Args:
        text: The document's text.
        language: Whose abbreviations count; as in `Document`.
        longest: A sentence of more characters is cut at a blank, unless it is the row of a table.

    >>> text = "Dr. Rollo led. He won 3.5 p.m."
    >>> [text[s.span.start:s.span.end] for s in split_sentences(text)]
    ['Dr. Rollo led.', 'He won 3.5 p.m.']
    """
    found: list[Sentence] = []
    for paragraph, match in enumerate(_LINE.finditer(text)):
        line = _trim(text, Span(*match.span()))
        if line.end - line.start <= ROW and is_row(text[line.start : line.end]):
            found.append(Sentence(line, line, paragraph, fragment=True))
            continue
        marker = _MARKER.match(text, line.start, line.end)
        start = marker.end() if marker and marker.end() - line.start < longest else line.start
        room = longest - (start - line.start)
        for span in _spans(text, Span(start, line.end), room, language or ENGLISH):
            outer = Span(line.start, span.end) if line.start < start == span.start else span
            words = text[span.start : span.end]
            fragment = not _ENDING.search(words) and len(words) < 200
            found.append(Sentence(span, outer, paragraph, fragment))
    return found


def _spans(text: str, line: Span, longest: int, language: str) -> Iterator[Span]:
    start = line.start
    for end in _boundaries(text, line, longest, language):
        yield from _cut(text, _trim(text, Span(start, end)), longest)
        start = end


def _boundaries(text: str, line: Span, longest: int, language: str) -> Iterator[int]:
    """Where the sentences of a line end.

    A window at a time: what follows its last boundary is looked at again with the next one, unless
    it is half of the window, which is cut anyway.
    """
    start, wide = line.start, max(_WINDOW, 4 * longest)
    while start < line.end:
        window = text[start : min(line.end, start + wide)]
        bounds = _ends(window, language)
        at, whole = 0, start + len(window) == line.end
        for end in bounds:
            if at < end < len(window) and not _goes_on(window, at, end, language):
                yield start + end
                at = end
        if whole:
            yield line.end
            return
        if at < wide // 2:
            at = _last_break(text, start + wide // 2, start + wide) - start
            yield start + at
        start += at


def _ends(window: str, language: str) -> list[int]:
    """The boundaries that sentencex sees; none where it fails.

    It panics at two hard blanks before a full stop, and a panic is no `Exception`.
    """
    import sentencex

    for text in (window, _BLANK.sub(" ", window)):
        try:
            return [b["end_index"] for b in sentencex.get_sentence_boundaries(language, text)]
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
    return []


def _goes_on(text: str, start: int, end: int, language: str) -> bool:
    """Whether a boundary after an abbreviation is none: before a small letter, or a number.

    Before a number only in other languages than English, as in `5 janv. 2020`, where also a letter
    alone is an abbreviation, as in `M. Dupont`.
    """
    following = _WORD.search(text, end)
    before = text[max(start, end - 20) : end]
    if not following or not _ABBREVIATED.search(before):
        return False
    if following[0].islower() or language == ENGLISH:
        return following[0].islower()
    short = _SHORT.search(before.rstrip())
    return bool(short and (len(short[0]) == 2 or following[0].isdigit()))


def _trim(text: str, span: Span) -> Span:
    """The span without blanks at its ends; a line may be very long, so nothing is copied."""
    start, end = span
    first = _WORD.search(text, start, end)
    start = first.start() if first else end
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _cut(text: str, span: Span, longest: int) -> Iterator[Span]:
    """The span in pieces of at most `longest` characters, cut at blanks where there are any."""
    start, end = span
    while end - start > longest:
        cut = _last_break(text, start + longest // 2, start + longest)
        yield _trim(text, Span(start, cut))
        start = _trim(text, Span(cut, end)).start
    if end > start:
        yield Span(start, end)


def _last_break(text: str, least: int, most: int) -> int:
    """The last place between two for a cut: behind a blank or sign, else before a letter."""
    blanks = [found.end() for found in _BREAK.finditer(text, least, most)]
    return blanks[-1] if blanks else _before_marks(text, most, least)


def _before_marks(text: str, cut: int, least: int) -> int:
    """A place for a cut that leaves a letter its marks, where that is not too far back."""
    at = cut
    while at > least and unicodedata.category(text[at])[0] == "M":
        at -= 1
    return at if at > least else cut
