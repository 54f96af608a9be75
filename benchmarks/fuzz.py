"""What readers, splitter, answers and index loader make of bytes that nobody would write.

    pip install atheris==3.0.0
    python benchmarks/fuzz.py [TARGET ...] [--seconds N] [--seed N] [--findings FOLDER]

Atheris, which looks where the code has been, changes small sound inputs (libFuzzer) and gives them
to one target after another, each for so many seconds in a process of its own. A fault is what is
no message for a person: an exception, a wrong offset, a lost character, more than 20 seconds, a
process that dies. Each kind of fault is kept once, as the bytes that led to it, and what came of
it is printed; a fault that is mended belongs into `tests/test_fuzzed.py`.

What a reader of packed files raises ends in its process and is told as a damaged file, so that
only those of text count as faulty when they raise. Ends with 1 where there was any fault.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
LONGEST = 20_000  # bytes of an input
SLOW = 20  # seconds for one input
MEMORY = 3000  # MB
_UNITS = re.compile(r"stat::number_of_executed_units: +(\d+)")
_FAULT = "FAULT "

Check = Callable[[bytes], object]


def reader(suffix: str) -> Check:
    """A file of a kind, read and split in this process."""
    from unittest.mock import patch

    from rag.documents.kinds import PACKED, READERS, read_whole
    from rag.documents.legible import legible
    from rag.documents.limits import Unreadable
    from rag.errors import ReadError

    read, split = import_module("rag.documents.read"), import_module("rag.documents.split")
    raised: list[Exception] = []

    def watched(work: Callable[..., Any], *of: object) -> Any:
        try:
            return work(*of)
        except (ReadError, Unreadable):
            raise
        except Exception as error:  # which is told of the file, and nobody would look into
            if suffix not in PACKED:
                raised.append(error)
            raise Unreadable("is damaged.") from error

    def apart(raw: bytes, suffix: str, *, name: str = "", allowance: object = None) -> object:
        return legible(watched(read_whole, raw, suffix, name))

    own = {suffix: partial(watched, READERS[suffix])} if suffix in READERS else {}
    replaced = patch.object(read, "read_apart", apart), patch.dict(read.READERS, own)

    def check(raw: bytes) -> None:
        raised.clear()
        try:
            with replaced[0], replaced[1]:
                document = read.parse(raw, name=f"a{suffix}")
        except ReadError:
            if raised:
                raise raised[0] from None
            return
        sound(document)
        covered(document, split.split_here(document, longest=300))

    return check


def sound(document: Any) -> None:
    """Whether all places lie in the text, in order."""
    size = len(document.text)
    for places in (document.headings, document.places):
        starts = [place.start for place in places]
        assert starts == sorted(starts), "places out of order"
        assert all(0 <= start <= size for start in starts), "a place outside"
    document.text.encode()
    document.title.encode()


def covered(document: Any, passages: Any) -> None:
    """Whether passages and sentences hold every character but blanks, in order."""
    at = 0
    for passage in passages:
        assert not document.text[at : passage.start].strip(), "lost between passages"
        at = passage.start
        for start, end in passage.sentences:
            assert passage.start <= start < end <= passage.end, "a sentence outside"
        assert passage.end > passage.start >= at, "passages out of order"
        at = passage.end
    assert not document.text[at:].strip(), "lost at the end"


def splitting() -> Check:
    """A text in some language, split."""
    from rag.documents.split import split_here
    from rag.schema import Document

    languages = ("en", "de", "zh", "ja", "ar", "th", "", "xx")

    def check(raw: bytes) -> None:
        text = raw[2:].decode("utf-8", "replace")
        longest = 1 + 3 * (raw[0] if raw else 0)
        document = Document("a", "a", text, language=languages[raw[1] % 8 if raw[1:] else 0])
        covered(document, split_here(document, longest=longest))

    return check


def answers() -> Check:
    """What a model writes: its sentences, its markers, its values; and an export that is read."""
    from rag.chats.markdown import AFTER, BEFORE
    from rag.chats.saved import unsealed
    from rag.errors import ExportError
    from rag.verification.values import lost_value
    from rag.writing import unmarked
    from rag.writing.generative import sentences

    def check(raw: bytes) -> None:
        text = raw.decode("utf-8", "replace")
        claim, _, source = text.partition("\n\n")
        for sentence in sentences(claim):
            lost_value(sentence, source)
        assert not re.search(r"\[\d+\]", unmarked(text)), "a quote holds a marker"
        lost = lost_value(text, text)
        assert lost is None or not text.isascii(), f"a text lacks its own value: {lost}"
        for given in (text, text.partition(BEFORE)[2].partition(AFTER)[0]):
            with suppress(ExportError):
                unsealed(given)

    return check


def questions() -> Check:
    """A question with the turn before it, as it is understood, and its prompt."""
    from datetime import date

    from rag.errors import QuestionError
    from rag.query import check_question, understand
    from rag.schema import Evidence
    from rag.testing import FakeLLM
    from rag.writing import Sheet, wish_for, write

    llm = FakeLLM()

    def check(raw: bytes) -> None:
        text = raw.decode("utf-8", "replace")
        question, _, before = text.partition("\n\n")
        try:
            check_question(question)
        except QuestionError:
            return
        turns = [("user", "Who built the bridge?"), ("assistant", before)] if before else []
        query = understand(question, turns, today=date(2026, 1, 31))
        found = Evidence("a", before[:50], None, 0, len(before), before, 0.5)
        Sheet.of([found], llm, 200)
        if (wish := wish_for(query)) is not None:
            list(write(query.standalone, [found], llm, wish))

    return check


def index() -> Check:
    """A file of the index folder, some of its bytes changed; it opens and answers, or says why."""
    import shutil

    from rag.chats import ChatStore
    from rag.errors import RagError
    from rag.library.repair import check as faults
    from rag.settings import Settings
    from tests.chats.made import ANSWER
    from tests.library.place import Place

    scratch = tempfile.mkdtemp()
    place = Place(Path(scratch)).fill()
    place.sync()
    store = ChatStore(place.index)
    store.finish(store.begin("a", "When?"), ANSWER)
    store.close()
    Settings(threads=2).write(place.index)
    whole = Path(scratch) / "whole"
    shutil.copytree(place.index, whole)
    files = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    files = [file for file in files if not file.name.endswith(".lock")]

    def check(raw: bytes) -> None:
        shutil.rmtree(place.index, ignore_errors=True)  # an index that is merged may still write
        place.index = Path(tempfile.mkdtemp(dir=scratch))
        shutil.copytree(whole, place.index, dirs_exist_ok=True)
        file = place.index / files[raw[0] % len(files) if raw else 0]
        kept = bytearray(file.read_bytes())
        for at in range(1, len(raw) - 2, 3):  # two bytes say where, one what
            if kept:
                kept[(raw[at] << 8 | raw[at + 1]) * len(kept) >> 16] = raw[at + 2]
        file.write_bytes(kept[: -raw[-1]] if len(raw) % 3 == 0 and raw else kept)
        for work in (opening, chatting, lambda: Settings.read(place.index, {})):
            try:
                work()
            except RagError as error:
                if not str(error).endswith((".", "?")):
                    raise ValueError("an error that is no sentence") from error
        list(faults(place.index))

    def opening() -> None:
        library = place.open()
        try:
            place.answers(library)
        finally:
            library.close()
            place.opened.clear()

    def chatting() -> None:
        chats = ChatStore(place.index)
        try:
            for chat in chats.chats():
                chats.turns(chat.id)
        finally:
            chats.close()

    return check


def given(suffix: str) -> list[bytes]:
    """What a reader's inputs begin with."""
    from tests.documents.made import MADE

    text = "A b\n===\n\nOne. Two “three”!\n\n- a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    own = {
        ".html": "<html><title>A</title><body><h1>A</h1><p>One. <b>Two</b></p>"
        "<table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>",
        ".csv": 'a,b\n1,"x, y"\n2,z\n',
        ".srt": "1\n00:00:01,000 --> 00:00:02,000\nOne.\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo.",
        ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>One.\n",
        ".ipynb": json.dumps(
            {
                "nbformat": 4,
                "cells": [
                    {"cell_type": "markdown", "source": ["# A\n", "One."]},
                    {"cell_type": "code", "source": "x = 1", "outputs": [{"text": "1"}]},
                ],
            }
        ),
        ".rst": "A\n=\n\nOne. `a <b>`_ ::\n\n  code\n\n.. note:: Two.\n",
        ".org": "#+TITLE: A\n* B\nOne. [[http://a][b]]\n| a | b |\n",
        ".tex": r"\documentclass{a}\title{A}\begin{document}\section{B} One $x$. \end{document}",
        ".json": '[{"a": 1, "b": "One."}, {"a": 2}]',
        ".jsonl": '{"a": 1}\n{"a": "Two."}\n',
        ".md": "---\ntitle: A\ndate: 2020-01-02\n---\n# B\n\nOne.[^1]\n\n[^1]: Two.\n\n" + text,
    }
    return [MADE[suffix]()] if suffix in MADE else [own.get(suffix, text).encode()]


def targets() -> dict[str, tuple[Callable[[], Check], Callable[[], list[bytes]]]]:
    """Each target, and what its inputs begin with."""
    from rag.documents.kinds import PACKED, READERS

    words = [
        b"It cost 40,000 crowns [1] on 3 May 2020.\n\nOn May 3rd it cost \xe2\x82\xac4.",
        b"[1]",
    ]
    found: dict[str, tuple[Callable[[], Check], Callable[[], list[bytes]]]] = {
        "splitting": (
            splitting,
            lambda: [b"\x40\x00One. \xe2\x80\x9cTwo.\xe2\x80\x9d e.g. 3.5\n\nX"],
        ),
        "answers": (answers, lambda: words),
        "questions": (questions, lambda: [b"And what did it cost last May?\n\nIt was built. [1]"]),
        "index": (index, lambda: [bytes([n, 1, 2, 3]) for n in range(12)]),
    }
    same = {".text", ".markdown", ".htm", ".tsv"}
    for suffix in sorted({*READERS, *PACKED} - same):
        found[suffix] = (lambda s=suffix: reader(s)), (lambda s=suffix: given(s))
    return found


def fuzz(name: str, options: argparse.Namespace) -> None:
    """Be the process that fuzzes one target; tells each kind of fault once."""
    import atheris

    with atheris.instrument_imports(include=["rag"]):
        make, begin = targets()[name]
        check = make()
    told: set[str] = set()

    def one(raw: bytes) -> None:
        try:
            check(raw)
        except Exception as error:
            why = error.__cause__ or error
            last = traceback.extract_tb(why.__traceback__)[-1]
            kind = f"{type(why).__name__} {Path(last.filename).name}:{last.lineno}"
            if kind not in told:
                told.add(kind)
                keep(name, raw, f"{kind}: {why}", options.findings)

    with tempfile.TemporaryDirectory() as corpus:
        for number, raw in enumerate(begin()):
            (Path(corpus) / str(number)).write_bytes(raw)
        limits = {
            "max_total_time": options.seconds,
            "seed": options.seed,
            "max_len": LONGEST,
            "timeout": SLOW,
            "rss_limit_mb": MEMORY,
            "print_final_stats": 1,
            "artifact_prefix": f"{options.findings}/{name.strip('.')}-",
        }
        atheris.Setup([name, *(f"-{n}={v}" for n, v in limits.items()), corpus], one)
        atheris.Fuzz()


def keep(name: str, raw: bytes, why: str, findings: Path) -> None:
    file = findings / f"{name.strip('.')}-{hashlib.sha256(raw).hexdigest()[:12]}"
    file.write_bytes(raw)
    print(f"{_FAULT}{name}: {why} ({file.name})", file=sys.stderr, flush=True)


def run(name: str, options: argparse.Namespace) -> tuple[int, list[str]]:
    """Fuzz one target apart; how many inputs it was given, and its faults."""
    command = [sys.executable, __file__, name, "--apart", "--seconds", str(options.seconds)]
    command += ["--seed", str(options.seed), "--findings", str(options.findings)]
    with tempfile.TemporaryDirectory() as scratch:  # libFuzzer ends the process, and tidies nothing
        around = dict(os.environ) | {"TMPDIR": scratch}
        done = subprocess.run(
            command, stderr=subprocess.PIPE, text=True, errors="replace", env=around
        )
    faults = [line for line in done.stderr.splitlines() if line.startswith(_FAULT)]
    units = _UNITS.search(done.stderr)
    if done.returncode or units is None:
        faults.append(f"{_FAULT}{name}: ended with {done.returncode}: {done.stderr[-600:]}")
    return int(units[1]) if units else 0, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", help="all, where none is named")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir()) / "findings")
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.findings.mkdir(parents=True, exist_ok=True)
    if options.apart:
        fuzz(options.targets[0], options)
        return
    total: dict[str, int] = {}
    all_faults: list[str] = []
    for name in options.targets or targets():
        total[name], faults = run(name, options)
        all_faults += faults
        print(f"{name}, seed {options.seed}: {total[name]:,} inputs, {len(faults)} kinds of fault")
        print("".join(f"    {fault}\n" for fault in faults), end="", flush=True)
    print(f"{sum(total.values()):,} inputs, {len(all_faults)} kinds of fault")
    sys.exit(bool(all_faults))


if __name__ == "__main__":
    main()
