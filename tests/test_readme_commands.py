"""Every shell command of README and docs/using.md runs as it stands, in a copy of a folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from hatch_build import EXTRAS, pins
from tests.evaluation.conftest import TEXTS, lines
from tests.test_readme import PAGES, ROOT

SECONDS = 120
STARTS = "(?:quoth|python -m rag|make|pip install|docker compose|curl) "
BLOCKS = "\n".join(
    block for page in PAGES for block in re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
)
INLINE = [
    " ".join(code.split())
    for page in PAGES
    for code in re.findall(
        rf"`({STARTS}[^`]+)`", re.sub(r"^```.*?^```", "", page, flags=re.M | re.S)
    )
]
SHOWN = sorted({line.partition(" #")[0].strip() for line in [*BLOCKS.splitlines(), *INLINE]} - {""})
# What stands for something of the reader's, and what would take minutes.
STANDS_FOR = {
    "…": '"When was the A800 confirmed?"',
    '""When was the A800 confirmed?""': '"When was the A800 confirmed?"',
    "FOLDER": "path/to/articles",
    "PATH": "path",
    "python -m rag calibrate": "python -m rag calibrate --reset",
}
FETCHES = "python -m rag model"  # 1.1 GB
EXPORTS = "python -m rag export CHAT --to talk.html"
RUNS_ON = ("page", "serve", "mcp")


def shown(start: str) -> list[str]:
    return [line for line in SHOWN if line.startswith(start)]


OURS = [line for line in (*shown("quoth"), *shown("python -m rag")) if line != FETCHES]
ENDS = [line for line in OURS if not re.search(rf"(?:quoth|rag) (?:{'|'.join(RUNS_ON)})\b", line)]


def test_every_command_is_of_a_kind_that_is_checked() -> None:
    assert len(OURS) > 15
    assert [line for line in SHOWN if not re.match(STARTS, line)] == []
    assert {FETCHES, EXPORTS} <= set(SHOWN)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a person has it: articles, indexed, a question set, and one conversation."""
    place = tmp_path_factory.mktemp("shell")
    for folder in ("seeds", "path/to/articles"):
        shutil.copytree(ROOT / "seeds", place / folder)
        (place / folder / "tea.md").write_text("# Tea\n\nTea grows on hills in the north.")
    documents = place / "path/to/question-set/documents"
    documents.mkdir(parents=True)
    for name, text in TEXTS.items():
        (documents / name).write_text(text)
    rows = "".join(f"{json.dumps(row)}\n" for row in lines())
    (documents.parent / "questions.jsonl").write_text(rows)
    (place / "bin").mkdir()
    for name, before in (("python", ""), ("quoth", "-m rag")):
        script = place / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {before} "$@"\n')
        script.chmod(0o755)
    done = run(place, "python -m rag chat", typed="When did Nvidia confirm the A800?\n")
    assert done.returncode == 0, done.stderr
    return place


def environment(place: Path) -> dict[str, str]:
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "BROWSER": "true"}


def run(place: Path, line: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command, env = ["sh", "-c", line], environment(place)
    return subprocess.run(
        command, input=typed, cwd=place, env=env, capture_output=True, text=True, timeout=SECONDS
    )


def as_typed(place: Path, line: str) -> str:
    """A command with what a reader puts in the places of words that only stand for something."""
    for word, instead in STANDS_FOR.items():
        line = line.replace(word, instead)
    if " CHAT " in line:
        chats = run(place, "python -m rag chats").stdout
        line = line.replace("CHAT", chats.split("\t")[0])
    return line


@pytest.mark.parametrize("line", ENDS)
def test_a_command(place: Path, line: str) -> None:
    if "verify" in line and not (place / "talk.html").exists():
        run(place, as_typed(place, EXPORTS))
    done = run(place, as_typed(place, line))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@contextmanager
def running(place: Path, line: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs on, ended in the end."""
    with subprocess.Popen(
        ["sh", "-c", f"exec {as_typed(place, line)}"],
        cwd=place,
        env=environment(place),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=SECONDS)
            finally:
                process.kill()


def said(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """What a command prints until it says something."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if found := re.search(pattern, line):
            return found
    pytest.fail(f"it ended with {printed!r}")


def test_the_page_is_opened_by_each_command(place: Path) -> None:
    for line in {as_typed(place, line) for line in OURS if re.search(r"(?:quoth|rag) page", line)}:
        with running(place, f"{line} --no-browser") as process:
            said(process, r"http://\S+:\d+")


def test_what_is_served_answers_as_shown(place: Path) -> None:
    """On a port that is free here."""
    served = [line for line in OURS if re.search(r"(?:quoth|rag) serve", line)]
    (asked,) = shown("curl")
    for line in {as_typed(place, line) for line in served}:
        with running(place, f"{line} --port 0") as process:
            port = said(process, r"http://127\.0\.0\.1:(\d+)")[1]
            until_ready(f"http://127.0.0.1:{port}/ready")
            assert "8600" in asked
            answer = json.loads(run(place, asked.replace("8600", port)).stdout)
            assert answer["citations"]


def until_ready(address: str) -> None:
    end = time.monotonic() + SECONDS
    while httpx2.get(address).status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_agents_are_served_until_they_go(place: Path) -> None:
    for line in {as_typed(place, line) for line in OURS if re.search(r"(?:quoth|rag) mcp", line)}:
        done = run(place, line)
        assert (done.returncode, done.stdout) == (0, "")


def test_what_make_would_do() -> None:
    for line in shown("make"):
        words = shlex.split(line)[1:]
        done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_what_pip_and_docker_would_take_is_there() -> None:
    needed = pins(ROOT / "requirements.txt") | pins(ROOT / "requirements-dev.txt")
    for line in shown("pip install"):
        names = line.removeprefix("pip install ").replace('"', "").split()
        for name in (one for one in names if not one.startswith("-")):  # options are pip's own
            if extra := re.fullmatch(r"(?:quoth|\.)\[([\w-]+)\]", name):
                assert extra[1] in EXTRAS
            elif name.endswith(".lock"):
                assert (ROOT / name).is_file()
            elif name != ".":
                assert name in needed.values(), name
    assert shown("docker compose") == ["docker compose up"]
    assert (ROOT / "compose.yaml").is_file()
