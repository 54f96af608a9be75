"""Teach the model that writes to answer as it is asked here, to tell what is not told, to check.

    python -m training.train_writer DATA --out build/taught.gguf [--minutes 54] [--leave-out h,m]
                                         [--start EARLIER.gguf] [--seed 0]

Needs `pip install accelerate==1.15.0` too, by which transformers reads the model's file.

A low-rank adapter (Hu et al. 2021, https://arxiv.org/abs/2106.09685) of its upper layers, on the
weights as the GGUF file has them; what it learns from stands in `training/writer_data.py`. What
several requests have in common is computed once: they follow it side by side, each of which sees
only itself and what is common. A processor with AMX takes about 110 tokens a second on two cores;
the learning rate falls with the clock.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from rag.models.catalogue import WRITER_PARTS
from rag.models.llamacpp import frame_of, tokenize
from training.sheets import Example
from training.writer_data import examples

RANK, ALPHA, FROM = 16, 32, 10  # of the adapter; the first layer that has one
RATE, MINUTES = 2.5e-4, 54.0
_TOGETHER = 2  # examples a step
_LONGEST = 1900  # tokens of an example
_ODDS = 8.0  # what a yes or no weighs beside a token of an answer
_NAMES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}


class LowRank(nn.Module):
    """A linear layer beside which a product of two small ones is learned."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(RANK, base.in_features) / math.sqrt(base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        small = functional.linear(x, self.a.to(x.dtype))
        scaled = (self.b * (ALPHA / RANK)).to(x.dtype)
        return self.base(x) + functional.linear(small, scaled)  # type: ignore[no-any-return]


Laid = tuple[list[int], list[int], float, bool]


@dataclass(frozen=True, slots=True)
class Tokens:
    """An example for the network: tokens, places, which see which, and what is to follow where."""

    ids: torch.Tensor
    places: torch.Tensor
    seen: torch.Tensor
    at: torch.Tensor
    follows: torch.Tensor
    weight: torch.Tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/taught.gguf"))
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--leave-out", default="")
    parser.add_argument("--start", type=Path, help="an earlier one to go on from")
    parser.add_argument("--seed", type=int, default=0, help="another order of the examples")
    options = parser.parse_args()
    file = WRITER_PARTS.found
    if file is None:
        parser.error("the model that writes is not here; python -m rag model fetches it")
    some = examples(options.data, options.leave_out.split(","))
    made = laid_out(some, file)
    network = load(file)
    taught = adapt(network)
    if options.start:
        go_on_from(options.start, taught)
    train(network, taught, made, minutes=options.minutes, seed=options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save(taught, options.out)


def load(file: Path) -> Any:
    """The model of a GGUF file as a network that is not changed."""
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.bfloat16
    )
    network.requires_grad_(False)
    return network


def adapt(network: Any) -> dict[str, LowRank]:
    """Put something to learn beside the layers; by their names in a GGUF file."""
    found = {}
    for number, layer in list(enumerate(network.model.layers))[FROM:]:
        for part in (layer.self_attn, layer.mlp):
            for name, called in _NAMES.items():
                if hasattr(part, name):
                    beside = LowRank(getattr(part, name))
                    setattr(part, name, beside)
                    found[f"blk.{number}.{called}.weight"] = beside
    return found


def laid_out(some: Sequence[Example], file: Path) -> list[Tokens]:
    """Examples in tokens, as the program puts them to the model."""
    from llama_cpp import Llama

    llama = Llama(str(file), vocab_only=True, verbose=False)
    before, then, after = frame_of(llama)
    end = tokenize(llama, "<|im_end|>", special=True)
    made = []
    for one in some:
        common = [*before, *tokenize(llama, one.head), *then, *tokenize(llama, one.before)]
        branches: list[Laid] = []
        for branch in one.branches:
            asked = tokenize(llama, branch.request) + after
            if branch.letters:
                letters = [tokenize(llama, letter)[0] for letter in branch.reply]
                branches.append((asked, letters, _ODDS / len(letters), True))
                continue
            said = tokenize(llama, branch.reply) + (end if branch.text else [])
            branches.append((asked, said, 1.0 if branch.text else _ODDS, False))
        made.append(side_by_side(common, branches))
    return made


def side_by_side(common: Sequence[int], branches: Sequence[Laid]) -> Tokens:
    """What is common, and after it each branch as if it were alone; whole ones, as many as fit.

    A branch is what is asked, what follows, what a token of it weighs, and whether each of these
    tokens may follow, in place of all of them one after the other.
    """
    ids, places, of = list(common), list(range(len(common))), [0] * len(common)
    at, follows, weight = list[int](), list[int](), list[float]()
    for number, (asked, said, weighs, any_of) in enumerate(branches, 1):
        if len(ids) + len(asked) + len(said) > _LONGEST:
            break
        begins = len(ids) + len(asked) - 1
        ids += asked if any_of else asked + said[:-1]
        of += [number] * (len(ids) - len(of))
        places += range(len(common), len(common) + len(ids) - len(places))
        at += [begins] * len(said) if any_of else range(begins, begins + len(said))
        follows += said
        weight += [weighs] * len(said)
    whose, order = torch.tensor(of), torch.arange(len(ids))
    alike = (whose[:, None] == whose[None, :]) | (whose[None, :] == 0)
    seen = alike & (order[:, None] >= order[None, :])
    return Tokens(
        torch.tensor([ids]),
        torch.tensor([places]),
        seen[None, None],
        torch.tensor(at),
        torch.tensor(follows),
        torch.tensor(weight),
    )


def loss_of(network: Any, one: Tokens) -> torch.Tensor:
    """How unlikely what follows is, a token."""
    states = network.model(
        input_ids=one.ids, position_ids=one.places, attention_mask=one.seen, use_cache=False
    ).last_hidden_state[0]
    logits = functional.linear(states[one.at], network.lm_head.weight).float()
    return functional.cross_entropy(logits, one.follows, reduction="none")


def train(
    network: Any,
    taught: Mapping[str, LowRank],
    made: Sequence[Tokens],
    *,
    minutes: float,
    seed: int,
) -> None:
    """One pass over the examples, or as many of them as there is time for."""
    learned = [weight for beside in taught.values() for weight in (beside.a, beside.b)]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.0, betas=(0.9, 0.99))
    order, began = list(range(len(made))), time.monotonic()
    random.Random(seed).shuffle(order)
    network.train()
    for step, place in enumerate(order):
        done = max((time.monotonic() - began) / (60 * minutes), step / len(order))
        if done >= 1:
            break
        falling = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / 20) * falling
        one = made[place]
        losses = loss_of(network, one)
        ((losses * one.weight).sum() / 150 / _TOGETHER).backward()
        if step % _TOGETHER == _TOGETHER - 1:
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimizer.step()
            optimizer.zero_grad()
        if step % 50 == 49:
            seconds = time.monotonic() - began
            print(f"{step + 1} of {len(order)}, {losses.mean():.2f}, {seconds:.0f} s", flush=True)


def go_on_from(file: Path, taught: Mapping[str, LowRank]) -> None:
    """Take over what was learned before."""
    from gguf import GGUFReader

    kept = {tensor.name: torch.tensor(tensor.data).float() for tensor in GGUFReader(file).tensors}
    for name, beside in taught.items():
        beside.a.data.copy_(kept[f"{name}.lora_a"])
        beside.b.data.copy_(kept[f"{name}.lora_b"])


def save(taught: Mapping[str, LowRank], file: Path, model: str = "qwen2") -> None:
    """Write an adapter as llama.cpp reads it, in half precision; `model` is the kind of network."""
    from gguf import GGUFWriter

    writer = GGUFWriter(str(file), model)
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(ALPHA))
    for name, beside in taught.items():
        for part, weight in (("lora_a", beside.a), ("lora_b", beside.b)):
            writer.add_tensor(f"{name}.{part}", weight.detach().to(torch.float16).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
