"""The reader: its layout of tokens, its file, and that what stands beside does not matter."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.models.encoder import load_tokenizer
from rag.models.reader import (
    AGAIN,
    BUNDLED_READER,
    KNOWN,
    LARGE,
    LARGER,
    LONGEST,
    SMALL,
    WEIGHTS,
    EncoderReader,
    Reading,
    build_network,
    collate,
    encode,
    packed_network,
)
from rag.schema import Span
from rag.testing import FakeReader
from training.weights import load_reader, save_network

QUESTION = "When was the ferry Hanna built?"
SENTENCES = [
    "The ferry Hanna was built in 1962 at the Skarvik yard.",
    "She carries 120 passengers.",
    "Tickets are sold on board.",
]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer()


@pytest.fixture(scope="module")
def reader() -> EncoderReader:
    return EncoderReader()


def passage(sentences: Sequence[str], *, title: str = "A title") -> tuple[str, str, list[Span]]:
    text, spans = "", []
    for sentence in sentences:
        text += " " if text else ""
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence
    return title, text, spans


ASKED = (QUESTION, *passage(SENTENCES))


# encode


def read_back(
    tokenizer: Any, question: str, sentences: Sequence[str], *, title: str = ""
) -> list[str]:
    """The text that the token range of each sentence covers."""
    title, text, spans = passage(sentences, title=title)
    pair = encode(tokenizer, question, title, text, spans)
    assert len(pair.ids) == len(pair.types) == len(pair.offsets) <= LONGEST
    found = []
    for span in pair.sentences:
        offsets = pair.offsets[span.start : span.end]
        found.append(text[offsets[0].start : offsets[-1].end] if offsets else "")
    return found


@pytest.mark.parametrize(
    "sentences",
    [
        SENTENCES,
        ["One."],
        ["Die Brücke kostete «viel» Geld.", "Åse Ødegård baute sie."],
        ["Cafe\u0301 noir.", "Nai\u0308ve e\u0301te\u0301."],  # combining accents
        ["東京の人口は多い。", "大阪も。"],
        ["🦆 geese fly 🪿🪿.", "They 👨‍👩‍👧 land."],
        ["Ａ full-width １５ ％.", "ﬁne ligature."],
    ],
)
def test_a_sentence_s_tokens_cover_it_and_nothing_else(
    tokenizer: Any, sentences: list[str]
) -> None:
    assert read_back(tokenizer, QUESTION, sentences, title="Ein Titel — 題") == sentences


def test_layout(tokenizer: Any) -> None:
    title, text, spans = passage(SENTENCES)
    pair = encode(tokenizer, QUESTION, title, text, spans)
    words = [tokenizer.id_to_token(token) for token in pair.ids]
    assert words[0] == "[CLS]"
    assert words[-1] == "[SEP]"
    assert words.count("[SEP]") == 2
    asked = words.index("[SEP]") + 1
    assert pair.types == [0] * asked + [1] * (len(words) - asked)
    assert words[asked : asked + 3] == ["a", "title", "."]
    assert pair.sentences[0].start == asked + 3


def test_the_large_network_s_tokens_are_the_small_one_s_with_other_signs_between(
    tokenizer: Any,
) -> None:
    small, large = (encode(tokenizer, *ASKED, shape) for shape in (SMALL, LARGE))
    asked = small.types.index(1)
    words = [*small.ids[1 : asked - 1], *small.ids[asked:-1]]
    assert large.ids[0] == 0
    assert large.ids[asked - 1 : asked + 1] == [2, 2] == 2 * large.ids[-1:]
    assert [*large.ids[1 : asked - 1], *large.ids[asked + 1 : -1]] == [id_ + 4 for id_ in words]
    for one, other in zip(small.sentences, large.sentences, strict=True):
        assert small.offsets[slice(*one)] == large.offsets[slice(*other)]


def test_without_a_title_there_is_no_lone_point(tokenizer: Any) -> None:
    title, text, spans = passage(["One."], title="")
    pair = encode(tokenizer, "Who?", title, text, spans)
    assert [tokenizer.id_to_token(token) for token in pair.ids][4:6] == ["one", "."]


def test_what_does_not_fit_is_cut_and_told(tokenizer: Any) -> None:
    sentences = [f"Sentence number {number} says a little more." for number in range(60)]
    title, text, spans = passage(sentences)
    pair = encode(tokenizer, QUESTION, title, text, spans)
    assert len(pair.ids) == LONGEST
    reached = [span for span in pair.sentences if span.end > span.start]
    assert 0 < len(reached) < len(sentences)
    assert pair.sentences[: len(reached)] == reached
    assert set(pair.sentences[len(reached) :]) == {Span(0, 0)}
    assert reached[-1].end <= LONGEST - 1


def test_a_very_long_question_leaves_room_for_the_passage(tokenizer: Any) -> None:
    found = read_back(tokenizer, "why " * 2000, SENTENCES, title="title " * 500)
    assert found == SENTENCES


_WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cn", "Co"]),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(sentences=st.lists(_WORD, min_size=1, max_size=6), question=st.text(max_size=40))
def test_ranges_lie_in_order_within_the_passage(
    tokenizer: Any, sentences: list[str], question: str
) -> None:
    title, text, spans = passage(sentences)
    pair = encode(tokenizer, question, title, text, spans)
    for span, within in zip(spans, pair.sentences, strict=True):
        offsets = pair.offsets[within.start : within.end]
        assert all(o.start < span.end and span.start < o.end for o in offsets)
    reached = [span for span in pair.sentences if span != Span(0, 0)]
    assert reached == sorted(reached)


def test_collate_pads_and_marks_members(tokenizer: Any) -> None:
    short = encode(tokenizer, "Who?", *passage(["One."], title=""))
    long = encode(tokenizer, QUESTION, *passage(SENTENCES))
    ids, types, mask, members = collate([short, long])
    assert ids.shape == types.shape == mask.shape == (2, len(long.ids))
    assert mask.sum(1).tolist() == [len(short.ids), len(long.ids)]
    assert members.shape == (2, 3, len(long.ids))
    assert members[0].sum(1).tolist() == [short.sentences[0].end - short.sentences[0].start, 0, 0]
    for index, span in enumerate(long.sentences):
        assert members[1, index].nonzero().flatten().tolist() == [*range(*span)]


# reading


def read(reader: EncoderReader, *passages: tuple[str, str, list[Span]]) -> list[Reading]:
    return reader.read(QUESTION, passages)


def close(one: Reading, other: Reading) -> bool:
    return bool(
        np.allclose([one.none, *one.answers], [other.none, *other.answers], rtol=0, atol=1e-4)
    )


def test_one_logit_a_sentence_and_one_for_none(reader: EncoderReader) -> None:
    one, other = read(reader, passage(SENTENCES), passage(["Geese fly."]))
    assert (len(one.answers), len(other.answers)) == (3, 1)
    assert all(math.isfinite(logit) for logit in (*one.answers, one.none))
    assert read(reader) == []


def test_the_sentence_that_answers_stands_out(reader: EncoderReader) -> None:
    answers = read(reader, passage(SENTENCES))[0].answers
    assert max(answers) == answers[0]


def test_the_answering_words_are_marked(reader: EncoderReader) -> None:
    title, text, spans = passage(SENTENCES)
    (reading,) = reader.read(QUESTION, [(title, text, spans)])
    first = reading.words[0]
    assert first is not None
    assert text[first.start : first.end] in ("1962", "in 1962")


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), max_size=6))
@settings(deadline=None, max_examples=25)
def test_marked_words_lie_in_their_sentence(reader: EncoderReader, sentences: list[str]) -> None:
    title, text, spans = passage(sentences)
    (reading,) = reader.read(QUESTION, [(title, text, spans)])
    assert len(reading.words) == len(spans)
    for span, words in zip(spans, reading.words, strict=True):
        assert words is None or span.start <= words.start < words.end <= span.end


def test_reading_twice_is_reading_once(reader: EncoderReader) -> None:
    passages = [passage(SENTENCES), passage(["Geese fly."])]
    assert read(reader, *passages) == read(EncoderReader(), *passages)


def test_what_was_just_read_is_known_and_no_more_than_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = EncoderReader()
    found = read(own, passage(SENTENCES))
    work = own._reading
    done: list[str] = []

    def reading(
        network: Any, question: str, title: str, text: str, spans: Sequence[Span]
    ) -> Reading:
        done.append(text)
        return work(network, question, title, text, spans)

    monkeypatch.setattr(own, "_reading", reading)
    assert read(own, passage(SENTENCES)) == found
    assert not done
    for number in range(KNOWN // 2 + 1):  # by both networks
        read(own, passage([f"It rained {number} days."]))
    assert len(own._known) <= KNOWN
    assert read(own, passage(SENTENCES)) == found
    assert done[-1] == passage(SENTENCES)[1]


def test_a_passage_reads_the_same_whatever_stands_beside_it(reader: EncoderReader) -> None:
    alone = read(reader, passage(SENTENCES))[0]
    long = passage([f"Sentence number {number} says a little more." for number in range(40)])
    beside = read(EncoderReader(), passage(["Geese fly."]), passage(SENTENCES), long)[1]
    assert close(alone, beside)


def test_the_large_network_reads_the_best_again_and_they_stay_above_the_others(
    reader: EncoderReader,
) -> None:
    passages = [passage(["Geese fly."]), passage(SENTENCES), passage(["It rained.", "Ada led."])]
    small = [reader._read(reader._small, QUESTION, *each) for each in passages]
    large = [reader._read(reader._large, QUESTION, *each) for each in passages]
    found = read(reader, *passages)
    again = sorted(range(3), key=lambda place: -small[place].odds)[:AGAIN]
    assert [found[place] for place in again] == [large[place] for place in again]
    (left,) = {0, 1, 2}.difference(again)
    assert found[left].odds <= min(found[place].odds for place in again) + 1e-6
    assert found[left].none == small[left].none


def test_without_the_large_network_the_small_one_reads_alone(
    tmp_path: Path, reader: EncoderReader
) -> None:
    for name in ("reader.json", "reader.safetensors"):
        shutil.copy(BUNDLED_READER / name, tmp_path / name)
    (alone,) = read(EncoderReader(tmp_path), passage(SENTENCES))
    assert alone == reader._read(reader._small, *ASKED)


def test_nothing_that_was_read_has_no_odds() -> None:
    assert Reading((), 0.0).odds == -math.inf == Reading((-math.inf,), 0.0).odds
    assert Reading((-math.inf,), 0.0).held_below(1.0).odds == -math.inf


def test_a_sentence_that_was_cut_off_cannot_answer(reader: EncoderReader) -> None:
    sentences = [f"Sentence number {number} says a little more." for number in range(60)]
    answers = read(reader, passage(sentences))[0].answers
    assert len(answers) == 60
    assert math.isfinite(answers[0])
    assert answers[-1] == -math.inf


@pytest.mark.parametrize("text", ["", "…", "😀", "\u200b"])
def test_a_passage_of_hardly_anything_is_read(reader: EncoderReader, text: str) -> None:
    found = read(reader, ("", text, [Span(0, len(text))]))[0]
    assert len(found.answers) == 1
    assert math.isfinite(found.none)


# its file


def test_saving_and_loading_keeps_the_weights(tmp_path: Path) -> None:
    network = build_network()
    save_network(network, tmp_path / "new" / WEIGHTS, {"trained": "never"})
    loaded = load_reader(tmp_path / "new")
    assert not loaded.training
    for name, value in network.state_dict().items():
        have, wanted = loaded.state_dict()[name].numpy(), value.numpy()
        if wanted.ndim < 2:
            assert np.array_equal(have, wanted)
        else:  # int8 with a scale a row: half a step off at most
            step = np.abs(wanted).max(1, keepdims=True) / 127
            assert (np.abs(have - wanted) <= step * 0.51 + 1e-9).all()


def test_saving_what_was_loaded_changes_nothing(tmp_path: Path, reader: EncoderReader) -> None:
    save_network(load_reader(BUNDLED_READER), tmp_path / WEIGHTS, {})
    again = packed_network(tmp_path)
    assert close(reader._read(again, *ASKED), reader._read(reader._small, *ASKED))


@pytest.mark.parametrize("folder", [BUNDLED_READER, BUNDLED_READER / LARGER])
def test_eight_bits_say_what_floats_say(folder: Path, reader: EncoderReader) -> None:
    packed = reader._read(reader._small if folder == BUNDLED_READER else reader._large, *ASKED)
    whole = reader._read(load_reader(folder), *ASKED)
    assert np.allclose([packed.none, *packed.answers], [whole.none, *whole.answers], atol=0.8)
    assert packed.words[0] == whole.words[0]


def broken(folder: Path, how: str) -> None:
    file = folder / "reader.safetensors"
    data = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif how == "no such format":
        file.write_bytes(b"what is this " * 1000)
    else:
        from safetensors.numpy import save_file

        save_file({"another.weight": np.zeros((2, 2), np.float32)}, file)


@pytest.mark.parametrize("how", ["missing", "empty", "cut", "no such format", "another network"])
def test_files_that_are_missing_or_broken_are_told(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(BUNDLED_READER, folder)
    broken(folder, how)
    with pytest.raises(ModelError, match="missing or broken") as caught:
        EncoderReader(folder)
    assert str(folder) in str(caught.value)


def test_the_fake_keeps_the_same_protocol() -> None:
    found = FakeReader().read(QUESTION, [passage(SENTENCES), passage(["Geese fly."])])
    assert [len(reading.answers) for reading in found] == [3, 1]
    assert max(found[0].answers) == found[0].answers[0] > found[0].none
    assert found[1].answers[0] < found[1].none
