"""Measure what the reader's networks tell of questions on what an article names and does not tell.

    python -m training.near [--large] [--limit N]

`near.jsonl` holds 480 open questions over the 40 articles of `near/`, by four authors who had not
seen the program: half of them are answered, with the sentences that do it; for the others the
nearest sentences. Prints the AUROC of answered or not, each question by its best passage: of the
network's odds, and of a logistic regression on its states, fitted without the author that is
scored; the same of half a of `benchmarks/near.jsonl`, whose author is a fifth one.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.documents import read as read_document
from rag.documents.split import split_passages
from rag.models.encoder import load_tokenizer
from rag.models.reader import BUNDLED_READER, LARGER, Encoded, collate, encode, packed_network
from rag.schema import Span
from rag.words import tokens

ROOT = Path(__file__).parents[1]
QUESTIONS = Path(__file__).with_suffix(".jsonl")
ARTICLES = QUESTIONS.with_suffix("")
UNSEEN = ROOT / "benchmarks" / "near.jsonl"
STRENGTH = 1e-3  # of the regression's weights, the best of 1e-4 to .1


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the article that it is about, and what answers it, if anything does."""

    question: str
    path: Path
    answerable: bool
    sentences: tuple[str, ...] = ()

    @property
    def author(self) -> str:
        return self.path.name[0] if self.path.parent == ARTICLES else "unseen"


@dataclass(frozen=True, slots=True)
class Read:
    """A question and a passage: the network's odds, its states, and whether it answers there."""

    asked: int
    odds: float
    states: np.ndarray[Any, Any]
    answers: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="the larger of the two networks")
    parser.add_argument("--limit", type=int, help="so many questions of each author")
    options = parser.parse_args()
    asked = [*_limited(list(questions()), options.limit), *unseen()]
    folder = BUNDLED_READER / LARGER if options.large else BUNDLED_READER
    found = list(readings(packed_network(folder), asked))
    authors = sorted({one.author for one in asked})
    print("author  odds  states")
    for author in authors:
        mine = [one for one in found if asked[one.asked].author == author]
        others = [one for one in found if asked[one.asked].author not in (author, "unseen")]
        odds = auroc(asked, mine, [one.odds for one in mine])
        print(f"{author:6}  {odds:.3f}  {auroc(asked, mine, probed(others, mine)):.3f}")


def questions() -> Iterator[Asked]:
    """The questions to learn from."""
    for line in QUESTIONS.read_text("utf-8").splitlines():
        row = json.loads(line)
        told = tuple(row["sentences"]) if row["answerable"] else ()
        yield Asked(row["question"], ARTICLES / row["document"], row["answerable"], told)


def unseen() -> Iterator[Asked]:
    """The questions of half a of the benchmark, each with the articles that it is asked of."""
    for line in UNSEEN.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["over"] == ["near/a"]:
            folder = UNSEEN.parent / row["over"][0]
            path = folder / f"{row['id'].split('-')[2]}.md"
            yield Asked(row["question"], path, row["answerable"])


def _limited(asked: Sequence[Asked], limit: int | None) -> list[Asked]:
    authors = sorted({one.author for one in asked})
    return [one for name in authors for one in [a for a in asked if a.author == name][:limit]]


def readings(network: Any, asked: Sequence[Asked]) -> Iterator[Read]:
    """What a network says of each question and each passage of its article."""
    tokenizer = load_tokenizer()
    documents = {one.path: read_document(one.path, folder=one.path.parent) for one in asked}
    for number, one in enumerate(asked):
        document = documents[one.path]
        for passage in split_passages(document):
            text, start = document.text[passage.start : passage.end], passage.start
            spans = [Span(s.start - start, s.end - start) for s in passage.sentences]
            pair = encode(tokenizer, one.question, document.title, text, spans, network.shape)
            odds, states = _through(network, pair)
            words = _words(text)
            answers = any(_words(sentence) in words for sentence in one.sentences)
            yield Read(number, odds, states, answers)


def _words(text: str) -> str:
    return " ".join(tokens(text))


def _through(network: Any, pair: Encoded) -> tuple[float, np.ndarray[Any, Any]]:
    import torch

    states: list[Any] = []
    hook = network.encoder.register_forward_hook(lambda _, __, out: states.append(out[0]))
    with torch.inference_mode():
        none, sentences, _ = network(*collate([pair], network.shape))
    hook.remove()
    odds = float(torch.logsumexp(sentences[0], 0) - none[0])
    best = pair.sentences[int(sentences[0].argmax())]
    mean = states[0][best.start : max(best.end, best.start + 1)].mean(0)
    return odds, np.concatenate([states[0][0].numpy(), mean.numpy(), [odds]])


def probed(learned: Sequence[Read], scored: Sequence[Read]) -> list[float]:
    """What a logistic regression on some readings says of others."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fitted = make_pipeline(
        StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced")
    ).fit([one.states for one in learned], [one.answers for one in learned])
    said: list[float] = fitted.decision_function([one.states for one in scored]).tolist()
    return said


def auroc(asked: Sequence[Asked], read: Sequence[Read], said: Sequence[float]) -> float:
    """AUROC of answered or not, each question by the passage that says so most."""
    from sklearn.metrics import roc_auc_score

    best: dict[int, float] = {}
    for one, value in zip(read, said, strict=True):
        best[one.asked] = max(value, best.get(one.asked, value))
    return float(roc_auc_score([asked[n].answerable for n in best], list(best.values())))


if __name__ == "__main__":
    main()
