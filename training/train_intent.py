"""Teach the model of `rag.query.intents` what questions want.

    python -m training.train_intent DATA [--out rag/query/intents.npz]

It learns from the phrasings in intents.txt, their slots filled from documents of squad and
clapnq, and from the questions of squad, clapnq, selqa, xquad and qed, nearly all of which want one
short answer. Half of the phrasings, told by hash, and half of the documents and questions are first
left out to measure on; what is written is fitted on all. Nothing of the documents is kept but
which words are frequent in questions.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from rag.models.embedder import bundled_embedder
from rag.query.intents import LONGEST, IntentModel, decided, features, save_model
from rag.query.query import Intent

PHRASINGS = Path(__file__).with_name("intents.txt")
OPEN = Path(__file__).with_name("open.jsonl")
PRACTICAL = Path(__file__).with_name("practical.jsonl")
OPEN_KINDS = set("why explain define how events opinions matter next who".split())
SETS, CHECKS = ("squad", "clapnq", "selqa", "xquad", "qed"), ("squad-check", "clapnq-check")
OWN = "phrasings"
EACH = 56  # questions made of a phrasing; with fewer, other draws decide other questions otherwise
OWN_COUNT = 0.25  # of one of them
WRITTEN = "written"
ASKED = "practical"
WRITTEN_COUNT = 1.0  # of a question that was written for a document, or is a practical one
SETS_COUNT = 0.3  # of a set's question; there are many of a kind
FREQUENT = 0.001  # share of the questions that a word must be in to stand in frames
NOT_OTHER = {Intent.DIRECT, Intent.SEVERAL, Intent.OPEN}
BEFORE = (
    "please|can you tell me|could you tell me|hi,|hello,|hey,|ok,|so|and|quick question:|um".split(
        "|"
    )
)
ORDERS = "please|can you|could you|could you please|would you|can you please|i want you to".split(
    "|"
)
AFTER = "please|thanks|then|again|, please|exactly".split("|")
_PLURAL = re.compile(
    r"^\W*(?:(?:in|for|from|on|with|by|at|to) )?(?:which|what) (?:\w+ )?(?P<noun>\w+s)"
    r" (?:did|do|does|was|were|are|is|have|has|had|can|could|will|would|may|might|must|should|of|in"
    r"|on|for|that|which|with|from|to|by|about|behind|\w+ed)\b"
    r"|^\W*(?:who|what|which) (?:are|were) the (?:\w+ ){0,3}?(?P<others>\w+s)\b"
    r"|^\W*(?:which|what) (?P<people>people|men|women|children)\b",
    re.I,
)
_NO_PLURAL = re.compile(
    r"(?:ss|us|is|[^aeiou]ics|news|series|species|was|has|does|its|always|perhaps|means|kinds)$",
    re.I,
)
_OPEN = re.compile(r"^\W*(?:why|explain)\b|^\W*how do(?:es)? .* work\W*$", re.I)
_UNCLEAR = re.compile(  # of a question that no rule may take for a direct one
    r"\b(?:differ\w*|compar\w+|history|timeline|latest|recent|newest|summar\w+|overview|list|vs"
    r"|describe|changed?|evolved?|what happened|effects?|impact|significance|purpose|role|how did"
    r"|how (?:do|does|is|are|was|were|has|have|can)|relationship|causes?|consequences)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Example:
    """A question, what it wants, and whether it is of the half that is left out first."""

    text: str
    label: str
    later: bool
    of: str


@dataclass(frozen=True, slots=True)
class Fill:
    """What slots are filled with."""

    values: Mapping[str, Sequence[str]]

    def __call__(self, phrasing: str, draw: random.Random) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: draw.choice(self.values[m[1]]), phrasing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("rag/query/intents.npz"))
    parser.add_argument("--strength", type=float, default=30.0, help="inverse of regularisation")
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"{options.data} is missing; it is not part of the project.")
    phrasings = list(read_phrasings(PHRASINGS))
    questions = [e for name in SETS for e in asked(options.data / name)]
    examples = [*made(phrasings, fills(options.data)), *questions, *written()]
    frame, asking = words_of(phrasings, questions)
    values = valued(examples, frame)
    early = np.array([not example.later for example in examples])
    shown = fitted(values[early], [e for e in examples if not e.later], options.strength)
    report(IntentModel(*shown, frame, asking), [e for e in examples if e.later], values[~early])
    model = IntentModel(*fitted(values, examples, options.strength), frame, asking)
    for name in CHECKS:
        held = [e for e in asked(options.data / name) if e.label == Intent.DIRECT]
        told = decisions(model, valued(held, frame))
        print(f"{name}: {astray(told)} of {len(held)} direct questions taken for something else")
    save_model(options.out, model)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def read_phrasings(file: Path) -> Iterator[tuple[str, str]]:
    """(label, phrasing), with words in `<>` put in."""
    label, named = "", {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\[([A-Z ]+)\]", line):
            label = match[1].lower()
        elif match := re.fullmatch(r"(\w+) = (.+)", line):
            named[match[1]] = f"({match[2]})"
        elif line and not line.startswith("#"):
            for _ in range(3):
                line = re.sub(r"<(\w+)>", lambda m: named[m[1]], line)
            yield label, line


def made(
    phrasings: Sequence[tuple[str, str]], fill: Mapping[bool, Fill], each: int = EACH
) -> Iterator[Example]:
    """Questions as people type them, made of phrasings."""
    for label, phrasing in phrasings:
        draw, later = random.Random(phrasing), half(phrasing)
        texts = {typed(fill[later](chosen(phrasing, draw), draw), label, draw) for _ in range(each)}
        yield from (Example(text, label, later, OWN) for text in sorted(texts))


def chosen(phrasing: str, draw: random.Random) -> str:
    """A phrasing with one of each group of choices."""
    while match := re.search(r"\(([^()]*)\)", phrasing):
        one = draw.choice(match[1].split("|"))
        phrasing = phrasing[: match.start()] + one + phrasing[match.end() :]
    return " ".join(phrasing.split())


def typed(text: str, label: str, draw: random.Random) -> str:
    """The text with or without politeness, capitals, mark and slips of the finger."""
    if draw.random() < 0.2 and not label.startswith("talk"):
        order = not re.match(r"(?:who|what|which|when|where|why|how|is|are|do|does|did|in)\b", text)
        text = f"{draw.choice(ORDERS if order and draw.random() < 0.7 else BEFORE)} {text}"
    if draw.random() < 0.05 and not label.startswith("talk"):
        text = f"{text} {draw.choice(AFTER)}".replace(" ,", ",")
    if draw.random() < 0.08:
        place = draw.randrange(len(text))
        text = text[:place] + text[place + 1 :] if draw.random() < 0.5 else _swapped(text, place)
    text = text[:1].upper() + text[1:] if draw.random() < 0.6 else text
    text = text.lower() if draw.random() < 0.3 else text.upper() if draw.random() < 0.02 else text
    return text + draw.choice(["?", "?", "", "", "."])


def _swapped(text: str, place: int) -> str:
    return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]


def fills(data: Path) -> dict[bool, Fill]:
    """What slots are filled with, from each half of the documents."""
    found: dict[bool, dict[str, list[str]]] = {False: {}, True: {}}
    for file in sorted(
        p for name in ("squad", "clapnq") for p in (data / name / "documents").iterdir()
    ):
        values, text = found[half(file.name)], file.read_text(encoding="utf-8")
        title, *_ = text.split("\n", 1)
        title = re.sub(r"\s*\(.*", "", title).strip()
        names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}", text)[:40]
        phrases = re.findall(r"\bthe (?:[a-z]+ )?[a-z]{4,} of (?:the )?[A-Za-z]+", text)[:20]
        nouns = re.findall(r"\b(?:the|an?) ([a-z]{4,})(?= (?:of|in|was|is|that|and)\b)", text)[:40]
        plurals = re.findall(r"\b(?:many|other|several|some|of|these) ([a-z]{3,}[^s\W]s)\b", text)[
            :30
        ]
        topics = [title] * 8 + [title.lower()] * 3 + [f"the {title}"] * 2 + names[:8] + phrases[:6]
        topics += [f"the {noun}" for noun in nouns[:4]] + plurals[:3]
        models = [designation(file.name, names)] * (1 + len(names) // 8)
        names, topics = names + models, topics + models[:2]
        for slot, new in (("topic", topics), ("name", names), ("noun", nouns), ("nouns", plurals)):
            values.setdefault(slot, []).extend(new)
    for values in found.values():
        values["year"] = [str(year) for year in (*range(1810, 2000, 7), *range(2000, 2027))]
        values["month"] = "January March May June July August October december".split()
        values["number"] = [str(number) for number in range(2, 31)]
    return {which: Fill(values) for which, values in found.items()}


def designation(seed: str, names: Sequence[str]) -> str:
    """The name of a thing that is made in numbers, such as "B52" or "Hanna TX 410": few are named.

    Articles on aircraft, chips, roads and medicines are full of them.
    """
    draw = random.Random(seed)
    letters = "".join(draw.choices("ABCDEFGHKLMNPRSTVXZ", k=draw.choice((1, 1, 2, 3))))
    number = str(draw.choice((draw.randrange(2, 100), draw.randrange(100, 9000, 10))))
    maker = f"{draw.choice(names)} " if names and draw.random() < 0.3 else ""
    return maker + letters + draw.choice(("", "", "-", " ")) + number + draw.choice(("", "", "D"))


def asked(folder: Path) -> Iterator[Example]:
    """The questions of a set that a rule can label: nearly all are direct, why is open."""
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["question"].strip()
        plural = _PLURAL.search(text)
        noun = plural and (plural["noun"] or plural["others"] or "people")
        label = Intent.SEVERAL if noun and not _NO_PLURAL.search(noun) else Intent.DIRECT
        label = Intent.OPEN if _OPEN.search(text) else label
        if label is Intent.OPEN or not _UNCLEAR.search(text):
            yield Example(text, label, half(text), folder.name)


def written() -> Iterator[Example]:
    """Open questions that were written for documents, and what people ask notices and manuals."""
    for line in OPEN.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["kind"] in OPEN_KINDS:
            yield Example(one["question"], Intent.OPEN, half(one["question"]), WRITTEN)
    for line in PRACTICAL.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        yield Example(one["question"], Intent(one["wants"]), half(one["question"]), ASKED)


def words_of(
    phrasings: Sequence[tuple[str, str]], questions: Sequence[Example]
) -> tuple[frozenset[str], frozenset[str]]:
    """The words of frames, and those of them that only ask."""
    own = [(label, set(_words(re.sub(r"\{\w+\}", " ", text)))) for label, text in phrasings]
    often = Counter(word for example in questions for word in set(_words(example.text)))
    frequent = {word for word, count in often.items() if count >= FREQUENT * len(questions)}
    frame = frequent.union(*(words for _, words in own))
    asking = set().union(*(words for label, words in own if label not in ("direct", "several")))
    return frozenset(w for w in frame if not w[0].isdigit()), frozenset(asking)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.lower().replace("’", "'"))


def half(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


def valued(examples: Sequence[Example], frame: frozenset[str]) -> csr_matrix:
    vectors = bundled_embedder().embed([example.text[:LONGEST] for example in examples])
    rows = (features(e.text, v, frame) for e, v in zip(examples, vectors, strict=True))
    return csr_matrix(np.stack(list(rows)))


def fitted(
    values: csr_matrix, examples: Sequence[Example], strength: float
) -> tuple[tuple[str, ...], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Labels, weights and bias."""
    model = LogisticRegression(C=strength, max_iter=150, tol=1e-3)
    count = {OWN: OWN_COUNT, WRITTEN: WRITTEN_COUNT, ASKED: WRITTEN_COUNT}
    counts = [count.get(example.of, SETS_COUNT) for example in examples]
    model.fit(values, [str(example.label) for example in examples], sample_weight=counts)
    return (
        tuple(map(str, model.classes_)),
        model.coef_.astype(np.float32),
        model.intercept_.astype(np.float32),
    )


def decisions(model: IntentModel, values: csr_matrix) -> list[str]:
    """What is decided for each row, as labels."""
    logits = values @ model.weights.T + model.bias
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    found = []
    for row in shares:
        intent, aspect = decided(dict(zip(model.labels, row.tolist(), strict=True)))
        found.append(f"{intent} {aspect}".removesuffix(" none"))
    return found


def astray(told: Iterable[str]) -> int:
    return sum(Intent(label.split()[0]) not in NOT_OTHER for label in told)


def report(model: IntentModel, examples: Sequence[Example], values: csr_matrix) -> None:
    """Print how often the half that was left out is read as it is meant."""
    told = decisions(model, values)
    pairs = list(zip(examples, told, strict=True))
    phrasings = [(e, label) for e, label in pairs if e.of == OWN]
    for name, at in (("intent", 0), ("intent and aspect", None)):
        right = Counter[str]()
        count = Counter[str]()
        for e, label in phrasings:
            wanted, got = (x.split()[0] if at == 0 else x for x in (e.label, label))
            count[wanted] += 1
            right[wanted] += wanted == got
        print(
            f"left out, {name}: {right.total()} of {count.total()},"
            f" {right.total() / count.total():.3f}"
        )
        for label in sorted(count):
            taken = sum(
                got.startswith(label) and not e.label.startswith(label) for e, got in phrasings
            )
            print(f"  {label:17} {right[label]:4} of {count[label]:4}; {taken} others taken for it")
    of_written = [label for e, label in pairs if e.of == WRITTEN]
    print(f"{WRITTEN}: {of_written.count(Intent.OPEN)} of {len(of_written)} taken for open")
    practical = [(e.label, label) for e, label in pairs if e.of == ASKED]
    right = sum(wanted == label for wanted, label in practical)
    beyond = astray(label for _, label in practical)
    print(f"{ASKED}: {right} of {len(practical)} as meant, {beyond} taken for something else")
    for name in SETS:
        held = [label for e, label in pairs if e.of == name and e.label == Intent.DIRECT]
        print(f"{name}: {astray(held)} of {len(held)} direct questions taken for something else")


if __name__ == "__main__":
    main()
