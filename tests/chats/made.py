"""Answers for the tests of conversations: one to look at, and any at all for properties."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from rag.chats import ChatStore, Standing, standings
from rag.chats.standing import Find
from rag.schema import (
    Answer,
    Citation,
    Claim,
    Evidence,
    Origin,
    Searched,
    Timings,
    Verdict,
)

TEXT = "The bridge.\nIt opened in June 2020.\r\nIt cost 40,000 crowns.\n"
HOSTILE = (
    "</script></pre><script>alert(1)</script> --> <!-- ``` `x` $5$ **b** [a](http://x.y) "
    "\u202eabc\u202c \u05d0\u05d1 a\x00b \ud800 \udfff &amp; \r\n# head \u2028 \\ | ~~~"
)


def quote_of(number: int, start: int, end: int, *, text: str = TEXT) -> Citation:
    """A citation of `text` as the article lund.md."""
    return Citation(
        number, "lund.md", "The bridge", start, end, text[start:end], date(2020, 7, 1), None
    )


OPENED, COST = quote_of(1, 12, 35), quote_of(2, 37, 59)
FINE = Verdict(True, "fine")
ANSWER = Answer(
    question="When did it open?",
    query="When did it open?",
    refused=False,
    confidence=0.81,
    claims=(
        Claim("The bridge opened in June 2020.", (OPENED,), FINE, Origin.COMPOSED),
        Claim("It cost 40,000 crowns.", (OPENED, COST), FINE),
    ),
    evidence=(
        Evidence("lund.md", "The bridge", date(2020, 7, 1), 12, 35, OPENED.quote, 0.9, True),
    ),
    reason="",
    rejected=(Claim("It sank.", (), Verdict(False, "no", 0.25), Origin.COMPOSED),),
    searched=Searched(2, 9, 4, 2),
    timings=Timings(0.1, None, 0.3),
)
REFUSAL = Answer(
    question="Who?",
    query="Who?",
    refused=True,
    confidence=0.1,
    claims=(),
    evidence=ANSWER.evidence,
    reason="The articles do not say.",
    rejected=(),
    searched=ANSWER.searched,
    timings=ANSWER.timings,
)


# Two halves side by side are one character in JSON, and in no text that was read from a file.
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
texts = st.text(st.characters(), max_size=30).filter(lambda text: not _PAIR.search(text))
shares = st.floats(0, 1)
places = st.integers(0, 2**40)
days = st.none() | st.dates()
times = st.datetimes(timezones=st.just(UTC)) | st.just(datetime(2026, 1, 1, tzinfo=UTC))
citations = st.builds(
    Citation, places, texts, texts, places, places, texts, days, st.none() | places
)
claims = st.builds(
    Claim,
    texts,
    st.lists(citations, max_size=3).map(tuple),
    st.builds(Verdict, st.booleans(), texts, shares),
    st.sampled_from(Origin),
)
answers = st.builds(
    Answer,
    texts,
    texts,
    st.booleans(),
    shares,
    st.lists(claims, max_size=3).map(tuple),
    st.lists(
        st.builds(Evidence, texts, texts, days, places, places, texts, shares, st.booleans()),
        max_size=3,
    ).map(tuple),
    texts,
    st.lists(claims, max_size=2).map(tuple),
    st.builds(Searched, places, places, places, places),
    st.builds(Timings, shares, st.none() | shares, shares),
)


def asked(store: ChatStore, chat: str) -> list[str]:
    return [turn.question for turn in store.turns(chat)]


def standing(
    answer: Answer, document_of: Find, *, digests: Mapping[str, str] | None = None
) -> tuple[Standing, ...]:
    """What became of the citations of one answer."""
    return standings([(answer, digests or {})], document_of)[0]
