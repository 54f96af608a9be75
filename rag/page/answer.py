"""One answer on the page, while it is being written and after.

Owns what is shown of an answer and in which words; `answer.js` draws it. Text from articles and
models goes there as data and is set as text, never as markup. Knows nothing of turns and tabs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from rag.chats import Standing, State
from rag.page.elements import Open, component, day_and_place, order_note, seen
from rag.page.wording import _, day, n_, number
from rag.query import Aspect, understand
from rag.schema import Answer, Citation, Claim, Evidence, Searched, Verdict
from rag.service.questions import Seen, Stage
from rag.service.wording import later
from rag.showing import CERTAIN, LIKELY
from rag.writing import unmarked

_AT_ONCE = 3  # sentences found that are shown before one asks for all
_FALLEN = {State.GONE: later("changed"), State.VANISHED: later("removed")}  # at the marker
_QUOTED = Verdict(True, "The source's own sentence.")
_EARLIER = (("user", "Who came?"), ("assistant", "Ada came."))  # any will do
_answer = component("answer", "answer")


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What is to be shown; an answer in work has a `status`, and what its `stop` button says."""

    claims: tuple[Claim, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rejected: tuple[Claim, ...] = ()
    standing: tuple[Standing, ...] = ()
    status: str = ""
    stop: str = ""
    confidence: float | None = None
    searched: Searched | None = None
    coverage: str = ""
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    refusal: str = ""
    listed: bool = False


def whole(answer: Answer, standing: Sequence[Standing] = ()) -> ShownAnswer:
    """A finished answer, with what became of its citations since."""
    return ShownAnswer(
        answer.claims,
        () if answer.choices else answer.evidence,  # under a question back are its choices
        answer.rejected,
        tuple(standing),
        confidence=None if answer.refused else answer.confidence,
        searched=answer.searched,
        coverage=answer.coverage,
        remarks=answer.remarks,
        seconds=answer.timings.total,
        refusal=answer.reason,
        listed=bool(answer.claims) and wants_bullets(answer.question),
    )


@lru_cache(maxsize=256)
def wants_bullets(question: str) -> bool:
    """Whether a question asks for the last answer in points."""
    return understand(question, _EARLIER).aspect is Aspect.BULLETS


def so_far(seen: Seen, ahead: int) -> ShownAnswer:
    """An answer in work, with `ahead` questions to be answered before it.

    Quotes stand at once; what is written takes their place as it is proven.
    """
    return ShownAnswer(
        (*seen.claims, *_untold(seen)),
        seen.evidence,
        seen.rejected,
        status=status(seen, ahead),
        stop=_("Withdraw") if ahead else _("Stop"),
    )


def _untold(seen: Seen) -> Iterator[Claim]:
    """The quotes that answer and that no claim tells so far."""
    cited = [citation for claim in seen.claims for citation in claim.citations]
    places = {(citation.document, citation.start) for citation in cited}
    number = max((citation.number for citation in cited), default=0)
    for one in seen.evidence:
        if one.used and (one.document, one.start) not in places:
            number += 1
            yield Claim(unmarked(one.quote), (one.citation(number),), _QUOTED)


def status(seen: Seen, ahead: int) -> str:
    """How far a question is, in words.

    >>> status(Seen(), 2)
    'Waiting for the 2 questions before this one …'
    """
    found = seen.stage in (Stage.FOUND, Stage.WRITING)
    if ahead:
        waiting = n_(
            "Waiting for the question before this one …",
            "Waiting for the {count} questions before this one …",
            ahead,
        )
        found_waiting = n_(
            "Found in the articles; waiting for the question before this one …",
            "Found in the articles; waiting for the {count} questions before this one …",
            ahead,
        )
        return found_waiting if found else waiting
    if not found:
        return _("Searching the articles …")
    if seen.claims:
        return _("Checking what else can be said …")
    return _("Found in the articles; writing and checking …")


def words_for(confidence: float) -> tuple[str, str, int]:
    """Confidence as a level, in words, and in dots out of three.

    The lines are where measured shares of right answers part (reports/): below, most are wrong.

    >>> words_for(0.9)
    ('high', 'Well supported', 3)
    >>> words_for(0.7)
    ('low', 'Uncertain, check the source', 1)
    """
    if confidence >= CERTAIN:
        return "high", _("Well supported"), 3
    if confidence >= LIKELY:
        return "middle", _("Probably right"), 2
    return "low", _("Uncertain, check the source"), 1


def show_answer(
    shown: ShownAnswer,
    *,
    key: str,
    on_open: Open,
    on_stop: Callable[[], None] = lambda: None,
    opened: tuple[str, int, int] | None = None,
) -> None:
    """Draw an answer.

    Args:
        shown: What to show.
        key: The same for the same turn, and no other's.
        on_open: Called with document, start and end of the source that is clicked.
        on_stop: Called when the button beside the status is clicked.
        opened: The characters that are open now; their marker looks pressed.
    """
    places = {c.number: _place(c, shown.standing) for c in _citations(shown.claims)}

    def cited() -> None:
        place = places.get(st.session_state[key].cited)
        if place is not None:
            on_open(*place)

    def found() -> None:
        number = st.session_state[key].found
        if number is not None and int(number) < len(shown.evidence):
            item = shown.evidence[int(number)]
            on_open(item.document, item.start, item.end)

    pressed = next((n for n, place in places.items() if place == opened), None)
    _answer(
        key=key,
        data=seen(_data(shown)) | {"opened": pressed},
        on_cited_change=cited,
        on_found_change=found,
        on_stopped_change=on_stop,
    )


def copied(answer: Answer) -> str:
    """An answer as text to paste elsewhere, with its markers and sources."""
    lines = [answer.text, *answer.remarks]
    if answer.citations:
        lines += ["", _("Sources")]
    for c in answer.citations:
        facts = filter(None, (c.title, *_facts(c), order_note(c)))
        lines.append(f"[{c.number}] “{c.quote}” {' · '.join(facts)}")
    return "\n".join(lines)


def _data(shown: ShownAnswer) -> dict[str, Any]:
    standing = {s.citation.number: s for s in shown.standing if not s.stands}
    numbers = {(c.document, c.start, c.end): c.number for c in _citations(shown.claims)}
    claims: list[dict[str, Any]] = [
        {
            "text": claim.text,
            "marks": [_mark(c, standing.get(c.number)) for c in claim.citations],
            "from": origin,
        }
        for claim, origin in zip(shown.claims, _origins(shown.claims), strict=True)
    ]
    if shown.refusal:
        claims.append({"text": shown.refusal, "marks": [], "from": ""})
    left = [{"text": claim.text, "why": claim.verdict.reason} for claim in shown.rejected]
    return {
        "notes": _notes(list(standing.values())),
        "remarks": list(shown.remarks),
        "claims": claims,
        "listed": shown.listed,
        "status": shown.status,
        "stop": shown.stop,
        "facts": _told(shown),
        "found": _found(shown),
        "numbers": [numbers.get((e.document, e.start, e.end)) for e in shown.evidence],
        "left": {
            "title": f"{_('Left out, and why')} ({len(left)})",
            "items": left,
            "first": len(left),
        },
        "unfolded": bool(shown.status or shown.refusal),
    }


def _found(shown: ShownAnswer) -> dict[str, Any]:
    """The sentences found, under their title."""
    title = _("Nearest passages") if shown.refusal else _("Found in the articles")
    items = [
        {
            "quote": _pieces(item),
            "title": item.title,
            "day": day_and_place(item),
            "note": order_note(item),
        }
        for item in shown.evidence
    ]
    return {
        "title": f"{title} ({len(items)})",
        "items": items,
        "first": _AT_ONCE,
        "more": _("Show all {count}", count=number(len(items))),
        "open": _("Open"),
    }


def _pieces(item: Evidence | Citation) -> list[str]:
    """A quote in three pieces, the answering words in the middle; in one where none are known."""
    if item.words is None:
        return [item.quote]
    start, end = item.words.start - item.start, item.words.end - item.start
    return [item.quote[:start], item.quote[start:end], item.quote[end:]]


def _mark(citation: Citation, fallen: Standing | None) -> dict[str, Any]:
    return {
        "number": citation.number,
        "name": _("Source {number}", number=citation.number),
        "title": citation.title,
        "quote": _pieces(citation),
        "facts": " · ".join(_facts(citation)),
        "state": _(_FALLEN.get(fallen.state, "")) if fallen else "",
        "note": " ".join(filter(None, (fallen.words if fallen else "", order_note(citation)))),
    }


def _origins(claims: Sequence[Claim]) -> list[str]:
    """The articles of each claim with their dates, where they are not all of the same ones.

    Of neighbours with the same articles only the last has it.
    """
    of = [tuple(dict.fromkeys((c.title, day(c.date)) for c in claim.citations)) for claim in claims]
    if len(set(of)) < 2:
        return [""] * len(of)
    told = ["; ".join(" · ".join(filter(None, article)) for article in one) for one in of]
    return [
        "" if place + 1 < len(of) and of[place + 1] == one else told[place]
        for place, one in enumerate(of)
    ]


def _facts(citation: Citation) -> tuple[str, ...]:
    facts = day(citation.date), citation.place, citation.document
    return tuple(fact for fact in facts if fact)


def _notes(fallen: Sequence[Standing]) -> list[str]:
    """What to say above an answer of which a source no longer says what it said."""
    if not fallen:
        return []
    which = ", ".join(str(s.citation.number) for s in fallen)
    told = n_(
        "Source {which} has changed or vanished since this was answered. Ask again to answer it "
        "anew.",
        "Sources {which} have changed or vanished since this was answered. Ask again to answer it "
        "anew.",
        len(fallen),
        which=which,
    )
    return [told]


def _told(shown: ShownAnswer) -> list[dict[str, Any]]:
    """How sure it is and how much was searched; a refusal's own sentence says the latter."""
    if shown.searched is None or shown.refusal:
        return []
    searched = shown.searched
    sure = []
    if shown.confidence is not None:
        level, words, dots = words_for(shown.confidence)
        sure = [{"text": words, "level": level, "dots": dots}]
    return [
        *sure,
        *([{"text": shown.coverage.rstrip(".")}] if shown.coverage else []),
        {
            "text": _(
                "{passages} in {articles} searched",
                passages=n_("{count} passage", "{count} passages", searched.passages),
                articles=n_("{count} article", "{count} articles", searched.documents),
            )
        },
        {"text": f"{number(shown.seconds, 1)} s"},
    ]


def _place(citation: Citation, standing: Sequence[Standing]) -> tuple[str, int, int]:
    """Where a citation is to be opened: where its quote stands now, or the article's beginning."""
    for one in standing:
        if one.citation.number == citation.number:
            if one.start is None or one.end is None:
                return citation.document, 0, 0
            return citation.document, one.start, one.end
    return citation.document, citation.start, citation.end


def _citations(claims: Sequence[Claim]) -> list[Citation]:
    return [citation for claim in claims for citation in claim.citations]
