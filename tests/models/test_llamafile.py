"""An adapter on a real model: it changes what the model says, and only where it is put on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rag.errors import ModelError
from rag.models import LlamaCpp
from rag.models.gguf import check_head
from rag.models.loading import TAUGHT, bundled_file, load_llm
from training.train_writer import LowRank, save

HEAD, REQUEST = "You say yes or no.", "Is a bridge a fish? Answer Yes or No."


def made(file: Path, size: float) -> Path:
    """An adapter of the bundled model that adds so much by chance to one layer."""
    torch.manual_seed(0)
    beside = LowRank(torch.nn.Linear(576, 1536, bias=False))
    torch.nn.init.normal_(beside.b, std=size) if size else None
    save({"blk.20.ffn_up.weight": beside}, file, "llama")
    return file


def said(llm: LlamaCpp) -> tuple[float, str]:
    text = "".join(llm.stream(head=HEAD, request="Tell me of a bridge.", limit=12))
    return llm.odds(head=HEAD, request=REQUEST), text


def test_what_was_taught_is_heard_in_texts_and_in_odds(tmp_path: Path, llm: LlamaCpp) -> None:
    nothing = LlamaCpp(bundled_file(), threads=1, taught=made(tmp_path / "nothing.gguf", 0.0))
    much = LlamaCpp(bundled_file(), threads=1, taught=made(tmp_path / "much.gguf", 3.0))
    try:
        assert (nothing.taught, much.taught, llm.taught) == (True, True, False)
        assert said(nothing) == pytest.approx(said(llm), abs=1e-3)
        odds, text = said(much)
        aside = much.odds(head="Say yes or no.", request=REQUEST)
        assert abs(odds - said(llm)[0]) > 0.1
        assert abs(aside - llm.odds(head="Say yes or no.", request=REQUEST)) > 0.1
        assert text != said(llm)[1]
    finally:
        nothing.close()
        much.close()


def test_one_that_was_made_for_another_model(tmp_path: Path) -> None:
    check_head(TAUGHT)  # it comes with the install
    for file in (TAUGHT, tmp_path / "missing.gguf"):
        with pytest.raises(ModelError, match="Install Quoth again"):
            LlamaCpp(bundled_file(), threads=1, taught=file)


def test_the_bundled_model_was_taught_nothing() -> None:
    small = load_llm(threads=1)
    assert not small.taught
    small.close()
