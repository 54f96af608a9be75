"""Teach the large network's last layers open questions and what an article does not tell.

    python -m training.train_ends DATA --out build [--leave-out h,m]

The layers below `SHARED` stay as they are, so that their states are made once: with two cores the
whole takes an hour. Prints, of the authors left out and of half a of `benchmarks/near.jsonl`,
AUROC of answered or not and how often the best sentence answers, before and after.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score
from torch.nn.attention import SDPBackend, sdpa_kernel

from rag.models.encoder import save_weights
from rag.models.reader import (
    BUNDLED_READER,
    ENDS,
    LARGER,
    SHARED,
    collate,
    load_network,
    packed_network,
)
from training.ends_data import (
    Example,
    near_examples,
    old_examples,
    one_other,
    open_examples,
    unseen_examples,
)

OTHERS = 0.5  # share of the passages beside the point that an epoch sees
_BATCH, _READ = 8, 16  # passages a step, and those whose states are made together
_WARM, _LEAST = 0.1, 0.02  # share of the steps in which the rate grows; the least share of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--leave-out", default="", help="letters of authors to be scored on")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    out = options.leave_out.split(",")
    near = list(near_examples())
    learn = one_other([e for e in near if e.author not in out], random.Random(options.seed))
    learn += [*old_examples(options.data), *open_examples(options.data)]
    scored = {name: [e for e in near if e.author == name] for name in filter(None, out)}
    scored["unseen"] = list(unseen_examples())
    give_states([*learn, *(e for some in scored.values() for e in some)])
    network = load_network(BUNDLED_READER / LARGER)
    report(network, scored)
    train(network, learn, options)
    report(network, scored)
    below = tuple(f"encoder.encoder.layer.{place}." for place in range(SHARED))
    shared = (*below, "encoder.embeddings", "encoder.encoder.relative")
    ends = {n: v for n, v in network.state_dict().items() if not n.startswith(shared)}
    save_weights(ends, options.out / ENDS)


def give_states(examples: Sequence[Example]) -> None:
    """Make what the layers below give, by the network as it reads in use."""
    network = packed_network(BUNDLED_READER / LARGER)
    with torch.inference_mode():
        for number, batch in enumerate(_alike(examples, _READ)):
            ids, types, mask, _ = collate([e.pair for e in batch], network.shape)
            states = network.begun(ids, types, mask)
            for one, kept in zip(batch, states, strict=True):
                one.states = kept[: len(one.pair.ids)].half().clone()
            if number % 50 == 0:
                print(json.dumps({"states": number * _READ, "of": len(examples)}), flush=True)


def _alike(examples: Sequence[Example], size: int) -> Iterator[list[Example]]:
    """Batches of examples of similar length."""
    order = sorted(examples, key=lambda e: len(e.pair.ids))
    for at in range(0, len(order), size):
        yield order[at : at + size]


def scores(network: Any, batch: Sequence[Example]) -> tuple[Any, Any]:
    """The logits of no answer and of each sentence, from the states of the layers below."""
    ids, _, mask, members = collate([e.pair for e in batch], network.shape)
    states = torch.zeros(*ids.shape, network.encoder.size.width)
    for row, one in enumerate(batch):
        states[row, : len(one.pair.ids)] = one.states.float()
    none, sentences, _ = network.ended(states, mask, members)
    return none, sentences


def train(network: Any, examples: Sequence[Example], options: argparse.Namespace) -> None:
    """Minimise the loss over the layers above and the heads; linear warm-up and decay."""
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    network.requires_grad_(False)
    learning = [*network.encoder.encoder["layer"][SHARED:].parameters()]
    learning += [p for n, p in network.named_parameters() if not n.startswith("encoder.")]
    for parameter in learning:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(learning, lr=options.rate, weight_decay=0.01)
    batches = [b for _ in range(options.epochs) for b in _epoch(examples, rng)]
    steps, began, seen = len(batches), time.monotonic(), 0.0
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda s: min((s + 1) / (_WARM * steps), max(_LEAST, (steps - s) / ((1 - _WARM) * steps))),
    )
    network.train()
    with sdpa_kernel(SDPBackend.MATH):  # as in `training.train_reader`
        for step, batch in enumerate(batches, 1):
            loss = _loss(network, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learning, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            seen += loss.item()
            if step % 50 == 0:
                told = {"step": step, "of": steps, "loss": round(seen / 50, 3)}
                print(json.dumps(told | {"s": round(time.monotonic() - began)}), flush=True)
                seen = 0.0
    network.eval()


def _epoch(examples: Sequence[Example], rng: random.Random) -> list[list[Example]]:
    taken = [e for e in examples if e.near or rng.random() < OTHERS]
    rng.shuffle(taken)  # those of one length stand in another order each time
    batches = list(_alike(taken, _BATCH))
    rng.shuffle(batches)
    return batches


def _loss(network: Any, batch: Sequence[Example]) -> Any:
    """Cross-entropy over {no answer, each sentence}: of each that answers, and of any of them."""
    none, sentences = scores(network, batch)
    logs = torch.log_softmax(torch.cat([none.unsqueeze(1), sentences], 1), 1)
    missed = []
    for row, one in enumerate(batch):
        gold = logs[row, [i + 1 for i in one.gold] or [0]]
        missed.append(-(gold.mean() + torch.logsumexp(gold, 0)) / 2)
    return torch.stack(missed).mean()


def report(network: Any, scored: dict[str, list[Example]]) -> None:
    """Print AUROC of answered or not, each question by its best passage, and what it finds."""
    for name, examples in scored.items():
        best: dict[str, tuple[float, bool, bool]] = {}
        with torch.inference_mode():
            for batch in _alike(examples, _READ):
                none, sentences = scores(network, batch)
                odds = (torch.logsumexp(sentences, 1) - none).tolist()
                for one, value, first in zip(batch, odds, sentences.argmax(1), strict=True):
                    found = value, one.answerable, int(first) in one.gold
                    best[one.question] = max(found, best.get(one.question, found))
        values, answers, hits = zip(*best.values(), strict=True)
        right = [hit for hit, answer in zip(hits, answers, strict=True) if answer]
        told = {"of": name, "auroc": round(roc_auc_score(answers, values), 3)}
        print(json.dumps(told | {"best": round(sum(right) / len(right), 3)}), flush=True)


if __name__ == "__main__":
    main()
