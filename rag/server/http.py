"""The HTTP service: its routes.

What is asked and told is that of the tools for agents and of `Assistant`; answers in OpenAI's shape
are made beside. Nothing is kept between two requests, so that any number of these can stand side by
side. Knows nothing of sockets and signals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from rag import __version__
from rag.assistant import Assistant
from rag.events import Event
from rag.schema import Answer
from rag.server import openai
from rag.server.arguments import Argument, checked, schema
from rag.server.asking import AskedQuestion, as_chunks, as_events
from rag.server.guard import Guard
from rag.server.keys import KeyRing
from rag.server.line import QuestionLine, Ticket, TurnedAway
from rag.server.measures import Measures
from rag.server.replies import (
    GONE,
    EventStream,
    Problem,
    body_of,
    tell_errors,
    unless_gone,
)
from rag.server.tools import TOOLS, all_there
from rag.service.engine import Engine

_TURNS = 40  # before a question, the newest, that are looked at
_SOON = 2  # seconds after which to ask again while the articles are being opened
_ASK = {
    **TOOLS["ask"].arguments,
    "history": Argument("The turns before it, oldest first.", "turns"),
    "stream": Argument("Whether to tell each step as a server-sent event.", "flag"),
}
_ASKED = '{"question": "…"}'
_SOUGHT = '{"query": "…"}'
_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What whoever runs the service may choose.

    Attributes:
        keys: That callers must show; none where nobody needs one.
        per_minute: Questions that each key may ask a minute.
        at_once: Questions that are worked on at the same time.
        waiting: Questions that may wait beside those.
        loopback: Whether only programs of this computer may ask.
        log_questions: Whether questions are written into the log.
    """

    keys: tuple[str, ...] = ()
    per_minute: int = 60
    at_once: int = 2
    waiting: int = 50
    loopback: bool = True
    log_questions: bool = False


class HttpService:
    """Answers requests from the engine's assistant.

    Attributes:
        app: The ASGI application.
        line: The questions that are worked on and wait; closed, no more are taken.
    """

    def __init__(self, engine: Engine, options: ServeOptions) -> None:
        self._engine, self._options = engine, options
        self.line = QuestionLine(options.at_once, options.waiting)
        self._measures = Measures(self.line)
        self._ring = KeyRing(options.keys, per_minute=options.per_minute)
        self.app = Guard(
            self._routes(), self._ring, loopback=options.loopback, note=self._measures.request
        )

    def _routes(self) -> FastAPI:
        app = FastAPI(
            title="Quoth",
            version=__version__,
            description="Answers from a folder of articles, every sentence proven by exact quotes.",
            docs_url=None,  # these pages fetch from elsewhere; the description itself is JSON
            redoc_url=None,
            telemetry={"logs": False, "auto_configure": False},  # logs would hold texts
        )
        tell_errors(app)
        search, listed = TOOLS["search"].arguments, TOOLS["documents"].arguments
        query = [{"name": n, "in": "query", "schema": s} for n, s in _properties(listed).items()]
        for path, method, answer, more in (
            ("/v1/ask", "POST", self._ask, _body(schema(_ASK))),
            ("/v1/search", "POST", self._search, _body(schema(search))),
            ("/v1/documents", "GET", self._documents, {"parameters": query}),
            ("/v1/documents/{path:path}", "GET", self._document, {}),
            ("/v1/chat/completions", "POST", self._complete, _body(openai.SCHEMA)),
            ("/v1/models", "GET", self._models, {}),
            ("/v1/models/{name}", "GET", self._model, {}),
            ("/health", "GET", self._health, {}),
            ("/ready", "GET", self._ready, {}),
            ("/metrics", "GET", self._metrics, {}),
        ):
            name = answer.__name__.strip("_")
            app.add_api_route(path, answer, methods=[method], name=name, openapi_extra=more)
        return app

    async def _ask(self, request: Request) -> Response:
        """Answer a question, or refuse it: an answer as `--json` prints it, or its events."""
        given = checked(_ASK, await body_of(request, _ASKED))
        streams = given.pop("stream", False) or _STREAM in request.headers.get("accept", "")
        question = await self._begun(request, **given)
        if streams:
            return EventStream(as_events(question), question.ended)
        answer = await self._answer(request, question)
        return Response(status_code=GONE) if answer is None else JSONResponse(answer.to_dict())

    async def _complete(self, request: Request) -> Response:
        """Answer the last message of a chat, as OpenAI's clients expect it."""
        given = await body_of(request, openai.EXAMPLE)
        if given.get("model", openai.MODEL) != openai.MODEL:
            raise _no_model(given["model"])
        text, turns = openai.asked(given)
        question = await self._begun(request, text, history=turns)
        base = str(request.base_url)
        if given.get("stream"):
            return EventStream(as_chunks(question, base), question.ended)
        answer = await self._answer(request, question)
        if answer is None:
            return Response(status_code=GONE)
        return JSONResponse(openai.completion(answer, base))

    async def _search(self, request: Request) -> Response:
        """The passages nearest to a question or some words."""
        given = await body_of(request, _SOUGHT)
        checked(TOOLS["search"].arguments, given)
        assistant, ticket = self._open(), self._entered(request)
        try:
            await ticket.called.wait()
            told = await TOOLS["search"](assistant, given)
        finally:
            ticket.give_up()
        return JSONResponse(told.values)

    async def _documents(self, request: Request) -> Response:
        """The articles, some at a time."""
        given: dict[str, Any] = dict(request.query_params)
        if given.get("skip", "").isdecimal():
            given["skip"] = int(given["skip"][:9])
        return JSONResponse((await TOOLS["documents"](self._open(), given)).values)

    async def _document(self, path: str) -> Response:
        """One article: its text and what is known of it."""
        found = await asyncio.to_thread(self._open().find_document, path)
        if found is None:
            raise Problem(404, f"There is no article {path[:200]}. See /v1/documents.")
        return JSONResponse(found.to_dict())

    async def _models(self) -> Response:
        """The one model, for clients that look."""
        return JSONResponse(openai.models())

    async def _model(self, name: str) -> Response:
        """The one model."""
        if name != openai.MODEL:
            raise _no_model(name)
        return JSONResponse(openai.model())

    async def _health(self) -> Response:
        """Whether the service is alive."""
        return JSONResponse({"status": "alive"})

    async def _ready(self) -> Response:
        """Whether questions are answered now."""
        if self.line.closed:
            raise Problem(503, "The service is ending.", retry_after=1)
        self._open()
        return JSONResponse({"status": "ready"})

    async def _metrics(self) -> Response:
        """Counts for Prometheus."""
        return PlainTextResponse(self._measures.text())

    def _open(self) -> Assistant:
        if self._engine.assistant is None:
            raise Problem(
                503, "The articles are being opened. Ask again in a moment.", retry_after=_SOON
            )
        return self._engine.assistant

    def _entered(self, request: Request) -> Ticket:
        """A place in the line for who asks."""
        holder = request.state.holder
        if holder and (seconds := self._ring.spend(holder)):
            raise TurnedAway(
                f"This key may ask {self._options.per_minute} questions a minute. Ask again in "
                f"{seconds} seconds.",
                seconds,
            )
        return self.line.enter()

    async def _begun(
        self,
        request: Request,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        **choice: Any,
    ) -> AskedQuestion:
        """A question with its place in the line. Raises what keeps it from being asked."""
        assistant = self._open()
        await asyncio.to_thread(all_there, assistant, choice)
        turns = history[-_TURNS:]
        events = assistant.stream(question, history=turns, today=date.today(), **choice)
        if self._options.log_questions:
            request.state.question = question
        ticket = self._entered(request)
        asked = AskedQuestion(cast(Generator[Event], events), ticket, self._measures)
        request.state.asked = asked
        return asked

    async def _answer(self, request: Request, question: AskedQuestion) -> Answer | None:
        """The whole answer; `None` where the caller went before."""
        try:
            answer = await unless_gone(request, question.answer())
        finally:
            question.ended()
        request.state.gone = answer is None
        return answer


def _no_model(name: object) -> Problem:
    return Problem(404, f"There is no model {str(name)[:80]!r}. Ask {openai.MODEL!r}.")


def _properties(arguments: Any) -> dict[str, Any]:
    properties: dict[str, Any] = schema(arguments)["properties"]
    return properties


def _body(of: dict[str, Any]) -> dict[str, Any]:
    """What a route takes, for its description."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": of}}}}
