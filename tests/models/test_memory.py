"""Free memory: the machine's, or what a container's limit leaves of it."""

from __future__ import annotations

import platform
from pathlib import Path

import psutil
import pytest

from rag.models import memory
from rag.models.memory import cores, free_memory, give_back, group_number

GIB = 2**30


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({}, 8 * GIB),
        ({"memory.max": "max"}, 8 * GIB),
        ({"memory.max": f"{3 * GIB}"}, 3 * GIB),
        ({"memory.max": f"{3 * GIB}", "memory.current": f"{GIB}"}, 2 * GIB),
        ({"memory.max": f"{GIB}", "memory.current": f"{2 * GIB}"}, 0),
        (
            {
                "memory.max": f"{3 * GIB}",
                "memory.current": f"{2 * GIB}",
                "memory.stat": f"anon 7\ninactive_file {GIB}\nodd",
            },
            2 * GIB,  # files that are only kept count as free
        ),
        ({"memory.max": f"{90 * GIB}", "memory.current": "7"}, 8 * GIB),
    ],
)
def test_free_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], free: int
) -> None:
    class Machine:
        available = 8 * GIB

    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("rag.models.memory._GROUP", tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Machine)
    assert free_memory() == free


def test_of_this_machine() -> None:
    assert 0 < free_memory() <= psutil.virtual_memory().total
    assert group_number("no.such.file") is None


@pytest.mark.parametrize(("limit", "count"), [("150000 100000", 1), ("max 100000", 4), ("", 4)])
def test_cores_of_a_container(monkeypatch: pytest.MonkeyPatch, limit: str, count: int) -> None:
    monkeypatch.setattr(memory.os, "sched_getaffinity", lambda _: range(4), raising=False)
    monkeypatch.setattr(Path, "read_text", lambda _: limit)
    assert cores() == count


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps less")
def test_what_was_freed_is_given_back() -> None:
    """The last of many pieces is held, below which glibc gives nothing back by itself."""
    pieces = [b"x" * 100_000 for _ in range(2000)]
    last = pieces[-1]
    del pieces
    before = psutil.Process().memory_info().rss
    give_back()
    assert psutil.Process().memory_info().rss < before - 100 * 2**20
    assert len(last) == 100_000
