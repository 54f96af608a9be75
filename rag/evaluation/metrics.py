"""The arithmetic of the evaluation: pure functions from texts, spans and numbers to figures.

Owns every formula that docs/evaluation.md writes down. Knows nothing of questions, answers,
files or the assistant. A figure over nothing is `None`, never 0.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Z95 = 1.959963984540054  # two-sided 95 % point of the normal distribution

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_WORD = re.compile(r"[^\W_]+")


class Located(NamedTuple):
    """A half-open range of characters in a named document."""

    document: str
    start: int
    end: int


class Interval(NamedTuple):
    """The two ends of a confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases whose confidence lies in `[low, high)`; the last bin holds 1.0 too.

    `confidence` is their mean confidence, `correct` the share that is right; both are `None`
    in an empty bin.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    correct: float | None


def normalise(text: str) -> str:
    """Lowercase, without ASCII punctuation, English articles and extra blanks.

    The normalisation of the SQuAD evaluation (Rajpurkar et al. 2016).

    >>> normalise("The Duke, of  Normandy!")
    'duke of normandy'
    """
    return _joined(text.lower().translate(_PUNCTUATION))


def answer_hit(answer: str, golds: Sequence[str]) -> bool:
    """Whether a gold answer occurs in the answer, both normalised, as whole words.

    Marks between words may vanish or separate, so that Rollo is found in "Rollo's" too.

    >>> answer_hit("It lies in France.", ["the France", "Gaul"])
    True
    >>> answer_hit("It was founded in 1910.", ["10"])
    False
    """
    for form in (normalise, _separated):
        padded = f" {form(answer)} "
        if any(f" {gold} " in padded for gold in map(form, golds) if gold):
            return True
    return False


def token_f1(answer: str, gold: str) -> float:
    """Harmonic mean of the precision and recall of normalised words, each counted once.

    >>> token_f1("in northern France", "France")
    0.5
    """
    first, second = normalise(answer).split(), normalise(gold).split()
    shared = sum((Counter(first) & Counter(second)).values())
    return _f1(shared, len(first), len(second))


def rouge_l(answer: str, gold: str) -> float:
    """ROUGE-L F1: as `token_f1`, over the longest common subsequence of lowercased words.

    Lin 2004. Words are runs of letters and digits; nothing is stemmed or left out.

    >>> round(rouge_l("Rollo led the Norse", "the Norse followed Rollo"), 2)
    0.5
    """
    first, second = _WORD.findall(answer.lower()), _WORD.findall(gold.lower())
    return _f1(common_subsequence(first, second), len(first), len(second))


def common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, 64 or more cells a step in one integer.

    The bit-vector recurrence of Hyyrö (2004): a zero bit at `i` says that the length grows
    at `first[i]`.

    >>> common_subsequence("a b c d".split(), "b x d".split())
    2
    """
    places: dict[str, int] = {}
    for i, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << i
    full = (1 << len(first)) - 1
    row = full
    for word in second:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & full
    return len(first) - row.bit_count()


def best_of(metric: Callable[[str, str], float], answer: str, golds: Iterable[str]) -> float:
    """The metric's highest value over the gold answers; 0 where there is none.

    >>> best_of(token_f1, "France", ["Gaul", "France"])
    1.0
    """
    return max((metric(answer, gold) for gold in golds), default=0.0)


def overlaps(first: Located, second: Located) -> bool:
    """Whether two ranges of the same document share at least one character.

    >>> overlaps(Located("a", 0, 10), Located("a", 9, 12))
    True
    >>> overlaps(Located("a", 0, 10), Located("a", 10, 12))
    False
    """
    same = first.document == second.document
    return same and max(first.start, second.start) < min(first.end, second.end)


def on_gold(place: Located, gold: Iterable[Located]) -> bool:
    """Whether a range overlaps one of the gold spans."""
    return any(overlaps(place, span) for span in gold)


def first_rank(places: Iterable[Located], gold: Sequence[Located]) -> int | None:
    """Rank, from 1, of the first range that overlaps a gold span; `None` without one.

    >>> first_rank([Located("a", 0, 5), Located("b", 0, 5)], [Located("b", 3, 4)])
    2
    """
    ranked = (rank for rank, place in enumerate(places, 1) if on_gold(place, gold))
    return next(ranked, None)


def found_within(k: int, ranks: Iterable[int | None]) -> list[bool]:
    """For each question, whether its first right hit is among the first `k`.

    >>> found_within(3, [1, 4, None, 3])
    [True, False, False, True]
    """
    return [rank is not None and rank <= k for rank in ranks]


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float | None:
    """Mean of 1 / rank of the first right hit; 0 for a question without one.

    >>> mean_reciprocal_rank([1, 2, None, 2])
    0.5
    """
    return mean([0.0 if rank is None else 1.0 / rank for rank in ranks])


def reference_recall(found: Iterable[str], references: Iterable[str], *, k: int) -> float | None:
    """Share of the reference documents among the first `k` different documents found.

    >>> reference_recall(["a", "a", "b", "c"], ["b", "d"], k=2)
    0.5
    """
    wanted = set(references)
    first = list(dict.fromkeys(found))[:k]
    return len(wanted.intersection(first)) / len(wanted) if wanted else None


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Chance that a positive scores above a negative, a tie counting one half.

    The Mann-Whitney statistic over midranks, divided by the number of pairs.

    >>> auroc([0.9, 0.5], [0.5, 0.1])
    0.875
    """
    if not positives or not negatives:
        return None
    scored = Counter(positives), Counter(negatives)
    below, wins = 0, 0.0
    for score in sorted(scored[0] | scored[1]):
        wins += scored[0][score] * (below + scored[1][score] / 2)
        below += scored[1][score]
    return wins / (len(positives) * len(negatives))


def below_line(share: float, positives: Sequence[float], negatives: Sequence[float]) -> list[bool]:
    """Which negatives lie below the highest line that at most this share of the positives do.

    >>> below_line(0.5, [0.9, 0.5], [0.7, 0.1])
    [True, True]
    >>> below_line(0.1, [0.9, 0.5], [0.7, 0.1])
    [False, True]
    """
    ordered = sorted(positives)
    at = math.floor(share * len(ordered) + 1e-9)
    line = ordered[at] if at < len(ordered) else math.inf
    return [score < line for score in negatives] if ordered else []


def balanced_accuracy(refused_unanswerable: float, refused_answerable: float) -> float:
    """Mean of the share of unanswerable refused and of answerable not refused.

    >>> balanced_accuracy(0.5, 0.25)
    0.625
    """
    return (refused_unanswerable + 1.0 - refused_answerable) / 2


def reliability(
    confidences: Sequence[float], correct: Sequence[bool], *, bins: int = 10
) -> tuple[Bin, ...]:
    """Cases sorted into bins of equal width by confidence.

    Raises:
        ValueError: A confidence lies outside 0..1, or the two lengths differ.

    >>> reliability([0.1, 0.9, 0.8], [False, True, False], bins=2)[1].correct
    0.5
    """
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in zip(confidences, correct, strict=True):
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"a confidence must be from 0 to 1, not {confidence}")
        held[min(int(confidence * bins), bins - 1)].append((confidence, right))
    return tuple(
        Bin(
            low=i / bins,
            high=(i + 1) / bins,
            n=len(cases),
            confidence=mean([confidence for confidence, _ in cases]),
            correct=mean([right for _, right in cases]),
        )
        for i, cases in enumerate(held)
    )


def calibration_error(bins: Iterable[Bin]) -> float | None:
    """Expected calibration error: mean gap of confidence and correctness, weighted by cases.

    Guo et al. 2017.

    >>> calibration_error([Bin(0.0, 0.5, 1, 0.25, 0.0), Bin(0.5, 1.0, 3, 0.75, 1.0)])
    0.25
    """
    gaps = [
        (b.n, abs(b.correct - b.confidence))
        for b in bins
        if b.correct is not None and b.confidence is not None
    ]
    total = sum(n for n, _ in gaps)
    return math.fsum(n * gap for n, gap in gaps) / total if total else None


def wilson(hits: int, n: int) -> Interval | None:
    """The 95 % interval of a proportion (Wilson 1927); `None` for none of none.

    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not n:
        return None
    share, z2 = hits / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if hits == 0 else centre - reach
    high = 1.0 if hits == n else centre + reach
    return Interval(low, high)


def mean_of_two(
    first: float, first_ends: Interval, second: float, second_ends: Interval
) -> Interval:
    """The 95 % interval of the mean of two independent proportions from theirs.

    Recovers each variance from its interval's ends (Zou and Donner 2008).

    >>> [round(end, 3) for end in mean_of_two(0.5, Interval(0.4, 0.6), 0.7, Interval(0.6, 0.8))]
    [0.529, 0.671]
    """
    middle = (first + second) / 2
    down = math.hypot(first - first_ends.low, second - second_ends.low) / 2
    up = math.hypot(first_ends.high - first, second_ends.high - second) / 2
    return Interval(middle - down, middle + up)


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; `None` of nothing."""
    return math.fsum(values) / len(values) if values else None


def quantile(values: Sequence[float], q: float) -> float | None:
    """The value below which a share `q` lies, interpolated between neighbours.

    >>> quantile([4.0, 1.0, 2.0, 3.0], 0.5)
    2.5
    """
    if not values:
        return None
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _separated(text: str) -> str:
    return _joined(" ".join(_WORD.findall(text.lower())))


def _joined(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text).split())


def _f1(shared: int, first: int, second: int) -> float:
    return 2 * shared / (first + second) if shared else 0.0
