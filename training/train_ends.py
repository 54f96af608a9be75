"""Teach the large network's last layers what an article tells, and what it names and leaves out.

    python -m training.train_ends DATA --out build --for short|open [--leave-out h,m]

Ends for open questions, which the reader has, and ends for short answers, which were tried and are
not in use (docs/decisions/0018), are taught apart. The layers below `SHARED` stay as they are, so
that their states are made once: with two cores the whole takes half an hour to an hour. Of the
older sets the ends for open questions learn what is right, those for short answers, which knew
them, to say what they said before (Hinton et al. 2015, https://arxiv.org/abs/1503.02531); of these
a quarter is as it was (Wortsman et al. 2021, https://arxiv.org/abs/2109.01903).
Prints, of the authors left out and of half a of the benchmark of that name, AUROC of answered or
not and how often the best sentence answers, before and after.
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

from rag.models.reader import (
    BUNDLED_READER,
    LARGER,
    SHARED,
    collate,
    packed_network,
)
from training.ends_data import (
    KEPT,
    NEAR,
    SHORT,
    Example,
    near_examples,
    old_examples,
    one_other,
    open_examples,
    table_examples,
    unseen_examples,
)
from training.weights import load_reader, save_weights

OTHERS = 0.5  # share of the passages beside the point that an epoch sees
_BATCH, _READ = 8, 16  # passages a step, and those whose states are made together
_OF_WORDS, _OF_ODDS = 0.25, 0.1  # what words and odds weigh beside the shares of sentences
_FAR = 8.0  # odds beyond which it is all one
_AS_IT_WAS = 0.25  # share of the weights before in those for short answers
_WARM, _LEAST = 0.1, 0.02  # share of the steps in which the rate grows; the least share of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--for", dest="kind", choices=("short", "open"), required=True)
    parser.add_argument("--leave-out", default="", help="signs of authors to be scored on")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    out = options.leave_out.split(",")
    questions = SHORT if options.kind == "short" else NEAR
    near = list(near_examples(questions))
    learn = one_other([e for e in near if e.author not in out], random.Random(options.seed))
    kept: list[Example] = []
    if options.kind == "short":
        kept = [*old_examples(options.data, KEPT), *table_examples()]
    else:
        learn += [*old_examples(options.data), *open_examples(options.data)]
    scored = {name: [e for e in near if e.author == name] for name in filter(None, out)}
    scored["unseen"] = list(unseen_examples(questions))
    give_states([*learn, *kept, *(e for some in scored.values() for e in some)])
    network = load_reader(BUNDLED_READER / LARGER)
    network.eval()
    note_said(network, kept)
    report(network, scored)
    train(network, [*learn, *kept], options)
    if options.kind == "short":
        before = load_reader(BUNDLED_READER / LARGER).state_dict()
        for name, value in network.state_dict().items():
            value.lerp_(before[name], _AS_IT_WAS)
    report(network, scored)
    below = tuple(f"encoder.encoder.layer.{place}." for place in range(SHARED))
    shared = (*below, "encoder.embeddings", "encoder.encoder.relative")
    ends = {n: v for n, v in network.state_dict().items() if not n.startswith(shared)}
    save_weights(ends, options.out / f"{options.kind}.safetensors")


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


def scores(network: Any, batch: Sequence[Example]) -> tuple[Any, Any, Any, Any]:
    """What the network makes of the states of the layers below, and which tokens are of sentences.

    The logits of no answer, of each sentence, and of each token.
    """
    ids, _, mask, members = collate([e.pair for e in batch], network.shape)
    states = torch.zeros(*ids.shape, network.encoder.size.width)
    for row, one in enumerate(batch):
        states[row, : len(one.pair.ids)] = one.states.float()
    return *network.ended(states, mask, members), members.any(1)


def note_said(network: Any, examples: Sequence[Example]) -> None:
    """Note what the network says of passages before it learns."""
    with torch.inference_mode():
        for batch in _alike(examples, _READ):
            none, sentences, tokens, _ = scores(network, batch)
            for row, one in enumerate(batch):
                some, length = len(one.pair.sentences), len(one.pair.ids)
                values = none[row], sentences[row, :some], tokens[row, :length, :2]
                one.said = tuple(value.clone() for value in values)


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
    """The mean loss: cross-entropy with what is right, or with what was said before."""
    none, sentences, tokens, inside = scores(network, batch)
    missed = []
    for row, one in enumerate(batch):
        logits = torch.cat([none[row : row + 1], sentences[row, : len(one.pair.sentences)]])
        own, length = inside[row, : len(one.pair.ids)], len(one.pair.ids)
        ends = tokens[row, :length, :2].masked_fill(~own.unsqueeze(1), -1e4)
        missed.append(_unlike(one, logits, ends) if one.said else _wrong(one, logits, ends))
    return torch.stack(missed).mean()


def _wrong(one: Example, logits: Any, ends: Any) -> Any:
    """Cross-entropy over {no answer, each sentence}: of each that answers, and of any of them.

    A quarter of that of the first and the last token of the answer, where it is known.
    """
    gold = torch.log_softmax(logits, 0)[[i + 1 for i in one.gold] or [0]]
    loss = -(gold.mean() + torch.logsumexp(gold, 0)) / 2
    words = one.answer
    offsets = enumerate(one.pair.offsets)
    at = [i for i, o in offsets if words and o.end and o.start < words.end and words.start < o.end]
    if at and (ends[[at[0], at[-1]]] > -1e4).all():
        for end, place in enumerate((at[0], at[-1])):
            loss = loss - _OF_WORDS * torch.log_softmax(ends[:, end], 0)[place]
    return loss


def _unlike(one: Example, logits: Any, ends: Any) -> Any:
    """How far the shares of {no answer, each sentence}, the odds and the words are from before."""
    none, sentences, tokens = one.said
    loss = _divergence(torch.cat([none[None], sentences]), logits)
    before = torch.logsumexp(sentences, 0) - none
    now = torch.logsumexp(logits[1:], 0) - logits[0]
    odds = torch.nn.functional.smooth_l1_loss(now.clamp(-_FAR, _FAR), before.clamp(-_FAR, _FAR))
    loss = loss + _OF_ODDS * odds
    if before > 0 and (inside := ends[:, 0] > -1e4).any():
        words = [_divergence(tokens[inside, end], ends[inside, end]) for end in (0, 1)]
        loss = loss + _OF_WORDS * sum(words)
    return loss


def _divergence(before: Any, now: Any) -> Any:
    """Of Kullback and Leibler, over the logits that are finite."""
    known = torch.isfinite(before)
    was, is_ = torch.log_softmax(before, 0)[known], torch.log_softmax(now, 0)[known]
    return (was.exp() * (was - is_)).sum()


def report(network: Any, scored: dict[str, list[Example]]) -> None:
    """Print AUROC of answered or not, each question by its best passage, and what it finds."""
    for name, examples in scored.items():
        best: dict[str, tuple[float, bool, bool]] = {}
        with torch.inference_mode():
            for batch in _alike(examples, _READ):
                none, sentences, *_ = scores(network, batch)
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
