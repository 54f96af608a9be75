"""Several servers asked as one, and what happens to those that fail; servers found here."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from rag.errors import ModelError
from rag.models import OpenAICompatible
from rag.models import servers as module
from rag.models.servers import USUAL, LocalServer, find
from rag.testing import FakeLLM
from tests.serving import Behaviour, served
from tests.slow import until

BUSY = (503, "application/json", b'{"error": "loading"}')
SAID = "Rollo led the Norse."
REQUEST = "From “Rollo”:\nRollo led the Norse.\n\nQuestion: Who led the Norse?"


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Behaviour, Behaviour]]:
    monkeypatch.setattr(module, "_PAUSES", (0.05, 0.1))
    with ExitStack() as stack:
        one, other = (stack.enter_context(served(Behaviour(FakeLLM()))) for _ in range(2))
        yield one, other


@pytest.fixture
def llm(both: tuple[Behaviour, Behaviour]) -> Iterator[OpenAICompatible]:
    model = OpenAICompatible(" ".join(one.address for one in both), timeout=20)
    yield model
    model.close()


def ask(llm: OpenAICompatible) -> str:
    return "".join(llm.stream(head="Answer the question.", request=REQUEST, limit=20))


def test_both_are_named_and_a_closed_address_is_no_hindrance(
    both: tuple[Behaviour, Behaviour],
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    llm = OpenAICompatible(f"{away} {both[1].address}")
    assert ask(llm) == SAID
    hosts = [address.split("/")[2] for address in (away, both[1].address)]
    assert llm.where == f"the servers at {hosts[0]} and {hosts[1]}"
    llm.close()


def test_what_one_cannot_take_is_asked_of_the_other(
    both: tuple[Behaviour, Behaviour], llm: OpenAICompatible
) -> None:
    one, other = both
    one.fault = BUSY
    assert [ask(llm), ask(llm)] == [SAID, SAID]
    assert (len(one.chats()), len(other.chats())) == (1, 2)  # it is asked last from then on


def test_who_was_away_is_looked_at_before_it_is_asked_again(
    both: tuple[Behaviour, Behaviour], llm: OpenAICompatible, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = both
    one.fault = BUSY
    assert ask(llm) == SAID
    monkeypatch.setattr(module, "_REST", 0.0)
    one.fault, one.key = None, "another"  # it is there, and not well
    assert ask(llm) == SAID
    assert (len(one.chats()), one.paths()[-1]) == (1, "/v1/models")
    one.key = ""
    assert ask(llm) == SAID
    assert (len(one.chats()), len(other.chats())) == (2, 2)


def test_a_server_that_is_busy_is_asked_again_after_a_pause(
    both: tuple[Behaviour, Behaviour], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = both
    llm = OpenAICompatible(one.address)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            one.fault = None

    monkeypatch.setattr("rag.models.servers.time.sleep", pause)
    one.fault = BUSY
    assert ask(llm) == SAID
    assert pauses == list(module._PAUSES)
    one.fault = (500, "text/plain", b"")  # what is wrong stays wrong
    with pytest.raises(ModelError, match="error 500"):
        ask(llm)
    assert len(pauses) == 2
    llm.close()


def test_what_has_begun_is_not_asked_again(
    both: tuple[Behaviour, Behaviour], llm: OpenAICompatible
) -> None:
    one, other = both
    one.cut_after = 2
    with pytest.raises(ModelError, match="broke off"):
        ask(llm)
    assert (len(one.chats()), len(other.chats())) == (1, 0)
    assert ask(llm) == SAID
    assert len(other.chats()) == 1


def test_who_asks_at_once_is_spread(
    both: tuple[Behaviour, Behaviour], llm: OpenAICompatible
) -> None:
    one, other = both
    for each in both:
        each.go.clear()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(llm))) for _ in range(4)]
    for count, thread in enumerate(threads, 1):
        thread.start()
        until(lambda count=count: len(one.chats()) + len(other.chats()) == count)
    assert (len(one.chats()), len(other.chats())) == (2, 2)
    for each in both:
        each.go.set()
    for thread in threads:
        thread.join(20)
    assert answers == [SAID] * 4


def port(server: Behaviour) -> int:
    return int(server.address.split(":")[2].removesuffix("/v1"))


def test_what_answers_is_found_with_its_models() -> None:
    with (
        served(Behaviour(FakeLLM(), models=("a", "b"))) as open_,
        served(Behaviour(FakeLLM(), key="k")) as locked,
    ):
        found = find((("LM Studio", port(open_)), ("nobody", 9), ("vLLM", port(locked))))
        assert found == (
            LocalServer("LM Studio", open_.address, ("a", "b")),
            LocalServer("vLLM", locked.address, ()),
        )
        assert "Authorization" not in locked.headers[0]


def test_somebody_else_at_the_port_is_passed_over() -> None:
    with served(Behaviour(FakeLLM(), listed={"id": None})) as odd:
        odd.models = ()
        assert find((("vLLM", port(odd)),)) == (LocalServer("vLLM", odd.address, ()),)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        assert find((("Ollama", silent.getsockname()[1]),)) == ()
        assert time.monotonic() - began < 10
    assert find(()) == ()
    assert [number for _, number in USUAL] == [11434, 8080, 1234, 8000]
