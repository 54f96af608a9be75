"""The package: what is in it, and that it answers from its own files alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

import rag

ROOT = Path(__file__).parents[1]
SECONDS = 180
QUESTION = "When was the ferry Hanna built?"
# Runs the command with a record of every file of the repository that it opens.
WATCHED = """
import sys
root, beside, record, *sys.argv[1:] = sys.argv[1:]
def opened(event, given):
    path = given[0] if event == "open" and given and isinstance(given[0], str) else ""
    if path.startswith(root) and not path.startswith(beside):
        with_record.write(path + "\\n")
with_record = open(record, "a", buffering=1)
sys.addaudithook(opened)
from rag.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built from this tree."""
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    done = _run([*pip, "--wheel-dir", str(place), str(ROOT)], place)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = place.glob("quoth-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that it is installed into."""
    place = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile"]
    done = _run([*pip, "--target", str(place), str(wheel)], place)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somewhere else, with a folder of articles."""
    place = tmp_path_factory.mktemp("desk")
    (place / "articles").mkdir()
    (place / "articles" / "ferry.md").write_text(
        "# The ferry Hanna\n\nThe ferry Hanna was built in 1931 in Kiel. It carried forty people.\n"
    )
    return place


def _run(
    command: list[str], cwd: Path, installed: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=_environment(installed),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )


def _environment(installed: Path | None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return kept | {"QUOTH_LLM": "none"} | ({"PYTHONPATH": str(installed)} if installed else {})


def _tracked() -> set[str]:
    """The files of the package as they are stored, or as they lie here where git does not tell."""
    git = shutil.which("git")
    listed = subprocess.run(
        [git or "false", "ls-files", "rag"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode == 0 and listed.stdout:
        return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    found = (path for path in (ROOT / "rag").rglob("*") if path.is_file())
    return {p.relative_to(ROOT).as_posix() for p in found if p.parent.name != "__pycache__"}


def test_every_file_of_the_package_is_in_it_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        held = set(opened.namelist())
        started = opened.read("rag/page/start/app.py")
    assert held >= _tracked()
    outside = {name.split("/")[0] for name in held}
    assert outside == {"rag", f"quoth-{rag.__version__}.dist-info"}
    assert started == (ROOT / "app.py").read_bytes()
    assert "rag/page/start/.streamlit/config.toml" in held


def test_it_needs_what_requirements_say_without_the_tests(wheel: Path) -> None:
    listed = re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / "requirements.txt").read_text(), re.M)
    with zipfile.ZipFile(wheel) as opened:
        told = opened.read(f"quoth-{rag.__version__}.dist-info/METADATA").decode()
    always = set(re.findall(r"^Requires-Dist: ([^;\n]+)$", told, re.M))
    names = {_plain(pin) for pin in listed if not pin.startswith("pytest==")}
    assert {_plain(pin) for pin in always} == names
    extras = {"dev", "multilingual", "mcp", "serve", "people", "milvus", "ray", "langchain"}
    extras |= {"llama-index"}
    assert set(re.findall(r"^Provides-Extra: (.+)$", told, re.M)) == extras


def _plain(pin: str) -> str:
    return pin.lower().replace("_", "-")


def test_the_command_is_there(installed: Path, desk: Path) -> None:
    told = _run([str(installed / "bin" / "quoth"), "--version"], desk, installed)
    assert (told.returncode, told.stdout) == (0, f"quoth {rag.__version__}\n"), told.stderr


def test_it_answers_from_its_own_files(installed: Path, desk: Path) -> None:
    record = desk / "opened"
    watched = [sys.executable, "-P", "-c", WATCHED, str(ROOT), str(Path(sys.prefix)), str(record)]
    done = _run([*watched, "index", "articles"], desk, installed)
    assert done.returncode == 0, done.stderr
    done = _run([*watched, "ask", QUESTION, "--json"], desk, installed)  # of the folder indexed
    assert done.returncode == 0, done.stderr
    (citation,) = json.loads(done.stdout)["citations"]
    assert citation["quote"] == "The ferry Hanna was built in 1931 in Kiel."
    assert record.read_text() == ""


def test_doctor_knows_what_the_package_needs(installed: Path, desk: Path) -> None:
    done = _run([sys.executable, "-P", "-m", "rag", "doctor", "--json"], desk, installed)
    packages = json.loads(done.stdout)["packages"]
    assert "streamlit" in packages
    assert "pytest" not in packages


@pytest.mark.skipif(os.name == "nt", reason="there Ctrl-C is sent in another way")
def test_the_page_opens_and_ends_with_ctrl_c(installed: Path, desk: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-P", "-m", "rag", "page", "articles", "--no-browser"]
    with (desk / "page.log").open("wb") as log:
        page = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=desk,
            env=_environment(installed),
            stdout=log,
            stderr=log,
            # where the tests themselves run in a shell's background, Ctrl-C is ignored below it
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        try:
            until = time.monotonic() + SECONDS
            while not _answers(port) and time.monotonic() < until and page.poll() is None:
                time.sleep(0.1)
            assert _answers(port), (desk / "page.log").read_text()
        finally:
            page.send_signal(signal.SIGINT)
            code = page.wait(SECONDS)
    assert code == 0
    assert not _answers(port)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
            return True
    except (URLError, OSError):
        return False
