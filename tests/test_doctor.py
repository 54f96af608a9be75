"""`doctor`: the facts it gathers, the advice it draws from them, and what it prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import rag.models
import rag.opening
from rag import ModelError, Settings
from rag.cli import app
from rag.commands import checkup
from rag.commands.advice import GIB, advice, problems
from rag.commands.checkup import Index, Machine, Model, Package
from rag.commands.measure import PASSAGES, Speeds, measure
from rag.library.store import Store
from rag.models.catalogue import WRITER_PARTS
from rag.models.loading import BUNDLED_FILE
from rag.models.parts import Parts
from rag.settings import FILE
from rag.testing import FakeLLM
from tests.serving import Behaviour, served

ROOT = Path(__file__).parents[1]
MACHINE = Machine("Linux", "3.11", 8, 16 * GIB, 12 * GIB, 90 * GIB, None, True)
INDEX = Index("index/seeds", True, 16, 80, 0, 900_000, "all-MiniLM-L6-v2", 800)
MODELS = (
    Model("embedder", "all-MiniLM-L6-v2", 90_000_000),
    Model("language model", "small.gguf", 90_000_000),
    Model("reader", "bundled", 20_000_000),
)


PACKAGES = (Package("torch", "2.13.0", "2.13.0+cpu"),)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *args])


def wrong(
    *,
    packages: Sequence[Package] = PACKAGES,
    models: Sequence[Model] = MODELS,
    index: Index = INDEX,
    trouble: str | None = None,
) -> str:
    return "\n".join(problems(packages, models, index, trouble))


def advised(
    *,
    packages: Sequence[Package] = PACKAGES,
    models: Sequence[Model] = MODELS,
    machine: Machine = MACHINE,
    index: Index = INDEX,
    settings: Settings | None = None,
    speeds: Speeds | None = None,
) -> str:
    chosen = settings or Settings(llm="/models/small.gguf")
    return "\n".join(advice(packages, models, machine, index, chosen, speeds))


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where nothing is amiss."""
    monkeypatch.setattr(checkup, "packages", lambda: PACKAGES)
    monkeypatch.setattr(checkup, "models", lambda _: MODELS)
    monkeypatch.setattr(checkup, "machine", lambda _: MACHINE)
    monkeypatch.setattr(checkup, "index_state", lambda _: INDEX)


def test_packages_are_those_of_requirements() -> None:
    named = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    found = checkup.packages()
    assert [package.name for package in found] == named
    assert all(package.installed for package in found)
    assert all(package.wanted for package in found)


def test_requirements_are_read_with_all_their_forms(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "# why\n\n-r other.txt\nnumpy\nrich[all]==15.0.0 ; python_version > '3'\nNo-Such==1\n"
    )
    numpy, rich, missing = checkup.packages(file)
    assert (numpy.name, numpy.wanted, bool(numpy.installed)) == ("numpy", None, True)
    assert (rich.name, rich.wanted) == ("rich", "15.0.0")
    assert (missing.name, missing.installed) == ("No-Such", None)


def test_packages_where_there_is_no_requirements_file(tmp_path: Path) -> None:
    assert isinstance(checkup.packages(tmp_path / "none.txt"), tuple)


def test_bundled_models_are_here() -> None:
    embedder, llm, reader = checkup.models(Settings())
    assert "MiniLM" in embedder.name
    assert llm.name.endswith(".gguf")
    for model in (embedder, llm, reader):
        assert model.problem is None
        assert model.bytes
        assert model.bytes > 1_000_000


def test_models_that_settings_name(tmp_path: Path) -> None:
    file = tmp_path / "a.gguf"
    file.write_bytes(b"GGUF" * 10)
    _, here, _ = checkup.models(Settings(llm=str(file)))
    assert (here.bytes, here.problem) == (40, None)
    embedder, missing, _ = checkup.models(Settings(llm="nope.gguf", embedder="org/name"))
    assert missing.problem
    assert "nope.gguf" in missing.problem
    assert (embedder.bytes, embedder.problem) == (None, None)
    _, hub, _ = checkup.models(Settings(llm="org/name:file.gguf"))
    assert (hub.bytes, hub.problem) == (None, None)
    assert [m.role for m in checkup.models(Settings(llm="none"))] == ["embedder", "reader"]
    gone, _, _ = checkup.models(Settings(embedder=str(tmp_path / "gone")))
    assert gone.problem


def test_what_auto_came_to_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, small, _ = checkup.models(Settings())
    assert small.name == BUNDLED_FILE
    assert "is not here. To fetch it (1.1 GB): python -m rag model" in small.why
    shown = " ".join(run().stdout.split())
    assert shown.count(small.why) == 2  # beside the model and as advice
    assert checkup.models(Settings(llm="writer"))[1].problem
    file = tmp_path / "writer.gguf"
    file.write_bytes(b"GGUF")
    monkeypatch.setattr(Parts, "found", property(lambda _: file))
    _, writer, _ = checkup.models(Settings())
    assert (writer.name, writer.bytes, writer.why) == (WRITER_PARTS.name, 4, "")
    monkeypatch.setattr("rag.models.catalogue.free_memory", lambda: 2_000_000_000)
    _, small, _ = checkup.models(Settings())
    assert small.name == BUNDLED_FILE
    assert "needs 2.5 GB of free memory and 2.0 GB are free" in small.why


def test_a_bundled_model_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise ModelError("It is not installed. Run: pip install it")

    monkeypatch.setattr("rag.models.loading.bundled_file", missing)
    _, llm, _ = checkup.models(Settings())
    assert llm.problem == "It is not installed. Run: pip install it"


def test_settings_show_what_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_CONTEXT", "4096")
    settings, listed, trouble = checkup.settings_in_force()
    assert (settings.context, trouble) == (4096, None)
    assert [s.variable for s in listed if not s.default] == ["QUOTH_CONTEXT"]
    monkeypatch.setenv("QUOTH_CONTEXT", "many")
    settings, _, trouble = checkup.settings_in_force()
    assert settings == Settings()
    assert trouble
    assert "QUOTH_CONTEXT" in trouble


def test_machine(tmp_path: Path) -> None:
    machine = checkup.machine(tmp_path / "not" / "there" / "yet")
    assert machine.cores >= 1
    assert 0 < machine.memory_free <= machine.memory
    assert machine.disk_free > 0


@pytest.mark.parametrize(("limit", "cores"), [("150000 100000", 1), ("max 100000", 4), ("", 4)])
def test_cores_of_a_container(monkeypatch: pytest.MonkeyPatch, limit: str, cores: int) -> None:
    monkeypatch.setattr(checkup.os, "sched_getaffinity", lambda _: range(4), raising=False)
    monkeypatch.setattr(Path, "read_text", lambda _: limit)
    assert checkup.cores() == cores


def test_index_state(tmp_path: Path) -> None:
    assert not checkup.index_state(tmp_path).found
    store = Store(tmp_path / "library.sqlite")
    store.set_facts({"embedder": "all-MiniLM-L6-v2", "passage_characters": "800"})
    store.close()
    state = checkup.index_state(tmp_path)
    assert (state.found, state.documents, state.problem) == (True, 0, None)
    assert (state.embedder, state.passage_characters) == ("all-MiniLM-L6-v2", 800)
    assert (state.refusal_line, state.stale) == ("the one that comes with Quoth", "")
    (tmp_path / "calibration.json").write_text("{")
    assert "is broken" in checkup.index_state(tmp_path).stale
    (tmp_path / "library.sqlite").write_bytes(b"no database at all, just bytes" * 100)
    damaged = checkup.index_state(tmp_path)
    assert damaged.problem
    assert "damaged" in damaged.problem


def test_nothing_is_wrong_with_a_sound_machine() -> None:
    assert wrong() == ""
    assert wrong(index=Index("x", found=False)) == ""
    assert advised() == ""


def test_problems() -> None:
    assert "Not installed: faiss-cpu" in wrong(packages=(Package("faiss-cpu", "1", None),))
    assert "gone" in wrong(models=(Model("reader", "x", None, "It is gone."),))
    assert "damaged" in wrong(index=replace(INDEX, problem="It is damaged."))
    assert "odd" in wrong(trouble="A setting is odd.")
    assert "doctor --repair" in wrong(index=replace(INDEX, damaged=("An article is damaged.",)))


SMALL = (*MODELS[:1], replace(MODELS[1], why="It is not here."), *MODELS[2:])
LARGE = (*MODELS[:1], Model("language model", "large.gguf", 5 * GIB), *MODELS[2:])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"machine": replace(MACHINE, cores=2)}, "few cores"),
        ({"machine": replace(MACHINE, vectors=False)}, "AVX2"),
        ({"machine": replace(MACHINE, memory_free=GIB // 2)}, "512 MB of memory are free"),
        ({"machine": replace(MACHINE, disk_free=5 * 2**20)}, "5 MB of disk"),
        ({"machine": replace(MACHINE, graphics="NVIDIA")}, "QUOTH_GPU_LAYERS=-1"),
        ({"settings": Settings(llm="x.gguf", gpu_layers=-1)}, "no graphics card was found"),
        ({"settings": Settings(llm="x.gguf", threads=64)}, "QUOTH_THREADS is 64"),
        ({"settings": Settings(llm="bundled")}, "python -m rag model fetches it"),
        ({"models": SMALL, "settings": Settings()}, "It is not here."),
        ({"settings": Settings(embedder="org/other")}, "embeds 80 passages anew; change QUOTH_EMB"),
        ({"settings": Settings(passage_characters=500)}, "QUOTH_PASSAGE_CHARACTERS back"),
        ({"index": replace(INDEX, loose=("A file is left over.",))}, "left over. Run python -m"),
        ({"models": LARGE}, "5.0 GB and runs on the processor"),
        ({"models": MODELS[:1]}, "No language model is set"),
        ({"index": Index("x", found=False)}, "Nothing is indexed yet"),
        ({"index": replace(INDEX, stale="The line is stale.")}, "The line is stale."),
        ({"index": replace(INDEX, unread=1)}, "1 file could not be read"),
        (
            {"index": replace(INDEX, languages={"en": 12, "de": 3, "": 1}), "settings": Settings()},
            "3 of 16 articles are not in English (German), and the embedder that comes with Quoth",
        ),
        ({"packages": (Package("rich", "15.0.0", "14.0.0"),)}, "15.0.0 is the tested version"),
        ({"speeds": Speeds(100.0, 50.0, 0.1, 2.0)}, "take 2 minutes to index"),
        ({"speeds": Speeds(100.0, 2.0, 0.1, 2.0)}, "writes slowly"),
        ({"speeds": Speeds(100.0, None, None, 2.0)}, "to index"),
    ],
)
def test_advice(given: dict[str, object], said: str) -> None:
    assert said in advised(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        {"index": replace(INDEX, languages={"en": 9, "de": 1})},
        {"index": replace(INDEX, languages={"": 10})},
        {
            "index": replace(INDEX, languages={"de": 10}, embedder="org/e5"),
            "settings": Settings(embedder="org/e5"),
        },
    ],
)
def test_no_other_embedder_is_advised(given: dict[str, object]) -> None:
    assert "QUOTH_EMBEDDER" not in advised(**given)  # type: ignore[arg-type]


def test_where_the_language_model_runs(tmp_path: Path) -> None:
    _, bundled, _ = checkup.models(Settings(threads=3))
    assert bundled.where == "this computer, 3 threads"
    _, layers, _ = checkup.models(Settings(threads=1, gpu_layers=-1))
    assert layers.where.startswith("this computer, 1 thread, all layers on a graphics card if")
    with served(Behaviour(FakeLLM(), models=("a", "b"), key="sk-1")) as server:
        _, remote, _ = checkup.models(Settings(llm=server.address, model="b", key="sk-1"))
        assert (remote.name, remote.problem, remote.on_server) == ("b", None, True)
        assert remote.where.startswith("the server at 127.0.0.1:")
        _, closed, _ = checkup.models(Settings(llm=server.address))
        assert closed.problem
        assert "asks for a key" in closed.problem
    _, gone, _ = checkup.models(Settings(llm="http://127.0.0.1:9/v1"))
    assert gone.problem
    assert "Nothing answers" in gone.problem
    _, odd, _ = checkup.models(Settings(llm="a/b:../c.gguf"))
    assert odd.problem


def test_doctor_shows_the_chosen_model_and_never_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Behaviour(FakeLLM(), key="sk-secret")) as server:
        monkeypatch.setenv("QUOTH_LLM", server.address)
        monkeypatch.setenv("QUOTH_KEY", "sk-secret")
        shown = run()
        assert "small, on the server at 127.0.0.1:" in shown.stdout
        assert "set, not shown (changed)" in shown.stdout
        as_json = run("--json")
        assert json.loads(as_json.stdout)["models"][1]["on_server"] is True
        assert "sk-secret" not in shown.output + as_json.output


def test_doctor_reads_the_settings_file_of_the_index(tmp_path: Path) -> None:
    Settings(llm="none").write(tmp_path, {})
    assert "No language model is set" in run("--index", str(tmp_path)).stdout
    (tmp_path / FILE).write_text("{")
    result = run("--index", str(tmp_path))
    assert result.exit_code == 1
    assert "is not JSON at line 1" in result.stdout


@pytest.mark.usefixtures("sound")
def test_doctor_prints_everything() -> None:
    result = run("--index", "x")
    assert (result.exit_code, result.stderr) == (0, "")
    for part in ("Packages", "Models", "Settings", "Index", "Problems", "Advice"):
        assert f"\n{part}\n" in result.stdout
    for part in ("2.13.0+cpu", "small.gguf, 86 MB", "QUOTH_STRICTNESS", "16 in 80 passages"):
        assert part in result.stdout
    assert "Measured" not in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.usefixtures("sound")
def test_doctor_json() -> None:
    plain = json.loads(run("--json").stdout)
    assert plain["packages"] == [{"name": "torch", "wanted": "2.13.0", "installed": "2.13.0+cpu"}]
    assert plain["machine"]["cores"] == 8
    assert plain["index"]["passages"] == 80
    assert (plain["speeds"], plain["problems"]) == (None, [])


@pytest.mark.usefixtures("sound")
def test_doctor_fails_when_something_keeps_it_from_working(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_STRICTNESS", "7")
    result = run()
    assert result.exit_code == 1
    assert "strictness is 7.0" in result.stdout.split("Problems")[1]


@pytest.mark.usefixtures("sound")
def test_doctor_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.commands.measure.measure", lambda _: Speeds(50.0, 20.0, 0.25, 3.0))
    shown = run("--measure").stdout
    assert "50 passages a second" in shown
    assert "20 tokens a second, the first after 0.25 seconds" in shown
    assert "3 minutes to index" in shown

    def broken(_: Settings) -> Speeds:
        raise ModelError("The model is broken.")

    monkeypatch.setattr("rag.commands.measure.measure", broken)
    result = run("--measure")
    assert result.exit_code == 1
    assert "The model is broken." in result.stdout


def test_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded: list[int] = []

    class Embedder:
        def __init__(self, *_: object, **__: object) -> None: ...

        def embed(self, texts: Sequence[str]) -> np.ndarray:
            assert len(set(texts)) == len(texts)
            embedded.append(len(texts))
            return np.zeros((len(texts), 4), np.float32)

    class Writer:
        closed = False

        def stream(self, **_: object) -> Iterator[str]:
            yield from "abc"

        def close(self) -> None:
            self.closed = True

    writer = Writer()
    monkeypatch.setattr(rag.models, "SentenceTransformerEmbedder", Embedder)
    monkeypatch.setattr(rag.models, "load", lambda s: None if s.llm == "none" else writer)
    speeds = measure(Settings())
    assert embedded[-1] == PASSAGES
    assert speeds.passages_per_second > 0
    assert speeds.tokens_per_second
    assert writer.closed
    assert measure(Settings(llm="none")).tokens_per_second is None


def test_doctor_loads_no_model() -> None:
    code = (
        "import sys\n"
        "from rag.cli import app\n"
        "try: app(['doctor'])\n"
        "except SystemExit: pass\n"
        "print('\\n=', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stderr == ""
    loaded = set(done.stdout.split("\n=")[1].split())
    assert not loaded & {"torch", "faiss", "llama_cpp", "transformers", "streamlit", "matplotlib"}
