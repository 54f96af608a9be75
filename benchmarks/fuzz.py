"""What readers, splitter, answers and index loader make of bytes that nobody would write.

    pip install atheris==3.0.0
    python benchmarks/fuzz.py [TARGET ...] [--seconds N] [--seed N] [--findings FOLDER]

Atheris, which looks where the code has been, changes small sound inputs (libFuzzer) and gives them
to one target after another, each for so many seconds in a process of its own. A fault is what is
no message for a person: an exception, a wrong offset, a lost character, more than 20 seconds of
computing, a process that dies. Each kind of fault is kept once, as the bytes that led to it, and
what came of it is printed; a fault that is mended belongs into `tests/test_fuzzed.py`. With
`--kept FOLDER` the inputs that led to new places are kept, and the next run begins with them.

What a reader of packed files raises ends in its process and is told as a damaged file, so that
only those of text count as faulty when they raise. Ends with 1 where there was any fault.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
_MEMORY = Path("/dev/shm")  # a folder in memory, where there is one
LONGEST = 20_000  # bytes of an input
SLOW = 20  # seconds of computing for one input
HANGING = 300  # seconds by the clock, which pass at the lowest priority beside other work too
MEMORY = 3000  # MB
_UNITS = re.compile(r"stat::number_of_executed_units: +(\d+)")
_FAULT = "FAULT "


def fuzz(name: str, options: argparse.Namespace) -> None:
    """Be the process that fuzzes one target; tells each kind of fault once."""
    import atheris

    with atheris.instrument_imports(include=["rag"]):
        from benchmarks.fuzz_targets import targets

        make, begin = targets()[name]
        check = make()
    told: set[str] = set()

    def one(raw: bytes) -> None:
        before = time.process_time()
        try:
            check(raw)
            if (took := time.process_time() - before) > SLOW:
                raise TimeoutError(f"{took:.0f} s of computing")
        except Exception as error:
            why = error.__cause__ or error
            last = traceback.extract_tb(why.__traceback__)[-1]
            kind = f"{type(why).__name__} {Path(last.filename).name}:{last.lineno}"
            if kind not in told:
                told.add(kind)
                keep(name, raw, f"{kind}: {why}", options.findings)

    corpus = (options.kept or Path(tempfile.mkdtemp())) / name.strip(".")
    corpus.mkdir(parents=True, exist_ok=True)
    for raw in begin():
        (corpus / hashlib.sha1(raw).hexdigest()).write_bytes(raw)  # as libFuzzer names them
    limits = {
        "max_total_time": options.seconds,
        "seed": options.seed,
        "max_len": LONGEST,
        "timeout": HANGING,
        "rss_limit_mb": MEMORY,
        "print_final_stats": 1,
        "artifact_prefix": f"{options.findings}/{name.strip('.')}-",
    }
    atheris.Setup([name, *(f"-{n}={v}" for n, v in limits.items()), str(corpus)], one)
    atheris.Fuzz()


def keep(name: str, raw: bytes, why: str, findings: Path) -> None:
    file = findings / f"{name.strip('.')}-{hashlib.sha256(raw).hexdigest()[:12]}"
    file.write_bytes(raw)
    print(f"{_FAULT}{name}: {why} ({file.name})", file=sys.stderr, flush=True)


def run(name: str, options: argparse.Namespace) -> tuple[int, list[str]]:
    """Fuzz one target apart, and tell of it; how many inputs it was given, and its faults."""
    begun, before = time.monotonic(), computed()
    command = [sys.executable, __file__, name, "--apart", "--seconds", str(options.seconds)]
    command += ["--seed", str(options.seed), "--findings", str(options.findings)]
    if options.kept:
        command += ["--kept", str(options.kept)]
    room = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=room) as scratch:  # libFuzzer ends without tidying
        # else each panic of sentencex, which is caught, costs a look at the whole stack
        around = os.environ | {"TMPDIR": scratch, "RUST_BACKTRACE": "0"}
        done = subprocess.run(
            command, stderr=subprocess.PIPE, text=True, errors="replace", env=around
        )
    faults = [line for line in done.stderr.splitlines() if line.startswith(_FAULT)]
    units = _UNITS.search(done.stderr)
    if done.returncode or units is None:
        faults.append(f"{_FAULT}{name}: ended with {done.returncode}: {done.stderr[-600:]}")
    count = int(units[1]) if units else 0
    print(
        f"{name}, seed {options.seed}: {count:,} inputs in {time.monotonic() - begun:,.0f} s, "
        f"{computed() - before:,.0f} s of them computing, {len(faults)} kinds of fault"
    )
    print("".join(f"    {fault}\n" for fault in faults), end="", flush=True)
    return count, faults


def computed() -> float:
    """Seconds of computing by the processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", help="all, where none is named")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir()) / "findings")
    parser.add_argument("--kept", type=Path, help="inputs that led to new places, for next time")
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.findings.mkdir(parents=True, exist_ok=True)
    if options.apart:
        fuzz(options.targets[0], options)
        return
    from benchmarks.fuzz_targets import targets

    ran = [run(name, options) for name in options.targets or targets()]
    faults = sum(len(found) for _, found in ran)
    print(f"{sum(count for count, _ in ran):,} inputs, {faults} kinds of fault")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
