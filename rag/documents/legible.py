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
    return _seen(_sound(draft))


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
    if not any(map(RUN.search, (draft.text, *facts, *(h.title for h in draft.headings)))):
        return draft
    count = len(MISLEADING.findall(draft.text))
    told = f"{many(count, 'invisible character')} left out." if count else ""
    gone = [(found.start(), found.end() - len(meant(found))) for found in RUN.finditer(draft.text)]
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
