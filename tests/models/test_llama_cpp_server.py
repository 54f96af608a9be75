"""llama-cpp-python's own server, in a process of its own, with the model of the install."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from rag.errors import ModelError
from rag.models import LlamaCpp, OpenAICompatible
from rag.models.loading import bundled_file
from rag.service.questions import QuestionQueue
from tests.replicas import free_port
from tests.slow import until
from tests.world import BUILT, opened

pytest.importorskip("starlette_context", reason="llama-cpp-python's server is not installed")
pytest.importorskip("pydantic_settings", reason="llama-cpp-python's server is not installed")

ROOT = Path(__file__).parents[2]
HEAD = "Answer the question."
ROLLO = "From “Rollo”:\nRollo led the Norse.\n\nQuestion: Who led the Norse?"
ASKED = "When was the ferry Hanna built?"
STARTS_IN = 120.0  # seconds
SERVER = """
import sys
from llama_cpp.server.__main__ import main
from rag.models.llamafile import as_in_the_file

with as_in_the_file():  # or some builds end at the first prompt
    main()
"""


class Process:
    """The server; can be killed and started again at its port."""

    def __init__(self, log: Path) -> None:
        self.port, self.log = free_port(), log
        self.address = f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        command = [
            sys.executable,
            "-u",
            "-c",
            SERVER,
            "--model",
            str(bundled_file()),
            "--verbose",
            "false",
        ]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--n_ctx", "2048", "--n_threads", "1", "--interrupt_requests", "false"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        end = time.monotonic() + STARTS_IN
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.address}/models").status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-2000:])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    server = Process(tmp_path_factory.mktemp("server") / "log")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def there(process: Process) -> Iterator[OpenAICompatible]:
    model = OpenAICompatible(process.address, context=2048)
    yield model
    model.close()


def test_it_writes_what_the_same_model_writes_here(there: OpenAICompatible, llm: LlamaCpp) -> None:
    here = "".join(llm.stream(head=HEAD, request=ROLLO, limit=24))
    pieces = list(there.stream(head=HEAD, request=ROLLO, limit=24))
    assert len(pieces) > 3  # as they come
    assert "".join(pieces).strip() == here.strip()


def test_it_is_held_to_a_grammar(there: OpenAICompatible) -> None:
    grammar = 'root ::= ("Paris" | "Rouen") " in " [0-9] [0-9] [0-9]'
    text = "".join(there.stream(head=HEAD, request=ROLLO, grammar=grammar, limit=24))
    assert text[:9] in ("Paris in ", "Rouen in ")
    assert text[9:].isdigit()


def test_who_goes_in_the_middle_is_worked_for_no_more(
    process: Process, there: OpenAICompatible
) -> None:
    stream = there.stream(head=HEAD, request=ROLLO, limit=200)
    next(iter(stream))
    stream.close()  # type: ignore[attr-defined]
    until(lambda: "Disconnected from client" in process.log.read_text())
    assert "".join(there.stream(head=HEAD, request=ROLLO, limit=4))


def test_it_says_how_likely_yes_is(there: OpenAICompatible) -> None:
    assert isinstance(there.odds(head="Say yes or no.", request="Is water wet?"), float)


def test_it_is_killed_and_comes_back(process: Process, there: OpenAICompatible) -> None:
    before = "".join(there.stream(head=HEAD, request=ROLLO, limit=8))
    stream = there.stream(head=HEAD, request=ROLLO, limit=200)
    next(iter(stream))
    process.kill()
    with pytest.raises(ModelError, match=r"broke off: .*\. Ask again\."):
        list(stream)
    with pytest.raises(ModelError, match="Nothing answers at"):
        list(there.stream(head=HEAD, request=ROLLO, limit=8))
    process.start()
    assert "".join(there.stream(head=HEAD, request=ROLLO, limit=8)) == before


def test_killed_in_the_middle_of_a_question_it_is_told_and_the_next_is_answered(
    process: Process, there: OpenAICompatible, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = there.stream

    def killing(**asked: Any) -> Iterator[str]:
        pieces = iter(written(**asked))
        yield next(pieces)
        process.kill()
        yield from pieces

    with opened(tmp_path, llm=there) as assistant:
        queue = QuestionQueue(lambda _: assistant)
        with monkeypatch.context() as patched:
            patched.setattr(there, "stream", killing)
            first = queue.ask("a", ASKED)
            until(lambda: not queue.busy())
        gone = queue.ask("a", ASKED)
        until(lambda: not queue.busy())
        process.start()
        again = queue.ask("a", ASKED)
        until(lambda: not queue.busy())
        turns = assistant.chats.turns("a")
    assert [turn.id for turn in turns] == [first.turn, gone.turn, again.turn]
    assert [turn.answer for turn in turns[:2]] == [None, None]
    assert "broke off" in turns[0].problem
    assert turns[0].problem.endswith("Ask again.")
    assert turns[1].problem.startswith("Nothing answers at")
    assert turns[2].answer is not None
    assert BUILT in turns[2].answer.text
