"""How much memory and how many cores this process may take, a container's limits counted.

Also gives back what it took and needs no more.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Bytes that can be taken without other programs being pushed out."""
    import psutil

    free = int(psutil.virtual_memory().available)
    limit = group_number("memory.max")
    if limit is None:
        return free
    return max(0, min(free, limit - (group_number("memory.current") or 0) + _files_kept()))


def give_back() -> None:
    """Let the system have the memory that was freed.

    glibc keeps most of it: half a gigabyte once the models were loaded anew. Elsewhere nothing is
    done.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def cores() -> int:
    """Cores that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota, period = group_number("cpu.max"), group_number("cpu.max", 1)
    share = quota // period if quota and period else usable
    return max(1, min(usable or 1, share or 1))


def group_number(name: str, field: int = 0) -> int | None:
    """A number of the control group that a container runs in, where there is one."""
    try:
        return int((_GROUP / name).read_text().split()[field])
    except (OSError, ValueError, IndexError):
        return None


def _files_kept() -> int:
    """Bytes of files that the group only keeps in memory as long as nobody needs it."""
    try:
        lines = (_GROUP / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    named = dict(line.split()[:2] for line in lines if len(line.split()) >= 2)
    found = named.get("inactive_file", "0")
    return int(found) if found.isdigit() else 0
