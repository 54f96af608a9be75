"""Which model answers and where it runs; choosing another, and the other settings.

Draws, and gives what was chosen to the engine, which applies it or says why not. A value that the
environment decides is shown and cannot be changed here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any, NoReturn

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError, SettingsError
from rag.models.catalogue import chosen as meant
from rag.models.catalogue import missing
from rag.models.download import DownloadProgress, cached
from rag.models.llm import Speed
from rag.models.loading import hub_parts
from rag.page.elements import draw_stop, plain, share
from rag.page.people import changing
from rag.page.strictness import draw_rates
from rag.page.suggested import draw_servers, draw_suggestions
from rag.page.wording import _, number
from rag.service.engine import Engine
from rag.service.wording import later
from rag.settings import (
    AUTO,
    BUNDLED,
    LEFT_OUT,
    MARKED,
    NO_MODEL,
    WRITER,
    Settings,
    variable,
)

_NOTE, _AWAITED = "models-note", "models-awaited"
_EVERY = 0.5  # seconds between two looks at a download
_FILE, _HUB, _SERVER = "file", "hub", "server"
_KINDS = {
    AUTO: later("The best that fits"),
    WRITER: later("Qwen2.5-Coder 1.5B, writes answers"),
    BUNDLED: later("The small one, shortens sentences"),
    NO_MODEL: later("None, quotations only"),
    _FILE: later("A GGUF file"),
    _HUB: later("From Hugging Face"),
    _SERVER: later("A server"),
}
_INSTRUCTIONS = {MARKED: later("Marked where they are quoted"), LEFT_OUT: later("Left out")}
_ASKED = {
    _FILE: (later("Path of the file"), "/models/name.gguf"),
    _HUB: (later("Repository and file"), "maker/name-GGUF:name-Q4_K_M.gguf"),
    _SERVER: (later("Address"), "http://localhost:8080/v1"),
}


def draw_models(engine: Engine) -> None:
    """The model in use and the settings, wherever this is called."""
    try:
        engine.settings  # noqa: B018
    except SettingsError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if engine.assistant is not None:
        _draw_running(engine.assistant)
    if engine.fetching.state.busy:
        _watch(engine)
    else:
        _choose(engine)


def running_line(assistant: Assistant) -> str:
    """Where the model runs, its context and its speed, in words."""
    model = assistant.model
    if model is None and assistant.settings.llm == NO_MODEL:
        return _("Answers are the articles' own sentences.")
    if model is None:
        return _("It is loaded with the first question.")
    return _(
        "On {where} · context {tokens} tokens · {pace}",
        where=model.where,
        tokens=number(model.context),
        pace=_pace(model.speed),
    )


def progress_line(fetched: DownloadProgress | None) -> str:
    """How far a download is, in words.

    >>> progress_line(DownloadProgress(1_250_000_000, 3_000_000_000))
    '1.25 of 3.00 GB'
    """
    if fetched is None:
        return _("Asking for it …")
    if fetched.done >= fetched.total:
        return _("Checking and loading …")
    done, total = number(fetched.done / 1e9, 2), number(fetched.total / 1e9, 2)
    return _("{done} of {total} GB", done=done, total=total)


def _pace(speed: Speed) -> str:
    if not speed.generation:
        return _("speed not measured yet")
    writes = number(speed.generation)
    if not speed.prompt:
        return _("writes {tokens} tokens a second", tokens=writes)
    reads = number(speed.prompt)
    return _("reads {read} and writes {written} tokens a second", read=reads, written=writes)


def _draw_running(assistant: Assistant) -> None:
    model = assistant.model
    with st.container(key="model-running", gap="xsmall"):
        st.markdown(f"**{plain(model.name if model else _('No language model'))}**")
        st.caption(plain(running_line(assistant)))


@st.fragment(run_every=_EVERY)
def _watch(engine: Engine) -> None:
    """How the download goes, looking again and again; the page is drawn anew when it is over."""
    fetch = engine.fetching.state
    if not fetch.busy:
        st.rerun()
    done = fetch.progress
    st.caption(_("Downloading {name}", name=plain(engine.fetching.name)))
    st.progress(share(done.done, done.total) if done else 0.0, progress_line(done))
    told = _("Stopping. What was fetched is kept.")
    draw_stop(
        lambda: changing(engine).fetching.stop(), "fetch-stop", stopping=fetch.stopping, told=told
    )


@st.fragment
def _choose(engine: Engine) -> None:
    """The settings to change; what is entered is drawn anew once other settings are in force."""
    settings = engine.settings
    fields = _Fields(settings)
    chosen = _draw_llm(fields, settings)
    chosen["strictness"] = fields.slider("strictness", _("Strictness"), 0.05)
    draw_rates(engine, chosen["strictness"])
    chosen |= {
        "threads": fields.number("threads", _("Threads")),
        "context": fields.number("context", _("Context, in tokens"), 512),
        "gpu_layers": fields.number("gpu_layers", _("Layers on the graphics card")),
    }
    with st.expander(_("Advanced"), key="models-advanced"):
        chosen |= _draw_advanced(fields, settings)
    note = st.container()  # above the button, where it is seen
    if st.button(_("Save"), key="models-save", type="primary", width="stretch"):
        _save(engine, settings, chosen)
    with note:
        _draw_note(engine)
    with st.expander(_("Models to fetch"), key="models-suggested"):
        if (taken := draw_suggestions(fixed="llm" in Settings.decided())) is not None:
            _save(engine, settings, {"llm": taken})


def _draw_llm(fields: _Fields, settings: Settings) -> dict[str, Any]:
    kinds, now = list(_KINDS), _kind(settings)
    kind = fields.choice("llm", _("Language model"), kinds, now, lambda kind: _(_KINDS[kind]))
    if kind == AUTO:
        writes = _("That is Qwen2.5-Coder 1.5B, which writes answers.")
        st.caption(plain(meant(AUTO).why or writes))
    if kind not in _ASKED:
        return {"llm": kind}
    label, example = _ASKED[kind]
    value = settings.llm if kind == now else ""
    chosen = {"llm": fields.text("llm", _(label), value, example, part=kind)}
    if kind == _SERVER:
        chosen["model"] = fields.text("model", _("Model on the server"), settings.model)
        same = chosen["llm"] == settings.llm  # the key is for no other server
        typed = fields.secret("key", _("Key of the server"))
        chosen["key"] = typed or (settings.key if same else "")
        draw_servers(fields.key("llm", kind), fields.key("model"))
    return chosen


def _draw_advanced(fields: _Fields, settings: Settings) -> dict[str, Any]:
    chosen: dict[str, Any] = {
        "timeout": fields.number("timeout", _("Seconds to wait for a server")),
        "reader": fields.text("reader", _("Reader"), settings.reader, BUNDLED),
    }
    chosen |= {
        "embedder": fields.text("embedder", _("Embedder"), settings.embedder, BUNDLED),
        "passage_characters": fields.number(
            "passage_characters", _("Longest passage, in characters"), 100
        ),
    }
    kinds = list(_INSTRUCTIONS)
    chosen["instructions"] = fields.choice(
        "instructions",
        _("Sentences that read like instructions to the program"),
        kinds,
        settings.instructions,
        lambda kind: _(_INSTRUCTIONS[kind]),
    )
    st.caption(
        _(
            "With another embedder or length all articles are embedded anew; the earlier one goes "
            "on answering until that is done."
        )
    )
    return chosen


def _draw_note(engine: Engine) -> None:
    """What saving or downloading came to."""
    unfinished = _(engine.fetching.unfinished)
    if st.session_state.pop(_AWAITED, False) and not unfinished:
        st.session_state[_NOTE] = True, _now(engine)
    well, text = st.session_state.get(_NOTE, (True, ""))
    if unfinished:
        well, text = False, unfinished
    if text and well:
        st.success(plain(text), icon=":material/check:")
    elif text:
        st.error(plain(text), icon=":material/error:")
    stopped = engine.fetching.state.stopped
    again = _("Go on with the download") if stopped else _("Try the download again")
    if unfinished and st.button(again, key="fetch-again"):
        _await(changing(engine).fetching.go_on)


def _await(start: Callable[[], None]) -> NoReturn:
    """Start a download, and show what it came to once it is over."""
    start()
    st.session_state[_NOTE], st.session_state[_AWAITED] = (True, ""), True
    st.rerun()


def _save(engine: Engine, before: Settings, chosen: dict[str, Any]) -> None:
    """Apply what was chosen, after a download where one is needed."""
    fetch = None
    try:
        shared = changing(engine)
        shared.fetching.forget()
        settings = replace(before, **chosen)
        if settings == before:
            st.session_state[_NOTE] = True, _("Nothing was changed.")
            return
        on_hub = hub_parts(settings.llm)
        if missing(settings.llm) or (on_hub and cached(*on_hub) is None):
            fetch = partial(shared.fetching.start, settings.llm, lambda: shared.use(settings))
        else:
            with st.spinner(_("Applying …")):
                shared.use(settings)
            st.session_state[_NOTE] = True, _now(engine)
    except RagError as error:
        st.session_state[_NOTE] = False, str(error)
        return
    if fetch is not None:
        _await(fetch)
    st.rerun()


def _now(engine: Engine) -> str:
    """What is in force now."""
    assistant = engine.assistant
    if assistant is None:
        return _("Saved. The articles are being opened with it.")
    model = assistant.model  # once: another may take its place
    if model is None:
        return _("Saved.") + " " + running_line(assistant)
    return _("Saved. {model} answers, on {where}.", model=model.name, where=model.where)


def _kind(settings: Settings) -> str:
    if settings.llm in (AUTO, WRITER, BUNDLED, NO_MODEL):
        return settings.llm
    if settings.is_address:
        return _SERVER
    return _HUB if hub_parts(settings.llm) else _FILE


class _Fields:
    """Widgets for settings, each with its help; those that the environment decides are fixed."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._help = settings, Settings.help()
        self._ends = {each.name: each.metadata.get("ends", (0, 0)) for each in fields(Settings)}
        self._decided = Settings.decided()

    def key(self, name: str, part: str = "") -> str:
        """A widget's key; it changes with the settings in force."""
        return f"models-{name}{part}-{hash(self._settings)}"

    def _common(self, name: str, part: str = "") -> dict[str, Any]:
        """What every widget gets."""
        fixed = name in self._decided
        told = plain(self._help[name])
        if fixed:
            note = _("The environment variable {name} decides it.", name=variable(name))
            told += " " + plain(note)
        return {"key": self.key(name, part), "help": told, "disabled": fixed}

    def choice(
        self, name: str, label: str, options: list[str], value: str, shown: Callable[[str], str]
    ) -> str:
        place, common = options.index(value), self._common(name)
        return str(st.selectbox(label, options, index=place, format_func=shown, **common))

    def text(self, name: str, label: str, value: str, example: str = "", part: str = "") -> str:
        common = self._common(name, part)
        return str(st.text_input(label, value, placeholder=example, **common)).strip()

    def secret(self, name: str, label: str) -> str:
        """What is typed, in dots; what is set already never leaves the server."""
        there = _("set, and kept where this stays empty") if getattr(self._settings, name) else ""
        common = self._common(name)
        return str(st.text_input(label, type="password", placeholder=there, **common)).strip()

    def number(self, name: str, label: str, step: int = 1) -> int:
        value, (least, most) = getattr(self._settings, name), self._ends[name]
        return int(st.number_input(label, least, most, value, step, **self._common(name)))

    def slider(self, name: str, label: str, step: float) -> float:
        value, (least, most) = getattr(self._settings, name), self._ends[name]
        shown = st.slider(label, float(least), float(most), value, step, **self._common(name))
        return float(shown)
