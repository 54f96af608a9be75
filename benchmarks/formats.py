"""How fast llama.cpp itself reads and writes with a model, by format and order of the weights.

    python benchmarks/formats.py [MODEL.gguf] [--rounds 2]

The file as it is and requantised to Q4_0 and Q8_0, each with its weights as in the file and in
llama.cpp's reordered copy, in turns, each in a process of its own. Counted in tokens a second of
CPU, which waiting for other programs does not change, and by the clock. Then what a few tokens
at once cost, which is what guessing ahead (prompt look-up, a draft model) has to pay for.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.models.llamafile import as_in_the_file
from rag.models.loading import writer_file
from rag.models.memory import cores

PIECE, PIECES, WRITTEN = 128, 3, 16  # tokens of a prompt at once, such pieces, tokens written
GUESSED = (1, 2, 4, 8, 16)
Rates = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--reordered", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    model = options.model or writer_file()
    if options.reordered is not None:
        print(json.dumps(rates(model, reordered=bool(options.reordered))))
        return
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as place:
        files = {"as it is": model} | {name: requantised(model, name, place) for name in KINDS}
        for _ in range(options.rounds):
            for name, file in files.items():
                for reordered in (0, 1):
                    own = [sys.executable, __file__, str(file), "--reordered", str(reordered)]
                    done = subprocess.run(own, check=True, stdout=subprocess.PIPE, text=True)
                    label = f"{name}, {'reordered' if reordered else 'as in the file'}"
                    for key, value in json.loads(done.stdout.splitlines()[-1]).items():
                        found[label][key].append(value)
    for label, values in found.items():
        print(label, {key: round(median(several), 1) for key, several in values.items()})


KINDS = {"Q4_0": "LLAMA_FTYPE_MOSTLY_Q4_0", "Q8_0": "LLAMA_FTYPE_MOSTLY_Q8_0"}


def requantised(model: Path, kind: str, place: str) -> Path:
    import llama_cpp

    made, options = Path(place) / f"{kind}.gguf", llama_cpp.llama_model_quantize_default_params()
    options.ftype, options.allow_requantize = getattr(llama_cpp, KINDS[kind]), True
    llama_cpp.llama_model_quantize(str(model).encode(), str(made).encode(), ctypes.byref(options))
    return made


def rates(model: Path, *, reordered: bool) -> Rates:
    from llama_cpp import Llama

    both = {"n_threads": cores(), "n_threads_batch": cores()}
    with nullcontext() if reordered else as_in_the_file():
        llama = Llama(str(model), n_ctx=2048, verbose=False, **both)
    tokens = [1000 + 37 * n % 15000 for n in range(PIECE * PIECES)]
    llama.eval(tokens[:8])  # what is made at the first use
    llama.reset()
    reading = [timed(llama, tokens[at : at + PIECE]) for at in range(0, len(tokens), PIECE)]
    writing = [timed(llama, [token]) for token in tokens[:WRITTEN]]
    told = {
        "prompt, CPU": median(PIECE / cpu for _, cpu in reading),
        "prompt": median(PIECE / wall for wall, _ in reading),
        "writing, CPU": median(1 / cpu for _, cpu in writing),
        "writing": median(1 / wall for wall, _ in writing),
    }
    for count in GUESSED:
        batches = [timed(llama, tokens[:count]) for _ in range(5)]
        told[f"{count} at once, ms of CPU"] = median(cpu for _, cpu in batches) * 1e3
    return told


def timed(llama: Any, tokens: list[int]) -> tuple[float, float]:
    """Seconds by the clock, and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    llama.eval(tokens)
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
