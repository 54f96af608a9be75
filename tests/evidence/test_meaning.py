"""Other languages are read by likeness of meaning, with the real embedder."""

from __future__ import annotations

from pathlib import Path

import pytest

import rag
from rag.documents.sentences import split_sentences
from rag.evidence.meaning import ReaderByMeaning
from rag.languages import MULTILINGUAL
from rag.models.nano import NanoEmbedder
from rag.models.reader import Reading
from rag.schema import Span
from rag.settings import Settings
from rag.testing import FakeReader

GERMAN = "Die Fähre nach Skarvik braucht 35 Minuten. Kinder fahren kostenlos mit."
ENGLISH = "The bridge over the Lund opened in 1932. Trains use it."
BRIDGE = (
    "# Die Brücke\n\nDie Brücke über die Aune wurde 1874 von Karl Vesper gebaut. "
    "Nach dem Hochwasser wurde sie für Lastwagen gesperrt.\n"
)


def passage(text: str) -> tuple[str, str, list[Span]]:
    return "", text, [one.span for one in split_sentences(text, "")]


@pytest.fixture(scope="module")
def embedder() -> NanoEmbedder:
    return NanoEmbedder()


def read(embedder: NanoEmbedder, question: str, *texts: str) -> tuple[list[Reading], FakeReader]:
    base = FakeReader()
    return ReaderByMeaning(base, embedder).read(question, [passage(t) for t in texts]), base


def test_english_is_left_to_the_reader(embedder: NanoEmbedder) -> None:
    question = "When did the bridge over the Lund open?"
    readings, base = read(embedder, question, ENGLISH, GERMAN)
    assert base.questions == [question]
    assert readings[0] == FakeReader().read(question, [passage(ENGLISH)])[0]
    assert readings[1].words == (None, None)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Wie lange dauert die Überfahrt mit der Fähre?", 0, 1),
        ("Combien de temps dure la traversée du ferry ?", 0, 1),
        ("Was zahlen Kinder auf der Fähre?", 1, 0),
    ],
)
def test_the_sentence_that_answers_is_nearest(
    embedder: NanoEmbedder, question: str, right: int, wrong: int
) -> None:
    (reading,), base = read(embedder, question, GERMAN)
    assert base.questions == []
    assert reading.answers[right] > reading.answers[wrong]


def test_a_passage_without_sentences(embedder: NanoEmbedder) -> None:
    reader = ReaderByMeaning(FakeReader(), embedder)
    (reading,) = reader.read("Wie lange dauert die Fahrt mit der Fähre?", [("", "", [])])
    assert reading.answers == ()


def test_a_german_question_is_answered_from_a_german_article(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    settings = Settings(llm="none", embedder=MULTILINGUAL)
    with rag.open(folder, index=tmp_path / "index", settings=settings) as assistant:
        answer = assistant.ask("Wer baute die Brücke über die Aune?")
        assert "Karl Vesper" in answer.text
        assert assistant.ask("Wie viele Bären leben im Tal von Norddalen?").refused
