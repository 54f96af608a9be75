"""The command line: with a stand-in for the assistant, and whole, in processes of its own."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

import rag
import rag.evaluation
import rag.opening
from rag.cli import app
from rag.commands.show import show_stream
from rag.commands.terminal import EVERY_SECONDS, Bar, duration, one_line, stdout
from rag.events import ClaimRejected, ClaimVerified, Draft, Event, EvidenceFound, Finished
from rag.listing import DocumentInfo, Failure, Progress, SyncReport
from rag.schema import (
    Answer,
    Citation,
    Claim,
    Evidence,
    Hit,
    Origin,
    Searched,
    Span,
    Timings,
    Verdict,
)

ROOT = Path(__file__).parents[1]
HEAVY = (
    "torch",
    "faiss",
    "tantivy",
    "llama_cpp",
    "transformers",
    "sentence_transformers",
    "streamlit",
    "matplotlib",
    "pandas",
    "numpy",
)

COMMANDS = (
    *("index", "ask", "chat", "chats", "export", "verify"),
    *("search", "documents", "eval", "calibrate", "doctor"),
)

FINE = Verdict(True, "fine")
CITATION = Citation(1, "lund.md", "The bridge", 10, 34, "It opened in June 2020.", date(2020, 7, 1))
SECOND = Citation(2, "b.md", "Other", 0, 9, "It\nclosed.", None, 4, place="p. 4")
CLAIMS = (
    Claim("The bridge opened in June 2020.", (CITATION,), FINE, Origin.COMPOSED),
    Claim("It closed.", (CITATION, SECOND), FINE),
)
EVIDENCE = (
    Evidence("lund.md", "The bridge", date(2020, 7, 1), 10, 34, "It opened in June 2020.", 0.9),
    Evidence("b.md", "Other", None, 0, 9, "It\nclosed.", 0.4),
)
ANSWER = Answer(
    question="When did it open?",
    query="When did it open?",
    refused=False,
    confidence=0.81,
    claims=CLAIMS,
    evidence=EVIDENCE,
    reason="",
    rejected=(),
    searched=Searched(2, 9, 4, 2, used_passages=3),
    timings=Timings(0.1, 0.2, 0.3),
)
REFUSAL = replace(
    ANSWER, refused=True, claims=(), confidence=0.1, reason="The articles do not say."
)
HIT = Hit(
    "lund.md", "The bridge", date(2020, 7, 1), 10, 34, "It\topened.", (Span(10, 34),), 0.9, 0.8, 3.0
)


@dataclass
class FakeChat:
    assistant: FakeAssistant
    id: str

    @property
    def turns(self) -> Sequence[str]:
        return () if self.id == "unknown" else self.assistant.questions

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        yield from self.assistant.stream(question, **filters)


@dataclass
class FakeAssistant:
    """Gives one answer to everything, or raises; notes what it was asked."""

    answer: Answer = ANSWER
    error: BaseException | None = None
    folder: Path = Path("articles")
    index: Path = Path("index/articles")
    hits: list[Hit] = field(default_factory=lambda: [HIT])
    questions: list[str] = field(default_factory=list)
    filters: dict[str, Any] = field(default_factory=dict)
    warmed: bool = False
    closed: bool = False

    def __enter__(self) -> FakeAssistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed = True

    def warm(self) -> None:
        self.warmed = True

    def ask(self, question: str, **filters: Any) -> Answer:
        events = list(self.stream(question, **filters))
        assert isinstance(events[-1], Finished)
        return events[-1].answer

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        self.questions.append(question)
        self.filters = filters
        if self.error:
            raise self.error
        yield EvidenceFound(self.answer.evidence, 0.1)
        yield Draft("unchecked words")
        yield ClaimRejected(Claim("A wrong claim.", (), Verdict(False, "no")))
        for claim in self.answer.claims:
            yield ClaimVerified(claim, 0.2)
        yield Finished(self.answer)

    def search(self, query: str, **filters: Any) -> list[Hit]:
        self.questions.append(query)
        self.filters = filters
        return self.hits

    def chat(self, id_: str | None = None) -> FakeChat:
        return FakeChat(self, id_ or "new")

    def document(self, id_: str) -> SimpleNamespace:
        if id_ != "lund.md":
            raise rag.RagError(f"There is no article {id_} in the library.")
        return SimpleNamespace(id=id_)

    def documents(self) -> list[DocumentInfo]:
        return [DocumentInfo("lund.md", "The bridge", date(2020, 7, 1), 1234, 5)]

    def failures(self) -> list[Failure]:
        return [Failure("bad.md", "bad.md is empty.")]

    def counts(self) -> tuple[int, int]:
        return 1, 5


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    assistant = FakeAssistant()
    monkeypatch.setattr(rag.opening, "open", lambda *_, **__: assistant)
    return assistant


def run(*args: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(args), input=given)


def failed(result: Result, code: int = 1) -> str:
    """The one line that a failure is."""
    assert result.exit_code == code
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    assert line.startswith("quoth: ")
    return line.removeprefix("quoth: ")


def test_help_lists_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f" {command} " in result.stdout
    assert run().stdout == result.stdout
    assert run("--version").stdout == f"quoth {rag.__version__}\n"


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    code = "import sys, rag.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert not set(HEAVY) & set(done.stdout.split())


def test_ask_prints_claims_then_proofs(fake: FakeAssistant) -> None:
    result = run("ask", "When did it open?")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["The bridge opened in June 2020. [1]", "It closed. [1][2]"]
    assert "[1] The bridge, 2020-07-01, lund.md:10-34" in lines
    assert "    “It opened in June 2020.”" in lines
    assert "[2] Other, b.md:0-9 (p. 4)" in lines
    assert "    “It closed.”" in lines
    assert "Confidence: well supported (0.81)" in lines
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
        "ask", "x", *typed, "--after", "2025-01-02", "--before", "2025-02-03", "--all-dates"
    )
    assert result.exit_code == 0
    assert fake.filters == {
        "documents": ["lund.md", "lund.md"],
        "after": date(2025, 1, 2),
        "before": date(2025, 2, 3),
        "today": None,
    }
    assert run("ask", "x").exit_code == 0
    assert isinstance(fake.filters["today"], date)
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
    assert result.stdout == "lund.md\t2020-07-01\t1234\t5\tThe bridge\n"
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


class FakeSyncing(FakeAssistant):
    """An assistant whose sync is given by a test."""

    sync_with: Callable[..., SyncReport]
    did: ClassVar[list[str]] = []

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()

    def reembed(self, **given: Any) -> int:
        self.did.append("reembed")
        return 0

    def sync(self, **given: Any) -> SyncReport:
        self.did.append("sync")
        return type(self).sync_with(**given)


@pytest.fixture
def syncing(monkeypatch: pytest.MonkeyPatch) -> type[FakeSyncing]:
    monkeypatch.setattr(rag.opening, "prepare", FakeSyncing)
    monkeypatch.setattr(FakeSyncing, "did", [])
    return FakeSyncing


def test_index_sums_up(syncing: type[FakeSyncing], tmp_path: Path) -> None:
    def sync(*, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> SyncReport:
        assert not cancelled()
        progress(Progress(1, 3, 10, 20.0, 1.0, "a.md"))
        return SyncReport(
            ("a.md", "b.md"), ("c.md",), (), 1200, (Failure("d.md", "It is empty."),), 1500, 61.0
        )

    syncing.sync_with = sync
    result = run("index", str(tmp_path))
    assert result.exit_code == 0
    assert "Articles: 2 added, 1 changed, 0 removed, 1,200 unchanged." in result.stdout
    assert "1,500 passages indexed in 1 minute." in result.stdout
    assert "1 file could not be read:\n  d.md: It is empty.\n" in result.stdout
    plain = json.loads(run("index", "--folder", str(tmp_path), "--json").stdout)
    assert plain["added"] == ["a.md", "b.md"]
    assert plain["failed"][0]["path"] == "d.md"


def test_index_stops_after_the_batch(syncing: type[FakeSyncing], tmp_path: Path) -> None:
    def sync(*, cancelled: Callable[[], bool], **_: object) -> SyncReport:
        signal.raise_signal(signal.SIGINT)
        assert cancelled()
        raise rag.Cancelled("Stopped. What was indexed so far is kept; index again to go on.")

    syncing.sync_with = sync
    before = signal.getsignal(signal.SIGINT)
    result = run("index", str(tmp_path))
    assert result.exit_code == 130
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("Stopping after this batch.")
    assert second.endswith("index again to go on.")
    assert signal.getsignal(signal.SIGINT) is before


def test_index_stops_at_once_when_asked_twice(syncing: type[FakeSyncing], tmp_path: Path) -> None:
    def sync(**_: object) -> SyncReport:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the second interrupt did not stop it")

    syncing.sync_with = sync
    result = run("index", str(tmp_path))
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == "quoth: Stopped."


def test_index_names_what_moved_and_what_is_there_twice(
    syncing: type[FakeSyncing], tmp_path: Path
) -> None:
    twins = tuple((f"{n:02}.md", "a.md") for n in range(22))
    syncing.sync_with = lambda **_: SyncReport(moved=(("a", "b"),), duplicates=twins, unchanged=1)
    told = run("index", str(tmp_path)).stdout
    assert "0 added, 0 changed, 1 moved, 0 removed, 1 unchanged." in told
    assert "22 files hold the very same as another one" in told
    assert "  00.md is the same as a.md\n" in told
    assert told.endswith("  and 2 more\n")
    plain = json.loads(run("index", str(tmp_path), "--json").stdout)
    assert plain["moved"] == [["a", "b"]]
    assert plain["duplicates"][0] == ["00.md", "a.md"]


def test_index_watches_until_it_is_stopped(
    syncing: type[FakeSyncing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [SyncReport(unchanged=1), SyncReport(unchanged=1), SyncReport(("new.md",))]
    syncing.sync_with = lambda **_: reports.pop(0)

    def follow(
        folder: Path, step: Callable[[], object], *, stop: Any, tell: Any, leave_out: Path
    ) -> None:
        assert folder == tmp_path
        step()
        tell("Another program is writing the index.")
        step()
        tell("")
        step()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()

    monkeypatch.setattr("rag.library.watch.follow", follow)
    result = run("index", str(tmp_path), "--watch")
    assert result.exit_code == 0
    assert syncing.did == ["reembed", "sync"] * 3  # other settings count here too
    assert [line.partition("Articles: ")[2] for line in result.stdout.splitlines()] == [
        "0 added, 0 changed, 0 removed, 1 unchanged.",
        "1 added, 0 changed, 0 removed, 0 unchanged.",
    ]
    assert result.stderr.splitlines() == [
        f"Following {tmp_path}. Press Ctrl-C to end.",
        "Another program is writing the index.",
        f"Following {tmp_path} again.",
        "Ending. Press Ctrl-C again to end at once.",
    ]


def test_eval(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}
    report = SimpleNamespace(to_json=lambda: {"set": "squad", "figure": float("nan")})

    def evaluate(folder: Path, **given: Any) -> SimpleNamespace:
        asked.update(given, folder=folder)
        given["progress"](0, 4)
        given["progress"](4, 4)
        return report

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rag.evaluation, "evaluate", evaluate)
    monkeypatch.setattr(rag.evaluation, "table", lambda given: f"table of {given.to_json()['set']}")
    monkeypatch.setattr(rag.evaluation, "plot", lambda _, path: asked.update(plot=path))
    result = run("eval", "x/squad", "--limit", "5", "--seed", "7", "--index", "y")
    assert result.exit_code == 0
    assert "table of squad" in result.stdout
    assert (asked["folder"], asked["limit"], asked["seed"]) == (Path("x/squad"), 5, 7)
    assert (asked["index"], asked["plot"]) == (
        Path("y"),
        Path("reports/squad-reliability.png"),
    )
    result = run("eval", "x/squad", "--json", "--plot", "p.png")
    assert json.loads(result.stdout) == {"set": "squad", "figure": None}
    assert asked["plot"] == Path("p.png")
    assert "p.png" in result.stderr


def test_eval_of_what_is_no_question_set(tmp_path: Path) -> None:
    assert "not a question set" in failed(run("eval", str(tmp_path)))


def test_progress_without_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("rag.commands.terminal.time.monotonic", lambda: now)
    with Bar() as bar:
        bar.sync(Progress(1, 9, 10, 20.0, None, "a.md"))
        now = EVERY_SECONDS
        bar.sync(Progress(2, 9, 20, 20.0, 95.0, "b.md"))
        bar.sync(Progress(3, 9, 30, 20.0, 90.0, "c.md"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "2 of 9 articles, 20 passages a second, 2 minutes left\n"


def test_json_is_ascii_where_the_terminal_is_not_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.commands.terminal import print_json

    written = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", written)
    print_json({"a": "→"})
    written.flush()
    raw = written.buffer
    assert isinstance(raw, io.BytesIO)
    assert json.loads(raw.getvalue().decode("ascii")) == {"a": "→"}


def test_small_words() -> None:
    assert duration(59.6) == "60 seconds"
    assert one_line("a\r\n\tb\x00") == "a b"
    assert stdout().soft_wrap


# Whole: a process of its own, the models that come with the install, the sample articles.


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
    done = quoth("ask", "--index", str(index), "How do I bake sourdough bread?")
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
