"""The library on the page: its articles page by page, what failed, search, opening, deleting.

Owns what is looked for, chosen and shown. Changes go through the engine, as tasks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from rag.assistant import Assistant
from rag.languages import ENGLISH, better_embedder
from rag.library.folder import file_of
from rag.library.joined import OWN
from rag.listing import DocumentInfo, Failure
from rag.page.adding import draw_adding, draw_tasks, submit
from rag.page.elements import draw_rest, plain
from rag.page.opening import progress_line
from rag.page.people import administers, may_change
from rag.page.searching import draw_filters, draw_passages, offer_asking
from rag.page.source import close_source, draw_source, newest_first, open_source, opened
from rag.page.wording import _, day, language_name, n_, number
from rag.service.engine import Engine
from rag.service.tasks import removing, syncing
from rag.settings import BUNDLED

PER_PAGE = 25
_SOUGHT, _PAGE, _ALL = "library-sought", "library-page", "library-all"
_LISTED = 20
_EVERY = 2.0  # seconds between two looks at how the folder is followed
_WIDTHS = (130, 120, 60, 110)  # of date, author, words and state
_STYLE = Path(__file__).with_suffix(".css")


def draw_library(
    engine: Engine, assistant: Assistant, *, to_chat: Callable[[], object] = st.rerun
) -> None:
    """Everything that manages the articles; the open one stands beside, or below on a phone.

    `to_chat` leads to the view that shows a chat.
    """
    st.html(_STYLE)
    source = opened()
    with st.container(horizontal=True, wrap=False, gap="medium", key="library"):
        shelf = st.container(key="shelf")
        beside = st.container(key="beside")
    if source is not None:
        with beside:
            draw_source(assistant, source)
    with shelf:
        infos, failures = newest_first(assistant.documents()), assistant.failures()
        with st.container():  # each in its place, however much is drawn above it
            _draw_head(engine, assistant, infos)
        with st.container():
            draw_adding(engine)
        with st.container():
            draw_tasks()
        if engine.following.active and administers():
            st.fragment(_draw_following, run_every=_EVERY)(engine, engine.following.changes)
        copies = {copy: info for info in infos for copy in info.copies}
        if copies and administers():
            _draw_duplicates(engine, assistant, copies)
        if failures and administers():
            _draw_failures(engine, assistant, failures)
        if infos:
            failed = {failure.path for failure in failures}
            _draw_articles(engine, assistant, infos, failed, to_chat)


def _draw_head(engine: Engine, assistant: Assistant, infos: Sequence[DocumentInfo]) -> None:
    folder = plain(str(assistant.folder)) if administers() else ""  # of others it is no concern
    if not infos:
        st.title(_("No articles yet"), anchor=False)
        told = _("Add some here. Then ask about them.")
        if folder:
            told = _(
                "Add some here, or put files into the folder {folder} and sync. Then ask about "
                "them.",
                folder=folder,
            )
        st.markdown(told)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        if infos:
            passages = sum(info.passages for info in infos)
            with st.container(width="content", gap=None):
                st.title(_("Articles"), anchor=False)
                articles = n_("{count} article", "{count} articles", len(infos))
                told = n_("{count} passage", "{count} passages", passages)
                counted = {"articles": articles, "passages": told}
                if folder:
                    st.caption(_("{articles}, {passages}, in {folder}", **counted, folder=folder))
                else:
                    st.caption(_("{articles}, {passages}", **counted))
        if administers():
            _offer_sync(engine)
    if assistant.settings.embedder == BUNDLED:
        better = better_embedder(Counter(info.language for info in infos))
        if better:
            st.caption(plain(better))


def _offer_sync(engine: Engine) -> None:
    st.button(
        _("Sync again"),
        key="sync-again",
        icon=":material/sync:",
        on_click=submit,
        args=(engine, [syncing()]),
        help=_("Looks for files that were added, changed or removed in the folder by hand."),
    )


def _draw_following(engine: Engine, seen: int) -> None:
    """How the folder is followed; all is drawn anew once something was taken up."""
    following = engine.following
    if following.changes != seen:
        st.rerun()
    task = following.task
    if following.hindered:
        st.warning(plain(_(following.hindered)), icon=":material/sync_problem:")
    elif task is not None and not task.over and task.progress is not None:
        how_far = progress_line(task.progress)
        st.caption(_("Taking up changes in the folder: {progress}", progress=how_far))
    else:
        st.caption(_("Changes in the folder are taken up by themselves."))


def _draw_duplicates(
    engine: Engine, assistant: Assistant, copies: Mapping[str, DocumentInfo]
) -> None:
    """Files that hold the very same as an article, each with that one."""
    title = n_("{count} file is there twice", "{count} files are there twice", len(copies))
    with st.expander(title, icon=":material/file_copy:"):
        st.caption(_("What is there twice is searched once. When one is deleted, the other stays."))
        for copy, info in list(copies.items())[:_LISTED]:
            with st.container(horizontal=True, vertical_alignment="center"):
                same = _("{copy} is the same as {article}", copy=copy, article=info.id)
                st.markdown(plain(same), width="stretch")
                _offer_deletion(engine, assistant, copy)
        draw_rest(len(copies) - _LISTED)


def _draw_failures(engine: Engine, assistant: Assistant, failures: Sequence[Failure]) -> None:
    title = n_("{count} file could not be read", "{count} files could not be read", len(failures))
    with st.expander(title, expanded=len(failures) <= 3, icon=":material/error:"):
        for failure in failures[:_LISTED]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(plain(failure.reason), width="stretch")
                st.button(
                    _("Try again"),
                    key=f"retry-{failure.path}",
                    on_click=submit,
                    args=(engine, [syncing(failure.path)]),
                    help=plain(_("Read {file} again", file=failure.path)),
                )
                _offer_deletion(engine, assistant, failure.path)
        draw_rest(len(failures) - _LISTED)


def _offer_deletion(engine: Engine, assistant: Assistant, file: str) -> None:
    """A button that deletes a file, where it is one by itself."""
    found = file_of(assistant.folder, file, leave_out=assistant.index)
    told = plain(_("Delete {file}", file=file))
    if found and st.button(_("Delete"), key=f"delete-{file}", help=told):
        _confirm(engine, assistant, {file: file})


def _draw_articles(
    engine: Engine,
    assistant: Assistant,
    infos: Sequence[DocumentInfo],
    failed: set[str],
    to_chat: Callable[[], object],
) -> None:
    sought = st.text_input(
        _("Search titles and text"),
        key=_SOUGHT,
        icon=":material/search:",
        placeholder=_("A word of the title, or what the text is about"),
    ).strip()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        among = draw_filters(infos)
        found = [i for i in among if sought.casefold() in f"{i.title} {i.id}".casefold()]
        offer_asking(assistant, found, infos, to_chat)
    if sought:
        st.caption(_titles_in_words(len(found), len(infos), sought))
    if found:
        pages = -(-len(found) // PER_PAGE)
        at = _PAGE + sought  # another search begins on its first page
        page = min(int(st.session_state.get(at, 1)), pages)
        shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        _draw_rows(engine, assistant, shown, failed)
        if pages > 1:
            st.pagination(pages, key=at)
    if sought:
        draw_passages(assistant, sought, among if len(among) < len(infos) else None)


def _draw_rows(
    engine: Engine, assistant: Assistant, shown: Sequence[DocumentInfo], failed: set[str]
) -> None:
    above = st.container()  # in sight while articles are chosen below
    may = {info.id: may_change(info.id) for info in shown}
    with st.container(key="rows", gap=None):
        with st.container(key="row-head", horizontal=True, wrap=False, vertical_alignment="center"):
            told = _("Choose all articles on this page")
            every = _draw_choice(told, _ALL, any(may.values()))
            st.caption(_("Title"), width="stretch")
            words = (_("Date"), _("Author"), _("Words"), _("State"))
            for word, width in zip(words, _WIDTHS, strict=True):
                st.caption(word, width=width)
        each = enumerate(shown)
        chosen = [info for at, info in each if _draw_row(at, info, every, failed, may=may[info.id])]
    count = f" ({len(chosen)})" if chosen else ""
    with above:
        if any(may.values()) and st.button(
            _("Delete chosen") + count,
            key="delete-chosen",
            icon=":material/delete:",
            disabled=not chosen,
        ):
            _confirm(engine, assistant, {info.id: info.title for info in chosen})


def _draw_row(place: int, info: DocumentInfo, every: bool, failed: set[str], *, may: bool) -> bool:
    """One article; whether it is chosen, where `may` says that it can be."""
    with st.container(key=f"row-{place}", horizontal=True, wrap=False, vertical_alignment="center"):
        told = _("Choose {title}", title=words_of(info.title))
        chosen = _draw_choice(told, f"choose-{every}-{info.id}", may, value=every)
        own = info.id.startswith(OWN)
        st.button(
            plain(info.title),
            key=f"open-{info.id}",
            type="tertiary",
            icon=":material/lock:" if own else None,
            width="stretch",
            on_click=open_source,
            args=(info.id,),
            help=plain(f"{info.id.removeprefix(OWN)}, {size_in_words(info.bytes)}"),
        )
        ready = _("private") if own else _("ready")
        state = _("older version") if info.id in failed else ready
        if info.language not in ("", ENGLISH):
            state = f"{state}, {language_name(info.language)}"
        facts = (
            day(info.date) or _("no date"),
            info.author,
            number(info.words),
            state,
        )
        for fact, width in zip(facts, _WIDTHS, strict=True):
            st.caption(plain(fact), width=width)  # "1." would begin a list
    return chosen


def _draw_choice(label: str, key: str, may: bool, *, value: bool = False) -> bool:
    """A box that is ticked; room as wide where nothing may be, so that columns stand in line."""
    if may:
        return st.checkbox(label, key=key, value=value, label_visibility="collapsed")
    st.space(16)
    return False


def _confirm(engine: Engine, assistant: Assistant, titles: dict[str, str]) -> None:
    """Ask before articles are deleted; `titles` by id."""
    title = n_("Delete this article?", "Delete {count} articles?", len(titles))
    st.dialog(title)(_draw_confirmation)(engine, assistant, titles)


def _draw_confirmation(engine: Engine, assistant: Assistant, titles: dict[str, str]) -> None:
    for title in list(titles.values())[:_LISTED]:
        st.markdown(plain(title))
    draw_rest(len(titles) - _LISTED)
    for info in assistant.documents():
        stays = [copy for copy in info.copies if copy not in titles]
        if info.id in titles and stays:
            told = _(
                "The same as {article} is in {copy}, which stays.", article=info.id, copy=stays[0]
            )
            st.caption(plain(told))
    if administers():  # who can reach the folder, perhaps
        kept = plain(str(assistant.index / "removed"))
        st.caption(
            _("Deleted files are moved to {folder}. Move them back to undo a mistake.", folder=kept)
        )
    with st.container(horizontal=True):
        yes = st.button(_("Delete"), key="delete-yes", on_click=_delete, args=(engine, titles))
        keep = _("Keep it") if len(titles) == 1 else _("Keep them")
        if st.button(keep, key="delete-no") or yes:
            st.rerun()  # closes the dialog


def _delete(engine: Engine, titles: dict[str, str]) -> None:
    source = opened()
    if source is not None and source.document in titles:
        close_source()
    st.session_state[_ALL] = False
    for shared in (False, True):  # each asks who wants it
        tasks = [removing(i, t) for i, t in titles.items() if i.startswith(OWN) is not shared]
        if tasks:
            submit(engine, tasks, shared=shared)


def _titles_in_words(found: int, every: int, sought: str) -> str:
    if not found:
        return _("No article has “{words}” in the title", words=plain(sought))
    articles = n_("{count} article", "{count} articles", every)
    return n_(
        "{count} of {articles} has “{words}” in the title",
        "{count} of {articles} have “{words}” in the title",
        found,
        articles=articles,
        words=plain(sought),
    )


def words_of(title: str) -> str:
    """A title's words alone, for a name that is read aloud and must hold no markup.

    >>> words_of("What was the H20? A *slow* chip")
    'What was the H20 A slow chip'
    >>> words_of("www.example.org: 2.5 %")  # of which Streamlit would make a link
    'www example org 2.5'
    """
    return " ".join(re.findall(r"[^\W_]+(?:(?:['’-]|(?<=\d)\.(?=\d))[^\W_]+)*", title))


def size_in_words(size: int) -> str:
    """A file's size.

    >>> size_in_words(900), size_in_words(12_345), size_in_words(3_000_000)
    ('900 B', '12 KB', '2.9 MB')
    """
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.0f} KB" if size < 1 << 20 else f"{number(size / (1 << 20), 1)} MB"
