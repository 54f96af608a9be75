"""No other computer is spoken to: run where there is no way out, and traced."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import ARTICLES, write

ROOT = Path(__file__).parents[1]
AWAY = re.compile(r"sa_family=AF_INET6?\b.*")


def traced(to: Path) -> list[str]:
    """What runs a command in a network of its own without a way out, and notes whom it asks for."""
    needed = [shutil.which(name) for name in ("unshare", "strace")]
    apart = ["unshare", "--map-root-user", "--net"]
    if None in needed or subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("no network of its own can be made here")
    calls = "trace=connect,sendto,sendmsg"
    return [*apart, "strace", "-f", "--seccomp-bpf", "-qq", "-o", str(to), "-e", calls]


def test_indexing_and_asking_need_no_network_and_ask_for_none(tmp_path: Path) -> None:
    folder, index = write(tmp_path / "articles", ARTICLES), tmp_path / "index"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "QUOTH_LLM": "bundled"}
    environment |= {"QUOTH_FOLDER": str(folder), "QUOTH_INDEX": str(index)}
    for command in (["index"], ["ask", "When was the ferry Hanna built?"]):
        told = tmp_path / f"{command[0]}.trace"
        run = [*traced(told), sys.executable, "-m", "rag", *command]
        done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert not AWAY.findall(told.read_text(errors="replace"))
    assert "1962" in done.stdout
