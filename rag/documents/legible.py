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
from rag.invisible import MISLEADING, RUN, bare, meant
from rag.schema import many

_HALVES = re.compile("[\ud800-\udfff]")


def legible(draft: DocumentDraft) -> DocumentDraft:
    r"""A draft of what can be seen and kept, its places moved to where they are then.

    >>> legible(DocumentDraft("a\u200bb\ud800", "t")).text
    'ab\ufffd'
    """
    text = _sound(draft.text)
    runs = list(RUN.finditer(text))  # one look at a text with nothing unseen, which most are
    count = sum(len(MISLEADING.findall(run[0])) for run in runs)
    told = (f"{many(count, 'invisible character')} left out.",) if count else ()
    gone = [(run.start(), run.end() - len(meant(run))) for run in runs]
    starts = [start for start, _ in gone]
    total = [0, *accumulate(end - start for start, end in gone)]

    def moved(at: int) -> int:
        before = bisect_left(starts, at)
        return at - total[before]

    return replace(
        draft,
        remarks=(*draft.remarks, *told),
        text=bare(text) if runs else text,
        title=bare(_sound(draft.title)),
        source=bare(_sound(draft.source)),
        author=bare(_sound(draft.author)),
        headings=tuple(
            replace(h, start=moved(h.start), title=bare(_sound(h.title))) for h in draft.headings
        ),
        places=tuple(
            replace(p, start=moved(p.start), name=bare(_sound(p.name))) for p in draft.places
        ),
    )


def _sound(text: str) -> str:
    """A text without halves of characters, which no file or database takes; offsets stay."""
    return _HALVES.sub("\ufffd", text)
