"""The reader's ends for open questions: read apart, whole, and on states that are made once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from rag.errors import ModelError
from rag.evidence.meaning import ReaderByMeaning
from rag.models.nano import NanoEmbedder
from rag.models.reader import (
    BEGUN,
    BUNDLED_READER,
    ENDS,
    LARGER,
    SHARED,
    EncoderReader,
    Reading,
    for_open,
    packed_network,
    with_ends,
)
from rag.schema import Span
from rag.testing import FakeReader

QUESTION = "Why does the ferry carry fewer people in winter?"
FACT = "In winter the ferry Hanna carries 80 people in place of 120."
TOLD = f"{FACT} Ice on the rails makes the upper deck too dangerous, the harbour master says."
LEFT_OPEN = f"{FACT} The harbour master would not say what had led to it."


@pytest.fixture(scope="module")
def reader() -> EncoderReader:
    return EncoderReader()


def read(reader: Any, text: str) -> Reading:
    spans = [Span(0, len(FACT)), Span(len(FACT) + 1, len(text))]
    found: Reading = reader.read(QUESTION, [("The ferry", text, spans)])[0]
    return found


def test_open_questions_are_read_by_ends_of_their_own(reader: EncoderReader) -> None:
    short, openly = read(reader, TOLD), read(for_open(reader), TOLD)
    assert short != openly
    assert read(reader, TOLD) == short  # what is known of the two is not mixed up
    assert openly.odds > read(for_open(reader), LEFT_OPEN).odds


def test_the_layers_below_read_a_passage_once_for_both(
    reader: EncoderReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = EncoderReader()
    short, alone = read(fresh, TOLD), read(for_open(reader), TOLD)
    monkeypatch.setattr(fresh.open._large, "begun", None)  # it may not be asked again
    assert read(for_open(fresh), TOLD) == alone
    assert read(fresh, TOLD) == short


def test_states_of_no_more_than_the_last_passages_are_kept() -> None:
    reader = EncoderReader()
    for number in range(BEGUN + 2):
        read(reader, f"{TOLD} It is the {number}th winter.")
    assert len(reader._begun) == BEGUN


def test_a_reader_without_ends_is_the_reader_of_open_questions(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED_READER, tmp_path / "reader")
    (tmp_path / "reader" / LARGER / ENDS).unlink()
    for plain in (EncoderReader(tmp_path / "reader"), FakeReader()):
        assert for_open(plain) is plain
        by_meaning = ReaderByMeaning(plain, NanoEmbedder())
        assert for_open(by_meaning) is by_meaning


def test_beside_other_languages_english_is_read_by_the_ends(reader: EncoderReader) -> None:
    by_meaning = for_open(ReaderByMeaning(reader, NanoEmbedder()))
    assert read(by_meaning, TOLD) == read(for_open(reader), TOLD)


def test_ends_that_are_not_whole_are_told(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED_READER, tmp_path / "reader")
    file = tmp_path / "reader" / LARGER / ENDS
    stored = {n: v for n, v in load_file(file).items() if "layer.11.outp" not in n}
    save_file(stored, file)
    with pytest.raises(ModelError, match="missing or broken"):
        EncoderReader(tmp_path / "reader")


def test_ends_share_the_layers_below() -> None:
    network = packed_network(BUNDLED_READER / LARGER)
    ended = with_ends(network, BUNDLED_READER / LARGER / ENDS)
    ours, theirs = (n.encoder.encoder["layer"] for n in (ended, network))
    same = [one is other for one, other in zip(ours, theirs, strict=True)]
    assert same == [place < SHARED for place in range(len(theirs))]
