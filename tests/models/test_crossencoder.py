"""A cross-encoder in the reader's place: a real one, small, made and saved here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rag
from rag.errors import ModelError
from rag.models import load_reader
from rag.models.crossencoder import CrossEncoderReader
from rag.models.embedder import SentenceTransformerEmbedder, bundled_folder
from rag.schema import Span
from rag.settings import Settings

QUESTION = "When was the ferry Hanna built?"
TEXT = "The ferry Hanna was built in 1962. She carries 120 passengers."
SPANS = (Span(0, 34), Span(35, 62))


def make(folder: Path, *, labels: int = 1) -> Path:
    """A cross-encoder with the bundled encoder's tokenizer, one layer, and chance weights."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("cross") / "encoder")


def test_sentences_share_the_score_of_their_passage(folder: Path) -> None:
    import torch
    from sentence_transformers import CrossEncoder

    reader = CrossEncoderReader(str(folder))
    (reading,) = reader.read(QUESTION, [("The ferry", TEXT, SPANS)])
    model = CrossEncoder(str(folder), device="cpu", activation_fn=torch.nn.Identity())
    whole = float(model.predict([(QUESTION, f"The ferry. {TEXT}")])[0])
    parts = model.predict([(QUESTION, TEXT[s.start : s.end]) for s in SPANS])
    assert np.log(np.exp(reading.answers).sum()) == pytest.approx(whole, abs=1e-4)
    assert np.diff(reading.answers) == pytest.approx(np.diff(parts), abs=1e-4)
    assert (reading.none, reading.words) == (0.0, ())


@pytest.mark.parametrize("load", [CrossEncoderReader, SentenceTransformerEmbedder])
def test_weights_in_a_pickle_are_not_loaded(tmp_path: Path, load: Callable[[str], object]) -> None:
    import torch
    from safetensors.torch import load_file

    folder = make(tmp_path / "pickled")
    load(str(folder))
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ModelError, match="safetensors"):
        load(str(folder))


def test_passages_do_not_mix(folder: Path) -> None:
    reader = CrossEncoderReader(str(folder))
    one, other = ("A", TEXT, SPANS), ("", "Tickets are sold on board.", (Span(0, 26),))
    both = reader.read(QUESTION, [one, other])
    alone = [*reader.read(QUESTION, [one]), *reader.read(QUESTION, [other])]
    for here, there in zip(both, alone, strict=True):
        assert here.answers == pytest.approx(there.answers, abs=1e-4)
    assert reader.read(QUESTION, []) == []
    assert reader.read(QUESTION, [("A", TEXT, ())])[0].answers == ()


def test_text_of_any_length_and_kind_is_read(folder: Path) -> None:
    reader = CrossEncoderReader(str(folder))
    long = "word " * 5000
    (reading,) = reader.read("\ud800 " + long, [("", long, (Span(0, len(long)),))])
    assert np.isfinite(reading.answers).all()


def test_one_that_is_not_there_or_gives_several_scores_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        CrossEncoderReader(str(tmp_path / "nothing"))
    with pytest.raises(ModelError, match="gives 3 scores"):
        load_reader(str(make(tmp_path / "three", labels=3)))


def test_the_setting_names_it_and_it_answers(folder: Path, tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "ferry.txt").write_text(f"The ferry\n\n{TEXT}\n")
    settings = Settings(reader=str(folder), llm="none", strictness=0.0)
    with rag.open(articles, index=tmp_path / "index", settings=settings) as assistant:
        answer = assistant.ask(QUESTION)
        assert answer.claims
        assert answer.claims[0].text in TEXT
        assistant.use(Settings(llm="none"))
        assert "1962" in assistant.ask(QUESTION).text
