"""Sentences packed into passages: whole, in order, nothing lost.

A passage ends at a heading, where boilerplate begins or ends, and before it would grow longer
than the limit; paragraphs are kept together where they fit.
"""

from __future__ import annotations

import re
from itertools import groupby

from rag.documents.apart import split_apart
from rag.documents.boilerplate import boilerplate_lines
from rag.documents.limits import LONG, Allowance, Unreadable
from rag.documents.sentences import Sentence, split_sentences
from rag.errors import ReadError
from rag.languages import DENSE
from rag.schema import Document, Passage, Span

_DENSE = 0.4  # of the limit; such characters say about as much more, and cost an embedder as much


def split_passages(
    document: Document, *, longest: int = 800, allowance: Allowance | None = None
) -> list[Passage]:
    """Split a document into passages of at most `longest` characters.

    Less where the language is written without blanks between words; the row of a table that is
    longer is a passage of its own.

    Every non-blank character lies in exactly one passage, and
    `document.text[passage.start:passage.end]` is the passage.

    A long text is split in a process of its own, within what it may take of an allowance.

    Raises:
        ReadError: It is long, and cannot be split within the limits of `apart`.

    >>> document = Document("a.txt", "A", "Rollo led. He won.")
    >>> [(p.start, p.end, len(p.sentences)) for p in split_passages(document)]
    [(0, 18, 2)]
    """
    if len(document.text) <= LONG:
        return split_here(document, longest=longest)
    try:
        return split_apart(document, longest, allowance)
    except Unreadable as error:
        raise ReadError(f"{document.id} {error}") from error


def split_here(document: Document, *, longest: int) -> list[Passage]:
    """As `split_passages`, in this process."""
    if document.language in DENSE:
        longest = max(1, int(_DENSE * longest))
    sentences = split_sentences(document.text, document.language, longest=longest)
    lines = [match[0] for match in re.finditer(r"\S[^\n]*", document.text)]
    flags = boilerplate_lines(lines)
    starts = {heading.start for heading in document.headings}
    passages: list[Passage] = []
    packed: list[Sentence] = []
    for paragraph in _paragraphs(sentences, longest):
        first = paragraph[0]
        if packed and (
            first.outer.start in starts
            or flags[first.paragraph] != flags[packed[0].paragraph]
            or paragraph[-1].outer.end - packed[0].outer.start > longest
        ):
            passages.append(_passage(document, packed, flags))
            packed = []
        packed = packed + paragraph
    if packed:
        passages.append(_passage(document, packed, flags))
    return passages


def _paragraphs(sentences: list[Sentence], longest: int) -> list[list[Sentence]]:
    """Sentences by paragraph; a paragraph over the limit comes in pieces of even length."""
    groups = groupby(sentences, key=lambda sentence: sentence.paragraph)
    return [piece for _, group in groups for piece in _pieces(list(group), longest)]


def _pieces(group: list[Sentence], longest: int) -> list[list[Sentence]]:
    length = group[-1].outer.end - group[0].outer.start
    if length <= longest:
        return [group]
    target = length / -(-length // longest)
    pieces: list[list[Sentence]] = [[]]
    for sentence in group:
        piece = pieces[-1]
        grown = sentence.outer.end - piece[0].outer.start if piece else 0
        middle = grown - (sentence.outer.end - sentence.outer.start) / 2
        if piece and (grown > longest or middle > target):
            pieces.append([sentence])
        else:
            piece.append(sentence)
    return pieces


def _passage(document: Document, sentences: list[Sentence], flags: list[bool]) -> Passage:
    return Passage(
        document=document.id,
        start=sentences[0].outer.start,
        end=sentences[-1].outer.end,
        sentences=tuple(Span(*s.span) for s in sentences),
        boilerplate=flags[sentences[0].paragraph],
    )
