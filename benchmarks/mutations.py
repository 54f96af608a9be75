"""Whether the tests notice a fault: plants fifty, one at a time, in a copy, and runs a few tests.

    python benchmarks/mutations.py [--only NAME …] [--commit HEAD]

Each fault is a change of one place in the code with the tests that should fail by it; the list of
them is mutations.toml. The copy is of a commit, in a temporary folder; the working tree is never
touched. A fault that no test notices has survived. Exit code 0 when all are caught.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".toml")
PATIENCE = 300  # seconds for the tests of one fault


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault: `old`, which stands once in `file`, becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    tests: list[str]


FAULTS = tuple(Fault(**one) for one in tomllib.loads(LIST.read_text("utf-8"))["faults"])


def main() -> int:
    """Plant each fault and say which were caught."""
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    given.add_argument("--only", nargs="+", default=[], help="parts of the faults' names")
    given.add_argument("--commit", default="HEAD", help="what is copied")
    options = given.parse_args()
    wanted = [f for f in FAULTS if not options.only or any(o in f.name for o in options.only)]
    survived, began = [], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="quoth-mutations-") as place:
        copy = Path(place)
        unpack(options.commit, copy)
        stale = [fault.name for fault in wanted if not stands(fault, copy)]
        if stale:
            raise SystemExit(f"These do not stand once in their file any more: {'; '.join(stale)}")
        every = sorted({t for fault in wanted for t in fault.tests})
        broken = run(every, copy, patience=10 * PATIENCE)
        if broken:
            raise SystemExit(f"These tests fail without any fault, so nothing is told:\n{broken}")
        print(f"{len(wanted)} faults; without any, their tests pass", flush=True)
        for fault in wanted:
            failed = planted(fault, copy)
            if not failed:
                survived.append(fault.name)
            said = f"caught    {fault.name}: {failed}" if failed else f"SURVIVED  {fault.name}"
            print(f"{time.monotonic() - began:6.0f} s  {said}", flush=True)
    print(f"{len(wanted) - len(survived)} of {len(wanted)} caught")
    return int(bool(survived))


def unpack(commit: str, copy: Path) -> None:
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        tree.extractall(copy, filter="data")


def stands(fault: Fault, copy: Path) -> bool:
    return (copy / fault.file).read_text("utf-8").count(fault.old) == 1


def planted(fault: Fault, copy: Path) -> str:
    """The first test that fails by a fault; empty where none does."""
    file = copy / fault.file
    before = file.read_text("utf-8")
    file.write_text(before.replace(fault.old, fault.new), "utf-8")
    try:
        return run(fault.tests, copy)
    finally:
        file.write_text(before, "utf-8")


def run(tests: list[str], copy: Path, patience: float = PATIENCE) -> str:
    """Run tests in the copy until one fails; what failed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # no compiled files: one written within the same second would hide the change
    own = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1"}
    try:
        done = subprocess.run(
            command, cwd=copy, env=own, capture_output=True, text=True, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return f"not done within {patience:.0f} s"
    if done.returncode == 0:
        return ""
    told = [
        line
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED tests", "ERROR tests"))
    ]
    return told[0].split(" - ")[0] if told else done.stdout[-500:] + done.stderr[-500:]


if __name__ == "__main__":
    raise SystemExit(main())
