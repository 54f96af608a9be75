"""Chat completions: the shape of them, and OpenAI's own client against the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.server.openai import asked, completion
from tests.commands.stand_in import ANSWER
from tests.server.served import BRIDGE, BUILT, Served, served, told

FRANCE = "What is the capital of France?"


@pytest.fixture(scope="module")
def here(assistant: Assistant) -> Iterator[Served]:
    with served(assistant) as running:
        yield running


@pytest.fixture(scope="module")
def client(here: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"http://127.0.0.1:{here.port}/v1", api_key="none-is-needed", max_retries=0
    ) as client:
        yield client


def message(question: str) -> Any:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]


def proven(annotations: Any, content: str, assistant: Assistant) -> None:
    """Each marker has its annotation, which leads to the quote."""
    assert annotations
    for one in annotations:
        cited = one["url_citation"]
        marker = content[cited["start_index"] : cited["end_index"]]
        assert marker == f"[{one['quoth']['number']}]"
        address = urlsplit(cited["url"])
        start, end = map(int, address.fragment.removeprefix("char=").split(","))
        id_ = unquote(address.path.removeprefix("/v1/documents/"))
        assert assistant.document(id_).text[start:end] == one["quoth"]["quote"]


def test_an_answer(client: openai.OpenAI, assistant: Assistant) -> None:
    got = client.chat.completions.create(model="quoth", messages=message(BUILT), temperature=0)
    (choice,) = got.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content == assistant.ask(BUILT).text
    annotations = [one.to_dict() for one in choice.message.annotations or ()]
    proven(annotations, choice.message.content or "", assistant)


def test_an_answer_piece_by_piece(client: openai.OpenAI, assistant: Assistant) -> None:
    content, annotations, ends = "", [], []
    for piece in client.chat.completions.create(
        model="quoth", messages=message(BRIDGE), stream=True
    ):
        delta = piece.choices[0].delta
        content += delta.content or ""
        annotations += (delta.model_extra or {}).get("annotations", [])
        ends.append(piece.choices[0].finish_reason)
    assert content == assistant.ask(BRIDGE).text
    assert ends[-1] == "stop"
    assert not any(ends[:-1])
    proven(annotations, content, assistant)


def test_a_refusal_is_an_answer(client: openai.OpenAI) -> None:
    got = client.chat.completions.create(model="quoth", messages=message(FRANCE))
    pieces = client.chat.completions.create(model="quoth", messages=message(FRANCE), stream=True)
    said = got.choices[0].message.content or ""
    assert "The articles do not say" in said or "Not sure" in said
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == said
    assert not got.choices[0].message.annotations


def test_earlier_turns_are_taken(client: openai.OpenAI, here: Served) -> None:
    turns = [*message(BUILT), {"role": "assistant", "content": "In 1962. [1]"}]
    more = {"role": "user", "content": [{"type": "text", "text": "How many cars does it carry?"}]}
    got = client.chat.completions.create(model="quoth", messages=[*turns, more])  # type: ignore[list-item]
    history = [{"role": t["role"], "content": t["content"]} for t in turns[1:]]
    direct = here.ask("How many cars does it carry?", history=history).json()
    assert got.choices[0].message.content == direct["text"]
    assert "Hanna" in direct["query"]


def test_the_one_model(client: openai.OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["quoth"]
    assert client.models.retrieve("quoth").id == "quoth"
    for ask in (
        lambda: client.models.retrieve("gpt"),
        lambda: client.chat.completions.create(model="gpt", messages=message(BUILT)),
    ):
        with pytest.raises(openai.NotFoundError, match="There is no model 'gpt'"):
            ask()


def test_what_goes_wrong_is_told_as_the_client_reads_it(
    client: openai.OpenAI, here: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(openai.BadRequestError, match="The question is empty") as error:
        client.chat.completions.create(model="quoth", messages=message(" "))
    assert error.value.type == "invalid_request_error"
    assert "is not JSON" in told(
        here.client.post(
            "/v1/chat/completions", content=b"{", headers={"Content-Type": "application/json"}
        ),
        400,
    )

    def broken(*_: object, **__: object) -> Iterator[Any]:
        raise ValueError("a fault")
        yield

    assert here.engine.assistant is not None
    monkeypatch.setattr(here.engine.assistant, "stream", broken)
    pieces = client.chat.completions.create(model="quoth", messages=message(BUILT), stream=True)
    with pytest.raises(openai.APIError, match="There was a fault in the program"):
        list(pieces)


def test_an_answer_of_several_claims() -> None:
    told = completion(ANSWER, "http://localhost/")
    said = told["choices"][0]["message"]
    assert said["content"] == ANSWER.text
    places = [a["url_citation"] for a in said["annotations"]]
    assert [said["content"][p["start_index"] : p["end_index"]] for p in places] == [
        "[1]",
        "[1]",
        "[2]",
    ]
    assert places[0]["url"] == "http://localhost/v1/documents/lund.md#char=10,34"


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (None, "The messages are missing"),
        ("Hello", "The messages are missing or no list"),
        (["Hello"], "no list of messages"),
        ([], "The last message must be the user's question"),
        ([{"role": "assistant", "content": "Hello"}], "The last message must be the user's"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "something else than text"),
        ([{"role": "user", "content": 7}], "something else than text"),
    ],
)
def test_messages_that_hold_no_question(messages: object, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        asked({"messages": messages})


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["user", "text", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.fixed_dictionaries({}, optional={"role": inner, "content": inner, "text": inner})
    ),
    max_leaves=6,
)


@given(st.lists(_ANY, max_size=3) | _ANY)
def test_whatever_the_messages_are_they_are_read_or_refused(messages: Any) -> None:
    try:
        question, turns = asked({"messages": messages})
    except QuestionError:
        return
    assert isinstance(question, str)
    assert all(role in ("user", "assistant") for role, _ in turns)
