"""A GGUF file made ready by llama.cpp: checked, loaded, with as much context as makes sense.

Owns how it is loaded, and how what it was taught is put on it: a low-rank adapter (Hu et al. 2021,
https://arxiv.org/abs/2106.09685). Knows nothing of prompts.
"""

from __future__ import annotations

import ctypes
import logging
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.models.gguf import check_head

_WRITES = 500_000_000  # parameters from which on a model may write freely
_LARGE, _SMALL = 4096, 2048  # tokens of context where none is set, with and without that
_INTEL = ("x86_64", "AMD64")
_LOADING = threading.Lock()
_AGAIN = "Install Quoth again."


def check_file(path: Path) -> None:
    """Raise `ModelError` for a file that is missing, no GGUF file or has an untrue head."""
    if not path.is_file():
        raise ModelError(f"The model file {path} does not exist. Check the setting QUOTH_LLM.")
    try:
        check_head(path)
    except OSError as error:
        raise ModelError(
            f"The model file {path} cannot be opened: {error.strerror}. Check its permissions."
        ) from error


def load_file(path: Path, context: int, gpu_layers: int, threads: int) -> Any:
    """The model of a file; the arguments are those of `LlamaCpp`.

    Raises:
        ModelError: It cannot be loaded.
    """
    from llama_cpp import Llama

    try:
        with _LOADING, as_in_the_file(), _templates_left():
            return Llama(
                str(path),
                n_ctx=context or _usual(path),
                n_gpu_layers=gpu_layers,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
                seed=0,
            )
    except (ValueError, RuntimeError, AssertionError) as error:
        raise ModelError(
            f"The model file {path} cannot be loaded: it is incomplete or of a kind that this "
            "llama.cpp does not know. Download it again or choose another."
        ) from error


@contextmanager
def as_in_the_file() -> Iterator[None]:
    """Weights stay as the file has them, mapped into memory, on processors of Intel's kind.

    llama.cpp would make a copy in another order: 0.6 GB more for the writer, slower with prompts
    (48 against 64 tokens a CPU second) and little quicker at writing (7.2 against 6.2). Where it
    was compiled by GCC 12 for a processor with AMX, that order also ends the process at the first
    prompt. llama-cpp-python has no option for it, only its defaults.
    """
    from llama_cpp import llama_cpp as bindings

    if platform.machine() not in _INTEL:
        yield
        return
    usual = bindings.llama_model_default_params

    def plain() -> Any:
        options = usual()
        options.use_extra_bufts = False
        return options

    bindings.llama_model_default_params = plain
    try:
        yield
    finally:
        bindings.llama_model_default_params = usual


@contextmanager
def _templates_left() -> Iterator[None]:
    """No chat template is compiled here, which alone can take forever: `template` fills them in."""
    from llama_cpp import llama_chat_format as formats

    class Left:
        """In the place of one that was compiled."""

        def __init__(self, **_: Any) -> None:
            pass

        def to_chat_handler(self) -> None:
            return None

    usual = formats.Jinja2ChatFormatter
    formats.Jinja2ChatFormatter = Left
    try:
        yield
    finally:
        formats.Jinja2ChatFormatter = usual


def _usual(path: Path) -> int:
    """The context of a model for which none is set; only the file's first pages are read.

    Raises:
        ValueError: llama.cpp cannot read them.
    """
    import llama_cpp

    logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)  # it takes warnings for errors
    options = llama_cpp.llama_model_default_params()
    options.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(os.fsencode(path), options)
    if model is None:
        raise ValueError("not readable")
    try:
        usual = _LARGE if llama_cpp.llama_model_n_params(model) >= _WRITES else _SMALL
        kind = _told(model, b"general.architecture")
        trained = _told(model, kind + b".context_length")
    finally:
        llama_cpp.llama_model_free(model)
    return min(usual, int(trained)) if trained.isdigit() and int(trained) else usual


def _told(model: Any, key: bytes) -> bytes:
    """What the file says of itself under a key; empty where it says nothing."""
    import llama_cpp

    buffer = ctypes.create_string_buffer(64)
    llama_cpp.llama_model_meta_val_str(model, key, buffer, len(buffer))
    return buffer.value


def load_adapter(llama: Any, path: Path) -> Any:
    """The adapter of a GGUF file, in use in the model's own context, and freed with it.

    Args:
        llama: The model as llama-cpp-python has it; closed where the adapter fails.
        path: The file.

    Raises:
        ModelError: It is missing, or made for another model.
    """
    import llama_cpp

    adapter = llama_cpp.llama_adapter_lora_init(llama.model, os.fsencode(path))
    if not adapter:
        name = Path(llama.model_path).name
        llama.close()
        raise ModelError(f"{path} cannot be put on the model {name}. {_AGAIN}")
    put_on(adapter, llama.ctx)
    return adapter


def put_on(adapter: Any, context: Any) -> None:
    """Use an adapter in a context (`llama_context_p`). Raises `ModelError`: llama.cpp fails."""
    import llama_cpp

    adapters = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(adapter)
    if llama_cpp.llama_set_adapters_lora(context, adapters, 1, (ctypes.c_float * 1)(1.0)):
        raise ModelError(f"What the model was taught cannot be used. {_AGAIN}")


def may_write(llama: Any) -> bool:
    """Whether a model is large enough to write freely."""
    import llama_cpp

    return int(llama_cpp.llama_model_n_params(llama.model)) >= _WRITES
