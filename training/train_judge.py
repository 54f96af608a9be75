"""Train the judge from the encoder of a reader, or further from an earlier judge.

    python -m training.train_judge DATA --reader READER_FOLDER --out rag/models/judge
    python -m training.train_judge DATA --start build/judge --seed 1 --out build/judge-2

Every tenth document of each set is left out, to measure on and to choose the threshold by
(`benchmarks/judge.py --held-out DATA`).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from rag.models.encoder import load_tokenizer
from rag.models.judge import EncodedPair, build_network, collate, encode, load_network
from rag.models.reader import BUNDLED_READER, EncoderReader
from training.judge_data import groups
from training.reader_data import held_out
from training.scenes import Example, Group
from training.weights import load_reader, save_network

SETS = "squad,xquad,qed,clapnq,selqa"
LEFT_OUT = 0.1
_APART = 0.5  # weight of telling a group's true from its false, beside each by itself

Row = tuple[int, Example, EncodedPair]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--most", default="2000", help="groups of each set, one for all or each")
    parser.add_argument("--reader", type=Path, default=BUNDLED_READER, help="its encoder starts")
    parser.add_argument("--start", type=Path, help="an earlier judge to go on from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, help="kept there, or read from there")
    parser.add_argument("--tokens", type=int, default=2400, help="tokens a step, at the most")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=600, help="the rate falls to 0 by then")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    made = _kept(options)
    kinds = Counter((e.kind, e.entailed) for group in made for e in group)
    true = sum(count for (_, entailed), count in kinds.items() if entailed)
    facts: dict[str, object] = {
        "encoder": "all-MiniLM-L6-v2",
        "sets": options.sets.split(","),
        "most": options.most,
        "start": options.start.name if options.start else "reader",
        "groups": len(made),
        "pairs": sum(kinds.values()),
        "entailed": true,
        "rate": options.rate,
        "tokens": options.tokens,
        "seed": options.seed,
    }
    print(json.dumps(facts), flush=True)
    print(*(f"{n} {k} {e}" for (k, e), n in sorted(kinds.items())), sep="\n", flush=True)
    network = _start(options)
    facts["steps"] = train(network, made, options)
    save_network(network, options.out / "judge.safetensors", facts)


def _kept(options: argparse.Namespace) -> list[Group]:
    """The groups made anew, or those that an earlier training kept."""
    if options.pairs and options.pairs.exists():
        with options.pairs.open(encoding="utf-8") as file:
            return [tuple(Example(*row) for row in json.loads(line)) for line in file]
    made = _groups(options)
    if options.pairs:
        with options.pairs.open("w", encoding="utf-8") as file:
            for group in made:
                file.write(json.dumps([astuple(example) for example in group]) + "\n")
    return made


def _groups(options: argparse.Namespace) -> list[Group]:
    reader, found = EncoderReader(options.reader), []
    sets, most = options.sets.split(","), options.most.split(",")
    for name, count in zip(sets, most * len(sets) if len(most) == 1 else most, strict=True):
        skip = held_out(options.data, name, LEFT_OUT)
        of = {"most": int(count), "seed": options.seed, "skip": skip, "reader": reader}
        began = time.monotonic()
        found += list(groups(options.data / name, **of))
        print(f"{name}: {len(found)} groups so far, {time.monotonic() - began:.0f} s", flush=True)
    return found


def _start(options: argparse.Namespace) -> Any:
    if options.start:
        return load_network(options.start)
    network = build_network()
    network.encoder.load_state_dict(load_reader(options.reader).encoder.state_dict())
    return network


def train(network: Any, made: Sequence[Group], options: argparse.Namespace) -> int:
    """One pass over the groups; bf16 autocast; the rate warms up, then falls with the clock."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    torch.manual_seed(options.seed)
    for module in network.modules():  # no pair comes twice, and dropping costs a third of a step
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    network.encoder.embeddings["word_embeddings"].requires_grad_(False)  # half of all the weights
    batches = _batches(made, load_tokenizer(), options.tokens, random.Random(options.seed))
    heads = [p for name, p in network.named_parameters() if not name.startswith("encoder.")]
    body = [p for p in network.encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": body, "peak": options.rate},
            {"params": heads, "peak": 5 * options.rate},
        ],
        lr=options.rate,
        weight_decay=0.01,
        fused=True,
    )
    network.train()
    warm = min(100, len(batches) / 10)
    began, seen, right = time.monotonic(), 0.7, 0.5
    for step, batch in enumerate(batches, 1):
        spent = (time.monotonic() - began) / 60
        left = 1 - max(step / len(batches), spent / options.minutes)
        if left <= 0:
            break
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(step / warm, max(left, 0.02))
        # A quarter quicker on a processor than the fused attention, whose way back is slow.
        with sdpa_kernel(SDPBackend.MATH), torch.autocast("cpu", torch.bfloat16):
            logits = network(*collate([encoded for _, _, encoded in batch]))
        loss = _loss(logits, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        label = torch.tensor([example.entailed for _, example, _ in batch])
        right = 0.98 * right + 0.02 * ((logits > 0) == label).float().mean().item()
        seen = 0.98 * seen + 0.02 * loss.item()
        if step % 50 == 0:
            told = {"step": step, "of": len(batches), "loss": round(seen, 3)}
            print(
                json.dumps({**told, "right": round(right, 3), "min": round(spent, 1)}), flush=True
            )
    network.eval()
    return step


def _batches(
    made: Sequence[Group], tokenizer: Any, tokens: int, rng: random.Random
) -> list[list[Row]]:
    """Batches of whole groups of similar length, in random order."""
    rows: list[tuple[int, list[Row]]] = []
    for number, group in enumerate(made):
        own = [(number, e, code) for e in group if (code := encode(tokenizer, e.premise, e.claim))]
        if own:
            rows.append((max(len(code.ids) for _, _, code in own), own))
    rows.sort(key=lambda row: row[0] + 16 * rng.random())
    batches: list[list[Row]] = [[]]
    longest = 0
    for length, own in rows:
        longest = max(longest, length)
        if batches[-1] and longest * (len(batches[-1]) + len(own)) > tokens:
            batches.append([])
            longest = length
        batches[-1] += own
    rng.shuffle(batches)
    return batches


def _loss(logits: Any, batch: Sequence[Row]) -> Any:
    """Each pair by itself, and each group's true pairs above its false ones."""
    import torch

    label = torch.tensor([example.entailed for _, example, _ in batch])
    group = torch.tensor([number for number, _, _ in batch])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, label.float())
    ranked = label.unsqueeze(1) & ~label & (group.unsqueeze(1) == group)
    if not ranked.any():
        return loss
    behind = logits.unsqueeze(0) - logits.unsqueeze(1)  # [true, false]: false above true
    return loss + _APART * torch.nn.functional.softplus(behind[ranked]).mean()


if __name__ == "__main__":
    main()
