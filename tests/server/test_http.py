"""The service on loopback, over four articles."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from rag.assistant import Assistant
from rag.events import Draft
from rag.models import Embedder, LlamaCpp
from rag.server.tools import TOOLS
from rag.service.engine import Engine
from rag.settings import Settings
from tests.server.served import BUILT, SAID, Served, events_of, served, serving, told
from tests.slow import GatedLLM, until
from tests.world import ARTICLES, opened, write


@pytest.fixture(scope="module")
def here(assistant: Assistant) -> Iterator[Served]:
    with served(assistant, waiting=100) as running:
        yield running


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings"}


def test_an_answer_is_that_of_the_assistant(here: Served, assistant: Assistant) -> None:
    for question in (*SAID, "What is the capital of France?", "Hello"):
        answered = here.ask(question)
        assert answered.status_code == 200
        assert timeless(answered.json()) == timeless(assistant.ask(question).to_dict())
    assert here.ask(BUILT).json()["text"].startswith("The ferry Hanna was built in 1962")


def test_with_the_models_that_come_with_the_install(
    embedder: Embedder, llm: LlamaCpp, tmp_path: Path
) -> None:
    folder = write(tmp_path / "articles")
    given = {"settings": Settings(), "embedder": embedder, "llm": llm}
    with Assistant(folder, tmp_path / "index", **given) as assistant, served(assistant) as running:  # type: ignore[arg-type]
        answer = running.ask(BUILT).json()
        assert timeless(answer) == timeless(assistant.ask(BUILT).to_dict())
        events = running.events("/v1/ask", {"question": BUILT, "stream": True})
        assert timeless(events[-1][1]["answer"]) == timeless(answer)
        assert running.ask("What is the capital of France?").json()["refused"]


def test_turns_articles_and_days_are_taken(here: Served, assistant: Assistant) -> None:
    turns = [("user", BUILT), ("assistant", "It was built in 1962. [1]")]
    history = [{"role": role, "content": text} for role, text in turns]
    question = "How many passengers does it carry?"
    got = here.ask(question, history=history, documents=["ferry.md"], after="2022-01-01").json()
    assert timeless(got) == timeless(
        assistant.ask(question, history=turns, documents=["ferry.md"]).to_dict()
    )
    assert "Hanna" in got["query"]
    long = [{"role": "user", "content": "When?"}] * 9000 + history  # the newest are looked at
    assert here.ask(question, history=long).json()["query"] == got["query"]
    assert here.ask(BUILT, before="2021-12-31").json()["refused"]


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_the_events_are_those_of_the_stream(
    here: Served, assistant: Assistant, accept: str
) -> None:
    given = {"question": BUILT} | ({"stream": True} if accept == "*/*" else {})
    with here.client.stream("POST", "/v1/ask", json=given, headers={"Accept": accept}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [one for one in events_of(response.iter_lines()) if one[0] != "Draft"]
    direct = [e for e in assistant.stream(BUILT) if not isinstance(e, Draft)]
    assert [name for name, _ in events] == [type(e).__name__ for e in direct]
    assert events[0][1]["evidence"][0]["document"] == "ferry.md"
    assert timeless(events[-1][1]["answer"]) == timeless(assistant.ask(BUILT).to_dict())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "The argument question is missing. Give a text."),
        ({"question": ""}, "The question is empty. Ask something about the articles."),
        ({"question": "?!"}, "has no words. Ask in words."),
        ({"question": "x" * 3000}, "the limit is 2,000. Ask something shorter."),
        ({"question": 7}, "The argument question is 7; it must be a text."),
        ({"question": BUILT, "after": "soon"}, "after is 'soon'; it must be a day, written like"),
        ({"question": BUILT, "after": 20250831}, "after is 20250831; it must be a day"),
        ({"question": BUILT, "documents": ["x.md"]}, "There is no article x.md in the library."),
        ({"question": BUILT, "documents": ["x/"]}, "There is no article in the collection x/."),
        ({"question": BUILT, "documents": "x.md"}, "it must be a list of texts."),
        ({"question": BUILT, "documents": ["ferry.md"] * 1001}, "the limit is 1,000. Name fewer"),
        ({"question": BUILT, "stream": "yes"}, "stream is 'yes'; it must be true or false."),
        ({"question": BUILT, "history": ["a"]}, 'written like {"role": "user", "content": "…"}'),
        ({"question": BUILT, "top": 1}, "There is no argument 'top'. Possible are: question,"),
        ([BUILT], 'The body is not a JSON object. Send one like {"question": "…"}'),
    ],
)
def test_what_makes_no_sense_is_one_sentence(here: Served, given: Any, said: str) -> None:
    assert said in told(here.post("/v1/ask", given), 400)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'"\\ud800"', b"[" * 100_000])
def test_what_is_not_json_is_told(here: Served, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert "The body is not JSON" in told(
        here.client.post("/v1/ask", content=raw, headers=headers), 400
    )
    form = {"Content-Type": "text/plain"}  # what any page in a browser may send
    assert "Send JSON, with the header" in told(
        here.client.post("/v1/ask", content=b'{"question": "When?"}', headers=form), 415
    )


def test_search_and_articles(here: Served, assistant: Assistant) -> None:
    found = here.post("/v1/search", {"query": "geese", "limit": 1}).json()["passages"]
    assert [one["document"] for one in found] == ["news/geese.txt"]
    assert "must be a whole number from 1" in told(
        here.post("/v1/search", {"query": "geese", "limit": 0}), 400
    )
    listed = here.client.get("/v1/documents").json()
    assert [one["id"] for one in listed["documents"]] == sorted(ARTICLES)
    late = here.client.get("/v1/documents", params={"after": "2022-01-01"}).json()
    assert [one["id"] for one in late["documents"]] == ["ferry.md"]
    within = here.client.get("/v1/documents?collection=news/").json()
    assert [one["id"] for one in within["documents"]] == ["news/geese.txt"]
    assert here.client.get("/v1/documents?skip=4").json() == {"documents": [], "total": 4}
    assert "it must be a day" in told(here.client.get("/v1/documents?after=x"), 400)
    for id_ in ARTICLES:
        got = here.client.get(f"/v1/documents/{quote(id_)}")
        assert got.json() == assistant.document(id_).to_dict()
    for gone in ("gone.md", "..%2Fferry.md", "%00", "%ff"):
        assert "There is no article" in told(here.client.get(f"/v1/documents/{gone}"), 404)


def test_the_description_is_plain_json_that_fetches_nothing(here: Served) -> None:
    described = here.client.get("/openapi.json").json()
    asked = described["paths"]["/v1/ask"]["post"]["requestBody"]["content"]["application/json"]
    assert set(asked["schema"]["properties"]) == {
        *TOOLS["ask"].arguments,
        "history",
        "stream",
    }
    assert "http" not in json.dumps(described["paths"])
    for path in ("/docs", "/redoc", "/nothing"):
        assert "There is nothing at this address." in told(here.client.get(path), 404)
    assert "This is not possible here." in told(here.client.get("/v1/ask"), 405)


def test_health_readiness_and_counts(here: Served) -> None:
    assert here.client.get("/health").json() == {"status": "alive"}
    assert here.client.get("/ready").json() == {"status": "ready"}

    def counted() -> dict[str, float]:
        text = here.client.get("/metrics").text
        assert "Hanna" not in text
        samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
        return {s.name + "".join(map(str, s.labels.values())): s.value for s in samples}

    here.ask(BUILT)  # so that each count is there
    here.ask("What is the capital of France?")
    before = counted()
    here.ask(BUILT)
    here.ask("What is the capital of France?")
    after = counted()
    grown = {name for name, value in after.items() if value == before.get(name, 0) + 1}
    assert {"quoth_questions_totalanswered", "quoth_refusals_total"} <= grown
    assert after["quoth_step_seconds_countwaiting"] == before["quoth_step_seconds_countwaiting"] + 2
    assert after["quoth_step_seconds_counttotal"] == before["quoth_step_seconds_counttotal"] + 2
    assert after["quoth_waiting"] == after["quoth_working"] == 0
    assert after["process_resident_memory_bytes"] > 0


def test_callers_at_once_get_their_own_answers(here: Served) -> None:
    questions = list(SAID) * 8

    def asked(question: str) -> bool:
        if hash(question) % 2:
            return SAID[question] in here.ask(question).json()["text"]
        events = here.events("/v1/ask", {"question": question, "stream": True})
        answer = events[-1][1]["answer"]
        return answer["question"] == question and SAID[question] in answer["text"]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(asked, questions))


@pytest.fixture
def llm_held() -> GatedLLM:
    return GatedLLM()


@pytest.fixture
def held(tmp_path: Path, llm_held: GatedLLM) -> Iterator[Served]:
    """One question at once, one that waits, and a model that waits to be let on."""
    with (
        opened(tmp_path, llm=llm_held) as assistant,
        served(assistant, at_once=1, waiting=1) as running,
    ):
        yield running
        llm_held.let(100)


def test_a_full_line_says_when_to_ask_again(held: Served, llm_held: GatedLLM) -> None:
    with ThreadPoolExecutor(2) as pool:
        two = [pool.submit(held.ask, BUILT) for _ in range(2)]
        until(lambda: held.service.line.waiting == 1)
        turned = held.ask(BUILT)
        seconds = int(turned.headers["retry-after"])
        assert seconds >= 1
        assert told(turned, 429) == (
            f"Too many questions are waiting. Ask again in {seconds} seconds."
        )
        llm_held.let(2)
        assert all("1962" in one.result().json()["text"] for one in two)
    llm_held.let()
    assert held.ask(BUILT).status_code == 200


def test_who_goes_in_mid_stream_is_worked_for_no_more(held: Served, llm_held: GatedLLM) -> None:
    given = {"question": BUILT, "stream": True}
    with held.client.stream("POST", "/v1/ask", json=given) as response:
        events = events_of(response.iter_lines())
        assert next(events)[0] == "EvidenceFound"
        assert next(events)[0] == "Draft"
    until(lambda: not held.service.line.working)  # nobody has let the model on
    llm_held.let()
    assert "1962" in held.ask(BUILT).json()["text"]
    counted = 'quoth_questions_total{outcome="cancelled"} 1.0'
    until(lambda: counted in held.client.get("/metrics").text)


def test_who_goes_before_the_answer_or_while_waiting_gives_the_place_free(
    held: Served, llm_held: GatedLLM
) -> None:
    def gives_up(seconds: float) -> None:
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(
                f"http://127.0.0.1:{held.port}/v1/ask", json={"question": BUILT}, timeout=seconds
            )

    first = threading.Thread(target=gives_up, args=(1.0,))
    first.start()
    until(lambda: llm_held.begun)
    gives_up(0.2)  # it waits for the first one
    until(lambda: not held.service.line.waiting)
    assert held.service.line.working
    first.join()
    until(lambda: not held.service.line.working)
    llm_held.let()
    assert "1962" in held.ask(BUILT).json()["text"]


def test_before_the_articles_are_open(assistant: Assistant) -> None:
    with serving(Engine(lambda: assistant)) as waiting:
        assert waiting.client.get("/health").status_code == 200
        for response in (waiting.client.get("/ready"), waiting.ask(BUILT)):
            assert "The articles are being opened." in told(response, 503)
            assert response.headers["retry-after"] == "2"
        waiting.engine.start()
        until(lambda: waiting.client.get("/ready").status_code == 200)
        assert waiting.ask(BUILT).status_code == 200


def test_a_fault_is_told_without_a_trace_and_logged_without_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(question: str, **_: object) -> NoReturn:
        raise ValueError(f"cannot do {question}")

    def later(question: str, **_: object) -> Iterator[NoReturn]:
        yield broken(question)

    with opened(tmp_path) as assistant, served(assistant) as running:
        caplog.set_level(logging.INFO, "rag.server")
        for fault in (broken, later):
            monkeypatch.setattr(assistant, "stream", fault)
            assert "There was a fault in the program." in told(running.ask(BUILT), 500)
        ((name, failed),) = running.events("/v1/ask", {"question": BUILT, "stream": True})
        assert name == "Failed"
        assert "There was a fault" in failed["error"]["message"]
        assert sum("a request failed" in r.message for r in caplog.records) == 3
        until(lambda: 'outcome="failed"} 2.0' in running.client.get("/metrics").text)


def test_questions_are_logged_only_where_that_is_wanted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rag.server")
    with opened(tmp_path) as assistant:
        for wanted in (False, True):
            caplog.clear()
            with served(assistant, log_questions=wanted) as running:
                running.ask(BUILT)
            fields = [r.__dict__["fields"] for r in caplog.records if r.message == "request"]
            assert fields[0] | {"seconds": 0} == {
                "method": "POST",
                "route": "/v1/ask",
                "status": 200,
                "seconds": 0,
                "outcome": "answered",
            } | ({"question": BUILT} if wanted else {})
