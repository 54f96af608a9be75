"""Questions and answers down the page: evidence at once, claims as they are verified.

Owns the turns of this tab. A question stays pending until it is answered or stopped, so that
opening a source meanwhile does not lose it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import cast

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.page.elements import follow, plain, show_claims, show_quotes
from rag.page.source import close_source, open_source, opened
from rag.schema import Answer, Claim, ClaimVerified, Draft, Event, EvidenceFound, Finished

_TURNS, _PENDING, _CHAT, _BOX = "turns", "pending", "chat", "question"
_CERTAIN, _LIKELY = 0.75, 0.5
_AT_ONCE = 3  # sentences shown before the answer
_PAUSE = 0.2  # seconds between two looks at whether a stop was asked for
_PERSON, _QUOTH = ":material/person:", ":material/format_quote:"
_STOPPED = "Stopped."
_UNFORESEEN = (
    "The question could not be answered because of a fault in the program. "
    "The terminal that runs this page has the details."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer, or with why there is none."""

    question: str
    answer: Answer | None = None
    problem: str = ""


def ask(question: str) -> None:
    """Make a question the next one to be answered in this tab; one in work is stopped."""
    stop()
    st.session_state[_PENDING] = question


def stop() -> None:
    """Stop the answer in work; its question stays."""
    question = st.session_state.pop(_PENDING, None)
    if question is not None:
        st.session_state[_TURNS].append(Turn(question, problem=_STOPPED))


def begin_anew() -> None:
    """Start another conversation; the one so far stays on disk."""
    for name in (_TURNS, _PENDING, _CHAT):
        st.session_state.pop(name, None)
    close_source()


def draw_question_box() -> None:
    """The box at the bottom of the page; a new question is scrolled to."""
    st.chat_input(
        "Ask about the articles",
        key=_BOX,
        on_submit=lambda: ask(st.session_state[_BOX]),
    )
    asked = len(st.session_state.get(_TURNS, ()))
    follow(f"asked-{asked}" if _PENDING in st.session_state else "")


def draw_chat(assistant: Assistant, suggested: tuple[str, ...]) -> None:
    """The conversation so far, and the answer to a pending question."""
    turns: list[Turn] = st.session_state.setdefault(_TURNS, [])
    pending: str | None = st.session_state.get(_PENDING)
    if not turns and pending is None:
        _draw_welcome(suggested)
    for place, turn in enumerate(turns):
        _draw_question(turn.question, place)
        with st.chat_message("assistant", avatar=_QUOTH):
            _draw_turn(turn, place)
    if pending is not None:
        _draw_question(pending, len(turns))
        with st.chat_message("assistant", avatar=_QUOTH):
            turns.append(_answer(assistant, pending, len(turns)))
        st.session_state.pop(_PENDING, None)
        st.rerun()


def words_for(confidence: float) -> str:
    """Confidence in words.

    >>> words_for(0.9)
    'Well supported'
    """
    if confidence >= _CERTAIN:
        return "Well supported"
    return "Probably right" if confidence >= _LIKELY else "Uncertain, check the source"


def _draw_welcome(suggested: tuple[str, ...]) -> None:
    with st.container(key="welcome"):
        st.title("Ask your articles", anchor=False)
        st.markdown("Every sentence of an answer is proven by an exact quotation.")
        for place, question in enumerate(suggested):
            st.button(
                plain(question),
                key=f"suggested-{place}",
                on_click=ask,
                args=(question,),
                icon=":material/arrow_forward:",
            )


def _draw_question(question: str, place: int) -> None:
    with st.container(key=f"asked-{place}"), st.chat_message("user", avatar=_PERSON):
        st.markdown(plain(question))


def _answer(assistant: Assistant, question: str, place: int) -> Turn:
    """Stream one answer onto the page; an error comes back as a turn too."""
    try:
        return Turn(question, _stream(assistant, question, place))
    except RagError as error:
        return Turn(question, problem=str(error))
    except Exception:
        _log.exception("answering failed")
        return Turn(question, problem=_UNFORESEEN)


def _stream(assistant: Assistant, question: str, place: int) -> Answer:
    chat = st.session_state.get(_CHAT) or assistant.chat()
    st.session_state[_CHAT] = chat
    prose = st.empty()
    with st.container(horizontal=True, vertical_alignment="center", key="working"):
        note = st.empty()
        st.button("Stop", on_click=stop, key="stop-answer", type="tertiary")
    sentences = st.empty()
    note.caption("Searching the articles …")
    claims, told = list[Claim](), 0.0
    with closing(cast(Generator[Event], chat.stream(question))) as events:
        for event in events:
            if isinstance(event, EvidenceFound):
                note.caption("Found in the articles; checking what can be said …")
                with sentences.container():
                    show_quotes(
                        event.evidence[:_AT_ONCE], key=f"found-{place}", on_open=open_source
                    )
            elif isinstance(event, Draft) and time.monotonic() > told + _PAUSE:
                told = time.monotonic()  # touching the page also lets a stop come through
                note.caption("Found in the articles; writing and checking …")
            elif isinstance(event, ClaimVerified):
                claims.append(event.claim)
                with prose.container():
                    show_claims(claims, key=f"claims-{place}-{len(claims)}", on_open=open_source)
            elif isinstance(event, Finished):
                return event.answer
    raise AssertionError("every stream ends with Finished")


def _draw_turn(turn: Turn, place: int) -> None:
    if turn.answer is None and turn.problem == _STOPPED:
        st.caption(_STOPPED)
    elif turn.answer is None:
        st.error(plain(turn.problem), icon=":material/error:")
    elif turn.answer.refused:
        st.markdown(plain(turn.answer.reason))
        show_quotes(turn.answer.evidence[:_AT_ONCE], key=f"near-{place}", on_open=open_source)
    else:
        _draw_claims(turn.answer, place)


def _draw_claims(answer: Answer, place: int) -> None:
    source = opened()
    show_claims(
        answer.claims,
        key=f"claims-{place}-{len(answer.claims)}",
        on_open=open_source,
        opened=source.span if source else None,
    )
    searched, seconds = answer.searched, answer.timings.total
    st.caption(
        f"{words_for(answer.confidence)} · {searched.passages:,} passages in "
        f"{searched.documents:,} articles searched · {seconds:.1f} s"
    )
    with st.expander(f"Sentences found ({len(answer.evidence)})"):
        show_quotes(answer.evidence, key=f"evidence-{place}", on_open=open_source)
    if answer.rejected:
        with st.expander(f"Left out, and why ({len(answer.rejected)})"):
            for claim in answer.rejected:
                st.markdown(plain(claim.text))
                st.caption(plain(claim.verdict.reason))
