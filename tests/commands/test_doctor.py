"""`doctor`: the facts it gathers, the advice it draws from them, what it prints and mends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from rag import ModelError, Settings
from rag.commands import checkup
from rag.commands.checkup import Checked, checked, look
from rag.languages import MULTILINGUAL
from rag.library.store import Store
from rag.models import nano
from rag.models.catalogue import WRITER_PARTS
from rag.models.loading import BUNDLED_FILE
from rag.models.parts import Parts
from rag.settings import FILE
from rag.testing import FakeLLM
from tests.commands import stand_in
from tests.commands.stand_in import ROOT
from tests.serving import Behaviour, served

LLM = "language model"
GB = 10**9
EMPTY = b"GGUF\3" + b"\0" * 19  # the head of a model file that tells of nothing


def run(*args: str) -> Result:
    return stand_in.run("doctor", *args)


def models(settings: Settings) -> Checked:
    return checked(checkup.models, settings, Path())


def llm_of(settings: Settings) -> str:
    return models(settings).facts[LLM]


def problem_of(settings: Settings) -> str:
    return "\n".join(models(settings).problems)


def index(place: Path, settings: Settings | None = None) -> Checked:
    return checked(checkup.index, settings or Settings(), place)


def test_packages_are_those_of_requirements() -> None:
    named = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    found = checked(checkup.packages, Settings(), ROOT)
    assert list(found.facts) == named
    assert (found.problems, found.advice) == ([], [])


def test_requirements_are_read_with_all_their_forms(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "# why\n\n-r other.txt\nnumpy\nrich[all]==0.1 ; python_version > '3'\nNo-Such==1\n"
    )
    (tmp_path / "hatch_build.py").touch()  # as in a checkout
    found = Checked()
    checkup.packages(found, root=tmp_path)
    assert list(found.facts) == ["numpy", "rich", "No-Such"]
    assert found.facts["No-Such"] == "not installed"
    assert "Not installed: No-Such. To mend it: pip install" in found.problems[0]
    (advice,) = found.advice
    assert "0.1 is the tested version" in advice


def test_bundled_models_are_here() -> None:
    found = models(Settings(llm="bundled"))
    assert list(found.facts) == ["embedder", LLM, "reader"]
    assert found.facts["embedder"].startswith("all-MiniLM-L6-v2, ")
    assert found.facts[LLM].startswith(BUNDLED_FILE)
    assert all(fact.endswith(" MB") for fact in found.facts.values())
    assert found.problems == []


def test_models_that_settings_name(tmp_path: Path) -> None:
    file = tmp_path / "a.gguf"
    file.write_bytes(EMPTY.ljust(1024, b"\0"))
    assert llm_of(Settings(llm=str(file), threads=2)).endswith("this computer, 2 threads, 1.0 kB")
    assert llm_of(Settings(llm="org/name:file.gguf")) == "org/name:file.gguf, not on this disk"
    assert llm_of(Settings(llm="none")) == "none"
    assert "nope.gguf does not exist" in problem_of(Settings(llm="nope.gguf"))
    file.write_bytes(b"half of one")
    assert "is not a GGUF file" in problem_of(Settings(llm=str(file)))
    assert "name that a file on Hugging Face" in problem_of(Settings(llm="a/b:../c.gguf"))
    found = models(Settings(llm="none", embedder="org/name", reader=str(tmp_path)))
    assert found.facts["embedder"] == "org/name"
    assert found.facts["reader"] == f"{tmp_path}, 11 bytes"
    assert "gone does not exist" in problem_of(Settings(embedder=str(tmp_path / "gone")))


def test_what_auto_came_to_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Parts, "found", property(lambda _: None))
    assert llm_of(Settings()).startswith(BUNDLED_FILE)
    assert "is not here. To fetch it (1.1 GB): python -m rag model" in run().stdout
    assert "is not here" in problem_of(Settings(llm="writer"))
    file = tmp_path / WRITER_PARTS.name
    file.write_bytes(EMPTY)
    monkeypatch.setattr(Parts, "found", property(lambda _: file))
    monkeypatch.setattr("rag.models.catalogue.free_memory", lambda: 4_000_000_000)
    assert llm_of(Settings()).startswith(WRITER_PARTS.name)
    monkeypatch.setattr("rag.models.catalogue.free_memory", lambda: 2_000_000_000)
    assert llm_of(Settings()).startswith(BUNDLED_FILE)
    (why,) = models(Settings()).advice
    assert "needs 2.5 GB of free memory and 2.0 GB are free" in why


def test_a_bundled_model_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise ModelError("It is not installed. Run: pip install it")

    monkeypatch.setattr("rag.models.loading.bundled_file", missing)
    assert problem_of(Settings(llm="bundled")) == "It is not installed. Run: pip install it"


def test_settings_show_what_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> tuple[list[str], str]:
        plain = json.loads(run("--json").stdout)
        values = plain["settings"].items()
        return [name for name, value in values if "(changed)" in value], str(plain["problems"])

    monkeypatch.setenv("QUOTH_CONTEXT", "4096")
    assert told() == (["QUOTH_CONTEXT"], "[]")
    monkeypatch.setenv("QUOTH_CONTEXT", "many")
    changed, problems = told()
    assert changed == []
    assert "QUOTH_CONTEXT" in problems


def test_machine(tmp_path: Path) -> None:
    facts = checked(checkup.machine, Settings(), tmp_path / "not" / "there" / "yet").facts
    assert int(facts["cores"]) >= 1
    assert facts["memory"].endswith(" free")
    assert facts["disk"].endswith(" free")


def test_what_a_machine_is_advised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def advised(settings: Settings) -> str:
        machine = checked(checkup.machine, settings, tmp_path)
        return "\n".join(machine.advice + models(settings).advice)

    own = Settings(llm="x/y:z.gguf")
    monkeypatch.setattr("rag.models.memory.free_memory", lambda: 12 * GB)
    monkeypatch.setattr(checkup, "_graphics", str)
    assert advised(own) == ""
    assert "QUOTH_THREADS is 640" in advised(Settings(llm="x/y:z.gguf", threads=640))
    assert "python -m rag model fetches it" in advised(Settings(llm="bundled"))
    assert "No language model is set" in advised(Settings(llm="none"))
    monkeypatch.setattr(checkup, "_graphics", lambda: "NVIDIA")
    assert "QUOTH_GPU_LAYERS=-1" in advised(own)
    assert "GPU" not in advised(Settings(llm="none"))
    assert "GPU" not in advised(Settings(llm="x/y:z.gguf", gpu_layers=-1))
    monkeypatch.setattr("rag.models.memory.free_memory", lambda: GB // 2)
    assert "500.0 MB of memory are free and about 1.2 GB are needed" in advised(own)
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda _: type("U", (), {"free": 5_000_000}))
    assert "Only 5.0 MB of disk" in advised(own)


def test_index(tmp_path: Path) -> None:
    assert "Nothing is indexed yet" in index(tmp_path).advice[0]
    store = Store(tmp_path / "library.sqlite")
    store.set_facts({"embedder": "all-MiniLM-L6-v2", "passage_characters": "800"})
    store.close()
    found = index(tmp_path)
    assert (found.problems, found.advice) == ([], [])
    assert found.facts["articles"] == "0 in 0 passages"
    assert found.facts["refusal line"] == "the one that comes with Quoth"
    (anew,) = index(tmp_path, Settings(embedder="org/other")).advice
    assert "embeds 0 passages anew; change QUOTH_EMBEDDER back" in anew
    (anew,) = index(tmp_path, Settings(passage_characters=500)).advice
    assert "QUOTH_PASSAGE_CHARACTERS back" in anew
    with closing(Store(tmp_path / "library.sqlite")) as store:
        store.set_facts({"embedder": nano.NAME})
        assert index(tmp_path, Settings(embedder=MULTILINGUAL)).advice == []  # one, two names
        store.set_facts({"embedder": "all-MiniLM-L6-v2"})
    (tmp_path / "calibration.json").write_text("{")
    assert "is broken" in index(tmp_path).advice[0]
    (tmp_path / "library.sqlite").write_bytes(b"no database at all, just bytes" * 100)
    damaged, repair = index(tmp_path).problems
    assert "damaged" in damaged
    assert "doctor --repair" in repair


def test_an_index_in_other_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "library.sqlite")
    store.close()
    monkeypatch.setattr(Store, "languages", lambda _: {"en": 12, "de": 3, "": 1})
    monkeypatch.setattr(Store, "failures", lambda _: ["one"])
    found = index(tmp_path)
    assert found.facts["languages"] == "English 12, German 3, not told 1"
    unread, better = found.advice
    assert "1 file could not be read" in unread
    assert "3 of 16 articles are not in English (German), and the embedder that comes" in better
    assert len(index(tmp_path, Settings(embedder="org/e5")).advice) == 1


def test_where_the_language_model_runs() -> None:
    assert "on this computer, 3 threads" in llm_of(Settings(llm="bundled", threads=3))
    layers = llm_of(Settings(llm="bundled", threads=1, gpu_layers=-1))
    assert "on this computer, 1 thread, all layers on a graphics card if" in layers
    with served(Behaviour(FakeLLM(), models=("a", "b"), key="sk-1")) as server:
        remote = llm_of(Settings(llm=server.address, model="b", key="sk-1"))
        assert remote.startswith("b, on the server at 127.0.0.1:")
        assert "asks for a key" in problem_of(Settings(llm=server.address))
    assert "Nothing answers" in problem_of(Settings(llm="http://127.0.0.1:9/v1"))


def test_doctor_shows_the_chosen_model_and_never_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Behaviour(FakeLLM(), key="sk-secret")) as server:
        monkeypatch.setenv("QUOTH_LLM", server.address)
        monkeypatch.setenv("QUOTH_KEY", "sk-secret")
        shown = run()
        assert "small, on the server at 127.0.0.1:" in shown.stdout
        assert "set, not shown (changed)" in shown.stdout
        assert "sk-secret" not in shown.output + run("--json").output


def test_doctor_reads_the_settings_file_of_the_index(tmp_path: Path) -> None:
    Settings(llm="none").write(tmp_path, {})
    assert "No language model is set" in run("--index", str(tmp_path)).stdout
    (tmp_path / FILE).write_text("{")
    result = run("--index", str(tmp_path))
    assert result.exit_code == 1
    assert "is not JSON at line 1" in result.stdout


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where nothing is amiss."""
    for name in ("machine", "models", "index"):
        fact = {f"{name} fact": "as it should be"}
        monkeypatch.setitem(
            checkup.CHECKS, name, lambda found, *_, fact=fact: found.facts.update(fact)
        )


@pytest.mark.usefixtures("sound")
def test_doctor_prints_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("--index", "x")
    assert (result.exit_code, result.stderr) == (0, "")
    for part in ("Packages", "Models", "Settings", "Index", "Problems", "Advice"):
        assert f"\n{part}\n" in result.stdout
    for part in ("numpy", "models fact", "QUOTH_STRICTNESS"):
        assert f"\n  {part:<24} " in result.stdout
    assert "Mended" not in result.stdout
    assert "\x1b" not in result.stdout
    plain = json.loads(run("--json").stdout)
    assert plain["index"] == {"index fact": "as it should be"}
    assert (plain["problems"], plain["advice"]) == ([], [])
    monkeypatch.setenv("QUOTH_STRICTNESS", "7")
    result = run()
    assert result.exit_code == 1
    assert "strictness is 7.0" in result.stdout.split("Problems")[1]


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


def test_without_repair_doctor_only_tells(indexed: list[str]) -> None:
    index = Path(indexed[3])
    store = Store(index / "library.sqlite")
    store._db.all("UPDATE documents SET text = text || '!' WHERE id = 'a.txt'")
    store.close()
    (index / "vectors.faiss.new").write_bytes(b"half")
    files = {path.name: path.read_bytes() for path in index.iterdir() if path.is_file()}
    result = run(*indexed)
    assert result.exit_code == 1
    assert "The article a.txt is damaged: its text is not as it was stored." in result.stdout
    assert "Run python -m rag doctor --repair." in result.stdout
    assert "vectors.faiss.new is left over" in result.stdout
    assert all((index / name).read_bytes() == content for name, content in files.items())


@pytest.mark.parametrize("name", ["library.sqlite", "chats.sqlite"])
def test_repair_mends_and_says_what(indexed: list[str], name: str) -> None:
    index = Path(indexed[3])
    for path in index.glob(f"{name}*"):
        path.write_bytes(b"no database at all " * 1000)
    assert run(*indexed).exit_code == 1
    result = run(*indexed, "--repair")
    assert f"{name} was damaged. It is kept as {name}.damaged-" in result.stdout
    plain = json.loads(run(*indexed, "--json").stdout)
    assert plain["index"]["articles"] == "2 in 2 passages"
    assert (plain["problems"], look(index)) == ([], ([], []))
    assert len(list(index.glob(f"{name}.damaged-*[0-9]"))) == 1
    again = json.loads(run(*indexed, "--repair", "--json").stdout)
    assert again["mended"] == ["Nothing had to be mended."]


@pytest.mark.skipif(os.name != "posix", reason="there are no rights of others")
def test_a_folder_that_others_can_look_into_is_told_and_closed(indexed: list[str]) -> None:
    index = Path(indexed[3])
    index.chmod(0o755)
    result = run(*indexed)
    assert result.exit_code == 0  # which nothing is kept from working by
    assert "Others on this computer can look into" in result.stdout
    assert index.stat().st_mode & 0o077  # told only
    assert "Nobody but you can look into" in run(*indexed, "--repair").stdout
    assert not index.stat().st_mode & 0o077
    assert look(index) == ([], [])


def test_repair_builds_what_is_missing(indexed: list[str]) -> None:
    index = Path(indexed[3])
    (index / "words.json").unlink()
    assert "The index of words is missing or damaged" in run(*indexed).stdout
    assert "0 were read again; 2 were whole" in run(*indexed, "--repair").stdout
    assert look(index) == ([], [])


def test_repair_where_the_articles_are_gone(indexed: list[str]) -> None:
    folder, index = Path(indexed[1]), Path(indexed[3])
    (index / "library.sqlite").write_bytes(b"no database at all " * 1000)
    folder.rename(folder.with_name("moved"))
    assert "could not be read again: The folder" in run(*indexed, "--repair").stdout
