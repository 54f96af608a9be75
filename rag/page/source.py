"""What source is open, and the panel that shows it: its text, or a PDF's page as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.library.joined import OWN
from rag.listing import DocumentInfo
from rag.page.elements import plain, reveal, show_article
from rag.page.facts import draw_facts
from rag.page.wording import _
from rag.schema import Document
from rag.service.wording import later

_SOURCE, _VIEW = "source", "source-view"
_PAGE, _TEXT = later("Page"), later("Text")


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


def opened_span() -> tuple[str, int, int] | None:
    """The characters that this tab has open."""
    source = opened()
    return source.span if source else None


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
    document = assistant.find_document(source.document)
    if document is None:
        _draw_head(_("This article is not here any more"), _file_of(source.document))
        st.markdown(
            _(
                "It was renamed or removed since. The answer keeps the sentence that it quoted: "
                "point at its number to read it."
            )
        )
        return
    place = document.place(source.start).name if source.start < source.end else ""
    _draw_head(document.title, " · ".join(filter(None, (place, _file_of(document.id)))))
    if (info := assistant.info(document.id)) is not None:
        draw_facts(assistant, info)
    span, opened = (source.start, source.end), f"{source.span} {source.times}"
    page, quote = _choose_page(document, *span), document.text[slice(*span)]
    if page is not None and _draw_leaf(assistant, document.id, page, quote):
        reveal(opened=f"{opened} drawn")
    else:
        show_article(document, *span, opened=opened)


def _choose_page(document: Document, start: int, end: int) -> int | None:
    """Let a person choose between page and text; the number of the page that is to be shown.

    There is none where nothing is quoted, and where the article is no PDF.
    """
    number = _page_of(document, start) if start < end else None
    if number is None:
        return None
    chosen = st.segmented_control(
        _("Shown as"),
        (_PAGE, _TEXT),
        format_func=_,
        default=st.session_state.get(f"{_VIEW}-kept", _PAGE),
        key=_VIEW,
        required=True,
        label_visibility="collapsed",
        on_change=_keep,
    )
    return number if chosen == _PAGE else None


def _draw_leaf(assistant: Assistant, id_: str, number: int, quote: str) -> bool:
    """A page of an article with a quotation; whether it could be drawn, which is told otherwise."""
    try:
        picture = _drawn(assistant, id_, assistant.digest(id_), number, quote)
    except RagError as error:
        told = _("The page cannot be shown, so here is the text. {why}", why=error)
        st.caption(plain(told))
        return False
    with st.container(key="leaf"):
        told = _("Page {number} of the file. It says: {quote}", number=number, quote=quote)
        st.image(picture, width="stretch", alt=told)
    return True


@st.cache_data(max_entries=32, show_spinner=False)
def _drawn(_assistant: Assistant, id_: str, digest: str, number: int, quote: str) -> bytes:
    """A drawn page; kept as long as the file is the same."""
    return _assistant.drawn(id_, number, quote)


def _keep() -> None:
    """Remember the choice for the next article; a widget that is not drawn forgets."""
    st.session_state[f"{_VIEW}-kept"] = st.session_state[_VIEW]


def _page_of(document: Document, start: int) -> int | None:
    """The number of the page of a PDF that a character stands on."""
    return document.place(start).page if document.id.lower().endswith(".pdf") else None


def _file_of(id_: str) -> str:
    """What a person calls an article's file, and that it is their own where it is."""
    own = id_.startswith(OWN)
    return f"{id_.removeprefix(OWN)} · {_('private')}" if own else id_


def _draw_head(title: str, facts: str) -> None:
    """The title, what it is, and the way out."""
    with st.container(horizontal=True, wrap=False, key="source-head"):
        st.markdown(f"**{plain(title)}**  \n:small[:gray[{plain(facts)}]]")
        st.button(
            _("Close"),
            on_click=close_source,
            key="close",
            type="tertiary",
            icon=":material/close:",
            shortcut="Esc",
        )


def newest_first(infos: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """Articles by date, the newest first, then those without a date by title."""
    return sorted(infos, key=lambda i: (-(i.date.toordinal() if i.date else 0), i.title, i.id))


def collection_name(collection: str) -> str:
    """What a person calls the articles of a folder."""
    return _("My own articles") if collection == OWN else collection.removeprefix(OWN)
