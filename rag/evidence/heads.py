"""The lines of an article that say what stands below them: its title, its byline, its headings."""

from __future__ import annotations

from rag.schema import Document, Evidence

_OPENING = 4  # lines at the beginning that may be a title, an author or a place
_LONGEST = 200  # characters of such a line
_ENDS = (".", "!", "?", ":", ";", ",")


def heads(document: Document) -> list[Evidence]:
    r"""The title, the lines under it that are no sentences, and the headings, as they stand.

    >>> pier = Document("a.md", "The pier", "The pier\n\nAda Rehn\n\nIt fell.")
    >>> [one.quote for one in heads(pier)]
    ['The pier', 'Ada Rehn']
    """
    spans = dict.fromkeys(_opening(document.text))
    for heading in document.headings:
        end = heading.start + len(heading.title)
        if heading.title and document.text[heading.start : end] == heading.title:
            spans[heading.start, end] = None
    return [
        Evidence(
            document.id, document.title, document.date, *span, document.text[slice(*span)], 0.0
        )
        for span in sorted(spans)
    ]


def _opening(text: str) -> list[tuple[int, int]]:
    """Where the first lines stand, as long as they are no sentences."""
    found, at = list[tuple[int, int]](), 0
    for line in text[: _OPENING * _LONGEST].splitlines(keepends=True):
        plain = line.strip()
        start = at + len(line) - len(line.lstrip())
        at += len(line)
        if not plain:
            continue
        if len(found) == _OPENING or len(plain) > _LONGEST or plain.endswith(_ENDS):
            break
        found.append((start, start + len(plain)))
    return found
