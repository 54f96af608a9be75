"""Layers whose weights stay in eight bits: a quarter of the memory, and quicker.

The values of each token are rounded as well, between their own least and largest, because a few
tokens of a trained encoder are a hundred times larger than the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

_STEPS = 127  # seven bits, since eight overflow on AVX2
Arrays = Mapping[str, np.ndarray[Any, Any]]


class PackedLinear(torch.nn.Module):
    """A linear layer with a scale a row."""

    def __init__(self, weight: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        self._rows = torch.ops.onednn.qlinear_prepack(weight, None)
        self._scale, self._zero = scale.flatten(), torch.zeros(len(scale), dtype=torch.long)
        self._bias, self._sum = bias, (weight.sum(1, dtype=torch.float32) * self._scale)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """The layer's product, as that of `torch.nn.Linear`."""
        # Bit for bit as by torch.aminmax, which takes ten times as long; in place, as fresh memory
        # costs more than the sums.
        least, largest = values.amin(-1, keepdim=True), values.amax(-1, keepdim=True)
        step = (largest - least).clamp_(min=1e-6) / _STEPS
        rounded = (values - least).div_(step).round_().to(torch.uint8)
        product: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            *(rounded, 1.0, 0),
            *(self._rows, self._scale, self._zero),
            *(None, 1.0, 0, torch.float32, "none", [], ""),
        )
        return product.mul_(step).add_(torch.addcmul(self._bias, least, self._sum))


class PackedRows(torch.nn.Module):
    """A table of embeddings with a scale a row."""

    def __init__(self, weight: torch.Tensor, scale: torch.Tensor) -> None:
        super().__init__()
        self._weight, self._scale = weight, scale

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The rows of these ids."""
        return self._weight[ids] * self._scale[ids]


def pack(network: torch.nn.Module, stored: Arrays, *, whole: bool = True) -> torch.nn.Module:
    """Give a network without values those that are stored, its large layers in eight bits.

    Where they are not the `whole`, its other layers keep what they have.
    """
    eight_bits = torch.backends.cpu.get_cpu_capability().startswith("AVX")
    state, packed = {}, set()
    for name, module in list(network.named_modules()):
        large = f"{name}.weight.scale" in stored
        scale = torch.from_numpy(stored[f"{name}.weight.scale"]) if large else None
        if scale is None:
            continue
        weight = torch.from_numpy(stored[f"{name}.weight"])
        if isinstance(module, torch.nn.Linear) and eight_bits and ".layer." in name:
            bias = torch.from_numpy(stored[f"{name}.bias"])
            network.set_submodule(name, PackedLinear(weight, scale, bias))
            packed.add(name)
        elif name.endswith("word_embeddings"):
            network.set_submodule(name, PackedRows(weight, scale))
            packed.add(name)
        else:
            state[f"{name}.weight"] = weight * scale
    rest = {n: torch.from_numpy(a) for n, a in stored.items() if a.dtype == np.float32}
    state |= {
        n: t
        for n, t in rest.items()
        if not n.endswith(".scale") and n.rpartition(".")[0] not in packed
    }
    network.load_state_dict(state, strict=whole, assign=True)
    return network.requires_grad_(False).eval()
