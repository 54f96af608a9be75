"""A draft's text without what nobody sees: letters of no width, orders of writing, controls.

A long text is looked at where it is read, in the process apart, since each look at it holds the
interpreter for as long as it takes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from itertools import accumulate

from rag.documents.draft import DocumentDraft
from rag.schema import many

# No letters, and no ends of words: zero width, orders of writing, tags, fillers, controls. What
# joins letters stays where a script needs it, and so does the first sign for an emoji's look.
_ZERO_WIDTH = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u3164\ufeff\uffa0\ufff9-\ufffb"
)
_ORDERS = "\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f"
_SMUGGLED = "\U000e0000-\U000e0fff"
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_JOINS, _LOOKS = "\u200c\u200d", "\ufe00-\ufe0f"
_UNSEEN = re.compile(f"[{_ZERO_WIDTH}{_ORDERS}{_SMUGGLED}{_CONTROLS}]")
_RUN = re.compile(f"[{_ZERO_WIDTH}{_ORDERS}{_SMUGGLED}{_CONTROLS}{_JOINS}{_LOOKS}]+")
_MEANT = re.compile(f"[{_LOOKS}]?[{_JOINS}]?")  # behind a letter that takes such signs
_TAKES = re.compile("[\u0600-\U000dffff]|[#*0-9\u00a9\u00ae](?=\ufe0f)")
_TOLD = re.compile(f"[\u202a-\u202e\u2066-\u2069{_SMUGGLED}]")  # to be read otherwise than seen
_HALVES = re.compile("[\ud800-\udfff]")


def legible(draft: DocumentDraft) -> DocumentDraft:
    r"""A draft of what can be seen and kept, its places moved to where they are then.

    >>> legible(DocumentDraft("a\u200bb\ud800", "t")).text
    'ab\ufffd'
    """
    return _seen(_sound(draft))


def bare(text: str) -> str:
    """A text without characters that nobody sees."""
    return _RUN.sub(_meant, text)


def _sound(draft: DocumentDraft) -> DocumentDraft:
    """A draft without halves of characters, which no file or database takes; offsets stay."""
    return replace(
        draft,
        text=_HALVES.sub("\ufffd", draft.text),
        title=_HALVES.sub("\ufffd", draft.title),
        source=_HALVES.sub("\ufffd", draft.source),
        author=_HALVES.sub("\ufffd", draft.author),
        headings=tuple(replace(h, title=_HALVES.sub("\ufffd", h.title)) for h in draft.headings),
        places=tuple(replace(p, name=_HALVES.sub("\ufffd", p.name)) for p in draft.places),
    )


def _seen(draft: DocumentDraft) -> DocumentDraft:
    """A draft without characters that nobody sees, its places moved to where they are now."""
    facts = (draft.title, draft.source, draft.author, *(p.name for p in draft.places))
    if not any(map(_RUN.search, (draft.text, *facts, *(h.title for h in draft.headings)))):
        return draft
    count = len(_TOLD.findall(draft.text))
    told = f"{many(count, 'invisible character')} left out." if count else ""
    gone = [
        (found.start(), found.end() - len(_meant(found))) for found in _RUN.finditer(draft.text)
    ]
    starts = [start for start, _ in gone]
    total = [0, *accumulate(end - start for start, end in gone)]

    def moved(at: int) -> int:
        before = bisect_left(starts, at)
        return at - total[before]

    return replace(
        draft,
        remarks=(*draft.remarks, told) if told else draft.remarks,
        text=bare(draft.text),
        title=bare(draft.title),
        source=bare(draft.source),
        author=bare(draft.author),
        headings=tuple(
            replace(h, start=moved(h.start), title=bare(h.title)) for h in draft.headings
        ),
        places=tuple(replace(p, start=moved(p.start), name=bare(p.name)) for p in draft.places),
    )


def _meant(run: re.Match[str]) -> str:
    """What of a run of unseen characters a script or an emoji needs; most often nothing."""
    found = _MEANT.match(_UNSEEN.sub("", run[0]))
    takes = run.start() and _TAKES.match(run.string[run.start() - 1] + (found[0] if found else ""))
    return found[0] if found and takes else ""
