"""The networks of reader and judge: an encoder and two small heads each.

Importing it imports torch, which reader and judge put off until a network is made.
"""

from __future__ import annotations

from typing import Any

import torch

from rag.models.transformer import MINILM, Encoder, Size


class ReaderNetwork(torch.nn.Module):
    """Encoder and two small heads: three scores a token, two a first token.

    Attributes:
        shape: How question and passage are laid out for it.
        shared: So many first layers serve ends of another training too; 0 where there are none.
    """

    def __init__(self, shape: object, size: Size, shared: int) -> None:
        super().__init__()
        self.shape, self.shared = shape, shared
        self.encoder, width = Encoder(size), size.width
        self.token = torch.nn.Linear(width, 3)
        self.sentence = torch.nn.Linear(width, 1)
        self.none = torch.nn.Linear(width, 1)
        self.dropout = torch.nn.Dropout(0.1)

    def forward(
        self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor, members: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of no answer, (pairs,), of sentences, (pairs, sentences), and three a token.

        The arguments are those of `rag.models.reader.collate`.
        """
        return self.ended(self.begun(ids, types, mask), mask, members)

    def begun(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The states of the shared layers, (pairs, tokens, width)."""
        states: torch.Tensor = self.encoder.embedded(ids, types)
        begun: torch.Tensor = self.encoder.onwards(states, mask, slice(self.shared))
        return begun

    def ended(
        self, states: torch.Tensor, mask: torch.Tensor, members: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the other layers and the heads make of these states, as `forward`."""
        states = self.dropout(self.encoder.onwards(states, mask, slice(self.shared, None)))
        tokens = self.token(states).float()
        weights = members.to(states.dtype)
        counts = weights.sum(-1, keepdim=True).clamp(min=1)
        mean = self.sentence(torch.bmm(weights, states) / counts).squeeze(-1).float()
        inside = tokens.unsqueeze(1).masked_fill(~members.unsqueeze(-1), -1e4)
        best = inside.amax(2).sum(-1)
        scores = (mean + best).masked_fill(~members.any(-1), float("-inf"))
        none = self.none(states[:, 0]).squeeze(-1).float()
        return none, scores, tokens

    def stand_on(self, other: ReaderNetwork) -> None:
        """Take the shared layers, and what is below them, from another network."""
        own: Any = self.encoder
        shared: Any = other.encoder
        own.embeddings = shared.embeddings
        own.encoder["relative_attention_bias"] = shared.encoder["relative_attention_bias"]
        for place in range(self.shared):
            own.encoder["layer"][place] = shared.encoder["layer"][place]


class JudgeNetwork(torch.nn.Module):
    """Encoder and two small heads: one over the pair, one over each token of the claim."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, width = Encoder(MINILM), MINILM.width
        self.whole = torch.nn.Linear(2 * width, 1)
        self.token = torch.nn.Linear(width, 1)
        self.dropout = torch.nn.Dropout(0.1)

    def forward(
        self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor, claim: torch.Tensor
    ) -> torch.Tensor:
        """The logit of each pair, (pairs,), of the arguments of `rag.models.judge.collate`."""
        states = self.dropout(self.encoder(ids, types, mask))
        weights = claim.unsqueeze(-1).to(states.dtype)
        mean = (weights * states).sum(1) / weights.sum(1)
        whole = self.whole(torch.cat([states[:, 0], mean], 1)).squeeze(-1).float()
        lacking = self.token(states).squeeze(-1).float().masked_fill(~claim, -1e4)
        logit: torch.Tensor = whole - lacking.amax(1)
        return logit
