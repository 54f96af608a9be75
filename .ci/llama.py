"""Install llama-cpp-python, compiling of llama.cpp only what a model of texts needs.

Its build brings a library for pictures and one for llama.cpp's own tools too, which is more than
half of the work. Says how far it is; all that the compiler says is kept in a log. Options are
pip's. Where pip has it compiled already, or finds a wheel, nothing is compiled.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOG = Path(sys.prefix) / "llama.log"
# The build sets this to ON in the cache, by force; a variable of the project's own is stronger.
LEAN = Path(sys.prefix) / "llama.cmake"
STEP = re.compile(r"\s*\[(\d+)/(\d+)\]")
EVERY = 10  # seconds between two lines of progress
SHOWN = 30  # lines of the log after a failure


def main(options: list[str]) -> int:
    """Run pip, with progress; its exit code."""
    (pin,) = re.findall(r"^llama-cpp-python==\S+", (ROOT / "requirements.txt").read_text(), re.M)
    LEAN.write_text("set(LLAMA_BUILD_COMMON OFF)\n")
    lean = f"-DLLAVA_BUILD=OFF -DCMAKE_PROJECT_INCLUDE={shlex.quote(LEAN.as_posix())}"
    environment = os.environ | {"CMAKE_ARGS": f"{os.environ.get('CMAKE_ARGS', '')} {lean}".strip()}
    command = [sys.executable, "-m", "pip", "install", "--verbose", *options, pin]
    print(f"Installing {pin}; compiling it takes some minutes. Log: {LOG}", flush=True)
    began = said = time.monotonic()
    with (
        LOG.open("w", encoding="utf-8", errors="replace") as log,
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as pip,
    ):
        for line in pip.stdout or ():
            log.write(line)
            step = STEP.match(line)
            if step and time.monotonic() - said >= EVERY:
                said = time.monotonic()
                print(f"  compiled {step[1]} of {step[2]}, {said - began:.0f} s", flush=True)
    if pip.returncode:
        print("".join(LOG.read_text("utf-8").splitlines(keepends=True)[-SHOWN:]), file=sys.stderr)
        print(f"{pin} could not be installed; all that was said: {LOG}", file=sys.stderr)
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
