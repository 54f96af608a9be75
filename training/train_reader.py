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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.models.embedder import bundled_folder
from rag.models.encoder import load_tokenizer
from rag.models.reader import WEIGHTS, Encoded, build_network, collate, encode
from training.contrasts import Contrasts, bundles, paired
from training.reader_data import Pair, fold, groups, held_out, names_in, shared
from training.weights import load_reader, save_network
from training.wordnet import WordNet

Asking = tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs that are read together: an asking, or a bundle of pairs to be ranked."""

    pairs: tuple[Pair, ...]
    ranked: bool


Read = tuple[Group, list[Encoded]]


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
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=6, help="askings a step")
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=10**9, help="questions of each other set")
    parser.add_argument(
        "--contrasts", type=int, default=0, help="make bundles of so many questions of each set"
    )
    parser.add_argument("--minutes", type=float, default=600, help="stop and save after so long")
    options = parser.parse_args()
    sets, scored = options.sets.split(","), options.apart_from.split(",")
    contrasts = Contrasts(WordNet()) if options.contrasts else None
    epochs = [_groups(options, contrasts, epoch) for epoch in range(options.epochs)]
    askings = sum(not g.ranked for epoch in epochs for g in epoch)
    ranked = sum(g.ranked for epoch in epochs for g in epoch)
    pairs = sum(len(g.pairs) for epoch in epochs for g in epoch)
    answered = sum(any(p.gold for p in g.pairs) for e in epochs for g in e if not g.ranked)
    print(f"{askings} askings, {answered} with an answer", flush=True)
    print(f"{ranked} bundles; {pairs} pairs in all", flush=True)
    network = train(epochs, options)
    facts = {
        "encoder": "all-MiniLM-L6-v2",
        "sets": sets,
        "apart_from": scored,
        "left_out": options.leave_out,
        "most": options.most,
        "contrasts": options.contrasts,
        "start": options.start.name if options.start else None,
        "askings": askings,
        "askings_with_answer": answered,
        "bundles": ranked,
        "epochs": options.epochs,
        "rate": options.rate,
        "batch": options.batch,
        "seed": options.seed,
    }
    save_network(network, options.out / WEIGHTS, facts)


def _groups(options: argparse.Namespace, contrasts: Contrasts | None, epoch: int) -> list[Group]:
    """The askings of an epoch and, where they are wanted, its bundles."""
    found: list[Group] = []
    for name in options.sets.split(","):
        whole = name in options.apart_from.split(",")
        of = {"seed": options.seed + epoch, "skip": _skipped(name, options)}
        folder, most = options.data / name, 10**9 if whole else options.most
        askings = list(groups(folder, most=most, **of))
        found.extend(Group(asking, ranked=False) for asking in askings)
        if contrasts is None:
            continue
        if most < options.contrasts:
            askings = list(groups(folder, most=options.contrasts, **of))
        found.extend(_ranked(askings, contrasts, random.Random(of["seed"])))
    return found


def _skipped(name: str, options: argparse.Namespace) -> frozenset[str]:
    """The documents of a set that this training must not see."""
    scored = options.apart_from.split(",")
    if name not in scored:
        return shared(options.data, name, scored) | held_out(options.data, name)
    out = options.leave_out
    return frozenset() if out is None else fold(options.data, name, out)


def _ranked(askings: Sequence[Asking], contrasts: Contrasts, rng: random.Random) -> list[Group]:
    """Bundles made from what answers, and those of the sets' own unanswerable questions."""
    answering = [a[0] for a in askings if a[0].gold]
    names = [name for pair in answering for name in names_in(pair.question)]
    found = list(bundles(answering, contrasts, names, rng))
    own = [b for a in askings if not a[0].gold and (b := paired(a[0], answering))]
    return [Group(bundle, ranked=True) for bundle in [*found, *own]]


def train(epochs: Sequence[Sequence[Group]], options: argparse.Namespace) -> Any:
    """Minimise the loss over the askings; bf16 autocast, linear warm-up and decay."""
    import torch
    from safetensors.torch import load_file
    from torch.nn.attention import SDPBackend, sdpa_kernel

    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    if options.start:
        network = load_reader(options.start)
    else:
        network = build_network()
        weights = load_file(bundled_folder() / "model.safetensors")
        missing = network.encoder.load_state_dict(weights, strict=False).missing_keys
        assert not missing, missing
    tokenizer = load_tokenizer()
    batches = [b for epoch in epochs for b in _batches(epoch, tokenizer, options.batch, rng)]
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=options.rate, weight_decay=0.01, fused=True
    )
    steps = len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / (0.06 * steps), max(0.02, (steps - s) / (0.94 * steps)))
    )
    began, seen = time.monotonic(), 0.0
    for step, batch in enumerate(batches, 1):
        network.train()
        # A quarter quicker on a processor than the fused attention, whose way back is slow.
        with sdpa_kernel(SDPBackend.MATH), torch.autocast("cpu", torch.bfloat16):
            loss = _loss(network, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        seen = 0.98 * seen + 0.02 * loss.item()
        spent = time.monotonic() - began
        if step % 25 == 0:
            told = {"step": step, "of": steps, "loss": round(seen, 3), "s": round(spent)}
            print(json.dumps(told), flush=True)
        if spent > 60 * options.minutes:
            print(f"stopped by the clock at step {step} of {steps}", flush=True)
            break
    return network.eval()


def _batches(
    epoch: Sequence[Group], tokenizer: Any, size: int, rng: random.Random
) -> list[list[Read]]:
    """Batches of groups of one kind and similar length, in random order."""
    read = [
        (g, [encode(tokenizer, p.question, p.title, p.text, p.sentences) for p in g.pairs])
        for g in epoch
    ]
    batches = []
    for kind in (False, True):
        own = [item for item in read if item[0].ranked == kind]
        own.sort(key=lambda item: max(len(e.ids) for e in item[1]) + 16 * rng.random())
        batches += [own[i : i + size] for i in range(0, len(own), size)]
    rng.shuffle(batches)
    return batches


def _loss(network: Any, batch: Sequence[Read]) -> Any:
    """Cross-entropies in each passage and of start and end, and one over each group.

    In a passage over {no answer, each sentence}. Over an asking the same with each sentence's
    logit above its passage's "no answer", so that passages can be compared (the shared norm of
    Clark and Gardner 2018, https://arxiv.org/abs/1710.10723, section 3). Over a bundle the
    passages that answer are ranked above those that do not, pair by pair.
    """
    import torch

    pairs = [pair for group, _ in batch for pair in group.pairs]
    encoded = [code for _, codes in batch for code in codes]
    ids, types, mask, members = collate(encoded)
    none, sentences, tokens = network(ids, types, mask, members)
    gold = torch.zeros_like(sentences, dtype=torch.bool)
    for row, pair in enumerate(pairs):
        gold[row, [i for i in pair.gold if encoded[row].sentences[i].end]] = True
    nothing = ~gold.any(1, keepdim=True)
    loss = _missed(torch.cat([none.unsqueeze(1), sentences], 1), torch.cat([nothing, gold], 1))
    above = sentences - none.unsqueeze(1)
    first, over = 0, []
    for group, codes in batch:
        rows = slice(first, first := first + len(codes))
        compare = _misranked if group.ranked else _missed_of_all
        over.append(compare(above[rows], gold[rows]))
    loss = loss + torch.stack(over).mean()
    return loss + 0.25 * _span_loss(pairs, encoded, members, tokens)


def _missed_of_all(above: Any, gold: Any) -> Any:
    import torch

    right = gold.reshape(1, -1)
    scores = torch.cat([torch.zeros(1, 1), above.reshape(1, -1)], 1)
    return _missed(scores, torch.cat([~right.any(1, keepdim=True), right], 1))


def _misranked(above: Any, gold: Any) -> Any:
    """The mean logistic loss of each passage that answers against each that does not."""
    import torch

    best, answers = torch.logsumexp(above, 1), gold.any(1)
    if answers.all() or not answers.any():  # the answer did not fit into the passage's tokens
        return above.new_zeros(())
    behind = best[~answers].unsqueeze(0) - best[answers].unsqueeze(1)
    return torch.nn.functional.softplus(behind).mean()


def _missed(scores: Any, gold: Any) -> Any:
    """The mean negative log of the probability that falls on what is gold."""
    import torch

    log = torch.log_softmax(scores, 1)
    return -torch.logsumexp(log.masked_fill(~gold, float("-inf")), 1).mean()


def _span_loss(pairs: Sequence[Pair], encoded: Sequence[Encoded], members: Any, tokens: Any) -> Any:
    """Cross-entropy of the first and the last token of the answer, where they are known."""
    import torch

    rows, ends = [], []
    for row, pair in enumerate(pairs):
        span, offsets = pair.span, encoded[row].offsets
        inside = [
            i
            for i, o in enumerate(offsets)
            if span and o.end and o.start < span.end and span.start < o.end
        ]
        if inside and members[row, :, [inside[0], inside[-1]]].any(0).all():
            rows.append(row)
            ends.append([inside[0], inside[-1]])
    if not rows:
        return tokens.sum() * 0.0
    logits = tokens[rows][..., :2].masked_fill(~members[rows].any(1).unsqueeze(-1), -1e4)
    gold = torch.tensor(ends)
    return sum(torch.nn.functional.cross_entropy(logits[..., e], gold[:, e]) for e in (0, 1))


if __name__ == "__main__":
    main()
