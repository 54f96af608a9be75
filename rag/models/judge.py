"""Premise and claim to the probability that the premise entails the claim.

One encoder pass a pair, the claim first. The logit is the whole pair's score less that of the
claim's least supported token, since one wrong word makes a claim false. Owns the layout; knows
nothing of where the sentences come from, nor of thresholds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import ModelError
from rag.models.encoder import load_tokenizer, load_weights
from rag.models.spelling import spelt_alike

if TYPE_CHECKING:
    import torch

BUNDLED_JUDGE = Path(__file__).parent / "judge"
LONGEST = 320  # tokens of claim and premise together; more of a premise is cut at its end
LONGEST_CLAIM = 128  # tokens; half of a longer claim would be judged for the whole
_BATCH = 16


class Judge(Protocol):
    """Says how likely premises entail claims."""

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """A probability, 0 to 1, for each (premise, claim), in order.

        A premise is one sentence or a few, with the article's title and ". " before them or not.
        """
        ...


class EncoderJudge:
    """The `Judge` that comes with the install; safe to share between threads.

    Raises:
        ModelError: The model's files are missing or broken.
    """

    def __init__(self, folder: Path = BUNDLED_JUDGE) -> None:
        try:
            self._network = load_network(folder)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"The judge in {folder} is missing or broken. Install Quoth again."
            ) from error
        self._tokenizer = load_tokenizer()
        self._lock = threading.Lock()

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """As in `Judge`; 0 for a claim without words and for one of over `LONGEST_CLAIM` tokens."""
        import torch

        found = [0.0] * len(pairs)
        encoded = [encode(self._tokenizer, premise, claim) for premise, claim in pairs]
        for rows in _batches(encoded):
            batch = [pair for row in rows if (pair := encoded[row]) is not None]
            with self._lock, torch.inference_mode():
                likely = torch.sigmoid(self._network(*collate(batch))).tolist()
            for row, probability in zip(rows, likely, strict=True):
                found[row] = probability
        return found


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """Token ids of one pair, and how many of them are the claim's, after the first."""

    ids: list[int]
    claim: int


def encode(tokenizer: Any, premise: str, claim: str) -> EncodedPair | None:
    """Lay out `[CLS] claim [SEP] premise [SEP]`, figures and dates in one spelling.

    `None` for a claim that cannot be judged.
    """
    premise, claim = spelt_alike(premise, claim)
    said = tokenizer.encode(claim, add_special_tokens=False).ids
    if not said or len(said) > LONGEST_CLAIM:
        return None
    held = tokenizer.encode(premise, add_special_tokens=False).ids
    start, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    ids = [start, *said, sep, *held[: LONGEST - len(said) - 3], sep]
    return EncodedPair(ids, len(said))


def _batches(encoded: Sequence[EncodedPair | None]) -> Iterator[list[int]]:
    """Rows of pairs of similar length, since the longest of a batch sets its cost."""
    rows = [(len(pair.ids), row) for row, pair in enumerate(encoded) if pair is not None]
    ordered = [row for _, row in sorted(rows)]
    yield from (ordered[i : i + _BATCH] for i in range(0, len(ordered), _BATCH))


def collate(pairs: Sequence[EncodedPair]) -> tuple[torch.Tensor, ...]:
    """Pad pairs to (ids, types, mask, claim), each (pairs, tokens); claim marks its own tokens."""
    import torch

    length = max(len(pair.ids) for pair in pairs)
    ids = torch.zeros(len(pairs), length, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    claim = torch.zeros(len(pairs), length, dtype=torch.bool)
    for row, pair in enumerate(pairs):
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        types[row, pair.claim + 2 : len(pair.ids)] = 1
        mask[row, : len(pair.ids)] = 1
        claim[row, 1 : pair.claim + 1] = True
    return ids, types, mask, claim


def build_network() -> Any:
    """The untrained network around the encoder of all-MiniLM-L6-v2."""
    from rag.models.network import JudgeNetwork

    return JudgeNetwork()


def load_network(folder: Path) -> Any:
    """Read the weights back into a network that is ready to use."""
    return load_weights(build_network(), folder / "judge.safetensors")
