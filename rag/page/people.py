"""Who is at the page and who has been: whoever uses this computer, or who signed in; who may what.

Every module of the page takes the chats from here, and what changes things for all by `changing`.
Knows nothing of how signing in goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import streamlit as st

from rag.assistant import Assistant
from rag.chats import ChatStore
from rag.chats.people import Person
from rag.errors import LibraryError, RagError
from rag.library.joined import OWN
from rag.page import signing
from rag.page.elements import plain
from rag.page.wording import _, day, number
from rag.service.engine import Engine
from rag.service.tasks import Task
from rag.service.wording import later
from rag.settings import admins

_CAME = "came"
_Shared = TypeVar("_Shared")


def owner() -> str | None:
    """Whose chats this tab shows, empty for whoever uses this computer; `None`: not signed in.

    A provider tells people apart by `sub` alone, which never changes; names and addresses may.
    """
    if not signing.required():
        return ""
    user = st.user.to_dict()
    who = user.get("iss"), user.get("sub")
    return json.dumps(who) if user.get("is_logged_in") and all(who) else None


def mine(assistant: Assistant) -> ChatStore:
    """The chats of who is at this tab. Raises `RagError`: they are not signed in any more."""
    if (who := owner()) is None:
        raise RagError(later("You are signed out. Load the page again to sign in."))
    return assistant.chats.of(who)


def administers() -> bool:
    """Whether who is at this tab may change what all share; where nobody signs in, anyone may."""
    if not signing.required():
        return True
    return owner() is not None and _named(st.user.to_dict())


def changing(shared: _Shared) -> _Shared:
    """The same, for who may change it; asked at each change, whatever was drawn before.

    Raises:
        RagError: They may not.
    """
    if not administers():
        raise RagError(later("Only administrators change what all share here. Ask one of them."))
    return shared


def welcome(assistant: Assistant) -> None:
    """Note once a tab who came; nothing where nobody signs in."""
    who = owner()
    if who and st.session_state.get(_CAME) != who:
        st.session_state[_CAME] = who
        with suppress(LibraryError):  # an index that may only be read is asked all the same
            assistant.chats.people.came(who, _called())


def _named(user: Mapping[str, Any]) -> bool:
    """Whether somebody is named as an administrator.

    An e-mail address counts only where the provider says that it has verified it: else people
    may write into their profile whatever they like.
    """
    mail = str(user.get("email") or "").casefold() if user.get("email_verified") is True else ""
    whole = f"{user['iss']} {user['sub']}"
    return any(one == whole if " " in one else one.casefold() == mail for one in admins())


def _called() -> str:
    user = st.user.to_dict()
    return str(user.get("email") or user.get("name") or user.get("sub"))


def seen(engine: Engine) -> Assistant | None:
    """What answers who is at this tab: of what all share, and of their own articles."""
    return engine.assistant_of(owner() or "")


def may_change(id_: str) -> bool:
    """Whether who is at this tab may change an article: their own, or as an administrator."""
    return id_.startswith(OWN) or administers()


def give(engine: Engine, tasks: Iterable[Task], *, shared: bool) -> None:
    """Have things done to what all share, or to the own articles of who is at this tab.

    Raises:
        RagError: They may not.
    """
    who = owner()
    if shared or who == "":
        changing(engine).submit(tasks)
    elif who is None:
        raise RagError(later("You are signed out. Load the page again to sign in."))
    else:
        engine.submit(tasks, owner=who)


def draw_person() -> None:
    """Who is signed in, and the way out; nothing where nobody signs in."""
    if not signing.required():
        return
    with st.container(key="person"):
        st.caption(plain(_called()))
        if st.button(_("Sign out"), key="sign-out", icon=":material/logout:", type="tertiary"):
            st.logout()


def draw_sign_in() -> None:
    """All that is shown to who is not signed in."""
    with st.container(key="sign-in"):
        st.title(_("Ask your articles"), anchor=False)
        st.markdown(_("Sign in to ask the articles. Others do not see your chats here."))
        if signing.FAILED in st.query_params:
            st.error(
                _(
                    "Signing in did not work. Try again at {address}; what went wrong stands in "
                    "the log of this page.",
                    address=plain(signing.origin()),
                ),
                icon=":material/error:",
            )
        several = len(names := signing.providers()) > 1
        for name in names:
            label = _("Sign in with {name}", name=plain(name)) if several else _("Sign in")
            chosen = None if name == signing.DEFAULT else name
            if st.button(label, key=f"sign-in-{name}", type="primary", icon=":material/login:"):
                st.login(chosen)


def draw_visitors(assistant: Assistant) -> None:
    """Who has been here, and how many chats each has; nothing of what is in them.

    Raises:
        RagError: It is no administrator who asks.
    """
    people = changing(assistant).chats.people.everybody()
    with st.container(key="people"):
        st.title(_("People"), anchor=False)
        st.caption(_("What they ask and add is theirs alone, and not shown here."))
        rows = {
            _("Name"): [plain(name_of(person)) for person in people],
            _("Chats"): [number(person.begun) for person in people],
            _("Last here"): [plain(day(person.seen)) for person in people],
        }
        st.table(rows, border="horizontal", hide_index=True)


def name_of(person: Person) -> str:
    """What to call somebody: by what they were called last, otherwise as their provider does.

    >>> name_of(Person('["https://login.example", "00u1"]', "", 2, None))
    'https://login.example 00u1'
    """
    if person.called:
        return person.called
    try:
        return " ".join(map(str, json.loads(person.owner)))
    except (ValueError, TypeError):
        return person.owner
