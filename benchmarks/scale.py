"""What a library of 1 million to 10 billion passages would need: a calculation, no measurement.

    python benchmarks/scale.py [--searches 2000000] [--seed 0]

`MEASURED` holds figures of docs/, each with its place; `ASSUMED` what nobody has measured. A shard
is as the largest library that was measured. Its searches are played through: questions come at
random, wait for a free core of that shard and take as long as was measured, with the spread that
was measured. A question waits for the slowest of the shards that it asks, which are taken to be
slow independently of each other. Prints the tables of docs/scale.md.
"""

from __future__ import annotations

import argparse
import heapq
import math
from dataclasses import dataclass

import numpy as np

MEASURED = {
    "shard": 1_000_000,  # passages, 0011-size.md, and the next five for that size
    "search": 0.0152,  # CPU seconds a search, median
    "spread": math.log(21.3 / 15.0) / 1.645,  # of the logarithm, from the median and 95 %
    "memory": 469e6,  # bytes, private
    "disk": 1818e6,  # bytes
    "article": 10,  # passages
    "embedding": 47,  # passages a second on two cores, 0014-languages.md
    "writing_rows": 1900,  # passages a second that one writer brings to Milvus, 0027
    "listed": 870,  # bytes an article, in every program that serves, scale.md
    "reading": 0.374,  # seconds a quoted answer, 0025-a-service.md; of two cores at most
    "prompt": 64,  # tokens a CPU second of the 1.5B model, 0015-a-default-that-writes.md
    "written": 6.2,
}
ASSUMED = {
    "cores": 16,  # of a machine that searches; each holds a copy of its shard
    "busy": 0.7,  # share of the time that a core works
    "prompt": 250,  # tokens of evidence and question that are new to the model
    "written": 150,  # tokens an answer
    "named": 0.01,  # share of the shards, where questions name a time or a collection
    "tokens": 150,  # of a passage
    "embedder": 10.6e6,  # parameters that compute, all-MiniLM-L6-v2
    "model": 1.54e9,  # parameters of the one that writes, two bytes each
    "together": 64,  # answers that a GPU writes at the same time
    "computes": 0.4 * 989e12,  # a second; of the data sheet of NVIDIA's H100 SXM, bf16
    "moves": 0.4 * 3.35e12,  # bytes a second, of the same
    "small": 0.25,  # of that, what so small a model as the embedder reaches
}
PRICES = {  # dollars, assumed
    "core": 0.04,  # an hour, with the memory that belongs to it
    "gpu": 3.0,  # an hour
    "disk": 0.1,  # a GB and month
}
MONTH = 730  # hours
CORES = 2  # of the machine that was measured


@dataclass(frozen=True)
class Step:
    """So many passages, and questions a second."""

    passages: int
    questions: int

    @property
    def shards(self) -> int:
        """As large as the one that was measured."""
        return max(1, round(self.passages / MEASURED["shard"]))


STEPS = (
    Step(10**6, 10),
    Step(10**7, 100),
    Step(10**8, 1_000),
    Step(10**9, 10_000),
    Step(10**10, 10_000),
)


def waits(rate: float, cores: int, searches: int, rng: np.random.Generator) -> np.ndarray:
    """Seconds of each search of one shard, the waiting for a free core included, in order."""
    arrivals = np.cumsum(rng.exponential(1 / rate, searches))
    work = MEASURED["search"] * rng.lognormal(0, MEASURED["spread"], searches)
    free = [0.0] * cores
    took = np.empty(searches)
    for place, (at, needs) in enumerate(zip(arrivals.tolist(), work.tolist(), strict=True)):
        ends = max(at, free[0]) + needs
        heapq.heapreplace(free, ends)
        took[place] = ends - at
    return np.sort(took)


def cores_of(rate: float, seconds: float) -> int:
    """Cores that so much work keeps busy for the share of the time that is assumed."""
    return math.ceil(rate * seconds / ASSUMED["busy"])


def slowest(took: np.ndarray, shards: int) -> float:
    """Milliseconds in which 95 % of questions have heard from all of their shards."""
    return 1000 * float(took[math.ceil(0.95 ** (1 / shards) * len(took)) - 1])


def print_searching(searches: int, rng: np.random.Generator) -> None:
    print("| passages | questions/s | shards asked | cores a shard | cores in all | 95 % within |")
    print("|---:|---:|---:|---:|---:|---:|")
    for step in STEPS:
        for asked in dict.fromkeys((step.shards, asked_shards(step))):
            rate = step.questions * asked / step.shards  # of each shard
            cores = cores_of(rate, MEASURED["search"])
            took = waits(rate, cores, searches, rng)
            print(
                f"| {step.passages:,} | {step.questions:,} | {asked:,} of {step.shards:,} | "
                f"{cores:,} | {cores * step.shards:,} | {slowest(took, asked):.0f} ms |"
            )


def print_rest() -> None:
    """What is not searching; memory of as many copies of a shard as its machines, disk of one."""
    print("| passages | questions/s | memory | disk | list of articles, each program |", end="")
    print(" embedding, machine hours | one writer | cores to quote | cores to write |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    answer = ASSUMED["prompt"] / MEASURED["prompt"] + ASSUMED["written"] / MEASURED["written"]
    for step in STEPS:
        listed = step.passages / MEASURED["article"] * MEASURED["listed"] / 1e9
        copies = math.ceil(cores_of(step.questions, MEASURED["search"]) / ASSUMED["cores"])
        memory, disk = (step.shards * MEASURED[name] / 1e9 for name in ("memory", "disk"))
        print(
            f"| {step.passages:,} | {step.questions:,} | {copies * memory:,.1f} GB | "
            f"{disk:,.1f} GB | {listed:,.2f} GB | "
            f"{step.passages / MEASURED['embedding'] / 3600:,.0f} | "
            f"{step.passages / MEASURED['writing_rows'] / 3600:,.1f} h | "
            f"{cores_of(step.questions, CORES * MEASURED['reading']):,} | "
            f"{cores_of(step.questions, answer):,} |"
        )


def asked_shards(step: Step) -> int:
    """Where questions name a time or a collection."""
    return max(1, round(step.shards * ASSUMED["named"]))


def gpus(step: Step) -> int:
    """GPUs that write every answer: reading is bound by computing, writing by memory."""
    read = ASSUMED["computes"] / (2 * ASSUMED["model"])
    written = ASSUMED["moves"] / (2 * ASSUMED["model"]) * ASSUMED["together"]
    return cores_of(step.questions, ASSUMED["prompt"] / read + ASSUMED["written"] / written)


def print_gpus() -> None:
    """GPUs, and dollars a month by the prices; searching asks the shards that are named."""
    print(
        "| passages | questions/s | GPUs to write | GPU hours to embed once | searching |", end=""
    )
    print(" quoting | writing | disk | a month |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    embedded = ASSUMED["small"] * ASSUMED["computes"] / (2 * ASSUMED["embedder"])
    for step in STEPS:
        rate = step.questions * asked_shards(step) / step.shards
        search = step.shards * cores_of(rate, MEASURED["search"])
        quote = cores_of(step.questions, CORES * MEASURED["reading"])
        costs = [PRICES["core"] * MONTH * cores for cores in (search, quote)]
        costs.append(PRICES["gpu"] * MONTH * gpus(step))
        costs.append(PRICES["disk"] * step.shards * MEASURED["disk"] / 1e9)
        told = " | ".join(f"${cost:,.0f}" for cost in [*costs, sum(costs)])
        hours = step.passages * ASSUMED["tokens"] / embedded / 3600
        print(
            f"| {step.passages:,} | {step.questions:,} | {gpus(step):,} | {hours:,.2f} | {told} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--searches", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print_searching(args.searches, np.random.default_rng(args.seed))
    print()
    print_rest()
    print()
    print_gpus()


if __name__ == "__main__":
    main()
