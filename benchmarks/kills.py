"""A library killed at random instants while it syncs, adds, removes, rebuilds and re-embeds.

    python benchmarks/kills.py --times 200 --seed 0 [--json]

After each kill: is all there that was acknowledged, does the library open without help, and does
it answer, after one more sync, as one built afresh? Needs a system that can fork. What is random
comes from the seed, but half of the kills fall by the clock.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before faiss: children are forked from this process
sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.library.killing import Killing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = Killing(Path(folder), options.seed).run(options.times)
    if options.json:
        print(json.dumps(dataclasses.asdict(tally)))
    else:
        kinds = ", ".join(f"{count} in {kind}" for kind, count in sorted(tally.kills.items()))
        print(f"{tally.killed} kills ({kinds}); {tally.finished} finished before theirs")
        print(f"acknowledged documents lost: {len(tally.lost)}")
        print(f"manual repairs needed: {len(tally.repairs)}")
        print(f"differences from a library built afresh: {len(tally.different)}")
        print(f"{tally.seconds:.0f} seconds")
        for fault in (*tally.lost, *tally.repairs, *tally.different):
            print(fault)
    sys.exit(0 if tally.clean else 1)


if __name__ == "__main__":
    main()
