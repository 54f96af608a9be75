"""Servers of language models on this computer, found by asking where they usually listen.

Owns which ports those are. Asks the loopback address only, and only when told to.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from rag.errors import ModelError
from rag.models.connection import Connection

_PATIENCE = 1.0  # seconds for a server on the same computer
_LISTED = 20
USUAL = (("Ollama", 11434), ("llama-server", 8080), ("LM Studio", 1234), ("vLLM", 8000))


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered.

    Attributes:
        name: Which program usually listens there.
        address: To be the setting `llm`.
        models: What it has, to be the setting `model`; empty where it asks for a key.
    """

    name: str
    address: str
    models: tuple[str, ...]


def find(usual: Sequence[tuple[str, int]] = USUAL) -> tuple[LocalServer, ...]:
    """The servers that answer, in the order in which they were asked for."""
    with ThreadPoolExecutor(len(usual) or 1, thread_name_prefix="quoth-find") as together:
        answers = together.map(lambda one: _ask(*one), usual)
        return tuple(found for found in answers if found is not None)


def _ask(name: str, port: int) -> LocalServer | None:
    address = f"http://127.0.0.1:{port}/v1"
    with closing(Connection(address, key="", timeout=_PATIENCE)) as server:
        try:
            with server.failing_clearly():
                response = server.client.get("models")
                if response.status_code in (401, 403):
                    return LocalServer(name, address, ())
                server.check(response)
                listed = [str(entry["id"]) for entry in response.json()["data"]]
        except ModelError:  # nobody there, or somebody else
            return None
    return LocalServer(name, address, tuple(listed[:_LISTED]))
