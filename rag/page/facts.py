"""What is known of an article: who wrote it, when, where it comes from; shown, and set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.listing import DocumentInfo
from rag.page.elements import plain
from rag.page.people import changing, may_change
from rag.page.wording import _, day, language_name, n_
from rag.service.wording import later

_LONGEST = 40  # characters of a source that are shown in the line
_TROUBLE = "facts-trouble"
_SET = {
    "author": later("the author"),
    "date": later("the day"),
    "modified": later("the change"),
    "source": later("the source"),
}


def draw_facts(assistant: Assistant, info: DocumentInfo) -> None:
    """A line that tells of an article, and a form behind it that sets what its file tells wrongly.

    Drawn once a page, for the article that is open.
    """
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key="facts"):
        st.caption(plain(told(info)), width="stretch")
        if not may_change(info.id):
            return
        with st.popover(_("Edit"), type="tertiary", icon=":material/edit:", key="facts-edit"):
            _draw_form(assistant, info)


def told(info: DocumentInfo) -> str:
    """What is known of an article, in a line.

    >>> told(DocumentInfo("a.md", "A", date(2025, 7, 2), 9, 1, words=1200, author="Jo Doe"))
    'Jo Doe · 2 July 2025 · 1,200 words'
    """
    words = n_("{count} word", "{count} words", info.words)
    sections = n_("{count} section", "{count} sections", info.sections)
    changed = _("changed {day}", day=day(info.modified)) if info.modified else ""
    language = language_name(info.language)
    source = info.source if len(info.source) <= _LONGEST else f"{info.source[:_LONGEST].rstrip()}…"
    facts = (
        info.author,
        day(info.date),
        changed,
        source,
        language,
        words,
        sections if info.sections > 1 else "",
        *info.remarks,
    )
    return " · ".join(fact for fact in facts if fact)


def _draw_form(assistant: Assistant, info: DocumentInfo) -> None:
    with st.form(f"facts-{info.id}", border=False):
        author = st.text_input(_("Author"), info.author, key=f"facts-author-{info.id}")
        dated = _day_input(_("Published"), info.date, f"facts-date-{info.id}")
        changed = _day_input(_("Last changed"), info.modified, f"facts-modified-{info.id}")
        source = st.text_input(_("Source"), info.source, key=f"facts-source-{info.id}")
        if st.form_submit_button(_("Keep"), type="primary", key="facts-keep"):
            now = {"author": author, "date": dated, "modified": changed, "source": source}
            before = {n: getattr(info, n) for n in now}
            new = {n: "" if v is None else v for n, v in now.items() if v != before[n]}
            _correct(assistant, info, new)
    st.caption(_("The file stays as it is."))
    if info.by_hand:
        names = ", ".join(_(_SET[name]) for name in info.by_hand)
        st.caption(_("Set by hand: {names}.", names=names))
        if st.button(_("As the file tells"), key="facts-as-told", icon=":material/undo:"):
            _correct(assistant, info, dict.fromkeys(info.by_hand))
    if trouble := st.session_state.pop(_TROUBLE, ""):
        st.error(plain(trouble))


def _day_input(label: str, value: date | None, key: str) -> date | None:
    chosen = st.date_input(label, value, key=key, min_value=date(1000, 1, 1), format="YYYY-MM-DD")
    return chosen if isinstance(chosen, date) else None


def _correct(
    assistant: Assistant, info: DocumentInfo, facts: Mapping[str, str | date | None]
) -> None:
    try:
        (assistant if may_change(info.id) else changing(assistant)).correct(info.id, **facts)
    except RagError as error:
        st.session_state[_TROUBLE] = str(error)
    for name in _SET:
        st.session_state.pop(f"facts-{name}-{info.id}", None)  # drawn anew as they are now
    st.rerun()
