"""Files dropped into the question box: added to the articles, and then asked about.

Owns this tab's last drop, its outcome in words, and the question that waits for it. The adding
itself is the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import streamlit as st

from rag.assistant import Assistant
from rag.page import address
from rag.page.actions import ask
from rag.page.adding import task_in_words, too_much
from rag.page.elements import plain
from rag.page.people import give, mine
from rag.page.wording import _, n_, number
from rag.service.engine import Engine
from rag.service.tasks import Task, TaskStage, adding

_DROP = "drop"
_EVERY = 0.5  # seconds between two looks at the tasks
_LISTED = 4


class Dropped(Protocol):
    """A file as Streamlit gives it."""

    name: str
    size: int

    def getvalue(self) -> bytes:
        """Its bytes."""
        ...


@dataclass(slots=True)
class Drop:
    """What was dropped at once.

    Attributes:
        tasks: One for each file.
        question: To be asked once they are over; empty where none was typed, or it was asked.
        refused: Why nothing was taken; empty where it was.
        settled: Whether the chat knows of the articles that came of it.
        narrowed: Whether the chat keeps to these.
    """

    tasks: tuple[Task, ...] = ()
    question: str = ""
    refused: str = ""
    settled: bool = False
    narrowed: bool = False

    @property
    def over(self) -> bool:
        """Whether all is done or failed."""
        return all(task.over for task in self.tasks)

    @property
    def added(self) -> tuple[str, ...]:
        """The articles that came of it."""
        return tuple(dict.fromkeys(id_ for task in self.tasks for id_ in task.added))


def take(engine: Engine, files: Sequence[Dropped], question: str) -> None:
    """Have files added to one's own; a question that came with them waits until they are.

    Raises:
        RagError: Who is at this tab may not add any.
    """
    if refused := too_much(files):
        st.session_state[_DROP] = Drop(question=question, refused=refused)
        return
    tasks = tuple(adding(file.name, file.getvalue()) for file in files)
    give(engine, tasks, shared=False)
    st.session_state[_DROP] = Drop(tasks, question)


def proceed(engine: Engine, assistant: Assistant) -> None:
    """Once all files are over, ask what was typed, of the articles that came of them.

    The chat keeps to these from then on, as its line above says. Nothing is asked where no file
    could be added.
    """
    drop = _drop()
    if drop is None or drop.settled or not drop.over or not drop.added:
        return
    drop.settled = True
    chat = address.chat()
    info = mine(assistant).info(chat) if chat else None
    within = info.documents if info else None
    question, drop.question = drop.question, ""
    if question:
        drop.narrowed = True
        mine(assistant).restrict(address.begun(mine(assistant)), drop.added)
        ask(engine.questions, mine(assistant), question)
    elif chat and within is not None:
        mine(assistant).restrict(chat, tuple(dict.fromkeys((*within, *drop.added))))


def draw_drop(engine: Engine, assistant: Assistant) -> None:
    """How the last drop goes, or what came of it, above the question box."""
    drop = _drop()
    if drop is None:
        return
    with st.container(key="drop", gap="xsmall"):
        if drop.over:
            _draw_outcome(engine, assistant, drop)
        else:
            st.fragment(_draw_waiting, run_every=_EVERY)(drop)


def _draw_waiting(drop: Drop) -> None:
    if drop.over:
        st.rerun()
    over = sum(task.over for task in drop.tasks)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        told = n_(
            "Adding {count} file, {done} done.",
            "Adding {count} files, {done} done.",
            len(drop.tasks),
            done=number(over),
        )
        if drop.question:
            told += " " + _("“{question}” is asked of them then.", question=plain(drop.question))
        st.caption(told, width="stretch")
        st.button(_("Stop"), key="drop-stop", type="tertiary", on_click=_stop, args=(drop,))


def _draw_outcome(engine: Engine, assistant: Assistant, drop: Drop) -> None:
    well = [task for task in drop.tasks if task.stage is TaskStage.DONE]
    failed = [plain(task_in_words(task)) for task in drop.tasks if task.stage is not TaskStage.DONE]
    failed += [plain(drop.refused)] if drop.refused else []
    for told in failed[:_LISTED]:
        st.error(told, icon=":material/error:")
    if len(failed) > _LISTED:
        more = number(len(failed) - _LISTED)
        st.caption(_("and {count} more could not be added", count=more))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_words(well, drop), width="stretch")
        if drop.question:
            st.button(
                _("Ask it anyway"),
                key="drop-ask",
                type="tertiary",
                on_click=_ask_anyway,
                args=(engine, assistant, drop),
            )
        st.button(_("Close"), key="drop-close", type="tertiary", on_click=_close)


def _words(well: Sequence[Task], drop: Drop) -> str:
    """What was added, or what became of the question where nothing was."""
    if drop.question:
        question = plain(drop.question)
        return _("Not asked, as no file was added: “{question}”", question=question)
    if not well:
        return _("No file was added.")
    count = len(drop.added)
    all_ = n_("{count} article added.", "{count} articles added.", count)
    added = plain(task_in_words(well[0])) if len(well) == 1 else all_
    if drop.narrowed:
        added += " " + _("This chat asks nothing else; “Articles” above it changes that.")
    return added


def _ask_anyway(engine: Engine, assistant: Assistant, drop: Drop) -> None:
    _close()
    ask(engine.questions, mine(assistant), drop.question)


def _stop(drop: Drop) -> None:
    for task in drop.tasks:
        task.stop()


def _drop() -> Drop | None:
    found: Drop | None = st.session_state.get(_DROP)
    return found


def _close() -> None:
    st.session_state.pop(_DROP, None)
