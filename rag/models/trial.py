"""A model file that was never loaded here is loaded by a process of its own first.

llama.cpp ends its process at what it takes for impossible, as 600 layers, however well formed the
file is. What went well is remembered by the file's identity, so that only its first load costs
more. Knows nothing of what a head holds.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from rag.errors import ModelError
from rag.models.download import model_folder
from rag.models.llamacpp import LlamaCpp

_CONTEXT = 512  # tokens, enough for a word
_WAITING = 600.0  # seconds; to read a large file from a slow disk takes minutes
_TOLD = 3  # how the process ends that can say why a file is not loaded
_ROOT = str(Path(__file__).parents[2])
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from rag.models.trial import serve; serve()"


def try_out(path: Path) -> None:
    """Raise `ModelError` for a file that ends the process which loads it.

    What else is wrong with it is told when it is loaded.
    """
    mark = _mark(path)
    if mark is None or mark.exists():
        return
    command = [sys.executable, "-c", _CODE, _ROOT, str(path)]
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WAITING,
        ).returncode
    except subprocess.TimeoutExpired:
        ended = -1
    if ended == 0:
        with suppress(OSError):  # then it is tried again
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
    elif ended != _TOLD:
        raise ModelError(
            f"The model file {path} cannot be loaded: it ends the program that loads it, or there "
            "is too little memory for it. Get it from its maker again, or choose another."
        )


def serve() -> None:
    """Be the process: load the file and write a word."""
    try:
        model = LlamaCpp(Path(sys.argv[2]), context=_CONTEXT)
        list(model.stream(head="You greet.", request="Greet.", limit=1))
    except ModelError:
        os._exit(_TOLD)
    os._exit(0)


def _mark(path: Path) -> Path | None:
    """What tells that a file went well, with this llama.cpp; `None` where there is no such file."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # a name that no file can have among them
        return None
    of = (
        path.resolve(),
        found.st_size,
        found.st_mtime_ns,
        found.st_ino,
        version("llama_cpp_python"),
    )
    return model_folder() / "tried" / hashlib.sha256(repr(of).encode()).hexdigest()[:32]
