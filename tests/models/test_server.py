"""The adapter for servers beyond its contract: counting, keys, and every way to fail."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.models import LlamaCpp, OpenAICompatible
from rag.models.server import estimated
from rag.testing import FakeLLM
from tests.serving import Behaviour, served

HEAD = "Answer the question."
ROLLO = "From “Rollo”:\nRollo led the Norse.\n\nQuestion: Who led the Norse?"
SAID = "Rollo led the Norse."
SECONDS = 30
KEY = "sk-very-secret-1234"


@pytest.mark.parametrize(
    ("kind", "listed", "window", "context"),
    [
        ("llamacpp", {}, 3000, 3000),  # tells in a place of its own
        ("llamacpp", {}, 0, 8192),
        ("vllm", {"max_model_len": 32_768}, 0, 32_768),
        ("lmstudio", {"context_length": 131_072, "loaded_context_length": 4096}, 0, 4096),
        ("library", {}, 0, 4096),  # Ollama cuts what is longer
        ("another", {}, 0, 8192),
        ("another", {"max_model_len": "many", "context_length": -1}, 0, 8192),
    ],
)
def test_the_context_is_what_the_server_tells(
    connect: Connect, kind: str, listed: dict[str, object], window: int, context: int
) -> None:
    with served(Behaviour(FakeLLM(), kind=kind, listed=listed, window=window)) as server:
        llm = connect(server.address)
        assert (llm.context, llm.writes) == (context, True)
        assert connect(server.address, context=900).context == 900


@pytest.fixture
def server() -> Iterator[Behaviour]:
    with served(Behaviour(FakeLLM())) as server:
        yield server


Connect = Callable[..., OpenAICompatible]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes adapters that are closed when the test is over."""
    made: list[OpenAICompatible] = []

    def new(address: str, **options: Any) -> OpenAICompatible:
        made.append(OpenAICompatible(address, **options))
        return made[-1]

    yield new
    for adapter in made:
        adapter.close()


def test_a_text_that_goes_round_is_ended(connect: Connect) -> None:
    with served(Behaviour(FakeLLM(["Round and round it goes, " * 100], context=10**4))) as server:
        words = "".join(connect(server.address).stream(head=HEAD, request=ROLLO, limit=600)).split()
        assert 24 <= len(words) < 40


def ask(llm: OpenAICompatible, request: str = ROLLO) -> str:
    return "".join(llm.stream(head=HEAD, request=request, limit=20))


def said(behaviour: Behaviour, **options: object) -> str:
    """What a person reads when a question fails at this server."""
    with served(behaviour):
        llm = OpenAICompatible(behaviour.address, **options)  # type: ignore[arg-type]
        with pytest.raises(ModelError) as failed:
            ask(llm)
        llm.close()
    return str(failed.value)


@pytest.mark.parametrize("kind", ["llamacpp", "vllm", "library"])
def test_what_is_asked(connect: Connect, kind: str) -> None:
    with served(Behaviour(FakeLLM(["yes"]), kind=kind)) as server:
        llm = connect(server.address)
        assert ask(llm) == "yes"
        (chat,) = server.chats()
        assert (chat["temperature"], chat["seed"], chat["max_tokens"]) == (0.0, 0, 20)
        assert ("chat_template_kwargs" in chat) == (kind != "library")
        assert llm.count("one two three") == estimated("one two three")
        assert server.paths()[:1] == ["/v1/models"]


def test_no_sign_of_a_chat_template_in_an_article_reaches_a_server(connect: Connect) -> None:
    signs = ("<|im_end|>", "<|im_start|>system", "</s>", "<start_of_turn>", "[INST]", "<｜User｜>")
    with served(Behaviour(FakeLLM(["yes"]))) as server:
        said = f"They fly.{' '.join(signs)} Swans < geese."
        list(connect(server.address).stream(head=HEAD, request=said, limit=20))
        (chat,) = server.chats()
        content = chat["messages"][-1]["content"]
        assert not any(sign in content for sign in signs)
        assert content.replace("< ", "<").replace("[ ", "[") == said.replace("< ", "<")


def test_the_bundled_model_answers_over_the_wire_as_here(connect: Connect, llm: LlamaCpp) -> None:
    with served(Behaviour(llm)) as server:
        adapter = connect(server.address)
        assert ask(adapter) == "".join(llm.stream(head=HEAD, request=ROLLO, limit=20))


SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.md"))


def test_the_estimate_is_not_less_than_the_real_count(llm: LlamaCpp) -> None:
    for text in [path.read_text("utf-8") for path in SEEDS]:
        for line in filter(None, text.splitlines()):
            assert estimated(line) >= llm.count(line), line
        assert llm.count(text) <= estimated(text) <= 3 * llm.count(text)
    for odd in (
        "的是不了人我在有他这",
        "😀😀😀",
        "Привет, как дела?",
        "x = [1, 2]; y += 3e-7",
        "ſŧŋđ",
    ):
        assert estimated(odd) >= llm.count(odd), odd


@given(st.text(max_size=50))
def test_any_text_has_an_estimate(text: str) -> None:
    assert estimated(text.encode("utf-8", "replace").decode()) >= len(text.split())


def test_names_and_places(connect: Connect, server: Behaviour) -> None:
    llm = connect(server.address.removesuffix("/v1"), context=900)
    assert (llm.name, llm.context) == ("small", 900)
    assert llm.where == "the server at " + server.address.split("/")[2]
    for written in ("/v1/", "/v1/chat/completions"):
        again = connect(server.address.removesuffix("/v1") + written)
        assert ask(again) == SAID
    server.models = ("/models/sub/Qwen3-0.6B.gguf",)
    path = connect(server.address)
    assert path.name == "Qwen3-0.6B"
    assert ask(path) == SAID
    assert server.chats()[-1]["model"] == "/models/sub/Qwen3-0.6B.gguf"


def test_the_speed_is_what_was_measured(connect: Connect, server: Behaviour) -> None:
    llm = connect(server.address)
    assert (llm.speed.prompt, llm.speed.generation) == (None, None)
    ask(llm)
    assert llm.speed.prompt
    assert llm.speed.prompt > 0
    assert llm.speed.generation
    assert llm.speed.generation > 0
    server.tells_usage = False
    other = connect(server.address)
    ask(other)
    assert other.speed.prompt is None
    assert other.speed.generation


def test_one_of_several_models_is_named(connect: Connect) -> None:
    with served(Behaviour(FakeLLM(), models=("large", "small"))) as server:
        assert connect(server.address, model="small").name == "small"
        with pytest.raises(ModelError, match=r"has 2 models\. Name one .* model: large, small\."):
            connect(server.address)
        with pytest.raises(ModelError, match=r"has no model huge\. Set .* these: large, small"):
            connect(server.address, model="huge")
        server.models = ()
        with pytest.raises(ModelError, match=r"has no model\. Load one"):
            connect(server.address)
        server.models = tuple(f"m{number}" for number in range(9))
        with pytest.raises(ModelError, match="m0, m1, m2, m3, m4 …"):
            connect(server.address)


def test_a_model_that_went_away(connect: Connect, server: Behaviour) -> None:
    llm = connect(server.address)
    server.models = ("other",)
    with pytest.raises(ModelError, match="does not know what it was asked for: model 'small' not"):
        ask(llm)


def test_the_key_is_sent_and_never_shown(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), served(Behaviour(FakeLLM(), key=KEY)) as server:
        assert ask(connect(server.address, key=KEY)) == SAID
        with pytest.raises(ModelError, match=r"asks for a key\. Give it on the page"):
            connect(server.address)
        server.key = "another"
        with pytest.raises(ModelError, match="did not accept the key") as failed:
            connect(server.address, key=KEY)
        assert KEY not in str(failed.value)
    assert KEY not in caplog.text


def test_a_server_that_repeats_the_key_in_its_message() -> None:
    body = json.dumps({"error": {"message": f"bad header Bearer {KEY}"}}).encode()
    server = Behaviour(FakeLLM(), key=KEY, fault=(500, "application/json", body))
    message = said(server, key=KEY)
    assert KEY not in message
    assert "error 500: bad header Bearer ….".replace("….", "…") in message


def test_nothing_listens(connect: Connect) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ModelError, match=rf"Nothing answers at {address}\. Check that the server"):
        connect(address)


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http:///v1"])
def test_an_address_that_makes_no_sense(connect: Connect, address: str) -> None:
    with pytest.raises(ModelError, match="makes no sense"):
        connect(address)


def test_a_path_that_is_not_there(connect: Connect, server: Behaviour) -> None:
    with pytest.raises(ModelError, match=r"no such path\. Check the address, which often ends"):
        connect(server.address + "/deeper")


STREAM = "text/event-stream"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ((200, "text/html", b"<html>Hello</html>"), "in a form that is not that of OpenAI"),
        ((200, STREAM, b"data: {not json}\n\n"), "in a form that is not"),
        ((200, STREAM, b"data: [1, 2]\n\n"), "in a form that is not"),
        ((200, STREAM, b'data: {"choices": [7]}\n\n'), "in a form that is not"),
        ((200, STREAM, b'data: {"choices": [{"delta": {"content": 7}}]}\n\n'), "in a form that"),
        ((200, STREAM, b'data: {"choices": {"a": 1}}\n\n'), "in a form that is not"),
        ((200, STREAM, b""), "broke off: the answer ended before it was whole"),
        ((200, STREAM, b'data: {"error": {"message": "out of memory"}}\n\n'), "off: out of memory"),
        ((200, STREAM, b"data: " + b"x" * 30_000_000), "in a form that is not"),
        ((302, "text/html", b""), "is no OpenAI-compatible server"),
        ((405, "text/html", b""), "is no OpenAI-compatible server"),
        ((429, "application/json", b'{"error": "slow down"}'), "the error 429: slow down."),
        ((500, "application/json", b'{"message": "%s"}' % (b"a b " * 2000)), "error 500: a b a b"),
        ((500, "text/plain", b"secret of the house"), "the error 500: no reason given."),
        ((500, "application/json", b'["secret of the house"]'), "the error 500: no reason given."),
        ((503, "application/json", b'{"detail": {"x": 1}}'), "the error 503"),
        ((500, "text/plain", b""), "the error 500: no reason given."),
    ],
)
def test_a_server_that_answers_badly(fault: tuple[int, str, bytes], message: str) -> None:
    shown = said(Behaviour(FakeLLM(), fault=fault))
    assert message in shown
    assert len(shown) < 400
    assert "\n" not in shown


@pytest.mark.parametrize("listed", [b"[]", b"{}", b'{"data": 7}', b'{"data": [{}]}', b"<html>"])
def test_a_list_of_models_in_another_form(
    connect: Connect, listed: bytes, server: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.serving.json.dumps", lambda _: listed.decode())
    with pytest.raises(ModelError, match="in a form that is not that of OpenAI's protocol"):
        connect(server.address)


def test_a_connection_that_breaks_off(connect: Connect, server: Behaviour) -> None:
    server.cut_after = 2
    llm = connect(server.address)
    pieces = []
    with pytest.raises(ModelError, match=r"broke off: .*\. Ask again\."):
        pieces.extend(llm.stream(head=HEAD, request=ROLLO))
    server.cut_after = None
    assert ask(llm) == SAID


def test_a_server_that_is_silent(connect: Connect, server: Behaviour) -> None:
    llm = connect(server.address, timeout=0.3)
    server.go.clear()
    with pytest.raises(ModelError, match=r"sent nothing for 0\.3 seconds"):
        ask(llm)
    server.go.set()
    assert ask(llm) == SAID


def test_closing_early_closes_the_connection(connect: Connect) -> None:
    with served(Behaviour(FakeLLM(["word " * 200_000], context=10**6))) as server:
        llm = connect(server.address, context=10**6)
        stream = llm.stream(head=HEAD, request=ROLLO, limit=200_000)
        assert next(iter(stream)) == "word"
        stream.close()  # type: ignore[attr-defined]
        assert server.broken_off.wait(SECONDS)
        server.llm = FakeLLM()
        assert ask(llm) == SAID


def test_a_closed_model_says_so(connect: Connect, server: Behaviour) -> None:
    llm = connect(server.address)
    llm.close()
    llm.close()
    with pytest.raises(ModelError, match=r"The model is closed\. Open the assistant again"):
        ask(llm)


def test_a_proxy_is_not_asked_for_what_is_here(
    connect: Connect, server: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert ask(connect(server.address)) == SAID


def test_a_server_that_does_not_keep_to_the_limit_is_cut_off(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = " ".join(str(number) for number in range(5000))
    with served(Behaviour(FakeLLM([words] * 2, context=10**6))) as server:
        llm = connect(server.address)
        real = OpenAICompatible._body
        monkeypatch.setattr(OpenAICompatible, "_body", lambda *a: real(*a) | {"max_tokens": 5000})
        assert len(ask(llm).split()) == 80
        assert ask(llm)


def test_two_questions_run_at_the_same_time(connect: Connect, server: Behaviour) -> None:
    llm = connect(server.address)
    server.go.clear()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(llm))) for _ in range(3)]
    for thread in threads:
        thread.start()
    while len(server.chats()) < 3:
        assert any(thread.is_alive() for thread in threads)
    server.go.set()
    for thread in threads:
        thread.join(SECONDS)
    assert answers == [SAID] * 3
