"""The tokenizer of the bundled networks, and the file format of reader's and judge's weights.

Weights are int8 with one scale a row (small vectors as float32). Knows nothing of the networks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rag.models.embedder import bundled_folder


def load_tokenizer() -> Any:
    """The bundled encoder's tokenizer, without padding or cutting.

    What a text writes as the network's own signs, as "[SEP]", is read as letters.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def stored_weights(file: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of a file as they are stored: int8 rows and their scales, small vectors as floats.

    Raises:
        OSError: The file is not there.
        ValueError: It is no such file, or broken.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        stored: dict[str, np.ndarray[Any, Any]] = load_file(file)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    return stored


def load_weights(network: Any, file: Path) -> Any:
    """Read weights into a network, which comes back ready to use.

    Raises:
        OSError: The file is not there.
        ValueError: It is no such file, or broken.
        KeyError: It lacks a weight of this network.
        RuntimeError: A weight has another shape.
    """
    import torch

    stored = stored_weights(file)
    state = {}
    for name in network.state_dict():
        array = stored[name]
        scale = stored.get(f"{name}.scale")
        state[name] = torch.from_numpy(array if scale is None else array * scale)
    network.load_state_dict(state)
    return network.eval()
