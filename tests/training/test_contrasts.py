"""Bundles that differ in one thing keep sentences and answers where they belong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Span
from training.contrasts import Contrasts, Exchange, cropped, exchanged, paired
from training.reader_data import Pair
from training.wordnet import WordNet

SENTENCES = (
    "The ferry Hanna was built in 1901.",
    "Rollo bought the old ferry in Oslo for 900 crowns.",
    "Erik sold it in 1950.",
)


def pair_of(question: str, gold: int, answer: str, sentences: tuple[str, ...] = SENTENCES) -> Pair:
    text, spans = " ".join(sentences), []
    for sentence in sentences:
        start = text.index(sentence)
        spans.append(Span(start, start + len(sentence)))
    start = text.index(answer, spans[gold].start)
    span = Span(start, start + len(answer))
    return Pair(question, "Ferries", text, tuple(spans), (gold,), span, "test")


def told(pair: Pair) -> list[str]:
    return [pair.text[s.start : s.end] for s in pair.sentences]


def answer(pair: Pair) -> str | None:
    return pair.span and pair.text[pair.span.start : pair.span.end]


@pytest.fixture(scope="module")
def wordnet(tmp_path_factory: pytest.TempPathFactory) -> WordNet:
    """Six words in WordNet's format: buy and sell are opposites, both ways to trade."""
    folder: Path = tmp_path_factory.mktemp("wordnet")
    for part in ("noun", "adj", "adv"):
        (folder / f"data.{part}").write_text("  1 licence\n")
        (folder / f"index.{part}").write_text("  1 licence\n")
    (folder / "data.verb").write_text(
        "  1 licence\n"
        "00000010 40 v 01 trade 0 002 ~ 00000020 v 0000 ~ 00000030 v 0000 | x\n"
        "00000020 40 v 02 buy 0 purchase 0 002 @ 00000010 v 0000 ! 00000030 v 0101 | x\n"
        "00000030 40 v 01 sell 0 002 @ 00000010 v 0000 ! 00000020 v 0101 | x\n"
    )
    (folder / "index.verb").write_text(
        "  1 licence\n"
        "buy v 1 2 @ ! 1 1 00000020\n"
        "purchase v 1 1 @ 1 1 00000020\n"
        "sell v 1 2 @ ! 1 1 00000030\n"
        "trade v 1 1 ~ 1 1 00000010\n"
    )
    return WordNet(folder)


def test_wordnet_knows_what_means_the_same_and_what_the_opposite(wordnet: WordNet) -> None:
    assert wordnet.parts("buy") == {"verb"}
    assert wordnet.synonyms("buy", "verb") == ["purchase"]
    assert wordnet.opposites("buy", "verb") == ["sell"]
    assert wordnet.opposites("purchase", "verb") == []
    assert wordnet.siblings("buy", "verb") == ["sell"]
    assert wordnet.parts("ferry") == frozenset()


NAMES = st.sampled_from(["Rollo", "Erik", "Hanna", "Oslo", "ferry", "1901", "1950", "Lund Bridge"])


@given(old=NAMES, new=NAMES)
def test_what_is_exchanged_keeps_its_sentences_and_its_answer(old: str, new: str) -> None:
    pair, exchange = pair_of("Who bought it?", 1, "Rollo"), Exchange(old, new)
    other = exchanged(pair, exchange)
    assert told(other) == [exchange(sentence) for sentence in told(pair)]
    assert answer(other) == exchange("Rollo")
    assert exchanged(other, exchange).text == pair.text


@given(seed=st.integers(0, 50))
def test_cropping_keeps_the_answer(seed: int) -> None:
    pair = pair_of("Who bought it?", 1, "Rollo")
    short = cropped(pair, random.Random(seed))
    assert [told(short)[i] for i in short.gold] == [SENTENCES[1]]
    assert answer(short) == "Rollo"


def test_what_agrees_answers_and_what_differs_does_not(wordnet: WordNet) -> None:
    pair = pair_of("For how much was the ferry bought in Oslo?", 1, "900 crowns")
    seen = set()
    for seed in range(60):
        bundle = Contrasts(wordnet).of(pair, ["Bergen"], random.Random(seed))
        assert bundle is not None
        assert bundle[0].gold
        for each in bundle:
            assert answer(each) == ("900 crowns" if each.gold else None)
        if len(bundle) == 4:
            first, question, passage, both = bundle
            assert [bool(p.gold) for p in bundle] == [True, False, False, True]
            assert question.text == first.text != passage.text == both.text
            assert first.question == passage.question != question.question == both.question
            seen.add(both.question)
    assert "For how much was the ferry bought in Bergen?" in seen


def test_who_did_it_is_turned_to_whom_it_was_done(wordnet: WordNet) -> None:
    pair = pair_of("Who purchased the ferry?", 1, "Rollo")
    found = {
        each.question
        for seed in range(60)
        for each in Contrasts(wordnet).of(pair, [], random.Random(seed)) or ()
        if not each.gold
    }
    assert "Who did the ferry purchase?" in found


def test_a_question_is_paired_with_the_nearest_one_that_its_passage_answers() -> None:
    near, far = (
        pair_of("Who bought the ferry?", 1, "Rollo"),
        pair_of("When was it built?", 0, "1901"),
    )
    lost = pair_of("Who bought the bridge?", 1, "Rollo")
    lost = Pair(lost.question, lost.title, lost.text, lost.sentences, (), None, "test")
    assert paired(lost, [far, near]) == (near, lost)
    assert paired(lost, [pair_of("Who swam?", 0, "Ole", ("Ole swam.",))]) is None
