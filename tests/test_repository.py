"""The files around the code: they parse, and name what is there."""

from __future__ import annotations

import fnmatch
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import rag

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TEXTS = ["SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "docs/release.md"]


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with what they are given."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [(word, given.strip()) for word, _, given in (line.partition(" ") for line in lines)]


def test_the_image_is_built_of_what_is_there() -> None:
    known = "FROM ARG RUN WORKDIR COPY USER ENV EXPOSE HEALTHCHECK CMD".split()
    assert {word for word, _ in steps()} <= set(known)
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    copied = [shlex.split(given)[:-1] for word, given in steps() if word == "COPY"]
    for source in (s for given in copied if not given[0].startswith("--from") for s in given):
        assert (ROOT / source).exists()
        assert not any(fnmatch.fnmatch(source.split("/")[0], pattern) for pattern in ignored)
    needed = {"rag", "app.py", ".streamlit", "hatch_build.py", "README.md", "LICENSE"}
    needed |= {"pyproject.toml", "requirements.txt", "requirements-dev.txt"}
    assert not any(fnmatch.fnmatch(name, pattern) for name in needed for pattern in ignored)


def test_the_image_does_not_run_as_root_and_starts_the_page() -> None:
    words = [word for word, _ in steps()]
    assert words.index("USER") < words.index("CMD")
    (command,) = (yaml.safe_load(given) for word, given in steps() if word == "CMD")
    assert command[:2] == ["quoth", "page"]
    page = subprocess.run(
        [sys.executable, "-m", "rag", "page", "--help"],
        cwd=ROOT,
        env=dict(os.environ) | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert all(option in page.stdout for option in command if option.startswith("--"))


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell")
def test_the_shell_reads_every_step() -> None:
    runs = [given for word, given in steps() if word == "RUN"]
    assert runs
    for line in runs:
        done = subprocess.run(["sh", "-n", "-c", line], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_composed_the_page_answers_to_this_computer_only() -> None:
    services = read("compose.yaml")["services"]
    assert set(services) == {"page", "writer"}
    assert all(port.startswith("127.0.0.1:") for port in services["page"]["ports"])
    assert "ports" not in services["writer"]
    environment = services["page"]["environment"]
    assert environment.pop("QUOTH_PAGE_NAMES").endswith(":-localhost}")  # and to no other name
    for name in environment:
        assert name.removeprefix("QUOTH_").lower() in rag.Settings.__slots__


def test_the_workflow_runs_what_is_run_here_on_every_python() -> None:
    job = read(".github/workflows/test.yml")["jobs"]["test"]
    assert job["steps"][-1] == {"run": ".ci/run"}
    assert os.access(ROOT / ".ci/run", os.X_OK)
    versions = job["strategy"]["matrix"]["python"]
    told = [re.search(r"3\.\d+", text) for text in PROJECT["classifiers"]]
    assert versions == [found[0] for found in told if found]
    assert PROJECT["requires-python"] == f">={versions[0]}"


def test_the_hooks_are_the_checks_of_make() -> None:
    (repo,) = read(".pre-commit-config.yaml")["repos"]
    entries = [hook["entry"].removesuffix(" --force-exclude") for hook in repo["hooks"]]
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(BIN)", ".venv/bin")
    assert all(entry in makefile for entry in entries)


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").iterdir()), ids=str)
def test_a_form_asks_something(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert form["name"]
    assert form["description"]
    assert all(part["attributes"]["label"] for part in form["body"])


def test_the_version_is_one() -> None:
    assert read("CITATION.cff")["version"] == rag.__version__
    assert "version" in PROJECT["dynamic"]


@pytest.mark.parametrize("name", TEXTS)
def test_the_files_that_a_text_names_are_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = re.findall(r"`?\b((?:rag|training|docs|benchmarks|tests)/[\w./]+|[A-Z]+\.md)", text)
    for path in named:
        assert (ROOT / path.rstrip(".")).exists(), path


@pytest.mark.parametrize("code", [0, 3])
def test_the_compiler_is_told_what_to_leave_out(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("llama", ROOT / ".ci" / "llama.py")
    assert spec is not None
    assert spec.loader is not None
    llama = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(llama)
    said = "import os; print(os.environ['CMAKE_ARGS']); print('  [3/9] c++'); "
    said += f"raise SystemExit({code})"
    popen = subprocess.Popen
    asked: list[list[str]] = []

    def stand_in(command: list[str], **options: Any) -> subprocess.Popen[str]:
        asked.append(command)
        return popen([sys.executable, "-c", said], **options)

    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_CUDA=on")
    monkeypatch.setattr(llama.subprocess, "Popen", stand_in)
    monkeypatch.setattr(llama, "LOG", tmp_path / "log")
    monkeypatch.setattr(llama, "LEAN", tmp_path / "two words" / "lean.cmake")
    monkeypatch.setattr(llama, "EVERY", 0)
    llama.LEAN.parent.mkdir()
    assert llama.main(["--no-index"]) == code
    (command,) = asked
    assert command[-2:-1] == ["--no-index"]
    assert command[-1].startswith("llama-cpp-python==")
    given = shlex.split((tmp_path / "log").read_text().splitlines()[0])
    lean = f"-DCMAKE_PROJECT_INCLUDE={llama.LEAN.as_posix()}"
    assert given == ["-DGGML_CUDA=on", "-DLLAVA_BUILD=OFF", lean]
    told = capfd.readouterr()
    assert "compiled 3 of 9" in told.out
    assert ("could not be installed" in told.err) == bool(code)
