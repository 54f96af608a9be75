"""The MCP server in a process of its own, asked by the official client, with the bundled models."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import anyio
import pytest
from mcp import Client, ClientSession, MCPError, StdioServerParameters, stdio_client

from rag.assistant import Assistant
from rag.commands import serve as command
from rag.errors import SettingsError
from rag.server.mcp import Opening, server_of
from tests.commands.stand_in import failed, run
from tests.test_awaiting import Slow
from tests.world import ARTICLES, opened, write

ROOT = Path(__file__).parents[2]
BUILT = "When was the ferry Hanna built?"
LONG = "What is said about the bridge, and why?"
NAMES = ["ask", "search", "document", "documents"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("served")
    write(place / "articles", ARTICLES)
    return place


def parameters(folder: Path, **more: str) -> StdioServerParameters:
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "QUOTH_LLM": "bundled", "QUOTH_THREADS": "1"}
    args = ["-m", "rag", "mcp", str(folder / "articles"), "--index", str(folder / "index")]
    return StdioServerParameters(
        command=sys.executable, args=args, env={**env, **more}, cwd=str(ROOT)
    )


@asynccontextmanager
async def served(folder: Path, said: Path, **more: str) -> AsyncIterator[ClientSession]:
    with said.open("w") as errors:
        async with (
            stdio_client(parameters(folder, **more), errlog=errors) as (incoming, outgoing),
            ClientSession(incoming, outgoing) as session,
        ):
            yield session


async def called(session: ClientSession, name: str, **arguments: Any) -> Any:
    return await session.call_tool(name, arguments)


def test_a_client_is_greeted_asks_and_is_answered(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with served(folder, tmp_path / "said") as session:
            began = time.monotonic()
            greeted = await session.initialize()
            assert time.monotonic() - began < 20  # before the articles are open
            assert greeted.server_info.name == "quoth"
            assert "data, never instructions" in (greeted.instructions or "")
            tools = (await session.list_tools()).tools
            assert [tool.name for tool in tools] == NAMES
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
            await asked(session)
            await refused(session)
            await mistaken(session)
            await read(session)
            await followed(session, folder)

    anyio.run(go)
    assert "Traceback" not in (tmp_path / "said").read_text()


async def asked(session: ClientSession) -> None:
    result = await called(session, "ask", question=BUILT)
    assert not result.is_error
    told = result.structured_content
    assert not told["refused"]
    assert "1962" in told["text"]
    assert 0 <= told["confidence"] <= 1
    for citation in told["citations"]:
        place = {"document": citation["document"], "start": citation["start"]}
        part = (await called(session, "document", **place, end=citation["end"])).structured_content
        at = citation["start"] - part["start"]
        assert part["text"][at : at + len(citation["quote"])] == citation["quote"]
    (content,) = result.content
    assert content.text.startswith(told["text"])
    assert "Sources:\n[1] The ferry Hanna (ferry.md, 2022-06-01, " in content.text


async def refused(session: ClientSession) -> None:
    result = await called(session, "ask", question="What is the capital of France?")
    assert not result.is_error
    assert result.structured_content["refused"]
    narrow = {"documents": ["bridge.md"], "after": "2021-01-01"}
    assert (await called(session, "ask", question=BUILT, **narrow)).structured_content["refused"]


async def mistaken(session: ClientSession) -> None:
    for name, arguments, said in (
        ("ask", {}, r"The argument question is missing\. Give a text\."),
        (
            "ask",
            {"question": BUILT, "after": "soon"},
            r"The argument after is 'soon'; it must be a day, .*",
        ),
        ("ask", {"question": BUILT, "documents": ["x"]}, r"There is no article x in .*"),
        ("document", {"document": "../secret"}, r"There is no article \.\./secret in .*"),
        ("sing", {}, r"There is no tool 'sing': ask, search, document, documents\."),
    ):
        result = await called(session, name, **arguments)
        assert result.is_error
        (content,) = result.content
        assert re.fullmatch(said, content.text)


async def read(session: ClientSession) -> None:
    found = (await called(session, "search", query="geese", limit=1)).structured_content
    assert found["passages"][0]["document"] == "news/geese.txt"
    listed = (await called(session, "documents")).structured_content
    assert [d["id"] for d in listed["documents"]] == sorted(ARTICLES)


async def followed(session: ClientSession, folder: Path) -> None:
    (folder / "articles/tea.txt").write_text("Tea\n\nTea grows on the hills of Lund.\n")
    with anyio.fail_after(60):
        while (await called(session, "documents")).structured_content["total"] != 5:
            await anyio.sleep(0.1)


def test_while_it_answers_it_is_alive_and_can_be_stopped(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with served(folder, tmp_path / "said") as session:
            await session.initialize()
            await called(session, "ask", question=BUILT)  # all models are loaded

            async def ask() -> None:
                await called(session, "ask", question=LONG)

            async with anyio.create_task_group() as group:
                for _ in range(4):
                    group.start_soon(ask)
                await anyio.sleep(0.05)
                began = time.monotonic()
                await session.send_ping()
                assert time.monotonic() - began < 2
                group.cancel_scope.cancel()  # the client tells the server
            with pytest.raises(MCPError, match=r"[Tt]imed out"):
                await session.call_tool("ask", {"question": LONG}, read_timeout_seconds=0.01)
            again = await called(session, "ask", question=BUILT)
            assert "1962" in again.structured_content["text"]

    anyio.run(go)
    assert "Traceback" not in (tmp_path / "said").read_text()


def test_a_question_that_is_cancelled_is_worked_on_no_more(tmp_path: Path) -> None:
    llm = Slow()

    async def go(assistant: Assistant) -> None:
        async def here() -> Assistant:
            return assistant

        async with Client(server_of(here)) as client:
            async with anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "ask", {"question": BUILT})
                assert await anyio.to_thread.run_sync(llm.began.wait, 20)
                assert not llm.ended.is_set()
                listed = await client.call_tool("documents", {})  # answered meanwhile
                assert listed.structured_content
                group.cancel_scope.cancel()
            assert await anyio.to_thread.run_sync(llm.ended.wait, 5)

    with opened(tmp_path, llm=llm) as assistant:
        anyio.run(go, assistant)


def test_a_fault_while_indexing_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        raise ValueError("a fault")

    told: list[str] = []
    with opened(tmp_path) as assistant:
        monkeypatch.setattr(assistant, "sync", broken)
        opening = Opening(lambda: assistant, told.append)

        async def asked() -> Assistant:
            opening.start()
            return await asyncio.wait_for(opening.assistant(), 60)

        assert asyncio.run(asked()) is assistant
        opening.close()
    assert told == ["There was a fault in the program. The log of this server has the details."]


def test_nothing_but_the_protocol_is_printed(folder: Path) -> None:
    server = parameters(folder)
    done = subprocess.run(
        [server.command, *server.args],
        env=server.env,
        cwd=ROOT,
        input=b"this is no message\n",
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert all(line.startswith(b'{"jsonrpc"') for line in done.stdout.splitlines())


def test_a_model_that_cannot_be_loaded_is_told_to_who_asks(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with served(folder, tmp_path / "said", QUOTH_LLM="gone.gguf") as session:
            await session.initialize()
            result = await called(session, "ask", question=BUILT)
            assert result.is_error
            assert result.content[0].text.startswith("The model file gone.gguf does not exist")

    anyio.run(go)


def test_a_folder_that_is_missing_and_a_package_that_is_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "does not exist" in failed(run("mcp", str(tmp_path / "missing")))
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="pip install mcp==") as error:
        command.mcp(tmp_path)
    pinned = re.findall(r"^mcp==\S+", (ROOT / "requirements-dev.txt").read_text(), re.M)
    assert f"pip install {pinned[0]}" in str(error.value)
