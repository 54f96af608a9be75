"""Files that cost as much as they can, and whether anything else goes on while they are read.

    python benchmarks/hostile.py

One file after another of our own making is read and split as a sync does, and what is embedded of
its passages is put together, but not embedded. Tells of each how long it took, how long another
thread of the process, as the page's own is, had to wait at most, and what came of it; of texts as
long as those that this process reads itself, one of each kind of text and of each kind of trouble,
what the slowest cost. Ends with 1 where one waited for a second or more.
"""

from __future__ import annotations

import io
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.documents.archive import parse_archive
from rag.documents.kinds import READERS
from rag.documents.limits import ARCHIVE_SECONDS, LONG, Allowance
from rag.documents.read import parse
from rag.documents.split import split_passages
from rag.errors import ReadError
from rag.library.rows import embedded

LONGEST = 1.0  # seconds that another thread may wait
WAIT = 0.01  # seconds between two looks
MB = 1_000_000
HEADS = {
    ".eml": "Content-Type: multipart/mixed; boundary=a\n\n--a\n\n",
    ".ipynb": '{"nbformat":4,"cells":[{"cell_type":"markdown","source":["',
    ".json": '[{"a":"b"},',
    ".rtf": "{\\rtf1 ",
    ".srt": "1\n00:00:01,000 --> 00:00:02,000\n",
    ".tex": "\\begin{document}",
    ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n",
}
UNITS = (
    "“He said \"and 'then (", "and so on ", "a", " ", "a\n", "- a\n", "* a\n", "> a\n", "# a\n",
    "a\n=\n", "[", "![", "[a](b) ", "*a **b _c ", "`", "$", "{", "<!", "<?a", "<div>", "<p>a",
    "<b a='", "<table><tr><td>", "<a href=b>c</a> ", "|a|b\n|-|-\n", "a | b\n", "a,b\n",
    ',,\n\n', '"a,b\n', '{"a":', "[1,", '{"a":"b"}\n', "\\section{a}\n", "\\item[", "{\\b ",
    "--a\n", "=?utf-8?q?a?= ", "00:00:01,000 --> 00:00:02,000\na\n\n", "== ==\n", ".. a::\n\n",
    "船が出る。", "a\u200b",
)  # fmt: skip


def packed(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return made.getvalue()


def word(body: bytes) -> bytes:
    start = b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
    start += b'wordprocessingml/2006/main"><w:body>'
    kinds = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        b'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    )
    whole = start + body + b"</w:body></w:document>"
    return packed({"[Content_Types].xml": kinds, "word/document.xml": whole})


def files() -> Iterator[tuple[str, bytes]]:
    yield "quotes.txt", "“He said \"and 'then (".encode() * 30_000
    yield "line.txt", b"and so on " * 6 * MB
    yield "longest.txt", b"and so on " * 1_900_000  # as long as a text may be
    yield "blanks.md", b" " * 5 * MB + b"a\n" + b"\n" * 5 * MB
    yield "brackets.md", b"[" * 300_000
    yield "stars.md", b"*a **b _c " * 60_000
    yield "deep.html", b"<div>" * 200_000 + b"End." + b"</div>" * 200_000
    yield "table.html", b"<table>" + b"<tr><td>1<td>2" * 400_000
    yield "headings.md", b"# a\n" * 20_000
    yield "rows.csv", b"a,1\n" * 190_000
    yield "wide.csv", b"a," * 3 * MB
    yield "open.csv", b'"a,b\n' * 3 * MB
    yield "deep.json", b"[" * 500_000 + b"]" * 500_000
    yield "deep.rtf", b"{\\rtf1 " + b"{\\b " * 200_000 + b"End" + b"}" * 200_001
    yield "parts.eml", b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nOne.\n" * 100_000
    yield "macros.tex", b"\\def\\a{\\a\\a}" + b"\\a{" * 200_000
    yield "bomb.docx", word(b"<w:p><w:r><w:t>One.</w:t></w:r></w:p>" * 3 * MB)
    yield "bombs.zip", packed({f"{n}.txt": b"One. " * 20 * MB for n in range(3)})
    yield "cells.xlsx", packed({"xl/worksheets/sheet1.xml": b"<c><v>1</v></c>" * 10 * MB})
    yield "nothing.pdf", b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]>>endobj\n" * 200_000


def short() -> Iterator[tuple[str, bytes]]:
    for suffix in READERS:
        for unit in UNITS:
            yield f"short{suffix}", (HEADS.get(suffix, "") + unit * LONG).encode()[:LONG]


@contextmanager
def watched() -> Iterator[list[float]]:
    """How late another thread was each time that it wanted to go on, in seconds."""
    late, over = [0.0], threading.Event()

    def look() -> None:
        while not over.is_set():
            began = time.monotonic()
            time.sleep(WAIT)
            late.append(time.monotonic() - began - WAIT)

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield late
    finally:
        over.set()
        watch.join()


def outcome(raw: bytes, name: str, allowance: Allowance | None = None) -> str:
    """What comes of a file, split into passages where it is read."""
    if name.endswith(".zip"):
        allowance = Allowance(ARCHIVE_SECONDS)
        found = [
            inner if isinstance(inner, ReadError) else outcome(inner, at, allowance)
            for at, inner in parse_archive(raw, name=name)
        ]
        return "; ".join(map(str, found))
    try:
        document = parse(raw, name=name, allowance=allowance)
        passages = split_passages(document, longest=800, allowance=allowance)
        for passage in passages:
            embedded(document, passage.start, passage.end)
    except ReadError as error:
        return str(error)
    return f"{len(passages)} passages"


def measured(name: str, raw: bytes) -> tuple[float, float, str]:
    """Seconds that a file took, those that another thread waited at most, and what came of it."""
    with watched() as late:
        began = time.monotonic()
        told = outcome(raw, name)
        took = time.monotonic() - began
    return took, max(late), told


def main() -> None:
    slow = []
    parse(b"%PDF-1.7", name="a.md")  # what the first file loads
    for name, raw in files():
        took, waited, told = measured(name, raw)
        slow += [name] if waited >= LONGEST else []
        size = f"{name}, {len(raw) / MB:.1f} MB"
        print(f"{size}: {took:.1f} s, others wait {waited:.2f} s; {told[:200]}", flush=True)
    costs = [(*measured(name, raw)[:2], name, raw[-20:]) for name, raw in short()]
    (took, _, name, end), waited = max(costs), max(cost[1] for cost in costs)
    slow += [name for _, waited, name, _ in costs if waited >= LONGEST]
    print(f"{len(costs)} of {LONG:,} bytes: {took:.1f} s at most ({name} … {end!r}), ", end="")
    print(f"others wait {waited:.2f} s")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
