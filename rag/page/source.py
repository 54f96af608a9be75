"""What source is open, the panel that shows it, and the list of articles to open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.page.elements import day, plain, show_article
from rag.schema import DocumentInfo

_SOURCE = "source"
_LISTED = 100


@dataclass(frozen=True, slots=True)
class Opened:
    """The characters `[start, end)` of a document; `times` tells openings apart."""

    document: str
    start: int
    end: int
    times: int

    @property
    def span(self) -> tuple[str, int, int]:
        """Document, start and end."""
        return self.document, self.start, self.end


def opened() -> Opened | None:
    """What this tab has open."""
    found: Opened | None = st.session_state.get(_SOURCE)
    return found


def open_source(document: str, start: int = 0, end: int = 0) -> None:
    """Open a document at the characters `[start, end)`; with neither, at its beginning."""
    before = opened()
    times = before.times + 1 if before else 1
    st.session_state[_SOURCE] = Opened(document, start, end, times)


def close_source() -> None:
    """Close the panel."""
    st.session_state.pop(_SOURCE, None)


def draw_source(assistant: Assistant, source: Opened) -> None:
    """The open article, whole, with its sentence highlighted."""
    try:
        document = assistant.document(source.document)
    except RagError as error:
        st.error(plain(str(error)))
        return
    with st.container(horizontal=True, wrap=False, key="source-head"):
        facts = " · ".join(fact for fact in (day(document.date), document.id) if fact)
        st.markdown(f"**{plain(document.title)}**  \n:small[:gray[{plain(facts)}]]")
        st.button(
            "Close", on_click=close_source, key="close", type="tertiary", icon=":material/close:"
        )
    show_article(document, source.start, source.end, opened=f"{source.span} {source.times}")


def draw_articles(assistant: Assistant) -> None:
    """The list of articles; a click opens one."""
    articles, passages = assistant.counts()
    st.caption(f"{articles:,} articles, {passages:,} passages")
    infos = newest_first(assistant.documents())
    with st.container(key="articles", gap="xsmall"):
        for info in infos[:_LISTED]:
            _draw_line(info)
    if len(infos) > _LISTED:
        st.caption(f"and {len(infos) - _LISTED:,} more")
    failures = assistant.failures()
    if failures:
        with st.expander(f"{len(failures):,} files could not be read"):
            for failure in failures[:_LISTED]:
                st.caption(plain(failure.reason))


def newest_first(infos: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """Articles by date, the newest first, then those without a date by title."""
    return sorted(infos, key=lambda i: (-(i.date.toordinal() if i.date else 0), i.title, i.id))


def _draw_line(info: DocumentInfo) -> None:
    when = f" :gray[:small[{day(info.date)}]]" if info.date else ""
    st.button(
        plain(info.title) + when,
        key=f"article-{info.id}",
        type="tertiary",
        on_click=open_source,
        args=(info.id,),
    )
