"""What a language model was taught for this program: a low-rank adapter, put on its contexts.

Low-rank adaptation: Hu et al. 2021, https://arxiv.org/abs/2106.09685. The one for the writer comes
with the install; how it was taught stands beside it. Owns the file and how llama.cpp takes it.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

from rag.errors import ModelError

TAUGHT = Path(__file__).parent / "writer" / "taught.gguf"


class Adapter:
    """An adapter of a loaded model, freed with it."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    @staticmethod
    def of(llama: Any, path: Path) -> Adapter:
        """The adapter of a file, in use in a model's own context.

        Args:
            llama: The model as llama-cpp-python has it; closed where the adapter fails.
            path: The GGUF file of the adapter.

        Raises:
            ModelError: It is missing, or made for another model.
        """
        import llama_cpp

        adapter = llama_cpp.llama_adapter_lora_init(llama.model, os.fsencode(path))
        if not adapter:
            name = Path(llama.model_path).name
            llama.close()
            raise ModelError(f"{path} cannot be put on the model {name}. {_AGAIN}")
        found = Adapter(adapter)
        found.put_on(llama.ctx)
        return found

    def put_on(self, context: Any) -> None:
        """Use it in a context (`llama_context_p`). Raises `ModelError`: llama.cpp fails."""
        import llama_cpp

        adapters = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(self._adapter)
        if llama_cpp.llama_set_adapters_lora(context, adapters, 1, (ctypes.c_float * 1)(1.0)):
            raise ModelError(f"What the model was taught cannot be used. {_AGAIN}")


_AGAIN = "Install Quoth again."
