"""Articles made by a seeded generator, questions about them, and vectors for a million passages.

The first passages are written and embedded for real. Each further one is a copy of one of them
with other names, dates and figures in its text, and a vector at a cosine to its original's that is
drawn from 0.6 to 0.9. The noise has the covariance of the real vectors, so that copies lie where
passages lie. What real passages have, for comparison: `python benchmarks/synthetic.py`.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.models.embedder import Embedder, Vectors

PASSAGES = 10  # of an article
NEAR, FAR = 0.9, 0.6  # cosines of a copy to its original

# A line a topic; the first word is its name.
_TOPICS = """
harbour pilot tide wharf cargo anchor crane lighthouse sailor schooner customs rope
railway engine station signal bridge platform tunnel locomotive driver track coal fare
orchard apple pear grafting blossom frost cider harvest beehive ladder pruning soil
observatory telescope comet mirror star eclipse lens orbit astronomer dome planet sky
hospital nurse fever ward surgeon vaccine patient bandage physician medicine operation wound
court judge verdict witness lawyer prison trial appeal statute jury sentence fine
theatre actor stage comedy costume rehearsal audience curtain playwright tragedy ticket role
mill flour grain wheel miller river dam bread sack stone bakery barley
parliament vote minister treaty election tax debate budget law speaker party reform
school teacher pupil examination grammar classroom scholar lesson library reading prize desk
mine shaft copper ore pit miner lamp explosion tin smelter vein wage
army regiment siege fortress cannon general cavalry retreat truce bayonet captain battle
museum painting statue collection gallery portrait donor restoration vase exhibition coin sculptor
press printer newspaper editor ink pamphlet type page censor subscriber column paper
fishery herring net boat salmon catch salt trawler gull barrel market shoal
bank loan interest gold deposit debt merchant credit panic share clerk bond
church bishop bell choir abbey monk sermon parish relic altar pilgrim organ
garden rose greenhouse fountain seed hedge botanist lawn tulip orchid path nursery
storm flood drought rain snow wind thunder barometer hail heat fog forecast
clock pendulum spring watchmaker gear hour chronometer tower minute brass escapement dial
""".strip().split("\n")
_FORMS = (
    "In {year} {who} of {where} bought the {a} and paid {n} crowns for the {b}.",
    "The {a} at {where} was built by {who}, who had studied the {b} for {n} years.",
    "{who} wrote to the council of {where} that the {a} needed a new {b} before winter.",
    "On the first day of {month} {year} the {a} was closed because the {b} had failed.",
    "No fewer than {n} people came to {where} to see the {a} and the {b}.",
    "According to {who}, the {a} was worth more than every {b} in {where}.",
    "When the {a} burned in {year}, {who} saved the {b} and was given {n} crowns.",
    "The {b} of {where} is named after {who}, the first to describe the {a}.",
    "After {month} {year} each {a} had to carry a {b}, a rule that {who} opposed.",
    "Between the {a} and the {b} there were {n} steps, as {who} found in {year}.",
    "{who} died in {where} in {year}, leaving the {a} and {n} crowns to a nephew.",
    "The {a} stood idle for {n} months until {who} brought a {b} from {where}.",
)
_ASKED = (
    "Who bought the {a} and the {b} in {where}?",
    "Why was the {a} of {where} closed because of the {b}?",
    "How many people came to see the {a} and the {b}?",
    "What did {who} write about the {b} of the {a}?",
    "When did {who} save the {b} from the burning {a}?",
    "Which {b} is named after the one who described the {a}?",
    "How long did the {a} stand idle without a {b}?",
    "What was the rule that each {a} must carry a {b}?",
)
_MONTHS = "January March April June July August October November".split()
_SYLLABLES = (
    "bar ber bran cal car dal dor el fal far gar gren hal har kel kor lan lor mar mel nor or pel"
    " quen ral ros sal sel tam tor ul val ver wen wil yar zan"
).split()
_ENDS = "by den dale ford gate ham ley mouth ness ton wick worth".split()


@dataclass(frozen=True, slots=True)
class Article:
    """A made-up article of `PASSAGES` passages, one a paragraph."""

    name: str
    title: str
    day: date
    passages: tuple[str, ...]


def article(number: int, original: int | None = None) -> Article:
    """An article; with an `original`, on its topics and in its forms, with other names."""
    forms = random.Random(f"forms {number if original is None else original}")
    names = random.Random(f"names {number}")
    topic = forms.choice(_TOPICS).split()
    where, whos = _place(names), [_person(names) for _ in range(3)]
    texts = tuple(_passage(topic, where, whos, forms, names) for _ in range(PASSAGES))
    day = date(1990, 1, 1) + timedelta(days=names.randrange(12_000))
    return Article(f"{number:06}.txt", f"The {topic[0]} of {where} and {whos[0]}", day, texts)


def question(number: int) -> str:
    """A question as a person would put it about one of the articles."""
    rng = random.Random(f"question {number}")
    a, b = rng.sample(rng.choice(_TOPICS).split(), 2)
    return rng.choice(_ASKED).format(a=a, b=b, where=_place(rng), who=_person(rng))


class Copies:
    """Vectors of passages by number: the real ones, and beyond them copies."""

    def __init__(self, real: Vectors) -> None:
        self.real, self._mean = real, real.mean(0)
        covariance = np.cov(real.T) + 1e-6 * np.eye(real.shape[1])
        self._spread = np.linalg.cholesky(covariance).astype(np.float32)

    def vectors(self, start: int, count: int) -> Vectors:
        """Those of passages `start` to `start + count`."""
        at = np.arange(start, start + count)
        vectors = self.real[at % len(self.real)]
        rng = np.random.default_rng(start)
        noise = rng.standard_normal(vectors.shape, np.float32) @ self._spread.T + self._mean
        noise -= (noise * vectors).sum(1, keepdims=True) * vectors
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        cosine = rng.uniform(FAR, NEAR, (count, 1)).astype(np.float32)
        moved = cosine * vectors + np.sqrt(1 - cosine**2) * noise
        return np.where((at < len(self.real))[:, None], vectors, moved).astype(np.float32)


def embedded(embedder: Embedder, count: int, cache: Path) -> tuple[Vectors, Vectors]:
    """The real vectors of the first `count` passages and of 500 questions, kept in `cache`."""
    if not cache.exists():
        articles = [article(n) for n in range(count // PASSAGES)]
        texts = [f"{a.title}\n{text}" for a in articles for text in a.passages]
        asked = [question(n) for n in range(500)]
        np.savez(cache, passages=embedder.embed(texts), questions=embedder.embed(asked))
    with np.load(cache) as kept:
        return kept["passages"], kept["questions"]


def _passage(
    topic: list[str], where: str, whos: list[str], forms: random.Random, names: random.Random
) -> str:
    sentences = []
    for _ in range(forms.randint(4, 6)):
        a, b = forms.sample(topic, 2)
        month, n, year = names.choice(_MONTHS), names.randint(2, 9000), names.randint(1500, 1950)
        form, who = forms.choice(_FORMS), names.choice(whos)
        sentences.append(form.format(a=a, b=b, where=where, who=who, month=month, n=n, year=year))
    return " ".join(sentences)


def _place(rng: random.Random) -> str:
    return (rng.choice(_SYLLABLES) + rng.choice(_SYLLABLES) + rng.choice(_ENDS)).title()


def _person(rng: random.Random) -> str:
    first, last = rng.choice(_SYLLABLES) + rng.choice(_SYLLABLES), rng.choice(_SYLLABLES)
    return f"{first.title()} {(last + rng.choice(_SYLLABLES) + rng.choice(_ENDS)).title()}"
