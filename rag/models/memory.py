"""How much memory this process may still take, a container's limit counted."""

from __future__ import annotations

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
