"""Commands whole, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rag
import rag.evaluation
import rag.opening
from tests.commands.stand_in import ROOT


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles' index, made by the command itself."""
    place = tmp_path_factory.mktemp("cli") / "index"
    done = quoth("index", "seeds", "--index", str(place))
    assert done.returncode == 0, done.stderr
    seeds = len(list((ROOT / "seeds").glob("*.md")))
    assert f"{seeds} added, 0 changed, 0 removed, 0 unchanged" in done.stdout
    return place


def quoth(*args: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QUOTH_")}
    return subprocess.run(
        [sys.executable, "-m", "rag", *args],
        capture_output=True,
        text=True,
        input=given,
        encoding="utf-8",
        cwd=ROOT,
        env={**environment, "HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf-8"},
        timeout=300,
    )


def test_whole_answer(index: Path) -> None:
    question = "How large was the charge that Nvidia took on the H20?"
    done = quoth("ask", "--index", str(index), "--json", given=question)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["question"] == question
    with rag.open(ROOT / "seeds", index=index) as assistant:
        for citation in answer["citations"]:
            text = assistant.document(citation["document"]).text
            assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert "4.5 billion" in answer["text"]


def test_whole_refusal(index: Path) -> None:
    done = quoth("ask", "--index", str(index), "Who won the football world cup in 2014?")
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith("The articles do not say.")
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_whole_chat(index: Path) -> None:
    given = "Which firms were told to drop the RTX Pro 6000D?\nAnd when?\n/quit\n"
    done = quoth("chat", "--index", str(index), given=given)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nSearched ") == 2
    assert "\x1b" not in done.stdout


def test_index_tells_files_that_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text("The ferry leaves at seven. It takes four hours.\n")
    (folder / "empty.txt").write_text("")
    place = str(tmp_path / "index")
    done = quoth("index", str(folder), "--index", place)
    assert done.returncode == 0, done.stderr
    assert "1 added" in done.stdout
    assert "1 file could not be read:" in done.stdout
    assert "empty.txt" in done.stdout
    listed = json.loads(
        quoth("documents", "--folder", str(folder), "--index", place, "--json").stdout
    )
    assert [d["id"] for d in listed["documents"]] == ["good.txt"]
    assert [f["path"] for f in listed["failures"]] == ["empty.txt"]


def test_a_reader_that_goes_away_is_no_error(index: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "rag", "documents", "--index", str(index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=300) == 1


def test_whole_collection(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    for name in ("reports/2024/quay.txt", "reports/mill.txt", "news/mill.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"Of {name}\n\nThe mill of {name} was closed in winter.\n")
    places = ("--folder", str(folder), "--index", str(tmp_path / "index"))
    typed = f"{folder}{os.sep}reports{os.sep}"  # as a shell completes it
    done = quoth("search", *places, "--document", typed, "--json", "mill")
    assert done.returncode == 0, done.stderr
    found = {hit["document"] for hit in json.loads(done.stdout)}
    assert found == {"reports/2024/quay.txt", "reports/mill.txt"}
    done = quoth("ask", *places, "--document", "gone/", "Was the mill closed?")
    assert done.returncode == 1
    assert "no article in the collection gone/" in " ".join(done.stderr.split())
    done = quoth("documents", *places, "--collection", "reports/2024", "--json")
    assert [d["id"] for d in json.loads(done.stdout)["documents"]] == ["reports/2024/quay.txt"]
