"""Models to fetch and servers to be found on this computer: one click each.

Draws, and tells what was taken. Knows nothing of how it is applied.
"""

from __future__ import annotations

import streamlit as st

from rag.models.catalogue import SUGGESTIONS, Suggestion
from rag.models.memory import free_memory
from rag.models.servers import LocalServer, find
from rag.page.elements import plain
from rag.page.wording import _, number

_FOUND = "models-found"


def draw_suggestions(*, fixed: bool) -> str | None:
    """The models that are known by name; the setting of the one clicked, unless it is `fixed`."""
    taken, free = None, free_memory()
    st.caption(_("About {size} GB of memory are free here.", size=number(free / 1e9, 1)))
    for suggestion in SUGGESTIONS:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(plain(suggestion.name))
            st.caption(plain(needs(suggestion, free)))
            key = f"models-take-{suggestion.setting}"
            if st.button(_("Fetch and use"), key=key, disabled=fixed):
                taken = suggestion.setting
    return taken


def needs(suggestion: Suggestion, free: int) -> str:
    """What a model takes, in words, and whether `free` bytes of memory are enough for it.

    >>> needs(Suggestion("A", "a/b:c.gguf", 2_500_000_000, 4_000_000_000), 3_000_000_000)
    '2.5 GB to fetch, about 4.0 GB of memory, more than is free, not tried here'
    """
    told = _(
        "{size} GB to fetch, about {memory} GB of memory",
        size=number(suggestion.size / 1e9, 1),
        memory=number(suggestion.memory / 1e9, 1),
    )
    fits = "" if suggestion.memory <= free else _(", more than is free")
    return told + fits + (_(", tried") if suggestion.tried else _(", not tried here"))


def draw_servers(address: str, model: str) -> None:
    """A button that looks for servers; a model clicked goes into the fields with these keys."""
    if st.button(_("Look for servers on this computer"), key="models-look"):
        with st.spinner(_("Looking …")):
            st.session_state[_FOUND] = find()
    found: tuple[LocalServer, ...] | None = st.session_state.get(_FOUND)
    if found is None:
        return
    if not found:
        st.caption(_("None answers where Ollama, llama-server, LM Studio and vLLM usually do."))
    for server in found:
        told = "" if server.models else _(": no model")
        st.caption(plain(f"{server.name}, {server.address}{told}"))
        for name in server.models or ("",):
            st.button(
                plain(name or _("Use it with a key")),
                key=f"models-found-{server.address}-{name}",
                on_click=_fill,
                args=(address, server.address, model, name),
            )


def _fill(address: str, its_address: str, model: str, its_name: str) -> None:
    """Put what was clicked into the fields, to be saved."""
    st.session_state[address], st.session_state[model] = its_address, its_name
