"""What `benchmarks/fuzz.py` gives to readers, decoding and splitter; a check raises at a fault.

Readers of text get text in UTF-8, since what encoding other bytes are in costs more to guess than
all the rest, and is a target of its own. Readers of packed files get one of the files inside,
packed anew, since an archive with another byte is mostly none.
"""

from __future__ import annotations

import codecs
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any
from unittest.mock import patch

Check = Callable[[bytes], object]
LONGEST = 300  # characters of a passage
_ZIPPED = b"PK"
_LARGE = 20_000  # bytes
_CHILDREN = 12  # of an element
_TEXT = "A b\n===\n\nOne. Two “three”!\n\n- a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
_OWN = {
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
    ".md": "---\ntitle: A\ndate: 2020-01-02\n---\n# B\n\nOne.[^1]\n\n[^1]: Two.\n\n" + _TEXT,
}


def text_of(raw: bytes) -> str:
    """Bytes as text; those that are no UTF-8 are letters and signs of Latin-1."""
    return raw.decode("utf-8", "fuzz-latin")


def _latin(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("fuzz-latin", _latin)


def reader(suffix: str) -> Check:
    """A file of a kind, read and split in this process."""
    from rag.documents.kinds import PACKED, READERS, read_whole
    from rag.documents.legible import legible
    from rag.documents.limits import Unreadable
    from rag.errors import ReadError

    read, split = import_module("rag.documents.read"), import_module("rag.documents.split")
    raised: list[Exception] = []

    def watched(work: Callable[..., Any], *of: object) -> Any:
        try:
            return work(*of)
        except Unreadable:
            raise
        except Exception as error:  # which is told of the file, and nobody would look into
            if suffix not in PACKED:
                raised.append(error)
            raise Unreadable("is damaged.") from error

    def apart(raw: bytes, suffix: str, *, seen: bool = True, allowance: object = None) -> object:
        return legible(watched(read_whole, raw, suffix))

    patch.object(read, "read_apart", apart).start()
    if suffix in READERS:
        patch.dict(read.READERS, {suffix: partial(watched, READERS[suffix])}).start()
    given = packed(inside(sample_of(suffix)))

    def check(raw: bytes) -> None:
        raised.clear()
        whole = text_of(raw).encode() if suffix in READERS else given(raw)
        try:
            document = read.parse(whole, name=f"a{suffix}")
        except ReadError:
            if raised:
                raise raised[0] from None
            return
        sound(document)
        covered(document, split.split_here(document, longest=LONGEST))

    return check


def archive() -> Check:
    """The files in a zip, which are unpacked in the program's own process."""
    from rag.documents.archive import parse_archive
    from rag.documents.limits import Unreadable
    from rag.errors import ReadError

    def check(raw: bytes) -> None:
        try:
            for id_, content in parse_archive(raw, name="a.zip"):
                assert ".." not in id_.split("/") or isinstance(content, ReadError), "leads out"
        except ReadError as error:
            if not isinstance(error.__cause__, Unreadable):
                raise (error.__cause__ or error) from None

    return check


def zipped() -> list[bytes]:
    """Small archives, one of them with a folder and a name that leads out."""
    from tests.documents.made import archive as made

    return [made({"a.txt": b"One."}), made({"b/c.md": b"Two. " * 50, "../d.txt": b"Three."})]


def page() -> Check:
    """A page of the web whose main text is to be Markdown."""
    from rag.documents.html import read_page
    from rag.documents.legible import legible

    def check(raw: bytes) -> None:
        sound(legible(read_page(text_of(raw))))

    return check


def packed(files: dict[str, bytes]) -> Callable[[bytes], bytes]:
    """What makes a file of an input; its first byte says which one inside a sample it replaces."""
    names = list(files)

    def whole(raw: bytes) -> bytes:
        if not files or not raw or raw.startswith(_ZIPPED):
            return raw
        made, replaced = io.BytesIO(), names[raw[0] % len(names)]
        with zipfile.ZipFile(made, "w") as opened:
            for name in names:
                opened.writestr(name, files[name] if name != replaced else raw[1:])
        return made.getvalue()

    return whole


def inside(sample: bytes) -> dict[str, bytes]:
    """The files in a packed one, of the large ones only the beginning; none where it is not."""
    from lxml import etree

    if not sample.startswith(_ZIPPED):
        return {}
    with zipfile.ZipFile(io.BytesIO(sample)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    for name, raw in files.items():
        if len(raw) > _LARGE and name.endswith(".xml"):  # the styles of an empty Word file
            root = etree.fromstring(raw)
            for child in root[_CHILDREN:]:
                root.remove(child)
            files[name] = etree.tostring(root)
    return files


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


def decoding() -> Check:
    """Bytes in whatever encoding."""
    from rag.documents.decode import decode
    from rag.documents.limits import Unreadable

    def check(raw: bytes) -> None:
        with suppress(Unreadable):
            text = decode(raw)
            assert not {"\0", "\r"} & set(text), "a sign that no text has"

    return check


def splitting() -> Check:
    """A text in some language, split."""
    from rag.documents.split import split_here
    from rag.schema import Document

    languages = ("en", "de", "zh", "ja", "ar", "th", "", "xx")

    def check(raw: bytes) -> None:
        text = text_of(raw[2:])
        longest = 1 + 3 * (raw[0] if raw else 0)
        document = Document("a", "a", text, language=languages[raw[1] % 8 if raw[1:] else 0])
        covered(document, split_here(document, longest=longest))

    return check


def begun(suffix: str) -> list[bytes]:
    """What a reader's inputs begin with; of a packed kind the sample, and each file in it."""
    from tests.documents.made import archive

    sample = sample_of(suffix)
    files = inside(sample)
    whole = archive(files) if files else sample
    return [whole, *(bytes([at]) + raw for at, raw in enumerate(files.values()))]


def sample_of(suffix: str) -> bytes:
    """A small sound file of a kind."""
    from tests.documents.made import MADE

    return MADE[suffix]() if suffix in MADE else _OWN.get(suffix, _TEXT).encode()
