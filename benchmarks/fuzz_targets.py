"""What `benchmarks/fuzz.py` gives its inputs to: each a check, and what its inputs begin with.

A check gets bytes, and raises where something is wrong. What it needs is made once.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.fuzz_readers import (
    Check,
    archive,
    begun,
    decoding,
    page,
    reader,
    splitting,
    text_of,
    zipped,
)

Target = tuple[Callable[[], Check], Callable[[], list[bytes]]]

_WRITTEN = (
    "It cost 40,000 crowns [1] on 3 May 2020.\n\nOn May 3rd it cost €4.",
    "- Dr. Rollo led 1,200 men [2, 3].\n- He won “all” in 911–912. [4]\n\nRollo led. [1][2]",
)


def citations() -> Check:
    """What a model writes: its sentences without markers; and a quote without any."""
    from rag.writing import unmarked
    from rag.writing.generative import sentences

    marker = re.compile(r"\[\d+\]")

    def check(raw: bytes) -> None:
        text = text_of(raw)
        for sentence in sentences(text):
            assert sentence.strip() == sentence, "blanks around a sentence"
            assert sentence, "an empty sentence"
        assert not marker.search(unmarked(text)), "a quote holds a marker"

    return check


def values() -> Check:
    """The values of a claim looked for in a source, and in itself."""
    from rag.verification.values import lost_value

    def check(raw: bytes) -> None:
        claim, _, source = text_of(raw).partition("\n\n")
        lost_value(claim, source)
        lost = lost_value(claim, claim)
        assert lost is None or not claim.isascii(), f"a text lacks its own value: {lost}"

    return check


def exports() -> Check:
    """A chat's export that is read, as it is and with the seal of whoever forged it."""
    from rag.chats import saved
    from rag.chats.export import read_export
    from rag.errors import ExportError

    def check(raw: bytes) -> None:
        with suppress(ExportError):
            read_export(raw)
        with suppress(ValueError, RecursionError):
            data = json.loads(raw)
            rest = {k: v for k, v in data.items() if k != "sha256"} if type(data) is dict else {}
            forged = json.dumps({**rest, "sha256": saved._seal(rest)})
            with suppress(ExportError):
                saved.unsealed(forged)

    return check


def export() -> list[bytes]:
    """A small chat as it is exported."""
    from rag.chats import ChatStore
    from rag.chats.export import Format
    from rag.chats.export import export as exported
    from rag.chats.saved import saved_chat
    from tests.chats.made import ANSWER

    with tempfile.TemporaryDirectory() as folder:
        store = ChatStore(Path(folder))
        store.finish(store.begin("a", "When?"), ANSWER)
        chat = saved_chat(store, "a")
        store.close()
    return [exported(chat, to) for to in Format]


def questions() -> Check:
    """A question with the turn before it, as it is understood, and the prompt for its answer.

    What it wants is read from the words of its vector, not its meaning, which takes a network.
    """
    from datetime import date

    from rag.errors import QuestionError
    from rag.query import check_question, understand
    from rag.schema import Evidence
    from rag.testing import FakeEmbedder, FakeLLM
    from rag.writing import wish_for, write

    embedder = FakeEmbedder(dimension=384)
    embedder.calls = _Forgetful()
    patch("rag.query.intents.bundled_embedder", lambda: embedder).start()

    def check(raw: bytes) -> None:
        question, _, before = text_of(raw).partition("\n\n")
        try:
            check_question(question)
        except QuestionError:
            return
        turns = [("user", "Who built the bridge?"), ("assistant", before)] if before else []
        query = understand(question, turns, today=date(2026, 1, 31))
        found = Evidence("a", before[:50], None, 0, len(before), before, 0.5)
        if (wish := wish_for(query)) is not None:
            list(write(query.standalone, [found], FakeLLM(), wish))

    return check


class _Forgetful(list[Any]):
    def append(self, _: object) -> None:
        pass


def prompts() -> Check:
    """What a model is shown of sentences that were found, and what is made of what it returns."""
    from rag.schema import Evidence
    from rag.testing import FakeLLM
    from rag.writing import Sheet, Wish, Written, completed, translated, write

    def check(raw: bytes) -> None:
        title, _, rest = text_of(raw).partition("\n\n")
        quote, _, reply = rest.partition("\n\n")
        found = Evidence("a", title, None, 0, len(quote), quote, 0.5, place=title[::2])
        sheet = Sheet.of([found, found], FakeLLM(), 3 + len(raw) % 50)
        assert len(sheet.evidence) + sheet.left_out == 2, "a sentence is lost"
        for wish in (Wish.ONE, Wish.LISTED):
            pieces = list(write(title, [found], FakeLLM([reply]), wish))
            told = [piece.text for piece in pieces if isinstance(piece, Written)]
            assert len(told) == len(set(told)), "a sentence is told twice"
        for line in (
            completed(title, quote, reply, FakeLLM([reply])),
            translated(title, "German", FakeLLM([reply])),
        ):
            assert "\n" not in line, "two lines"

    return check


def index() -> Check:
    """A file of the index folder, some of its bytes changed; it opens and answers, or says why."""
    from rag.chats import ChatStore
    from rag.chats.salvage import check_chats
    from rag.library.repair import check as faults
    from rag.words import terms
    from tests.chats.made import ANSWER
    from tests.library.place import QUERIES, Place

    scratch = Path(tempfile.mkdtemp())
    place = Place(scratch).fill()
    place.sync()
    store = ChatStore(place.index)
    store.finish(store.begin("a", "When?"), ANSWER)
    store.close()
    whole = scratch / "whole"
    shutil.copytree(place.index, whole)
    files = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    files = [file for file in files if not file.name.endswith(".lock")]

    def opening() -> None:
        library = place.open()
        try:
            for query in QUERIES:
                vector = place.embedder.embed([query])[0]
                found = library.match(vector, terms(query), limit=1000)
                library.passages([match.number for match in found])
            library.documents()
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

    def check(raw: bytes) -> None:
        shutil.rmtree(place.index, ignore_errors=True)  # an index that is merged may still write
        place.index = Path(tempfile.mkdtemp(dir=scratch))
        file = files[raw[0] % len(files) if raw else 0]
        chats = file.name == "chats.sqlite"  # which the library does not read, nor they it
        for each in [file] if chats else files:
            (place.index / each).parent.mkdir(exist_ok=True)
            shutil.copyfile(whole / each, place.index / each)
        kept = bytearray((whole / file).read_bytes())
        for at in range(1, len(raw) - 2, 3):  # two bytes say where, one what
            if kept:
                kept[(raw[at] << 8 | raw[at + 1]) * len(kept) >> 16] = raw[at + 2]
        (place.index / file).write_bytes(kept[: -raw[-1]] if len(raw) % 3 == 0 and raw else kept)
        told(chatting if chats else opening)
        told(lambda: check_chats(place.index) if chats else faults(place.index))

    return check


def settings() -> Check:
    """The settings and the refusal line that the index folder holds, of any content."""
    from rag.calibration import FILE, RefusalLine
    from rag.settings import Settings
    from rag.testing import FakeReader
    from tests.world import weights

    folder, fitted = Path(tempfile.mkdtemp()), weights()

    def check(raw: bytes) -> None:
        (folder / "settings.json").write_bytes(raw)
        (folder / FILE).write_bytes(raw)
        told(lambda: Settings.read(folder, {}))
        line = RefusalLine(folder, fitted, FakeReader())
        assert 0 <= line.at(0.5) <= 1, "a line that is none"

    return check


def kept_settings() -> list[bytes]:
    """What either file of settings holds."""
    from rag.calibration import FILE
    from rag.settings import Settings
    from tests.calibration.test_line import fitted

    with tempfile.TemporaryDirectory() as folder:
        Settings(threads=2).write(Path(folder))
        fitted(Path(folder))
        return [(Path(folder) / name).read_bytes() for name in ("settings.json", FILE)]


def told(work: Callable[[], object]) -> None:
    """Do it; what it says of a fault must be a sentence."""
    from rag.errors import RagError

    try:
        work()
    except RagError as error:
        if not str(error).endswith((".", "?")):
            raise ValueError("an error that is no sentence") from error


def head() -> Check:
    """The head of a model file."""
    from rag.errors import ModelError
    from rag.models.gguf import check_head

    file = Path(tempfile.mkdtemp()) / "a.gguf"

    def check(raw: bytes) -> None:
        file.write_bytes(b"GGUF" + raw)
        with suppress(ModelError):
            check_head(file)

    return check


def targets() -> dict[str, Target]:
    """Each target, and what its inputs begin with."""
    from rag.documents.kinds import PACKED, READERS

    written = [text.encode() for text in _WRITTEN]
    found: dict[str, Target] = {
        "decoding": (decoding, lambda: ["Über".encode(c) for c in ("utf-8", "utf-16", "cp1252")]),
        ".zip": (archive, zipped),
        ".page": (page, partial(begun, ".html")),
        "splitting": (splitting, lambda: ["@\0One. “Two.” e.g. 3.5\n\nX".encode()]),
        "citations": (citations, lambda: written),
        "values": (values, lambda: written),
        "prompts": (prompts, lambda: ["A\n\nOne. Two.\n\n- One. [1]\n- He said “two”.".encode()]),
        "exports": (exports, export),
        "questions": (questions, lambda: [b"And what did it cost last May?\n\nIt was built. [1]"]),
        "settings": (settings, kept_settings),
        "head": (head, lambda: [b"\3\0\0\0" + bytes([1, *7 * [0]]) * 2 + b"\1" + bytes(7) + b"a"]),
        "index": (index, lambda: [bytes([n, 1, 2, 3]) for n in range(14)]),
    }
    same = {".text", ".markdown", ".htm", ".tsv"}
    for suffix in sorted({*READERS, *PACKED} - same):
        found[suffix] = partial(reader, suffix), partial(begun, suffix)
    return found
