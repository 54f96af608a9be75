"""The formulas, against results worked out by hand and against slower ways to them."""

from __future__ import annotations

import math
import statistics
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation import metrics
from rag.evaluation.metrics import Bin, Interval, Located

words = st.lists(st.sampled_from(["ferry", "Hanna", "sank", "in", "1962"]), max_size=12)
scores = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=20)
places = st.builds(
    lambda document, start, length: Located(document, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 20),
    st.integers(1, 8),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Normans!", "normans"),
        ("a theatre, an anthem", "theatre anthem"),
        ("U.S.A.", "usa"),
        ("10th-century", "10thcentury"),
        ("the", ""),
        ("Müller–Straße", "müller–straße"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert metrics.normalise(text) == expected


@given(st.text())
def test_normalising_again_only_drops_articles_that_came_together(text: str) -> None:
    once = metrics.normalise(text)
    assert set(metrics.normalise(once).split()) <= set(once.split())


@pytest.mark.parametrize(
    ("answer", "golds", "expected"),
    [
        ("It was Rollo's fleet.", ["Rollo"], True),
        ("A 7-time winner", ["7"], True),
        ("ruled 1115–1234", ["1234"], True),
        ("founded in 1910", ["10"], False),
        ("in the United States", ["United States of America", "the United States"], True),
        ("anything", [], False),
        ("the a an", ["the"], False),
        ("", ["Rollo"], False),
    ],
)
def test_answer_hit(answer: str, golds: list[str], expected: bool) -> None:
    assert metrics.answer_hit(answer, golds) is expected


@given(words.filter(bool), words, words)
def test_a_gold_answer_between_other_words_is_a_hit(
    gold: list[str], before: list[str], after: list[str]
) -> None:
    assert metrics.answer_hit(" ".join(before + gold + after), [" ".join(gold)])


def test_token_f1_by_hand() -> None:
    # 2 shared of 3 and 4 words
    assert metrics.token_f1("ferry Hanna sank", "the ferry called Hanna burnt") == 4 / 7
    # a word is shared only as often as both have it
    assert metrics.token_f1("ha ha ha", "ha") == 0.5
    assert metrics.token_f1("", "Hanna") == 0.0
    assert metrics.token_f1("Hanna", "boat") == 0.0


def test_rouge_by_hand() -> None:
    # longest common subsequence "the ferry sank" (3) of 4 and 5 words
    assert metrics.rouge_l("The ferry Hanna sank", "the old ferry sank there") == pytest.approx(
        6 / 9
    )
    assert metrics.rouge_l("!", "?") == 0.0


@given(words, words)
def test_common_subsequence_is_that_of_the_textbook(first: list[str], second: list[str]) -> None:
    @cache
    def longest(i: int, j: int) -> int:
        if not i or not j:
            return 0
        if first[i - 1] == second[j - 1]:
            return longest(i - 1, j - 1) + 1
        return max(longest(i - 1, j), longest(i, j - 1))

    assert metrics.common_subsequence(first, second) == longest(len(first), len(second))


@given(words, words)
def test_f1_is_symmetric_and_one_for_itself(first: list[str], second: list[str]) -> None:
    a, b = " ".join(first), " ".join(second)
    for metric in (metrics.token_f1, metrics.rouge_l):
        assert metric(a, b) == metric(b, a)
        assert 0.0 <= metric(a, b) <= 1.0
        assert metric(a, a) == (1.0 if first else 0.0)
    assert metrics.rouge_l(a, b) <= metrics.token_f1(a, b) + 1e-12


@given(places, places)
def test_overlap_means_a_shared_character(first: Located, second: Located) -> None:
    shared = set(range(first.start, first.end)) & set(range(second.start, second.end))
    expected = first.document == second.document and bool(shared)
    assert metrics.overlaps(first, second) is expected
    assert metrics.overlaps(second, first) is expected


@given(st.lists(places, max_size=8), st.lists(places, max_size=3))
def test_first_rank_is_the_first_place_on_gold(found: list[Located], gold: list[Located]) -> None:
    rank = metrics.first_rank(found, gold)
    earlier = found if rank is None else found[: rank - 1]
    assert not any(metrics.on_gold(place, gold) for place in earlier)
    assert rank is None or metrics.on_gold(found[rank - 1], gold)


def test_ranks_by_hand() -> None:
    ranks = [1, 2, 4, None]
    assert metrics.found_within(3, ranks) == [True, True, False, False]
    assert metrics.mean_reciprocal_rank(ranks) == (1 + 0.5 + 0.25) / 4
    assert metrics.mean_reciprocal_rank([]) is None


def test_reference_recall_counts_different_documents() -> None:
    assert metrics.reference_recall(["a", "a", "a", "b", "c"], ["b", "c"], k=2) == 0.5
    assert metrics.reference_recall([], ["b"], k=5) == 0.0
    assert metrics.reference_recall(["a"], [], k=5) is None


@given(scores, scores)
def test_auroc_is_the_share_of_pairs_won(positives: list[float], negatives: list[float]) -> None:
    won = sum((p > n) + 0.5 * (p == n) for p in positives for n in negatives)
    expected = won / (len(positives) * len(negatives))
    assert metrics.auroc(positives, negatives) == pytest.approx(expected)
    swapped = metrics.auroc(negatives, positives)
    assert swapped == pytest.approx(1 - expected)


def test_auroc_without_one_kind_is_absent() -> None:
    assert metrics.auroc([], [0.5]) is None
    assert metrics.auroc([0.5], []) is None
    assert metrics.auroc([0.5, 0.5], [0.5]) == 0.5


def test_refusing_everything_or_nothing_is_no_better_than_chance() -> None:
    assert metrics.balanced_accuracy(1.0, 1.0) == 0.5
    assert metrics.balanced_accuracy(0.0, 0.0) == 0.5
    assert metrics.balanced_accuracy(1.0, 0.0) == 1.0


def test_bins_by_hand() -> None:
    bins = metrics.reliability([0.05, 0.1, 0.95, 1.0], [False, True, True, False])
    assert [b.n for b in bins] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert bins[9] == Bin(0.9, 1.0, 2, 0.975, 0.5)
    assert bins[5].confidence is None
    # (|0 - .05| + |1 - .1| + 2 |.5 - .975|) / 4
    assert metrics.calibration_error(bins) == pytest.approx((0.05 + 0.9 + 0.95) / 4)
    assert metrics.calibration_error([]) is None


@pytest.mark.parametrize("confidence", [-0.1, 1.1, math.nan])
def test_a_confidence_out_of_range_is_a_mistake_of_the_program(confidence: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        metrics.reliability([confidence], [True])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_bins_lose_no_case_and_the_error_is_a_share(cases: list[tuple[float, bool]]) -> None:
    bins = metrics.reliability([c for c, _ in cases], [right for _, right in cases])
    assert sum(b.n for b in bins) == len(cases)
    error = metrics.calibration_error(bins)
    assert error is None if not cases else error is not None and 0.0 <= error <= 1.0


def test_wilson_by_hand() -> None:
    # the textbook case: 0 of 10 gives 0 to z² / (n + z²)
    z2 = metrics.Z95**2
    ends = metrics.wilson(0, 10)
    assert ends is not None
    assert ends == pytest.approx((0.0, z2 / (10 + z2)))
    assert metrics.wilson(0, 0) is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    hits, n = case
    ends, mirrored = metrics.wilson(hits, n), metrics.wilson(n - hits, n)
    assert ends is not None
    assert mirrored is not None
    assert 0.0 <= ends.low <= hits / n <= ends.high <= 1.0
    assert ends.low == pytest.approx(1 - mirrored.high)


def test_mean_of_two_is_narrower_than_either() -> None:
    ends = metrics.mean_of_two(0.5, Interval(0.4, 0.6), 0.5, Interval(0.4, 0.6))
    assert ends == pytest.approx((0.5 - 0.1 / math.sqrt(2), 0.5 + 0.1 / math.sqrt(2)))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_quantile_agrees_with_the_standard_library(values: list[float]) -> None:
    twentieths = statistics.quantiles(values, n=20, method="inclusive")
    median, p95 = metrics.quantile(values, 0.5), metrics.quantile(values, 0.95)
    assert median == pytest.approx(statistics.median(values), abs=1e-6)
    assert p95 == pytest.approx(twentieths[18], abs=1e-6)


def test_nothing_has_no_mean_and_no_median() -> None:
    assert metrics.mean([]) is None
    assert metrics.quantile([], 0.5) is None
    assert metrics.quantile([3.0], 0.95) == 3.0


@given(
    share=st.floats(0, 0.99),
    positives=st.lists(st.floats(0, 1), min_size=1),
    negatives=st.lists(st.floats(0, 1)),
)
def test_the_line_refuses_no_more_than_its_share(
    share: float, positives: list[float], negatives: list[float]
) -> None:
    assert sum(metrics.below_line(share, positives, positives)) <= share * len(positives) + 1e-9
    told = metrics.below_line(share, positives, negatives)
    assert len(told) == len(negatives)
    caught = [n for n, below in zip(negatives, told, strict=True) if below]
    assert all(n < m for n in caught for m in negatives if m not in caught)


def test_without_positives_there_is_no_line() -> None:
    assert metrics.below_line(0.1, [], [0.5]) == []
