"""`migrate` and `doctor` with a real server, and what a person is told where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rag
from rag.settings import Settings
from tests.commands.stand_in import run
from tests.milvus_process import MilvusProcess

QUESTIONS = (
    "Which chips is China urging companies to avoid?",
    "Who is the chief executive of Nvidia?",
    "Why did the US restrict exports?",
    "Which articles are about chips?",
    "What happened in August 2025?",
    "Who won the World Cup in 1930?",
)


def test_the_same_questions_get_the_same_answers_from_a_server(
    milvus_process: MilvusProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, address = tmp_path / "index", milvus_process.library("seeds")
    with rag.open("seeds", index=index, settings=Settings(llm="none")) as assistant:
        answers = [assistant.ask(question) for question in QUESTIONS]
        hits = [assistant.search(question) for question in QUESTIONS]
    done = run("migrate", address, "--index", str(index))
    assert done.exit_code == 0
    assert "holds the same now: 16 articles in 81 passages; 16 copied." in done.stdout
    assert f"QUOTH_LIBRARY={address}" in done.stdout
    settings = Settings(llm="none", library=address)
    with rag.open("seeds", index=tmp_path / "other", settings=settings) as shared:
        assert shared.sync().unchanged == 16
        for question, answer, found in zip(QUESTIONS, answers, hits, strict=True):
            again = shared.ask(question)
            assert again.text == answer.text
            assert again.citations == answer.citations
            assert again.refused == answer.refused
            scores = {(hit.document, hit.start): hit.score for hit in shared.search(question)}
            near = [(hit.document, hit.start) for hit in found[:3]]
            assert scores.keys() >= set(near)
            for hit in found[:3]:  # words in a folder are scored with lengths rounded to a byte
                assert scores[hit.document, hit.start] == pytest.approx(hit.score, abs=0.02)
    back = run("migrate", address, "--back", "--index", str(tmp_path / "back"), "--json")
    assert json.loads(back.stdout)["digest"] in done.stdout
    monkeypatch.setenv("QUOTH_LIBRARY", address)
    facts = json.loads(run("doctor", "--index", str(tmp_path / "other"), "--json").stdout)["index"]
    assert (facts["library"], facts["articles"]) == (address, "16 in 81 passages")


def test_what_is_wrong_is_told(
    milvus_process: MilvusProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.library.milvus_server.CONNECT", 1.0)
    place = ["--index", str(tmp_path / "index")]
    for words, told in (
        ([milvus_process.library("x")], "Nothing is indexed in"),
        ([milvus_process.library("x"), "--back"], "There is no library x on"),
        (["localhost:19530", "--back"], "no address of a Milvus library"),
        (["milvus+http://127.0.0.1:9/x", "--back"], "cannot be reached. Check that Milvus runs"),
    ):
        result = run("migrate", *words, *place)
        assert result.exit_code == 1
        assert told in result.stderr, words
    monkeypatch.setenv("QUOTH_LIBRARY", "milvus+http://127.0.0.1:9/x")
    result = run("doctor", *place, "--json")
    assert result.exit_code == 1
    assert any("cannot be reached" in one for one in json.loads(result.stdout)["problems"])
    monkeypatch.setenv("QUOTH_LIBRARY", "milvus+http://me:secret@host/x")
    result = run("index", *place)
    assert (result.exit_code, "secret" in result.stderr) == (1, False)
