"""Adding articles on the page, and how what this tab asked for goes.

Owns the upload, the web address, this tab's list of tasks, and what came of each in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from rag.documents import MAX_BYTES, SUFFIXES
from rag.listing import Addition, Outcome, SyncReport
from rag.page.elements import draw_rest, draw_stop, plain, share
from rag.page.opening import progress_line
from rag.page.people import administers, give, owner
from rag.page.wording import _, n_, number
from rag.service.engine import Engine
from rag.service.tasks import Removed, Task, TaskStage, Unpacked, adding, adding_address
from rag.service.wording import later

AT_ONCE = 256 * 1024 * 1024  # bytes of one go; all of them are held in memory
_TASKS, _ROUND, _TOO_MUCH = "tasks", "upload-round", "upload-too-much"
_ADDRESS, _REPLACE, _SHARED = "address", "replace", "shared"
_EVERY = 0.5  # seconds between two looks at the tasks
_LISTED = 100
_ICONS = {
    TaskStage.WAITING: ":gray[:material/schedule:]",
    TaskStage.WORKING: ":material/hourglass_top:",
    TaskStage.DONE: ":green[:material/check_circle:]",
    TaskStage.FAILED: ":red[:material/error:]",
}
_COUNTED = {
    "added": later("{count} added"),
    "changed": later("{count} changed"),
    "moved": later("{count} moved"),
    "removed": later("{count} removed"),
    "unchanged": later("{count} unchanged"),
}
_TWICE, _UNREAD = later("{count} there twice"), later("{count} could not be read")


def submit(engine: Engine, tasks: Sequence[Task], *, shared: bool = True) -> None:
    """Ask for tasks, on what all share or on one's own; this tab shows how they go.

    Raises:
        RagError: Who is at this tab may not.
    """
    give(engine, tasks, shared=shared)
    st.session_state[_TASKS] = [*_tasks(), *tasks]


def draw_adding(engine: Engine) -> None:
    """Where files are dropped and web addresses are typed."""
    with st.container(key="adding", horizontal=True, gap="medium"):
        with st.container(key="adding-files"):
            _draw_upload(engine)
        with st.container(key="adding-address"), st.form("fetch", border=False):  # noqa: SIM117
            with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
                st.text_input(
                    _("Add an article by its web address"),
                    key=_ADDRESS,
                    placeholder="https://",
                    help=_(
                        "The page is fetched once and its text is kept as a file. Only public "
                        "pages."
                    ),
                )
                st.form_submit_button(_("Fetch"), on_click=_take_address, args=(engine,))
    st.checkbox(
        _("Replace articles of the same name"),
        key=_REPLACE,
        help=_(
            "Otherwise an article whose name is taken gets a new name. What is replaced is kept "
            "in the folder “removed” of the index."
        ),
    )
    if owner() and administers():
        told = _("Otherwise you alone find and see what you add.")
        st.checkbox(_("For everybody"), key=_SHARED, help=told)
    elif owner():
        st.caption(_("You alone find and see what you add here."))
    too_much = st.session_state.get(_TOO_MUCH)
    if too_much:
        st.error(too_much, icon=":material/error:")


def _draw_upload(engine: Engine) -> None:
    key = f"upload-{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        _("Add articles from files"),
        type=sorted(SUFFIXES),
        accept_multiple_files=True,
        key=key,
        on_change=_take_files,
        args=(engine, key),
        help=_(
            "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, RTF, e-mail, CSV, HTML, "
            "Markdown, text, and zip archives of these; up to {file} MB a file, {all} MB "
            "in one go.",
            file=MAX_BYTES >> 20,
            all=AT_ONCE >> 20,
        ),
    )


def draw_tasks() -> None:
    """How what this tab asked for goes, one line each; drawn again and again until all is over."""
    tasks = _tasks()
    if tasks:
        waiting = not all(task.over for task in tasks)
        # no fragment when all is over: see `rag.page.turn.draw_turn`
        draw = st.fragment(_draw_tasks, run_every=_EVERY) if waiting else _draw_tasks
        draw(waiting)


def _draw_tasks(waiting: bool) -> None:
    tasks = _tasks()
    over = sum(task.over for task in tasks)
    if waiting and over == len(tasks):
        st.rerun()  # the list of articles has changed
    with st.container(key="tasks", border=True):
        if waiting:
            working = next((task for task in tasks if task.stage is TaskStage.WORKING), None)
            parts = over, len(tasks)
            if working is not None and len(tasks) == 1 and working.progress is not None:
                parts = working.progress.documents, working.progress.documents_total
            st.progress(
                share(*parts), _("{done} of {all} done", done=number(over), all=number(len(tasks)))
            )
        for task in tasks[:_LISTED]:
            name = _("All articles") if task.whole else task.name
            st.markdown(f"{_ICONS[task.stage]} **{plain(name)}**  \n{plain(_words(task))}")
        draw_rest(len(tasks) - _LISTED)
        if not waiting:
            st.button(_("Clear this list"), key="clear-tasks", on_click=_clear)
        else:
            stopping = all(task.stopping for task in tasks if not task.over)
            told = _("Stopping. What is done is kept.")
            draw_stop(_stop, "stop-tasks", stopping=stopping, told=told)


def _words(task: Task) -> str:
    if task.over:
        return task_in_words(task)
    if task.stage is TaskStage.WAITING:
        return _("Waiting for its turn …")
    return progress_line(task.progress) if task.progress else _("Working …")


def _take_files(engine: Engine, key: str) -> None:
    """Take over what was dropped, and leave the place empty for more."""
    files = st.session_state[key] or []
    refused = st.session_state[_TOO_MUCH] = too_much(files)
    if not refused:
        replace = bool(st.session_state.get(_REPLACE))
        tasks = [adding(file.name, file.getvalue(), replace=replace) for file in files]
        submit(engine, tasks, shared=_for_everybody())
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def too_much(files: Sequence[Any]) -> str:
    """Why files are not taken in one go, for a person; empty where they are."""
    total = sum(file.size for file in files)
    if total <= AT_ONCE:
        return ""
    return _(
        "These files have {size} MB together; the limit for one go is {limit} MB. Add them in "
        "several goes.",
        size=number(total / 2**20),
        limit=AT_ONCE >> 20,
    )


def _take_address(engine: Engine) -> None:
    address = st.session_state[_ADDRESS].strip()
    if address:
        replace = bool(st.session_state.get(_REPLACE))
        task = adding_address(address, replace=replace)
        submit(engine, [task], shared=_for_everybody())
        st.session_state[_ADDRESS] = ""


def _for_everybody() -> bool:
    """Whether what is added is for all: where nobody signs in, or as chosen."""
    return not owner() or bool(st.session_state.get(_SHARED))


def _tasks() -> list[Task]:
    tasks: list[Task] = st.session_state.get(_TASKS, [])
    return tasks


def _stop() -> None:
    for task in _tasks():
        task.stop()


def _clear() -> None:
    st.session_state[_TASKS] = [task for task in _tasks() if not task.over]


def task_in_words(task: Task) -> str:
    """How a task went; empty until it is over."""
    did = task.result
    if isinstance(did, Addition):
        return added_in_words(did)
    if isinstance(did, Unpacked):
        return _unpacked_in_words(did)
    if isinstance(did, SyncReport):
        return synced_in_words(did)
    if isinstance(did, Removed) and did.file and not administers():
        return _("Removed.")  # where it is kept they cannot reach
    if isinstance(did, Removed) and did.file:
        return _("Removed. Its file is kept as {file}.", file=did.file)
    return _(task.error) if did is None else _("Removed; its file was gone.")


def added_in_words(added: Addition) -> str:
    """What became of an article.

    >>> added_in_words(Addition("tea.md", Outcome.ADDED, "Tea", 1))
    'Added as “Tea”, 1 passage.'
    """
    if added.outcome is Outcome.ALREADY_THERE:
        return _("Was there already, as “{title}” ({id}).", title=added.title, id=added.id)
    passages = n_("{count} passage", "{count} passages", added.passages)
    if added.outcome is Outcome.REPLACED:
        return _("Replaced by “{title}”, {passages}.", title=added.title, passages=passages)
    return _("Added as “{title}”, {passages}.", title=added.title, passages=passages)


def synced_in_words(report: SyncReport) -> str:
    """What a sync did.

    >>> synced_in_words(SyncReport(added=("a.md",), unchanged=3))
    '1 added, 3 unchanged.'
    """
    counts = {_COUNTED[outcome]: count for outcome, count in report.counts.items()}
    counts[_TWICE], counts[_UNREAD] = len(report.duplicates), len(report.failed)
    told = [_(words, count=number(count)) for words, count in counts.items() if count]
    return f"{', '.join(told)}." if told else _("There is nothing to sync.")


def _unpacked_in_words(did: Unpacked) -> str:
    told = n_("Added {count} article from it.", "Added {count} articles from it.", did.added)
    if not did.failed:
        return told
    unread = _("{count} could not be added:", count=number(len(did.failed)))
    return " ".join([told, unread, *did.failed[:3]])
