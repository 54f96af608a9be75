"""Indexing on Ray: passages a second against the number of workers, beside a sync without Ray.

    python benchmarks/cluster.py [--articles 120] [--workers 1 2] [--rounds 3] [--plot FILE]

Made articles of ten passages (`benchmarks/synthetic.py`) are indexed into an empty library, with
the bundled embedder, on a cluster of this computer's own. Each worker is one process with one
thread; they are started and have loaded the model before the clock runs. The order changes from
round to round. Prints medians: passages a second by the clock, the seconds of CPU that the
workers' processes and this one took for each passage, and the share of the time in which a worker
computed. By the clock two workers are faster than one only where two cores are free; where they
are not, the last two say what was waited for: a share below 1 is a worker without a core, or
without work.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.synthetic import article
from rag.library import Library, Workers, sync_folder
from rag.library.cluster import ray_workers
from rag.models.embedder import bundled_embedder, set_threads

LONGEST = 800


@dataclass(frozen=True)
class Run:
    """One index made: its passages, the seconds that passed, and those of CPU."""

    passages: int
    seconds: float
    workers: float
    here: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=120)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, little = Path(place, "articles"), Path(place, "little")
        write(folder, range(options.articles))
        write(little, range(options.articles, options.articles + 16 * max(options.workers)))
        runs: dict[int, list[Run]] = {count: [] for count in [0, *options.workers]}
        for number in range(options.rounds):
            for count in list(runs)[:: 1 if number % 2 == 0 else -1]:
                runs[count].append(measured(folder, little, count))
                show(count, runs[count][-1:], psutil.getloadavg()[0])
    print(f"medians of {options.rounds} rounds; 0 workers is a sync without Ray, on one thread")
    for count, each in runs.items():
        show(count, each)
    first, last = (rate(runs[count]) for count in (options.workers[0], options.workers[-1]))
    print(f"{options.workers[-1]} workers are {last / first:.2f} times as fast as the first")
    if options.plot:
        plot(options.plot, {count: rate(each) for count, each in runs.items() if count})


def write(folder: Path, numbers: Sequence[int]) -> None:
    folder.mkdir()
    for number in numbers:
        made = article(number)
        (folder / f"{number:06}.txt").write_text("\n\n".join([made.title, *made.passages]))


def measured(folder: Path, little: Path, count: int) -> Run:
    """The folder indexed by so many workers, after a little one that has them load the model."""
    if not count:
        set_threads(1)
        bundled_embedder().embed(["warm"])
        return indexed(folder, None)
    with ray_workers(count=count) as workers:
        indexed(little, workers)
        return indexed(folder, workers)


def indexed(folder: Path, workers: Workers | None) -> Run:
    embedder = bundled_embedder()
    with tempfile.TemporaryDirectory() as place:
        library = Library(Path(place), identity=embedder.identity, longest=LONGEST)
        before = spent()
        began = time.perf_counter()
        report = sync_folder(folder, library, embedder, longest=LONGEST, workers=workers)
        seconds = time.perf_counter() - began
        after = spent()
        library.close()
    return Run(report.passages, seconds, after[0] - before[0], after[1] - before[1])


def spent() -> tuple[float, float]:
    """Seconds of CPU that workers and this process took so far."""
    own = psutil.Process()
    each = [p for p in own.children(recursive=True) if p.name().startswith("ray::read_and")]
    idle = [p for p in own.children(recursive=True) if p.name().startswith("ray::IDLE")]
    times = [p.cpu_times() for p in [*each, *idle]]
    mine = own.cpu_times()
    return sum(t.user + t.system for t in times), mine.user + mine.system


def rate(runs: Sequence[Run]) -> float:
    return statistics.median(run.passages / run.seconds for run in runs)


def show(count: int, runs: Sequence[Run], load: float | None = None) -> None:
    workers = statistics.median(run.workers / run.passages for run in runs)
    here = statistics.median(run.here / run.passages for run in runs)
    line = f"{count} workers: {rate(runs):.1f} passages a second; CPU a passage: "
    line += f"workers {1000 * workers:.1f} ms, here {1000 * here:.1f} ms"
    if count:
        share = statistics.median(run.workers / run.seconds / count for run in runs)
        line += f"; a worker computed {share:.2f} of the time"
    print(line if load is None else f"{line} (load {load:.1f})", flush=True)


def plot(file: Path, rates: dict[int, float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), layout="constrained")
    axes = figure.subplots()
    first = min(rates)
    axes.plot(list(rates), list(rates.values()), "o-", label="measured")
    axes.plot(list(rates), [rates[first] / first * n for n in rates], ":", label="in proportion")
    axes.set(xlabel="workers", ylabel="passages a second", xticks=list(rates), ylim=(0, None))
    axes.legend()
    figure.savefig(file, dpi=120)


if __name__ == "__main__":
    main()
