"""What the HTTP service does under load, and what it adds to a question.

    python benchmarks/service.py [--requests 500] [--threads 16] [--models fakes] [--alone 60]

A service in a process of its own is asked by many threads; a quarter of them hang up at a random
moment. Each answer must be the one to its own question. Then single questions are asked in turn
over HTTP and of the same library in this process. With `fakes` a question takes milliseconds, so
that 10,000 of them are a matter of minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import psutil
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.assistant import Assistant
from rag.settings import Settings

SEEDS = Path(__file__).parents[1] / "seeds"
QUESTIONS = (
    "When did Nvidia confirm the A800?",
    "How fast does the A800 move data between chips?",
    "How large was the charge that Nvidia took on the H20?",
    "What share of revenue did Nvidia and AMD agree to pay?",
    "What is the capital of France?",
    "Which chips is China urging companies to avoid?",
    "How many articles are there?",
    "Hello",
)
HANGING_UP = 0.25
LONGEST = 0.6  # seconds after which who hangs up does so, at most
LOOKS = 10


def opened(models: str, index: Path) -> Assistant:
    settings = Settings(llm="bundled", threads=1)
    if models == "bundled":
        return Assistant(SEEDS, index, settings=settings)
    from rag.testing import FakeEmbedder, FakeJudge, FakeLLM, FakeReader

    given = {"embedder": FakeEmbedder(dimension=64), "reader": FakeReader(), "judge": FakeJudge()}
    return Assistant(SEEDS, index, settings=settings, llm=FakeLLM(), **given)  # type: ignore[arg-type]


def serve(models: str, index: Path, waiting: int) -> None:
    from rag.server.http import ServeOptions
    from rag.server.logs import log_as_json
    from rag.server.running import listening, run
    from rag.service.engine import Engine

    log_as_json(stream=sys.stderr)
    with listening("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        run(Engine(lambda: opened(models, index)), listener, ServeOptions(waiting=waiting))


class Load:
    """Requests from many threads, and what came of each."""

    def __init__(self, address: str, expected: dict[str, str]) -> None:
        self.address, self.expected = address, expected
        self.came, self._lock = Counter[str](), threading.Lock()

    def one(self, number: int) -> None:
        drawn = random.Random(number)
        question = drawn.choice(QUESTIONS)
        how = drawn.choice((self._ask, self._stream, self._chat))
        try:
            if drawn.random() < HANGING_UP:
                came = self._hang_up(question, drawn)
            else:
                came = "right" if how(question) else "WRONG"
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            came = f"LOST ({type(error).__name__})"
        with self._lock:
            self.came[came] += 1

    def _post(self, path: str, given: dict[str, Any]) -> httpx2.Response:
        response = httpx2.post(f"{self.address}{path}", json=given, timeout=300)
        return response.raise_for_status()

    def _ask(self, question: str) -> bool:
        answer = self._post("/v1/ask", {"question": question}).json()
        return bool(answer["question"] == question and answer["text"] == self.expected[question])

    def _stream(self, question: str) -> bool:
        text = self._post("/v1/ask", {"question": question, "stream": True}).text
        answer = json.loads(text.rpartition("event: Finished\ndata: ")[2])["answer"]
        return bool(answer["question"] == question and answer["text"] == self.expected[question])

    def _chat(self, question: str) -> bool:
        given = {"messages": [{"role": "user", "content": question}]}
        said = self._post("/v1/chat/completions", given).json()["choices"][0]["message"]["content"]
        return bool(said.startswith(self.expected[question]))

    def _hang_up(self, question: str, drawn: random.Random) -> str:
        given = {"question": question, "stream": drawn.random() < 0.5}
        try:
            httpx2.post(f"{self.address}/v1/ask", json=given, timeout=drawn.uniform(0.001, LONGEST))
        except httpx2.TimeoutException:
            return "hung up"
        return "answered before hanging up"


def counts(address: str) -> dict[str, float]:
    text = httpx2.get(f"{address}/metrics", timeout=60).text
    samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
    return {s.name + "".join(map(str, s.labels.values())): s.value for s in samples}


def load(address: str, server: psutil.Process, assistant: Assistant, asked: Any) -> None:
    """Ask many at once, and tell the server's memory on the way."""
    expected = {question: assistant.ask(question).text for question in QUESTIONS}
    run, began = Load(address, expected), time.monotonic()
    with ThreadPoolExecutor(asked.threads) as pool:
        for part in range(LOOKS):
            numbers = range(part * asked.requests // LOOKS, (part + 1) * asked.requests // LOOKS)
            list(pool.map(run.one, numbers))
            memory = f"{server.memory_info().rss / 2**20:.0f} MB"
            print(f"{numbers.stop} requests: {memory}, {server.num_threads()} threads", flush=True)
    seconds = time.monotonic() - began
    print(f"{seconds:.0f} s, {asked.requests / seconds:.1f} requests a second: {dict(run.came)}")
    time.sleep(2)
    after = counts(address)
    print("left:", {name: after[f"quoth_{name}"] for name in ("working", "waiting")})
    print({name: n for name, n in after.items() if name.startswith("quoth_questions_total")})


def alone(address: str, assistant: Assistant, rounds: int) -> None:
    """One question at a time, over HTTP and directly in turn."""
    over, direct, added = [], [], []
    with httpx2.Client(base_url=address, timeout=300) as client:
        for number in range(rounds):
            question = QUESTIONS[number % len(QUESTIONS)]
            began = time.perf_counter()
            answer = client.post("/v1/ask", json={"question": question}).json()
            over.append(time.perf_counter() - began)
            added.append(over[-1] - answer["timings"]["total"])
            began = time.perf_counter()
            assistant.ask(question)
            direct.append(time.perf_counter() - began)
    pairs = [a - b for a, b in zip(over, direct, strict=True)]
    for name, values in (
        ("over HTTP", over),
        ("directly", direct),
        ("over HTTP less directly, question by question", pairs),
        ("over HTTP less the engine's own time", added),
    ):
        cuts = statistics.quantiles(values, n=20)
        print(
            f"{name}: median {statistics.median(values) * 1e3:.1f} ms, 95 % {cuts[-1] * 1e3:.1f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--models", choices=("bundled", "fakes"), default="bundled")
    parser.add_argument("--alone", type=int, default=60)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.models, asked.serve, asked.threads)
        return
    with tempfile.TemporaryDirectory() as place:
        own = [sys.executable, __file__, "--models", asked.models, "--threads", str(asked.threads)]
        log = Path(place) / "log"
        with (
            log.open("w") as errors,
            subprocess.Popen(
                [*own, "--serve", f"{place}/served"],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as server,
            opened(asked.models, Path(place) / "direct") as assistant,
        ):
            assert server.stdout is not None
            address = f"http://127.0.0.1:{int(server.stdout.readline())}"
            assistant.sync()
            while httpx2.get(f"{address}/ready").status_code != 200:
                time.sleep(0.1)
            load(address, psutil.Process(server.pid), assistant, asked)
            alone(address, assistant, asked.alone)
            server.terminate()
        levels = Counter(json.loads(line)["level"] for line in log.read_text().splitlines())
        print(f"ended with {server.returncode}; lines of the log: {dict(levels)}")


if __name__ == "__main__":
    main()
