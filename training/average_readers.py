"""Average readers that were trained from the same start: `build/without-0` and `build/without-1`.

    python -m training.average_readers build/without-0 build/without-1 --out rag/models/reader

Each saw the half of squad and clapnq that the other left out, so the average has learned from both
without a third training (Wortsman et al. 2022, https://arxiv.org/abs/2203.05482).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from rag.models.reader import WEIGHTS
from training.weights import load_reader, save_network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    networks = [load_reader(folder) for folder in options.readers]
    states = [network.state_dict() for network in networks]
    mean = {name: torch.stack([s[name] for s in states]).mean(0) for name in states[0]}
    networks[0].load_state_dict(mean)
    facts = [json.loads((folder / "reader.json").read_text()) for folder in options.readers]
    save_network(networks[0], options.out / WEIGHTS, {"average_of": facts})


if __name__ == "__main__":
    main()
