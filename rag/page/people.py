"""Who is at the page: whoever uses this computer, or somebody who signed in; and whose chats.

Every module of the page takes the chats from here. Knows nothing of how signing in goes.
"""

from __future__ import annotations

import json

import streamlit as st

from rag.assistant import Assistant
from rag.chats import ChatStore
from rag.errors import RagError
from rag.page import signing
from rag.page.elements import plain
from rag.page.wording import _
from rag.service.wording import later


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
    """The chats of who is at this tab.

    Raises:
        RagError: They are not signed in any more.
    """
    if (who := owner()) is None:
        raise RagError(later("You are signed out. Load the page again to sign in."))
    return assistant.chats.of(who)


def draw_person() -> None:
    """Who is signed in, and the way out; nothing where nobody signs in."""
    if not signing.required():
        return
    user = st.user.to_dict()
    with st.container(key="person"):
        st.caption(plain(str(user.get("email") or user.get("name") or user.get("sub"))))
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
