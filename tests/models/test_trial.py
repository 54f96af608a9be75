"""A model file that ends llama.cpp's process does not end this one."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import trial
from rag.models.loading import bundled_file, load_llm
from tests.models.test_gguf import head, text


def number(key: bytes, value: int) -> bytes:
    return text(key) + struct.pack("<II", 4, value)


def words(key: bytes, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", 8) + text(value)


def layers(count: int) -> bytes:
    """A well-formed file of a model with so many layers, none of which is in it."""
    values = [
        words(b"general.architecture", b"llama"),
        words(b"tokenizer.ggml.model", b"no_vocab"),
        number(b"llama.vocab_size", 8),
        number(b"llama.context_length", 64),
        number(b"llama.embedding_length", 32),
        number(b"llama.feed_forward_length", 32),
        number(b"llama.attention.head_count", 4),
        text(b"llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", 6, 1e-5),
        number(b"llama.block_count", count),
    ]
    return head(*values, values=len(values))


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(trial, "model_folder", lambda: tmp_path / "models")
    return tmp_path / "models" / "tried"


def test_a_file_that_ends_llama_cpp_is_told(tmp_path: Path, tried: Path) -> None:
    file = tmp_path / "many.gguf"
    file.write_bytes(layers(600))
    for _ in range(2):  # it is not taken for tried
        with pytest.raises(ModelError, match="it ends the program that loads it"):
            load_llm(str(file))
    assert not tried.exists()


def test_what_can_be_told_is_told_as_ever(tmp_path: Path, tried: Path) -> None:
    file = tmp_path / "one.gguf"
    file.write_bytes(layers(1))
    with pytest.raises(ModelError, match="incomplete or of a kind that this"):
        load_llm(str(file))
    with pytest.raises(ModelError, match="does not exist"):
        load_llm(str(tmp_path / "none.gguf"))
    assert not tried.exists()


def test_a_file_is_tried_once(tmp_path: Path, tried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.gguf"
    shutil.copy(bundled_file(), file)
    load_llm(str(file), context=512).close()
    assert len(list(tried.iterdir())) == 1

    def none(*_: object, **__: object) -> None:
        raise AssertionError("tried again")

    monkeypatch.setattr(subprocess, "run", none)
    trial.try_out(file)
    os.utime(file, ns=(1, 1))
    with pytest.raises(AssertionError, match="tried again"):
        trial.try_out(file)
