"""Replicas of the HTTP service as processes of their own, and nginx before them, on loopback.

The settings of nginx are those of docs/scale.md: what one replica fails before it has begun to
answer is asked of another.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[1]
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
_STARTS_IN = 180.0  # seconds
_SETTINGS = """
daemon off;
master_process off;
pid {place}/nginx.pid;
error_log {place}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    upstream replicas {{
        {replicas}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://replicas;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_buffering off;
            proxy_connect_timeout 2s;
            proxy_read_timeout 300s;
            proxy_next_upstream error timeout http_502 http_503 non_idempotent;
            proxy_next_upstream_tries 2;
        }}
    }}
}}
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Replica:
    """`python -m rag serve` over a folder, with a library that others share."""

    def __init__(self, folder: Path, place: Path, library: str) -> None:
        self._folder, self._place, self._library = folder, place, library
        self.port, self.process = free_port(), None

    process: subprocess.Popen[bytes] | None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, again too; see `await_ready`."""
        command = [sys.executable, "-m", "rag", "serve", str(self._folder), "--index"]
        command += [str(self._place), "--port", str(self.port), "--per-minute", "1000000"]
        own = {"QUOTH_LLM": "none", "QUOTH_LIBRARY": self._library, "QUOTH_THREADS": "1"}
        self._place.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=os.environ | own | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> Path:
        return self._place.with_suffix(".log")

    def await_ready(self) -> None:
        end = time.monotonic() + _STARTS_IN
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.address}/ready", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"a replica did not start: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """End it in the midst of whatever it does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)


class Nginx:
    """nginx before replicas; runs while the `with` lasts."""

    def __init__(self, place: Path, replicas: list[Replica]) -> None:
        self._place, self._replicas, self.port = place, replicas, free_port()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Nginx:
        assert NGINX is not None
        self._place.mkdir(parents=True, exist_ok=True)
        servers = "\n        ".join(
            f"server 127.0.0.1:{one.port} max_fails=1 fail_timeout=1s;" for one in self._replicas
        )
        settings = self._place / "nginx.conf"
        settings.write_text(_SETTINGS.format(place=self._place, port=self.port, replicas=servers))
        command = [NGINX, "-c", str(settings), "-p", str(self._place)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            time.sleep(0.05)
        raise RuntimeError((self._place / "nginx.log").read_text()[-2000:])

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)
