"""One frozen Settings, and the only reader of the environment.

Every field has a default that works with what the install brings. A setting is read from
the environment as `QUOTH_<NAME>` (for example `QUOTH_LLM=/models/qwen.gguf`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from rag.errors import SettingsError

BUNDLED = "bundled"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may change.

    Attributes:
        folder: The folder of articles that the page and the commands use.
        index: Where the library is kept; empty means `index/<folder's name>`.
        embedder: `bundled`, or the name or folder of a sentence-transformers model.
        llm: `bundled`, the path of a GGUF file, `repo/name:file.gguf` on Hugging Face, or
            `none` to answer with the articles' own sentences only.
        context: Context window of the language model, in tokens.
        gpu_layers: Layers of the language model to put on a GPU; -1 means all.
        threads: Threads for the models; 0 means one per core.
        passage_characters: Longest passage, in characters; a longer sentence stands alone.
        strictness: 0..1; the confidence below which a question is refused.
    """

    folder: str = "seeds"
    index: str = ""
    embedder: str = BUNDLED
    llm: str = BUNDLED
    context: int = 2048
    gpu_layers: int = 0
    threads: int = 0
    passage_characters: int = 800
    strictness: float = 0.5

    def __post_init__(self) -> None:
        checks = (
            ("context", self.context >= 512, "at least 512"),
            ("threads", self.threads >= 0, "0 or more"),
            ("gpu_layers", self.gpu_layers >= -1, "-1 or more"),
            ("passage_characters", 200 <= self.passage_characters <= 4000, "from 200 to 4000"),
            ("strictness", 0.0 <= self.strictness <= 1.0, "from 0 to 1"),
        )
        for name, holds, wanted in checks:
            if not holds:
                value = getattr(self, name)
                raise SettingsError(f"The setting {name} is {value}; it must be {wanted}.")

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings named `QUOTH_…`; everything else keeps its default.

        Raises:
            SettingsError: A value is not of the setting's type or out of its range.

        >>> Settings.from_environment({"QUOTH_CONTEXT": "4096"}).context
        4096
        """
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for setting in fields(Settings):
            name = f"QUOTH_{setting.name.upper()}"
            if name in source:
                values[setting.name] = _parse(name, source[name], type(setting.default))
        return Settings(**values)


def _parse(name: str, text: str, kind: Any) -> Any:
    try:
        return kind(text)
    except ValueError:
        wanted = {int: "a whole number", float: "a number"}[kind]
        message = f"The environment variable {name} is {text!r}; it must be {wanted}."
        raise SettingsError(message) from None
