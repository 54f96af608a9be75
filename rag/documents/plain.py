"""Plain text: unwraps hard-wrapped lines, finds the title in the first lines."""

from __future__ import annotations

import re
from itertools import pairwise

from rag.documents.draft import DocumentDraft
from rag.documents.hyphens import Hyphens, parted

_SHORT = 45  # a line shorter than this was not broken by wrapping
_BROKEN = 20  # a shorter line has no word broken at its end
_LONGEST_TITLE = 150  # characters
_KICKER = 4  # words at most of a line in capitals that stands above a title
_WIDEST = 120  # nobody wraps wider; a longer line holds a whole paragraph
_BLANK = re.compile(r"\n[^\S\n]*\n")
ENDED = re.compile(r"[.!?:;…。！？][\"'”’)\]]*\s*$")
_HARD_ENDED = re.compile(r"[!?:;…。！？][\"'”’)\]]*\s*$")
ITEM = re.compile(r"^\s*(?:[-*•–▪◦·]|\d{1,3}[.)])\s")


def read_plain(text: str) -> DocumentDraft:
    r"""Plain text to a draft.

    A single newline inside a wrapped sentence becomes a space, so that a newline in the draft
    always ends a sentence. A word broken at the end of a line is whole again.

    >>> read_plain("The rule took effect in Washington on the seventh\nof October.").text
    'The rule took effect in Washington on the seventh of October.'
    """
    lines = text.split("\n")
    width = _width(lines)
    hyphens = Hyphens(lines)
    parts = lines[:1]
    for line, following in pairwise(lines):
        broken = len(line.rstrip()) >= _BROKEN and hyphens.joined(
            parts[-1].rstrip(" "), following.lstrip(" \t")
        )
        if broken:
            parts[-1:] = parted(broken)
        else:
            parts += [" " if _goes_on(line, following, width) else "\n", following]
    unwrapped = "".join(parts)
    return DocumentDraft(text=unwrapped, title=_title(unwrapped))


def _width(lines: list[str]) -> int:
    """The column that the text is wrapped at; 0 where most of it stands in unbroken lines."""
    lengths = [len(line) for line in lines]
    wrapped = [length for length in lengths if length <= _WIDEST]
    return max(wrapped, default=0) if 2 * sum(wrapped) > sum(lengths) else 0


def _goes_on(line: str, following: str, width: int) -> bool:
    """Whether the next line starts small, or with a word that had no room in this one."""
    length, words = len(line.rstrip()), following.split(maxsplit=1)
    if length < _SHORT or not words or ITEM.match(following):
        return False
    if words[0][0].islower():
        return not _HARD_ENDED.search(line)
    return not ENDED.search(line) and 0 < width <= length + 1 + len(words[0])


def _title(text: str) -> str:
    """The first line; a few words in capitals, such as "THE LONG READ", with the line below."""
    first, *below = (part.strip() for part in _BLANK.split(text.lstrip(), maxsplit=2))
    title = first.split("\n")[0].strip()
    if not _may_be_title(title):
        return ""
    kicker = title == first and title.isupper() and len(title.split()) <= _KICKER
    heads = kicker and len(below) > 1 and "\n" not in below[0] and not ITEM.match(below[0])
    return f"{title}: {below[0]}" if heads and _may_be_title(below[0]) else title


def _may_be_title(line: str) -> bool:
    return len(line) <= _LONGEST_TITLE and not line.endswith((".", ",", ";"))
