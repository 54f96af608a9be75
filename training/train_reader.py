"""Train the reader from the bundled all-MiniLM-L6-v2, or further from an earlier one.

    python -m training.train_reader DATA --sets xquad,selqa,qed --out build/first
    python -m training.train_reader DATA --start build/first --leave-out 0 --out build/without-0

The second step adds squad and clapnq. `--leave-out 0` trains without the first of two folds of
their documents, `--leave-out 1` without the second; `training.average_readers` makes one of the
two, and `training.crossfit` scores each on the fold that it did not see.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

from rag.models.embedder import bundled_folder
from rag.models.reader import (
    Encoded,
    build_network,
    collate,
    encode,
    load_network,
    load_tokenizer,
    save_network,
)
from training.reader_data import Pair, fold, held_out, pairs, shared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default="xquad,selqa,qed,squad,clapnq")
    parser.add_argument(
        "--apart-from", default="squad,clapnq,mtrag-un", help="sets to be scored on"
    )
    parser.add_argument("--leave-out", type=int, choices=(0, 1), help="a fold of the scored sets")
    parser.add_argument("--start", type=Path, help="an earlier reader to go on from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=10**9, help="questions of each other set")
    parser.add_argument("--minutes", type=float, default=600, help="stop and save after so long")
    options = parser.parse_args()
    sets, scored = options.sets.split(","), options.apart_from.split(",")
    data: list[Pair] = []
    for name in sets:
        skip = _skipped(name, options)
        most = 10**9 if name in scored else options.most
        data.extend(pairs(options.data / name, seed=options.seed, most=most, skip=skip))
    answered = sum(bool(p.gold) for p in data)
    print(f"{len(data)} pairs, {answered} with an answer", flush=True)
    network = train(data, options)
    facts = {
        "encoder": "all-MiniLM-L6-v2",
        "sets": sets,
        "apart_from": scored,
        "left_out": options.leave_out,
        "most": options.most,
        "start": options.start.name if options.start else None,
        "pairs": len(data),
        "pairs_with_answer": answered,
        "epochs": options.epochs,
        "rate": options.rate,
        "batch": options.batch,
        "seed": options.seed,
    }
    save_network(network, options.out, facts)


def _skipped(name: str, options: argparse.Namespace) -> frozenset[str]:
    """The documents of a set that this training must not see."""
    scored = options.apart_from.split(",")
    if name not in scored:
        return shared(options.data, name, scored) | held_out(options.data, name)
    out = options.leave_out
    return frozenset() if out is None else fold(options.data, name, out)


def train(data: list[Pair], options: argparse.Namespace) -> Any:
    """Minimise the loss over the pairs; bf16 autocast, linear warm-up and decay."""
    import torch
    from safetensors.torch import load_file

    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    if options.start:
        network = load_network(options.start)
    else:
        network = build_network()
        weights = load_file(bundled_folder() / "model.safetensors")
        missing = network.encoder.load_state_dict(weights, strict=False).missing_keys
        assert not missing, missing
    tokenizer = load_tokenizer()
    encoded = [encode(tokenizer, p.question, p.title, p.text, p.sentences) for p in data]
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, weight_decay=0.01)
    per_epoch = -(-len(data) // options.batch)
    steps = per_epoch * options.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / (0.08 * steps), max(0.02, (steps - s) / (0.92 * steps)))
    )
    began, step, seen = time.monotonic(), 0, 0.0
    for _epoch in range(options.epochs):
        for batch in _batches(encoded, options.batch, rng):
            network.train()
            with torch.autocast("cpu", torch.bfloat16):
                loss = _loss(network, [encoded[i] for i in batch], [data[i] for i in batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            seen = 0.98 * seen + 0.02 * loss.item()
            step += 1
            if step % 25 == 0:
                spent = time.monotonic() - began
                print(
                    json.dumps(
                        {"step": step, "of": steps, "loss": round(seen, 3), "s": round(spent)}
                    ),
                    flush=True,
                )
            if time.monotonic() - began > 60 * options.minutes:
                return network.eval()
    return network.eval()


def _batches(encoded: list[Encoded], size: int, rng: random.Random) -> list[list[int]]:
    """Batches of similar length, in random order."""
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids) + 16 * rng.random())
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches


def _loss(network: Any, encoded: list[Encoded], data: list[Pair]) -> Any:
    """Cross-entropy over {no answer, each sentence}, plus start and end where they are known."""
    import torch

    ids, types, mask, members = collate(encoded)
    none, sentences, tokens = network(ids, types, mask, members)
    scores = torch.cat([none.unsqueeze(1), sentences], 1)
    gold = torch.zeros_like(scores, dtype=torch.bool)
    for row, pair in enumerate(data):
        fits = [i for i in pair.gold if encoded[row].sentences[i].end]
        for index in fits or [-1]:
            gold[row, index + 1] = True
    log = torch.log_softmax(scores, 1)
    loss = -torch.logsumexp(log.masked_fill(~gold, float("-inf")), 1).mean()
    spans = torch.zeros(len(data), 2, dtype=torch.long)
    known = torch.zeros(len(data), dtype=torch.bool)
    for row, pair in enumerate(data):
        if pair.span is not None:
            inside = [
                i
                for i, o in enumerate(encoded[row].offsets)
                if o.end and o.start < pair.span.end and pair.span.start < o.end
            ]
            if inside and members[row, :, [inside[0], inside[-1]]].any(0).all():
                spans[row] = torch.tensor([inside[0], inside[-1]])
                known[row] = True
    if known.any():
        outside = ~members.any(1)
        for end in (0, 1):
            logits = tokens[..., end].masked_fill(outside, -1e4)[known]
            loss = loss + 0.25 * torch.nn.functional.cross_entropy(logits, spans[known][:, end])
    return loss


if __name__ == "__main__":
    main()
