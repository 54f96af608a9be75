"""A door before a Milvus server, which asks for TLS and a user, as Milvus with authentication does.

milvus-lite has neither. Whatever is asked goes on to it as it came, once `authorization` is the
user and password (or key) that the door knows; everything else is refused with Milvus' own words.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

_REFUSED = "auth check failure, please check api key / username and password are correct"


class MilvusDoor(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Open while the `with` lasts.

    Attributes:
        certificate: Who trusts this file trusts the door.
        refused: How many calls came without what the door asks for.
    """

    def __init__(self, place: Path, port: int, token: str) -> None:
        self._token, self.refused = token, 0
        self.certificate, key = place / "door.pem", place / "door.key"
        _made(self.certificate, key)
        self._behind = grpc.insecure_channel(f"127.0.0.1:{port}")
        pair = (key.read_bytes(), self.certificate.read_bytes())
        self._server = grpc.server(ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))

    def library(self, name: str) -> str:
        """The address of a library behind it."""
        return f"milvus+https://127.0.0.1:{self.port}/{name}"

    def __enter__(self) -> MilvusDoor:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()
        self._behind.close()

    def service(self, call: Any) -> Any:
        """What answers a call: Milvus' protocol has one message for each and one back."""
        shown = dict(call.invocation_metadata).get("authorization", "")
        ask: Callable[..., Any] = self._behind.unary_unary(call.method)

        def answer(request: bytes, context: Any) -> Any:
            if base64.b64decode(shown).decode() != self._token:
                self.refused += 1
                context.abort(grpc.StatusCode.UNAUTHENTICATED, _REFUSED)
            try:
                return ask(request, metadata=call.invocation_metadata, timeout=60)
            except grpc.RpcError as error:
                return context.abort(error.code(), error.details())

        return grpc.unary_unary_rpc_method_handler(answer)


def _made(certificate: Path, key: Path) -> None:
    """A certificate of its own for this computer."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    words = [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*words, *files], check=True, capture_output=True)
