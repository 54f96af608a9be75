"""Two replicas of the HTTP service behind nginx over one Milvus, asked by many while one is killed.

    python benchmarks/replicas.py [--requests 10000] [--minutes 15] [--threads 8]

Quotes alone answer (`QUOTH_LLM=none`), over `seeds/`. A fifth of the callers hang up at a random
moment. One replica is killed again and again and started anew; the other lives, and its memory is
told. It ends with the requests or with the minutes, whichever comes first.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.service import QUESTIONS, SEEDS
from tests.milvus_process import MilvusProcess
from tests.replicas import Nginx, Replica

HANGING_UP = 0.2
LONGEST = 0.6  # seconds after which who hangs up does so, at most
LIVES = 5.0, 25.0  # seconds that the replica which is killed may answer before
LOOKS = 60.0  # seconds between two looks at memory


class Load:
    """Requests until there were enough or time is up, and what came of each."""

    def __init__(self, address: str, expected: dict[str, str], requests: int, until: float) -> None:
        self._address, self._expected, self._left, self._until = address, expected, requests, until
        self.came, self._lock = Counter[str](), threading.Lock()

    @property
    def over(self) -> bool:
        return self._left <= 0 or time.monotonic() >= self._until

    def call(self, seed: int) -> None:
        drawn = random.Random(seed)
        with httpx2.Client(base_url=self._address, timeout=300) as client:
            while True:
                with self._lock:
                    if self.over:
                        return
                    self._left -= 1
                came = self._one(client, drawn)
                with self._lock:
                    self.came[came] += 1

    def _one(self, client: httpx2.Client, drawn: random.Random) -> str:
        question, hangs_up = drawn.choice(QUESTIONS), drawn.random() < HANGING_UP
        given = {"question": question}
        waits = drawn.uniform(0.001, LONGEST) if hangs_up else 300
        try:
            response = client.post("/v1/ask", json=given, timeout=waits)
            if response.status_code != 200:
                return f"LOST ({response.status_code})"
            answer = response.json()
        except httpx2.TimeoutException:
            return "hung up" if hangs_up else "LOST (no answer)"
        except (httpx2.HTTPError, ValueError) as error:
            return f"LOST ({type(error).__name__})"
        own = answer["question"] == question and answer["text"] == self._expected[question]
        return "right" if own else "WRONG"


def killing(replica: Replica, over: threading.Event, killed: Counter[str]) -> None:
    """Kill it after a random while, start it anew, and again."""
    drawn = random.Random(0)
    while not over.wait(drawn.uniform(*LIVES)):
        replica.kill()
        killed["kills"] += 1
        replica.start()
        replica.await_ready()


def looking(replica: Replica, load: Load, over: threading.Event) -> None:
    assert replica.process is not None
    process, began = psutil.Process(replica.process.pid), time.monotonic()
    while True:
        memory = f"{process.memory_info().rss / 2**20:.0f} MB, {process.num_threads()} threads"
        told = f"{time.monotonic() - began:.0f} s, {load.came.total()} requests: {memory}"
        print(told, flush=True)
        if over.wait(LOOKS):
            return


def measure(replicas: list[Replica], address: str, asked: argparse.Namespace) -> None:
    expected = {
        question: httpx2.post(f"{address}/v1/ask", json={"question": question}, timeout=300).json()[
            "text"
        ]
        for question in QUESTIONS
    }
    over, killed, began = threading.Event(), Counter[str](), time.monotonic()
    load = Load(address, expected, asked.requests, began + 60 * asked.minutes)
    beside = [
        threading.Thread(target=killing, args=(replicas[1], over, killed)),
        threading.Thread(target=looking, args=(replicas[0], load, over)),
    ]
    for thread in beside:
        thread.start()
    with ThreadPoolExecutor(asked.threads) as pool:
        list(pool.map(load.call, range(asked.threads)))
    seconds, all_ = time.monotonic() - began, load.came.total()
    over.set()
    for thread in beside:
        thread.join()
    pace = f"{all_ / seconds:.1f} a second"
    print(f"{all_} requests in {seconds:.0f} s, {pace}; {killed['kills']} kills")
    print(dict(load.came))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--threads", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, MilvusProcess(Path(name) / "milvus") as milvus:
        place, library = Path(name), milvus.library("replicas")
        replicas = [Replica(SEEDS, place / f"index{n}", library) for n in range(2)]
        try:
            for one in replicas:
                one.start()
                one.await_ready()
            with Nginx(place / "nginx", replicas) as nginx:
                measure(replicas, nginx.address, asked)
        finally:
            for one in replicas:
                one.stop()


if __name__ == "__main__":
    main()
