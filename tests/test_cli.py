"""The command line: with a stand-in for the assistant, and whole, in processes of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

import rag
import rag.evaluation
import rag.opening
from rag.commands.show import show_stream
from rag.events import EvidenceFound
from rag.schema import (
    Answer,
    Claim,
)
from tests.commands.stand_in import ANSWER, CITATION, FINE, FakeAssistant, failed, run

COMMANDS = (
    *("index", "ask", "chat", "chats", "export", "verify"),
    *("search", "documents", "eval", "calibrate", "doctor", "model", "mcp"),
)


REFUSAL = replace(
    ANSWER, refused=True, claims=(), confidence=0.1, reason="The articles do not say."
)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    assistant = FakeAssistant()
    monkeypatch.setattr(rag.opening, "open", lambda *_, **__: assistant)
    return assistant


def test_help_lists_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f" {command} " in result.stdout
    assert run().stdout == result.stdout
    assert run("--version").stdout == f"quoth {rag.__version__}\n"


def test_ask_prints_claims_then_proofs(fake: FakeAssistant) -> None:
    result = run("ask", "When did it open?")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["The bridge opened in June 2020. [1]", "It closed. [1][2]"]
    assert "[1] The bridge, 2020-07-01, lund.md:10-34" in lines
    assert "    “It opened in June 2020.”" in lines
    assert "[2] Other, b.md:0-9 (p. 4)" in lines
    assert "    “It closed.”" in lines
    assert "Confidence: probably right (0.81)" in lines
    coverage = "Used 3 of 4 matching passages in 2 articles."
    assert lines[-1] == f"Searched 9 passages in 2 articles. {coverage}"
    assert "wrong claim" not in result.stdout
    assert "unchecked" not in result.stdout
    assert fake.warmed
    assert fake.closed


def test_ask_says_why_it_refuses_and_what_is_nearest(fake: FakeAssistant) -> None:
    fake.answer = REFUSAL
    result = run("ask", "Who?")
    assert result.exit_code == 2
    assert result.stdout.startswith("The articles do not say.\n")
    assert "The bridge, 2020-07-01, lund.md:10-34\n    “It opened in June 2020.”" in result.stdout
    assert "Searched 9 passages in 2 articles" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(("answer", "code"), [(ANSWER, 0), (REFUSAL, 2)])
def test_ask_json(fake: FakeAssistant, answer: Answer, code: int) -> None:
    fake.answer = answer
    result = run("ask", "--json", "When?")
    assert result.exit_code == code
    plain = json.loads(result.stdout)
    assert plain["text"] == answer.text
    assert plain["refused"] is answer.refused
    assert [c["number"] for c in plain["citations"]] == [c.number for c in answer.citations]


@pytest.mark.parametrize("args", [(), ("-",)])
def test_ask_reads_standard_input(fake: FakeAssistant, args: tuple[str, ...]) -> None:
    given = "\ufeffWhen did it\nopen – then?\n".encode()
    assert run("ask", *args, given=given).exit_code == 0
    assert fake.questions == ["When did it\nopen – then?"]


def test_ask_takes_unquoted_words_and_bytes_that_are_no_text(fake: FakeAssistant) -> None:
    run("ask", "When", "did it", "open?")
    run("ask", "caf\udce9")
    run("ask", given=b"caf\xe9")
    assert fake.questions == ["When did it open?", "caf?", "caf\ufffd"]


def test_an_empty_question_is_told(fake: FakeAssistant) -> None:
    assert "empty" in failed(run("ask", given=" \n"))
    assert fake.questions == []


def test_filters_reach_the_assistant(fake: FakeAssistant, tmp_path: Path) -> None:
    fake.folder = tmp_path
    (tmp_path / "lund.md").write_text("x")
    typed = ["--document", "lund.md", "--document", str(tmp_path / "lund.md")]
    result = run(
        "ask",
        "x",
        *typed,
        *("--after", "2025-01-02", "--before", "2025-02-03", "--all-dates", "--write"),
    )
    assert result.exit_code == 0
    assert fake.filters == {
        "documents": ["lund.md", "lund.md"],
        "after": date(2025, 1, 2),
        "before": date(2025, 2, 3),
        "today": None,
        "write": True,
    }
    assert run("ask", "x").exit_code == 0
    assert isinstance(fake.filters["today"], date)
    assert fake.filters["write"] is None
    assert "nope.md" in failed(run("ask", "x", "--document", "nope.md"))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("ask", "x", "--after", "2025-13-01"), "--after '2025-13-01' is not a date"),
        (("search", "x", "--before", "May"), "--before 'May' is not a date"),
        (("ask", "x", "--after", "2025-02-01", "--before", "2025-01-01"), "No article can be"),
        (("ask", "--nope", "x"), "No such option: --nope"),
        (("nope",), "No such command 'nope'"),
        (("search",), "Missing argument"),
        (("search", "x", "--limit", "0"), "--limit"),
        (("ask", "x", "--folder"), "--folder"),
    ],
)
def test_mistakes_are_one_line(fake: FakeAssistant, args: tuple[str, ...], said: str) -> None:
    assert said in failed(run(*args))
    assert fake.questions == []


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (rag.ModelError("The model\nis broken."), 1, "The model is broken."),
        (rag.Cancelled("Stopped. It goes on."), 130, "Stopped. It goes on."),
        (KeyboardInterrupt(), 130, "Stopped."),
        (PermissionError(13, "Permission denied", "a.md"), 1, "a.md: Permission denied."),
    ],
)
def test_errors_are_one_line(
    fake: FakeAssistant, error: BaseException, code: int, said: str
) -> None:
    fake.error = error
    assert failed(run("ask", "x"), code) == said
    assert fake.closed


def test_a_missing_folder_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    for command in (("index", missing), ("ask", "x", "--folder", missing)):
        assert "does not exist" in failed(run(*command))


def test_a_setting_that_makes_no_sense_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_CONTEXT", "many")
    for command in (("index",), ("ask", "x"), ("documents",)):
        assert "QUOTH_CONTEXT" in failed(run(*command))


def test_settings_name_the_folder_and_the_index(
    monkeypatch: pytest.MonkeyPatch, fake: FakeAssistant
) -> None:
    opened: list[tuple[Path, Path]] = []

    def note(folder: Path, *, index: Path, **_: object) -> FakeAssistant:
        opened.append((folder, index))
        return fake

    monkeypatch.setattr(rag.opening, "open", note)
    run("documents")
    run("documents", "--folder", "x/news")
    monkeypatch.setenv("QUOTH_FOLDER", "y/old")
    run("documents")
    monkeypatch.setenv("QUOTH_INDEX", "z")
    run("documents")
    run("documents", "--index", "w")
    assert opened == [
        (Path("seeds"), Path("index/seeds")),
        (Path("x/news"), Path("index/news")),
        (Path("y/old"), Path("index/old")),
        (Path("y/old"), Path("z")),
        (Path("y/old"), Path("w")),
    ]


def test_a_document_cannot_steer_the_terminal(fake: FakeAssistant) -> None:
    nasty = "a\x1b]0;title\x07b\x9b2J\u202ec [bold]d[/bold] :smile:"
    claim = Claim(nasty, (replace(CITATION, title=nasty, quote=nasty),), FINE)
    fake.answer = replace(ANSWER, claims=(claim,))
    result = run("ask", "x")
    for character in "\x1b\x07\x9b\u202e":
        assert character not in result.stdout
    assert "[bold]d[/bold] :smile:" in result.stdout


def test_on_a_terminal_evidence_comes_first() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=60, color_system=None)
    events = FakeAssistant().stream("x")
    assert isinstance(next(events), EvidenceFound)  # what was found is drawn before the rest
    answer = show_stream(FakeAssistant().stream("x"), console)
    assert answer == ANSWER
    text = written.getvalue()
    found, claim, proof = (
        text.index(part)
        for part in ("The bridge: “It opened", "The bridge opened", "[1] The bridge")
    )
    assert found < claim < proof


def test_a_pipe_gets_whole_lines_without_colour(fake: FakeAssistant) -> None:
    long = "word " * 60
    fake.answer = replace(ANSWER, claims=(Claim(long, (CITATION,), FINE),))
    result = run("ask", "x")
    assert result.stdout.splitlines()[0] == f"{long.strip()} [1]"


def test_search(fake: FakeAssistant) -> None:
    result = run("search", "the", "bridge", "--limit", "3", "--after", "2020-01-01")
    row = ["0.9000", "lund.md", "10", "34", "2020-07-01", "The bridge", "It opened."]
    assert result.stdout == "\t".join(row) + "\n"
    assert fake.questions == ["the bridge"]
    assert fake.filters["limit"] == 3
    (plain,) = json.loads(run("search", "x", "--json").stdout)
    assert (plain["document"], plain["date"], plain["sentences"]) == (
        "lund.md",
        "2020-07-01",
        [[10, 34]],
    )


def test_search_that_finds_nothing(fake: FakeAssistant) -> None:
    fake.hits = []
    result = run("search", "x")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Nothing was found.\n"
    assert json.loads(run("search", "x", "--json").stdout) == []


def test_documents(fake: FakeAssistant) -> None:
    result = run("documents")
    assert result.stdout == "lund.md\t2020-07-01\t1234\t5\tThe bridge\t\n"
    assert result.stderr == "1 file could not be read:\n  bad.md is empty.\n"
    plain = json.loads(run("documents", "--json").stdout)
    assert plain["documents"][0]["id"] == "lund.md"
    assert plain["failures"] == [{"path": "bad.md", "reason": "bad.md is empty."}]


def test_tables_on_a_terminal(fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "passages" in run("documents").stdout
    assert "1 file could not be read" in run("documents").stdout
    assert "lund.md:10-34" in run("search", "x").stdout


def test_chat_in_a_pipe(fake: FakeAssistant) -> None:
    result = run("chat", given="When?\n\n  \nAnd why?\n/what\n/quit\nNever asked\n")
    assert result.exit_code == 0
    assert fake.questions == ["When?", "And why?"]
    assert result.stdout.count("The bridge opened in June 2020. [1]") == 2
    assert result.stderr == "There is no command /what. /quit ends the chat.\n"


def test_chat_goes_on_after_an_error(fake: FakeAssistant) -> None:
    fake.error = rag.QuestionError("The question is too long.")
    result = run("chat", given="x\ny\n")
    assert result.exit_code == 0
    assert fake.questions == ["x", "y"]
    assert result.stderr == "quoth: The question is too long.\n" * 2


def test_chat_in_a_pipe_stops_on_interrupt(fake: FakeAssistant) -> None:
    fake.error = KeyboardInterrupt()
    assert run("chat", given="x\ny\n").exit_code == 130
    assert fake.questions == ["x"]


def test_chat_that_is_typed(fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a prompt, an interrupt stops the answer or clears the line, and never ends the chat."""
    typed: Iterator[object] = iter(
        ["stop this", KeyboardInterrupt(), "When?", EOFError(), "never asked"]
    )

    def typing(_prompt: str) -> str:
        line = next(typed)
        fake.error = KeyboardInterrupt() if line == "stop this" else None
        if isinstance(line, BaseException):
            raise line
        return str(line)

    monkeypatch.setattr("rag.commands.chat._is_typed", lambda: True)
    monkeypatch.setattr("builtins.input", typing)
    result = run("chat")
    assert result.exit_code == 0
    assert fake.questions == ["stop this", "When?"]
    assert result.stdout.count("The bridge opened") == 1
    assert "Stopped." in result.stderr
    assert "chat --continue new" in result.stderr


def test_chat_continues_only_what_there_is(fake: FakeAssistant) -> None:
    assert "no chat unknown" in failed(run("chat", "--continue", "unknown", given="x\n"))
    fake.questions.append("earlier")
    assert run("chat", "--continue", "known", given="x\n").exit_code == 0
