"""The encoders of BERT and MPNet in plain torch, for the three networks that come with the install.

As Devlin et al. 2019 (https://arxiv.org/abs/1810.04805) and Song et al. 2020
(https://arxiv.org/abs/2004.09297) have them, with the names of weights that transformers gives
them. Importing transformers takes longer than loading these networks; see decision 24.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import Dropout, Embedding, LayerNorm, Linear, ModuleDict, ModuleList
from torch.nn.functional import gelu, scaled_dot_product_attention

from rag.models.embedder import keep_threads

_DROPPED = 0.1  # in training, but for attention: it took a quarter of a step's time for no gain
_FIRST = 2  # MPNet's first position
_FARTHEST = 128  # tokens apart from which MPNet makes no difference
ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Size:
    """What an encoder is made of; `near` counts the distances of MPNet, 0 for BERT."""

    words: int
    positions: int
    width: int
    layers: int
    heads: int
    epsilon: float
    near: int = 0


MINILM = Size(30522, 512, 384, 6, 12, 1e-12)
MPNET = Size(30527, 514, 768, 12, 12, 1e-5, near=32)


class Encoder(torch.nn.Module):
    """Tokens to states of shape (texts, tokens, width), without values until they are loaded."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        keep_threads()  # which were set before torch was there
        self.size, self.dropout = size, Dropout(_DROPPED)
        embeddings = {
            "word_embeddings": _rows(size.words, size.width),
            "position_embeddings": _rows(size.positions, size.width),
            "LayerNorm": LayerNorm(size.width, size.epsilon),
        }
        encoder: dict[str, torch.nn.Module] = {
            "layer": ModuleList(_layer(size) for _ in range(size.layers))
        }
        if size.near:
            encoder["relative_attention_bias"] = _rows(size.near, size.heads)
        else:
            embeddings["token_type_embeddings"] = _rows(2, size.width)
        self.embeddings: Any = ModuleDict(embeddings)
        self.encoder: Any = ModuleDict(encoder)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """States of tokens; `types` says which of two texts a token is of, `mask` which are any."""
        return self.onwards(self.embedded(ids, types), mask)

    def embedded(self, ids: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """What the first layer is given."""
        given, places = self.embeddings, torch.arange(ids.shape[1])
        first = _FIRST if self.size.near else 0
        states: torch.Tensor = given["word_embeddings"](ids) + given["position_embeddings"](
            places + first
        )
        if not self.size.near:
            states = states + given["token_type_embeddings"](types)
        normed: torch.Tensor = self.dropout(given["LayerNorm"](states))
        return normed

    def onwards(
        self, states: torch.Tensor, mask: torch.Tensor, layers: slice = ALL
    ) -> torch.Tensor:
        """What some of the layers make of the states that the one before them gives."""
        seen = torch.zeros(mask.shape, dtype=states.dtype).masked_fill(mask == 0, -math.inf)
        bias = seen[:, None, None, :]
        if self.size.near:
            places = torch.arange(mask.shape[1])
            between = places[None, :] - places[:, None]
            apart = self.encoder["relative_attention_bias"](_buckets(between, self.size.near))
            bias = bias + apart.permute(2, 0, 1)
        for layer in self.encoder["layer"][layers]:
            states = self._through(layer, states, bias)
        return states

    def _through(self, layer: Any, states: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        attention = layer["attention"]
        if self.size.near:
            *projections, out = (attention["attn"][name] for name in "qkvo")
            norm = attention["LayerNorm"]
        else:
            projections = [attention["self"][name] for name in ("query", "key", "value")]
            out, norm = attention["output"]["dense"], attention["output"]["LayerNorm"]
        query, key, value = (self._heads(project(states)) for project in projections)
        seen = scaled_dot_product_attention(query, key, value, bias.to(query.dtype))
        seen = out(seen.transpose(1, 2).flatten(2))
        states = norm(states + self.dropout(seen))
        inner = layer["output"]["dense"](gelu(layer["intermediate"]["dense"](states)))
        normed: torch.Tensor = layer["output"]["LayerNorm"](states + self.dropout(inner))
        return normed

    def _heads(self, values: torch.Tensor) -> torch.Tensor:
        return values.view(*values.shape[:2], self.size.heads, -1).transpose(1, 2)


def _rows(count: int, width: int) -> Embedding:
    values = torch.empty(count, width)
    if not values.is_meta:  # for which torch imports its compiler, in a second
        torch.nn.init.normal_(values)
    return Embedding(count, width, _weight=values)


def _layer(size: Size) -> ModuleDict:
    width, wide = size.width, 4 * size.width

    def dense() -> Linear:
        return Linear(width, width)

    def norm() -> LayerNorm:
        return LayerNorm(width, size.epsilon)

    if size.near:
        attention = {"attn": ModuleDict({name: dense() for name in "qkvo"}), "LayerNorm": norm()}
    else:
        own = ModuleDict({name: dense() for name in ("query", "key", "value")})
        attention = {"self": own, "output": ModuleDict({"dense": dense(), "LayerNorm": norm()})}
    return ModuleDict(
        {
            "attention": ModuleDict(attention),
            "intermediate": ModuleDict({"dense": Linear(width, wide)}),
            "output": ModuleDict({"dense": Linear(wide, width), "LayerNorm": norm()}),
        }
    )


def _buckets(between: torch.Tensor, near: int) -> torch.Tensor:
    """Distances in tokens, half of them each way; the farther, the more share one."""
    half = near // 2
    exact, far = half // 2, between.abs()
    grown = torch.log(far.clamp(min=1) / exact) / math.log(_FARTHEST / exact) * (half - exact)
    beyond = (exact + grown.long()).clamp(max=half - 1)
    return (between > 0) * half + torch.where(far < exact, far, beyond)
