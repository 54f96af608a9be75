"""Servers on this computer: found, asked for a key, not there, somebody else."""

from __future__ import annotations

import socket
import time

from rag.models.local import USUAL, LocalServer, find
from rag.testing import FakeLLM
from tests.serving import Behaviour, served


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
