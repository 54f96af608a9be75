"""Trained networks to the files that `rag.models.encoder` reads; a reader back to train on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from rag.models.encoder import load_weights
from rag.models.reader import WEIGHTS, build_network, shape_of


def save_weights(weights: Mapping[str, Any], file: Path) -> None:
    """Write weights, as `state_dict` gives them; the folder is made where it is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    stored: dict[str, np.ndarray[Any, Any]] = {}
    for name, value in weights.items():
        array = value.detach().cpu().float().numpy()
        if array.ndim < 2:
            stored[name] = array
            continue
        scale = np.abs(array).max(1, keepdims=True) / 127 + 1e-12
        stored[name] = np.round(array / scale).astype(np.int8)
        stored[f"{name}.scale"] = scale.astype(np.float32)
    save_file(stored, file)


def save_network(network: Any, file: Path, facts: dict[str, object]) -> None:
    """Write the weights, and beside them how they were made."""
    save_weights(network.state_dict(), file)
    file.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")


def load_reader(folder: Path) -> Any:
    """A reader's network that can be trained further."""
    return load_weights(build_network(shape_of(folder)), folder / WEIGHTS)
