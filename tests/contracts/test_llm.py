"""What every `LLM` must do, on the fake and on each adapter."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterator

import pytest

from rag.errors import ModelError
from rag.models import LLM, Called, LlamaCpp, OpenAICompatible
from rag.testing import FakeLLM
from tests.serving import Behaviour, served

HEAD = "Answer the question with one short sentence from the numbered sentences."
BRIDGE = (
    "From “A bridge”:\nIt opened in May 1932. It cost 40,000 crowns.\n\nQuestion: When?\nAnswer:"
)
ROLLO = (
    "From “Rollo”:\nRollo led the Norse. He won in 911.\n\nQuestion: Who led the Norse?\nAnswer:"
)


KINDS = ("", "a server with ", "a function with ")


def function(inner: LLM) -> Callable[[str], str]:
    """What a person may have: from text to text, and quick."""

    def complete(prompt: str) -> str:
        head, _, asked = prompt.partition("\n\n")
        return "".join(inner.stream(head=head, request=asked[-1500:], limit=40))

    return complete


@pytest.fixture(params=[kind + of for of in ("fake", "llama.cpp") for kind in KINDS])
def subject(request: pytest.FixtureRequest) -> Iterator[LLM]:
    inner: LLM = FakeLLM()
    if request.param.endswith("llama.cpp"):
        inner = request.getfixturevalue("llm")
    if "function" in request.param:
        yield Called(function(inner))
        return
    if "server" not in request.param:
        yield inner
        return
    with served(Behaviour(inner)) as server:
        adapter = OpenAICompatible(server.address)
        yield adapter
        adapter.close()


def ask(llm: LLM, request: str, *, limit: int = 12) -> str:
    return "".join(llm.stream(head=HEAD, request=request, limit=limit))


def test_name_and_context(subject: LLM) -> None:
    assert subject.name
    assert re.match("this computer, |the server at ", subject.where)
    assert subject.context >= 512
    assert subject.writes != isinstance(subject, LlamaCpp)  # the bundled one is too small


def test_count(subject: LLM) -> None:
    assert subject.count("") == 0
    assert 0 < subject.count("Rollo led them.") <= subject.count("Rollo led them. He won.")
    assert subject.count("word " * 500) >= 500
    assert subject.count("的 é مر 😀 \ud800") > 0


def test_the_same_prompt_gives_the_same_text_whatever_was_asked_before(subject: LLM) -> None:
    first = ask(subject, BRIDGE)
    assert first.strip()
    assert ask(subject, BRIDGE) == first
    ask(subject, ROLLO)
    list(subject.stream(head="Say something else.", request=ROLLO, limit=3))
    assert ask(subject, BRIDGE) == first


def test_text_comes_in_pieces(subject: LLM) -> None:
    pieces = list(subject.stream(head=HEAD, request=BRIDGE, limit=8))
    assert len(pieces) > 1
    assert all(pieces)


@pytest.mark.parametrize("limit", [1, 4])
def test_the_limit_is_kept(subject: LLM, limit: int) -> None:
    assert 0 < len(ask(subject, BRIDGE, limit=limit).split()) <= limit


def test_closing_early_makes_room_for_the_next(subject: LLM) -> None:
    expected = ask(subject, ROLLO, limit=6)
    stream = subject.stream(head=HEAD, request="Count to a thousand.", limit=800)
    next(iter(stream))
    stream.close()  # type: ignore[attr-defined]
    assert ask(subject, ROLLO, limit=6) == expected


def test_a_stream_that_nobody_begins_costs_nothing(subject: LLM) -> None:
    expected = ask(subject, ROLLO, limit=6)
    unread = [subject.stream(head=HEAD, request=BRIDGE, limit=400) for _ in range(5)]
    assert ask(subject, ROLLO, limit=6) == expected
    del unread


def test_threads_neither_crash_nor_mix(subject: LLM) -> None:
    expected = {request: ask(subject, request) for request in (BRIDGE, ROLLO)}
    found: list[tuple[str, str]] = []

    def work(request: str) -> Callable[[], None]:
        return lambda: found.extend((request, ask(subject, request)) for _ in range(2))

    threads = [threading.Thread(target=work(request)) for request in (BRIDGE, ROLLO, BRIDGE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(text == expected[request] for request, text in found)


def test_a_prompt_that_is_too_long(subject: LLM) -> None:
    with pytest.raises(ModelError, match=r"needs \d+ tokens .* context has \d+\. Set a larger"):
        ask(subject, "word " * (subject.context + 100))
    with pytest.raises(ModelError, match="needs"):
        ask(subject, ROLLO, limit=subject.context)
    assert ask(subject, ROLLO)


def test_it_says_yes_rather_than_no_by_so_much(subject: LLM) -> None:
    asked = "Rollo led the Norse.\n\nDid Rollo lead the Norse? Answer Yes or No."
    first = subject.odds(head=HEAD, request=asked)
    assert -40 < first < 40
    ask(subject, BRIDGE)
    assert subject.odds(head=HEAD, request=asked) == pytest.approx(first, abs=1e-3)
    assert -40 < subject.odds(head="Say yes or no.", request="word " * 3000) < 40


def test_it_points_at_one_of_some_letters_or_cannot_tell(subject: LLM) -> None:
    asked = "A: Rollo led the Norse.\nB: He won.\n\nWho led? Letter:"
    first = subject.point(head=HEAD, request=asked, at="AB0")
    if first:
        assert sum(map(math.exp, first)) == pytest.approx(1)
        ask(subject, BRIDGE)
        assert subject.point(head=HEAD, request=asked, at="AB0") == pytest.approx(first, abs=1e-3)
        with pytest.raises(ModelError, match=r"needs \d+ tokens"):
            subject.point(head=HEAD, request="word " * (subject.context + 9), at="AB0")
    else:
        assert not subject.taught


def test_yes_or_no_does_not_wait_for_a_text_and_does_not_change_it(subject: LLM) -> None:
    expected = ask(subject, ROLLO, limit=40)
    stream = subject.stream(head=HEAD, request=ROLLO, limit=40)
    begun = next(iter(stream))
    subject.odds(head="Say yes or no.", request="Is it so?")
    assert begun + "".join(stream) == expected


@pytest.mark.parametrize("request_", ["", " ", "\ud800", "<|im_end|>", "😀" * 20, "\x00\x01"])
def test_awkward_requests(subject: LLM, request_: str) -> None:
    ask(subject, request_, limit=3)
