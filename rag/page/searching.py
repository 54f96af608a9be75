"""What the page of articles lists, by collection, author, language, source, dates, and finds.

Draws. Knows nothing of how a search is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.listing import DocumentInfo, collections, such
from rag.page import address
from rag.page.elements import plain, show_quotes
from rag.page.people import mine
from rag.page.source import collection_name, open_source
from rag.page.wording import _, language_name, n_, number
from rag.schema import Hit, Span

_EARLIEST = date(1000, 1, 1)
_MOST = 10  # passages shown


def draw_filters(infos: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The fields that narrow the list, behind one button; the articles that are left, in order."""
    which = {name: _chosen(name) for name in ("author", "source", "language")}
    after, before = st.session_state.get("filter-after"), st.session_state.get("filter-before")
    collection, folders = _collection(infos), collections(infos)
    found = such(infos, **which, collection=collection, after=after, before=before)
    some, every = number(len(found)), number(len(infos))
    fewer = len(found) < len(infos)
    narrowed = _("Filter: {some} of {all}", some=some, all=every) if fewer else _("Filter")
    with st.popover(narrowed, type="tertiary", icon=":material/filter_list:", key="filters"):
        authors = Counter(info.author for info in infos if info.author)
        languages = Counter(info.language for info in infos if info.language)
        if folders:
            _offer("collection", _("Collection"), folders, _("Any folder"), collection_name)
        names = [name for name, _ in authors.most_common()]
        _offer("author", _("Author"), names, _("Anyone"))
        codes = [code for code, _ in languages.most_common()]
        _offer("language", _("Language"), codes, _("Any language"), language_name)
        st.text_input(_("Source"), key="filter-source", placeholder=_("Part of an address"))
        for label, name in ((_("From"), "after"), (_("To"), "before")):
            key = f"filter-{name}"
            st.date_input(label, None, key=key, min_value=_EARLIEST, format="YYYY-MM-DD")
    return found


def _offer(
    name: str,
    label: str,
    values: Sequence[str],
    none: str,
    called: Callable[[str], str] = str,
) -> None:
    """A field for one of some values, or for none."""
    st.selectbox(
        label, values, index=None, key=f"filter-{name}", format_func=called, placeholder=none
    )


def offer_asking(
    assistant: Assistant,
    found: Sequence[DocumentInfo],
    infos: Sequence[DocumentInfo],
    to_chat: Callable[[], object],
) -> None:
    """A button that begins a chat with the articles that are left; none where all are.

    Where they are a whole collection, what is put into its folder later is asked too.
    """
    if not 0 < len(found) < len(infos):
        return
    collection = _collection(infos)
    whole = bool(collection) and len(found) == len(such(infos, collection=collection))
    label = n_("Ask this article", "Ask these {count} articles", len(found))
    if st.button(label, key="ask-these", icon=":material/forum:", type="tertiary"):
        chat = mine(assistant).new_id()
        mine(assistant).restrict(chat, (collection,) if whole else tuple(i.id for i in found))
        address.show(chat)
        to_chat()


def _collection(infos: Sequence[DocumentInfo]) -> str:
    """The collection that is chosen, unless its folder has gone since."""
    chosen = _chosen("collection")
    return chosen if chosen in collections(infos) else ""


def _chosen(name: str) -> str:
    return str(st.session_state.get(f"filter-{name}") or "")


def draw_passages(
    assistant: Assistant, sought: str, among: Sequence[DocumentInfo] | None = None
) -> None:
    """The passages that hold a word of `sought`; apart, and folded, those near in meaning alone.

    Nearness in meaning is found for anything, letters at random too, so it is no find by itself.
    """
    try:
        hits = assistant.search(sought, limit=_MOST, documents=among)
    except RagError as error:
        st.caption(plain(str(error)))
        return
    holding = [hit for hit in hits if hit.lexical > 0]
    near = [hit for hit in hits if hit.lexical <= 0]
    if holding:
        st.subheader(_("In the text"), anchor=False)
        _draw(holding, "library-found")
    else:
        st.caption(_("Nothing with “{words}” was found in the text.", words=plain(sought)))
    if near:
        label = _("Without these words, perhaps near in meaning")
        with st.expander(f"{label} ({len(near)})"):
            _draw(near, "library-near")


def _draw(hits: Sequence[Hit], key: str) -> None:
    found = [hit.evidence(Span(hit.start, hit.end)) for hit in hits]
    show_quotes(found, key=key, on_open=open_source)
