"""`serve`: a process of its own, with the models that come with the install."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from rag.commands import serve as command
from rag.errors import SettingsError
from tests.commands.stand_in import ROOT, failed, run
from tests.world import ARTICLES, write

BUILT = "When was the ferry Hanna built?"
KEY = "a-key-of-the-newsroom"


@pytest.mark.skipif(sys.platform == "win32", reason="there signals are others")
def test_it_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    write(tmp_path / "articles", ARTICLES)
    args = ["serve", str(tmp_path / "articles"), "--index", str(tmp_path / "index"), "--port", "0"]
    env = {"QUOTH_LLM": "bundled", "QUOTH_THREADS": "1", "QUOTH_SERVE_KEYS": KEY}
    with subprocess.Popen(
        [sys.executable, "-m", "rag", *args],
        env=os.environ | env | {"HF_HUB_OFFLINE": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            (address,) = re.findall(r"http://127\.0\.0\.1:\d+", said)
            _asked(address)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert "the articles are open" in [line["message"] for line in lines]
    assert "answered" in [line.get("outcome") for line in lines]
    assert "Hanna" not in out
    assert KEY not in out


def _asked(address: str) -> None:
    key = {"Authorization": f"Bearer {KEY}"}
    with httpx2.Client(base_url=address, timeout=60) as client:
        end = time.monotonic() + 60
        while client.get("/ready").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.2)
        assert client.post("/v1/ask", json={"question": BUILT}).status_code == 401
        answer: Any = client.post("/v1/ask", json={"question": BUILT}, headers=key).json()
        assert "1962" in answer["text"]
        (citation,) = answer["citations"]
        whole = client.get(f"/v1/documents/{citation['document']}", headers=key).json()["text"]
        assert whole[citation["start"] : citation["end"]] == citation["quote"]


def test_others_are_let_in_only_with_keys_or_in_so_many_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr("rag.server.running.run", lambda *given: served.append(given[-1]))
    monkeypatch.setattr("rag.server.running.listening", lambda *_: _Nowhere())
    monkeypatch.setattr("rag.server.logs.log_as_json", lambda **_: None)
    there = ("serve", str(tmp_path), "--address", "0.0.0.0")
    assert "it needs keys. Name a file of them by --keys, or say --open-to-all" in failed(
        run(*there)
    )
    (tmp_path / "keys").write_text(f"{KEY}\n")
    for more in (["--keys", str(tmp_path / "keys")], ["--open-to-all"]):
        assert run(*there, *more).exit_code == 0
    assert run("serve", str(tmp_path)).exit_code == 0
    assert [(one.keys, one.loopback) for one in served] == [
        ((KEY,), False),
        ((), False),
        ((), True),
    ]
    assert "Leave one of them out." in failed(
        run("serve", str(tmp_path), "--open-to-all", "--keys", str(tmp_path / "keys"))
    )
    monkeypatch.setenv("QUOTH_SERVE_KEYS", "weak")
    assert "A key in QUOTH_SERVE_KEYS is too short" in failed(run("serve", str(tmp_path)))


class _Nowhere:
    def __enter__(self) -> _Nowhere:
        return self

    def __exit__(self, *_: object) -> None: ...

    def getsockname(self) -> tuple[str, int]:
        return ("::", 8600)


def test_a_folder_that_is_missing_and_packages_that_are_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "does not exist" in failed(run("serve", str(tmp_path / "missing")))
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="pip install fastapi==") as error:
        command.serve(tmp_path)
    pinned = (ROOT / "requirements-dev.txt").read_text()
    for pin in str(error.value).partition("pip install ")[2].split():
        assert f"\n{pin} " in pinned
