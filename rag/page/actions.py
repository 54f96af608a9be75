"""What can be done with a turn: ask it again or otherwise, change the question, judge, copy.

Owns the buttons under an answer and what a click on them does. Knows nothing of how an answer is
drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from rag.chats import ChatStore, Turn
from rag.errors import RagError
from rag.page import address
from rag.page.answer import copied
from rag.page.elements import plain, show_copy
from rag.page.wording import _
from rag.service.questions import QuestionQueue
from rag.service.wording import later

_EDITED, _TROUBLE = "edited", "trouble"
_UP, _DOWN = 1, 0  # as `st.feedback` counts
_SHORTER = later("Shorter"), "Make it shorter"  # what is asked stays English
_REWORKS = (
    (later("Simpler"), "Make it simpler"),
    (later("In bullet points"), "Put it in bullet points"),
)


def ask(queue: QuestionQueue, store: ChatStore, question: str) -> None:
    """Put a question of this tab's conversation into the line."""
    chat = address.own(store)
    if _telling(lambda: queue.ask(chat, question, owner=store.owner), question):
        address.show(chat)


def draw_questions(
    queue: QuestionQueue, store: ChatStore, questions: tuple[str, ...], key: str
) -> None:
    """Complete questions, each a button that asks it."""
    for place, question in enumerate(questions):
        st.button(
            plain(question),
            key=f"{key}-{place}",
            on_click=ask,
            args=(queue, store, question),
            icon=":material/arrow_forward:",
        )


def again(
    queue: QuestionQueue, store: ChatStore, chat: str, turn: Turn, question: str, **how: bool
) -> None:
    """Ask the last question anew, as it was or changed; its answer so far is dropped."""
    st.session_state.pop(_EDITED, None)
    owner = store.owner
    _telling(lambda: queue.again(chat, turn.id, question, owner=owner, **how), question)


def draw_trouble() -> None:
    """What went wrong with the last click, once."""
    told = st.session_state.pop(_TROUBLE, None)
    if told is not None:
        st.error(plain(told), icon=":material/error:")


def edited(turn: Turn) -> bool:
    """Whether the question of a turn is being changed in this tab."""
    return bool(st.session_state.get(_EDITED) == turn.id)


def draw_edit(queue: QuestionQueue, store: ChatStore, chat: str, turn: Turn) -> None:
    """A field with the question, to be changed and asked anew."""
    key = f"edit-{turn.id}-text"
    with st.form(f"edit-form-{turn.id}", border=False):
        st.text_area(_("Your question"), turn.question, key=key)
        with st.container(horizontal=True, gap="xsmall"):
            st.form_submit_button(
                _("Ask"),
                type="primary",
                key=f"edit-ask-{turn.id}",
                on_click=lambda: again(queue, store, chat, turn, st.session_state[key]),
            )
            st.form_submit_button(_("Cancel"), key=f"edit-cancel-{turn.id}", on_click=_edit)


def draw_actions(
    queue: QuestionQueue, store: ChatStore, chat: str, turn: Turn, *, last: bool
) -> None:
    """The row under a turn that is not in work."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xxsmall", key=f"actions-{turn.id}"
    ):
        if turn.answer is not None:
            show_copy(copied(turn.answer), key=f"copy-{turn.id}")
            _draw_rating(store, turn)
        if last:
            act = partial(again, queue, store, chat, turn, turn.question)
            _button(_("Ask again"), "refresh", turn, act)
            _button(_("Edit question"), "edit", turn, lambda: _edit(turn.id))
            if turn.answer is not None and turn.answer.unwritten:
                _button(_("Write it out"), "edit_note", turn, partial(act, write=True))
            if turn.answer is not None and turn.answer.period is not None:
                _button(_("Search all dates"), "event_busy", turn, partial(act, dates=False))


def draw_reworks(queue: QuestionQueue, store: ChatStore, turn: Turn, *, writes: bool) -> None:
    """Ways to have the last answer told again, each a click; none for a refusal."""
    answer = turn.answer
    if answer is None or answer.refused or answer.choices or not answer.claims:
        return
    offered = [*([_SHORTER] if len(answer.claims) > 1 else []), *(_REWORKS if writes else ())]
    offered = [one for one in offered if one[1] != turn.question]
    with st.container(horizontal=True, gap="xxsmall", key=f"reworks-{turn.id}"):
        for place, (label, request) in enumerate(offered):
            st.button(
                _(label),
                key=f"rework-{turn.id}-{place}",
                type="tertiary",
                on_click=ask,
                args=(queue, store, request),
                help=_("Asks: {request}", request=request),
            )


def _draw_rating(store: ChatStore, turn: Turn) -> None:
    key, said = f"rate-{turn.id}", f"comment-{turn.id}"

    def rate() -> None:
        thumb = st.session_state[key]
        rating = 0 if thumb is None else 1 if thumb == _UP else -1
        _telling(lambda: store.rate(turn.id, rating, turn.comment))

    def comment() -> None:
        _telling(lambda: store.rate(turn.id, turn.rating, st.session_state[said].strip()))

    chosen = {1: _UP, -1: _DOWN}.get(turn.rating)
    st.feedback("thumbs", key=key, default=chosen, on_change=rate)
    if turn.rating or turn.comment:
        label = _("Your comment") if turn.comment else _("Add a comment")
        with (
            st.popover(label, type="tertiary", key=f"comment-of-{turn.id}"),
            st.form(f"comment-form-{turn.id}", border=False),
        ):
            st.text_area(_("What was good or wrong?"), turn.comment, key=said)
            st.form_submit_button(_("Keep"), key=f"comment-keep-{turn.id}", on_click=comment)


def _button(label: str, icon: str, turn: Turn, act: Callable[[], None]) -> None:
    st.button(
        label,
        key=f"{icon}-{turn.id}",
        type="tertiary",
        icon=f":material/{icon}:",
        on_click=act,
    )


def _edit(turn: int | None = None) -> None:
    st.session_state[_EDITED] = turn


def _telling(act: Callable[[], object], question: str = "") -> bool:
    """Do something; whether that went well. An error is told, with the question, on the page."""
    try:
        act()
    except RagError as error:
        st.session_state[_TROUBLE] = f"{_(str(error))} {question}".strip()
        return False
    return True
