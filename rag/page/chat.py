"""Questions and answers down the page: evidence at once, claims as they are verified."""

from __future__ import annotations

import streamlit as st

from rag.errors import RagError
from rag.page.prose import plain, show_claims
from rag.schema import Answer, Claim, ClaimVerified, Evidence, EvidenceFound, Finished

_CERTAIN, _LIKELY = 0.75, 0.5
_TURNS = "turns"
_SOURCE = "source"
_CHAT = "chat"


def draw_chat(assistant: object) -> None:
    """The conversation so far, and the answer to a new question."""
    turns: list[Answer | tuple[str, str]] = st.session_state.setdefault(_TURNS, [])
    for index, turn in enumerate(turns):
        _draw_turn(turn, index)
    question = st.chat_input("Ask about the articles", key="question")
    if question:
        with st.chat_message("user", avatar=":material/person:"):
            st.markdown(plain(question))
        with st.chat_message("assistant", avatar=":material/format_quote:"):
            turns.append(_answer(assistant, question))
        st.rerun()


def words_for(confidence: float) -> str:
    """Confidence in words.

    >>> words_for(0.9)
    'well supported'
    """
    if confidence >= _CERTAIN:
        return "well supported"
    return "probably right" if confidence >= _LIKELY else "uncertain, check the source"


def _answer(assistant: object, question: str) -> Answer | tuple[str, str]:
    """Stream one answer onto the page; an error comes back as (question, message)."""
    chat = st.session_state.setdefault(_CHAT, None) or assistant.chat()  # type: ignore[attr-defined]
    st.session_state[_CHAT] = chat
    sentences, prose, claims = st.empty(), st.empty(), list[Claim]()
    try:
        with st.spinner("Reading …"):
            for event in chat.stream(question):
                if isinstance(event, EvidenceFound):
                    with sentences.container():
                        _draw_evidence(event.evidence, expanded=True)
                elif isinstance(event, ClaimVerified):
                    claims.append(event.claim)
                    prose.markdown("\n\n".join(plain(claim.marked) for claim in claims))
                elif isinstance(event, Finished):
                    return event.answer
    except RagError as error:
        return question, str(error)
    raise AssertionError("every stream ends with Finished")


def _draw_turn(turn: Answer | tuple[str, str], index: int) -> None:
    question = turn.question if isinstance(turn, Answer) else turn[0]
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(plain(question))
    with st.chat_message("assistant", avatar=":material/format_quote:"):
        if not isinstance(turn, Answer):
            st.error(plain(turn[1]))
        elif turn.refused:
            st.markdown(f"**{plain(turn.reason)}**")
            _draw_nearest(turn, index)
        else:
            _draw_claims(turn, index)


def _draw_claims(answer: Answer, index: int) -> None:
    clicked = show_claims(answer.claims, key=f"claims-{index}")
    if clicked is not None:
        cited = next(c for c in answer.citations if c.number == clicked)
        st.session_state[_SOURCE] = (cited.document, cited.start, cited.end)
    count = len(answer.citations)
    st.caption(
        f"{words_for(answer.confidence).capitalize()} · {count} "
        f"{'quotation' if count == 1 else 'quotations'} · "
        f"{answer.searched.passages:,} passages searched in {answer.timings.total:.1f} s"
    )
    with st.expander("The sentences that were found"):
        _draw_evidence(answer.evidence, expanded=None)
    if answer.rejected:
        with st.expander("Left out, and why"):
            for claim in answer.rejected:
                st.markdown(f"{plain(claim.text)}  \n{plain(claim.verdict.reason)}")


def _draw_nearest(answer: Answer, index: int) -> None:
    for place, evidence in enumerate(answer.evidence[:3]):
        st.markdown(f"> {plain(evidence.quote)}")
        if st.button(
            f"Open: {plain(evidence.title)}", key=f"near-{index}-{place}", type="tertiary"
        ):
            st.session_state[_SOURCE] = (evidence.document, evidence.start, evidence.end)


def _draw_evidence(evidence: tuple[Evidence, ...], *, expanded: bool | None) -> None:
    if expanded is not None and evidence:
        st.caption("Found in the articles, being checked:")
    for item in evidence[: 3 if expanded else None]:
        day = f", {item.date:%d %B %Y}" if item.date else ""
        st.markdown(f"> {plain(item.quote)}  \n> :small[{plain(item.title)}{day}]")


def source() -> tuple[str, int, int] | None:
    """The document and characters that the reader opened last."""
    opened: tuple[str, int, int] | None = st.session_state.get(_SOURCE)
    return opened
