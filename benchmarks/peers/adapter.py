"""What every adapter speaks with `benchmarks/peers/run.py`: a JSON object a line, in and out.

    {"do": "ingest", "documents": FOLDER, "index": FOLDER}  → {"passages", "seconds", "peak"}
    {"do": "open", "index": FOLDER}                         → {"seconds"}
    {"do": "search", "id": 1, "question": TEXT}             → {"id", "seconds", "found"}
    {"do": "ask", "id": 2, "question": TEXT}                → {"id", "at": "evidence"},
                                          {"id", "at": "first"}, {"id", "seconds", "text"}

Several questions may be under way. Only the standard library is used here, since each adapter
runs in an environment of its own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

EMBEDDER = os.environ.get("BENCH_EMBEDDER", "")  # a folder of sentence-transformers
MODEL = os.environ.get("BENCH_MODEL", "")  # a GGUF file
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
CONTEXT, LIMIT = 4096, 256  # tokens
PASSAGE, FOUND = 800, 5  # characters of a passage, passages that a question is answered from
USERS = 16
# The prompt of LangChain's tutorial, for those that bring none of their own.
PROMPT = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved "
    "context to answer the question. If you don't know the answer, just say that you don't know. "
    "Use three sentences maximum and keep the answer concise.\nQuestion: {question}\n"
    "Context: {context}\nAnswer:"
)

Told = Callable[[str], None]


class Peer:
    """A way to answer questions about a folder of text files.

    Attributes:
        together: Whether several questions may be asked at once; else one waits for another.
    """

    together = False

    def ingest(self, documents: Path, index: Path) -> int:
        """Split, embed and keep the files; how many passages there are."""
        raise NotImplementedError

    def open(self, index: Path) -> None:
        """Make ready to answer."""
        raise NotImplementedError

    def search(self, question: str) -> list[str]:
        """The texts that are nearest to a question."""
        raise NotImplementedError

    def ask(self, question: str, told: Told) -> str:
        """The answer; `told` hears of "evidence" and of "first", the first word or claim."""
        raise NotImplementedError


def serve(peer: Peer) -> None:
    """Do what the lines of standard input say, until it ends."""
    out, saying = os.fdopen(os.dup(1), "w"), threading.Lock()
    os.dup2(2, 1)  # what libraries print is no answer

    def say(**values: Any) -> None:
        with saying:
            print(json.dumps(values), file=out, flush=True)

    turn = nullcontext() if peer.together else threading.Lock()
    with ThreadPoolExecutor(USERS) as pool:
        for line in sys.stdin:
            asked = json.loads(line)
            if asked["do"] in ("ingest", "open"):
                _prepare(peer, asked, say)
            else:
                pool.submit(_answer, peer, asked, say, turn)


def _prepare(peer: Peer, asked: dict[str, Any], say: Callable[..., None]) -> None:
    began, index = time.perf_counter(), Path(asked["index"])
    if asked["do"] == "open":
        peer.open(index)
        say(seconds=time.perf_counter() - began)
        return
    passages = peer.ingest(Path(asked["documents"]), index)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    say(passages=passages, seconds=seconds, peak=peak)


def _answer(peer: Peer, asked: dict[str, Any], say: Callable[..., None], turn: Any) -> None:
    began, id_ = time.perf_counter(), asked["id"]
    try:
        with turn:
            if asked["do"] == "search":
                found: dict[str, Any] = {"found": peer.search(asked["question"])}
            else:
                found = {"text": peer.ask(asked["question"], lambda at: say(id=id_, at=at))}
    except Exception as error:  # the runner says which peer failed, and how
        found = {"error": f"{type(error).__name__}: {error}"}
    say(id=id_, seconds=time.perf_counter() - began, **found)


def texts(documents: Path) -> list[tuple[str, str]]:
    """Names and texts of the files."""
    return [(p.name, p.read_text("utf-8")) for p in sorted(documents.iterdir()) if p.is_file()]
