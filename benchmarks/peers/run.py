"""Quoth beside LangChain, LlamaIndex, Haystack and txtai.

    make bench, or
    python benchmarks/peers/run.py [--rounds 2] [--warm 1] [--users 0] [--only quoth langchain]

The same files, the same embedder (all-MiniLM-L6-v2) and the same GGUF file (the model that writes)
through each, in turns within one run, so that what else the machine does meets all alike. Each peer
has an environment of its own in a cache folder (QUOTH_BENCH, else ~/.cache/quoth-peers), made the
first time; `<peer>.txt` says of what. Prints a table of medians with the least and the largest.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.synthetic import article
from rag.models.embedder import bundled_folder
from rag.models.loading import writer_file

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
CACHE = Path(os.environ.get("QUOTH_BENCH", "~/.cache/quoth-peers")).expanduser()
PEERS = ("quoth", "langchain", "llamaindex", "haystack", "txtai")
ARTICLES = 10  # made up, beside those of seeds/
SEARCHES = 12
QUESTIONS = (
    "What is the H20?",
    "Why did China tell companies to avoid the H20?",
    "When did Nvidia confirm the A800?",
    "What would the Chip Security Act require?",
    "How large was the charge that Nvidia took on the H20?",
    "What did Nvidia say about backdoors?",
    "How fast does the A800 move data between chips?",
    "What share of revenue did Nvidia and AMD agree to pay?",
)
Times = dict[str, dict[str, list[float]]]


class Running:
    """A peer's process, and what it answers, by the clock of this one."""

    def __init__(self, peer: str) -> None:
        python = sys.executable if peer == "quoth" else str(CACHE / peer / "bin" / "python")
        # threads that sleep while they wait: on a busy machine it helps the peers, which spin
        changed = {
            "OMP_WAIT_POLICY": "passive",
            "HF_HUB_OFFLINE": "1",
            "BENCH_EMBEDDER": str(bundled_folder()),
            "BENCH_MODEL": str(writer_file()),
        }
        self.peer, self.began = peer, time.perf_counter()
        self._process = subprocess.Popen(
            [python, str(HERE / f"with_{peer}.py")],
            env=os.environ | changed,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def send(self, **asked: Any) -> None:
        assert self._process.stdin is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)

    def next(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        said: dict[str, Any] = json.loads(
            self._process.stdout.readline() or '{"error": "it ended"}'
        )
        if "error" in said:
            raise RuntimeError(f"{self.peer}: {said['error']}")
        return said

    def ask(self, question: str) -> dict[str, Any]:
        """The seconds to evidence, first word or claim, and the whole; and the text."""
        began, at = time.perf_counter(), dict[str, Any]()
        self.send(do="ask", id=0, question=question)
        while "text" not in (said := self.next()):
            at.setdefault(said["at"], time.perf_counter() - began)
        whole = time.perf_counter() - began
        return {"evidence": whole, "first": whole, "whole": whole, "text": said["text"]} | at

    def computed(self) -> float:
        """Seconds of CPU so far, which waiting for other programs' work does not change."""
        spent = psutil.Process(self._process.pid).cpu_times()
        return spent.user + spent.system + spent.children_user + spent.children_system

    def memory(self) -> float:
        """MB of the process and its children."""
        whole = psutil.Process(self._process.pid)
        return sum(p.memory_info().rss for p in (whole, *whole.children(recursive=True))) / 1e6

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--warm", type=int, default=1, help="questions after the first, a round")
    parser.add_argument("--users", type=int, default=0, help="that ask at once, in a last part")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=PEERS)
    options = parser.parse_args()
    for peer in options.only:
        install(peer)
    times: Times = {peer: defaultdict(list) for peer in options.only}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        kilobytes = documents(place / "documents") / 1e3
        for number in range(options.rounds):
            turns = options.only if number % 2 == 0 else options.only[::-1]
            for peer in turns:
                ingest(peer, place, kilobytes, times[peer])
            for peer in turns:
                questions(peer, place, number, options.warm, times[peer])
                print(table(times), flush=True)
        for peer in options.only if options.users else ():
            together(peer, place, options.users, times[peer])
    print(table(times))


def install(peer: str) -> None:
    """An environment with a peer, where it is not there."""
    place = CACHE / peer
    if peer == "quoth" or (place / ".ready").exists():
        return
    pins = (ROOT / "requirements.txt").read_text().split()
    wanted = ("torch==", "llama-cpp-python==", "sentence-transformers==", "numpy==")
    first = [pin for name in wanted for pin in pins if pin.startswith(name)]
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(place / "bin" / "pip"), "install", "--quiet"]
    subprocess.run([*pip, *first], check=True)
    subprocess.run([*pip, *first, "-r", str(HERE / f"{peer}.txt")], check=True)
    (place / ".ready").touch()


def documents(folder: Path) -> int:
    """Write the files that all read; how many characters they have."""
    folder.mkdir()
    for path in (ROOT / "seeds").glob("*.md"):
        shutil.copy(path, folder)
    for n in range(ARTICLES):
        made = article(n)
        (folder / made.name).write_text("\n\n".join([made.title, *made.passages]))
    return sum(len(path.read_text("utf-8")) for path in folder.iterdir())


def ingest(peer: str, place: Path, kilobytes: float, times: dict[str, list[float]]) -> None:
    shutil.rmtree(place / peer, ignore_errors=True)
    running = Running(peer)
    running.send(do="ingest", documents=str(place / "documents"), index=str(place / peer))
    said = running.next()
    times["ingest, kB a second"].append(kilobytes / said["seconds"])
    times["passages"].append(said["passages"])
    times["ingest with the start, s"].append(time.perf_counter() - running.began)
    times["the same, s of CPU"].append(running.computed())
    times["ingest, peak MB"].append(said["peak"] / 1e6)
    running.end()


def questions(
    peer: str, place: Path, number: int, warm: int, times: dict[str, list[float]]
) -> None:
    """A cold question, then others, and searches."""
    running = Running(peer)
    running.send(do="open", index=str(place / peer))
    running.next()
    opened = time.perf_counter() - running.began
    first = number * (warm + 1)
    said = running.ask(QUESTIONS[first % len(QUESTIONS)])
    times["cold: to the evidence, s"].append(opened + said["evidence"])
    times["cold: whole answer, s"].append(opened + said["whole"])
    times["the same cold, s of CPU"].append(running.computed())
    for n in range(first + 1, first + 1 + warm):
        before = running.computed()
        said = running.ask(QUESTIONS[n % len(QUESTIONS)])
        times["warm: whole, s of CPU"].append(running.computed() - before)
        for part in ("evidence", "first", "whole"):
            times[f"warm: {part}, s"].append(said[part])
        print(f"{peer}: {said['whole']:.1f} s: {said['text'][:200]!r}", flush=True)
    for n in range(SEARCHES):
        running.send(do="search", id=n, question=QUESTIONS[n % len(QUESTIONS)])
        times["search, ms"].append(running.next()["seconds"] * 1e3)
    times["at rest, MB"].append(running.memory())
    running.end()


def together(peer: str, place: Path, users: int, times: dict[str, list[float]]) -> None:
    """Answers an hour while so many users each ask a question at once."""
    running = Running(peer)
    running.send(do="open", index=str(place / peer))
    running.next()
    running.ask(QUESTIONS[-1])
    began = time.perf_counter()
    for n in range(users):
        running.send(do="ask", id=n, question=QUESTIONS[n % len(QUESTIONS)])
    left = users
    while left:
        left -= "text" in running.next()
    times[f"answers an hour, {users} users"].append(users / (time.perf_counter() - began) * 3600)
    running.end()


def table(times: Times) -> str:
    """The medians, with the least and the largest in brackets."""
    rows = [f"| | {' | '.join(times)} |", f"|---|{'---|' * len(times)}"]
    for name in next(iter(times.values())):
        cells = [_cell(found[name]) for found in times.values()]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(values: list[float]) -> str:
    if not values:
        return ""
    middle, *ends = (
        f"{v:,.3g}" if v < 100 else f"{v:,.0f}" for v in (median(values), min(values), max(values))
    )
    return middle if len(values) == 1 else f"{middle} ({'–'.join(ends)})"


if __name__ == "__main__":
    main()
