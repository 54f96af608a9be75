"""Hostile files: small here, endless inside. Each is refused with a reason; no other is harmed."""

from __future__ import annotations

import io
import re
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents import limits
from rag.documents.archive import parse_archive
from rag.documents.blocks import visible_text, write_markup
from rag.documents.draft import GrowingText
from rag.documents.kinds import PACKED, READERS, read_whole, suffix_of
from rag.documents.limits import Unreadable
from rag.documents.read import load_bytes, parse
from rag.documents.split import split_here, split_passages
from rag.errors import ReadError
from rag.schema import Document
from tests.documents import made
from tests.documents.hostile import MAIN, inside, reason, refused

BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{BOMB}]>'
FOREIGN = '<?xml version="1.0"?><!DOCTYPE f [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("kind", sorted(MAIN))
@pytest.mark.parametrize("head", [LAUGHS, FOREIGN], ids=["laughs", "foreign"])
def test_entities_neither_grow_nor_fetch(kind: str, head: str) -> None:
    entity = "&l29;" if head is LAUGHS else "&f;"
    raw = inside(kind, MAIN[kind], f"{head}<l>{entity}</l>".encode())
    reason(raw, f"a{kind}")


@pytest.mark.parametrize("part", ["docProps/core.xml", "word/styles.xml", "[Content_Types].xml"])
def test_entities_beside_the_text(part: str) -> None:
    refused(inside(".docx", part, f"{LAUGHS}<l>&l29;</l>".encode()), "a.docx")


@pytest.mark.parametrize("kind", [*sorted(MAIN), ".zip"])
def test_what_unpacks_to_too_much(kind: str) -> None:
    raw = bytearray(made.archive({"a.txt": b"x"}) if kind == ".zip" else made.MADE[kind]())
    at = raw.rindex(b"PK\x01\x02") + 24
    raw[at : at + 4] = struct.pack("<I", limits.UNPACKED + 2**20)
    wanted = rf"a\{kind} unpacks to 51[34] MB; the limit is 512 MB\. Unpack it yourself"
    if kind == ".zip":
        with pytest.raises(ReadError, match=wanted):
            list(parse_archive(bytes(raw), name="a.zip"))
    else:
        assert re.match(wanted, refused(bytes(raw), f"a{kind}"))


def test_a_real_bomb() -> None:
    raw = made.archive({"a.txt": bytes(limits.MAX_BYTES + 2**20)})
    assert len(raw) < 2**17
    ((_, content),) = parse_archive(raw, name="a.zip")
    assert "a.zip/a.txt has 65 MB; the limit is 64 MB" in str(content)


def test_a_size_that_is_a_lie() -> None:
    raw = bytearray(made.archive({"a.txt": b"word " * 10_000}))
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = struct.pack("<I", 10)
    ((_, content),) = parse_archive(bytes(raw), name="a.zip")
    assert isinstance(content, ReadError)
    assert "a.zip/a.txt is damaged inside" in str(content)


def test_a_zip_of_very_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{n}.txt": b"" for n in range(limits.ENTRIES + 1)}
    raw = made.archive(files)
    with pytest.raises(ReadError, match=r"a\.zip holds more than 10,000 files; that is the limit"):
        list(parse_archive(raw, name="a.zip"))
    monkeypatch.setattr(limits, "_LISTED", 1000)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # is not even opened
    with pytest.raises(ReadError, match="holds more than 10,000 files"):
        list(parse_archive(raw, name="a.zip"))


def test_names_that_lead_out_and_what_is_inside_archives() -> None:
    raw = made.archive(
        {
            "../../etc/cron.txt": b"evil",
            "/abs.txt": b"evil",
            "C:/windows.txt": b"evil",
            "a\x07.txt": b"evil",
            "..\\up.txt": b"evil",
            f"{'long' * 200}.txt": b"evil",
            "inner.zip": made.archive({"a.txt": b"words"}),
            "__MACOSX/a.txt": b"junk",
            ".hidden/a.txt": b"junk",
            "program.exe": b"MZ",
            "good/tea.txt": b"Tea is drunk in Skarvik.",
        }
    )
    found = dict(parse_archive(raw, name="a.zip"))
    good = [id_ for id_, content in found.items() if isinstance(content, bytes)]
    assert good == ["a.zip/good/tea.txt"]
    told = " ".join(str(content) for content in found.values() if isinstance(content, ReadError))
    assert told.count("has a name that leads out of the archive or is no name. Rename it.") == 6
    assert "a.zip/inner.zip is an archive inside an archive. Unpack it" in told
    assert len(found) == 8


def test_a_locked_archive() -> None:
    raw = bytearray(made.archive({"a.txt": b"words"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    ((_, content),) = parse_archive(bytes(raw), name="a.zip")
    assert "a.zip/a.txt is locked with a password. Unlock it" in str(content)


def test_a_locked_office_file() -> None:
    raw = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)
    for kind in (".docx", ".pptx", ".xlsx"):
        assert "is locked with a password, or of the kind from before 2007" in refused(
            raw, f"a{kind}"
        )


def test_a_locked_book() -> None:
    lock = b'<e><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></e>'
    font = b'<e><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/></e>'
    locked = made.epub(**{"META-INF/encryption.xml": lock})
    assert "is protected against copying (DRM)" in refused(locked, "a.epub")
    assert made.FIRST in parse(made.epub(**{"META-INF/encryption.xml": font}), name="a.epub").text


def test_a_locked_open_document() -> None:
    parts = {"content.xml": b"??", "META-INF/manifest.xml": b"<m><encryption-data/></m>"}
    assert "is locked with a password" in refused(made.archive(parts), "a.odt")


def pages(count: int) -> bytes:
    """A PDF that lists one page many times."""
    kids = b"3 0 R " * count
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
    ]
    raw, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(raw))
        raw += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(raw)
    return raw + b"xref\n0 4\n0000000000 65535 f \n" + table + end


def test_a_pdf_of_very_many_pages() -> None:
    assert "a.pdf has 100,000 pages; the limit is 5,000. Split it" in refused(
        pages(100_000), "a.pdf"
    )


def test_a_spreadsheet_of_very_many_rows() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 200_003))
    sheet = f"<worksheet xmlns={NAMES}><sheetData>{rows}</sheetData></worksheet>"
    raw = inside(".xlsx", "xl/worksheets/sheet1.xml", sheet.encode())
    assert "a.xlsx holds more than 200,000 rows; that is the limit. Split it" in refused(
        raw, "a.xlsx"
    )


NAMES = '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def test_a_spreadsheet_that_claims_to_be_vast() -> None:
    cells = "".join(
        f'<row r="{row}"><c r="{at}"><v>1</v></c></row>'
        for row, at in ((1, "A1"), (1048576, "XFD1048576"))
    )
    sheet = f'<worksheet xmlns={NAMES}><dimension ref="A1:XFD1048576"/><sheetData>{cells}'
    raw = inside(".xlsx", "xl/worksheets/sheet1.xml", f"{sheet}</sheetData></worksheet>".encode())
    refused(raw, "a.xlsx")
    assert made.FIRST in parse(made.xlsx(), name="b.xlsx").text


def test_a_csv_file_of_very_many_rows() -> None:
    assert "holds more than 200,000 rows" in refused(b"1,2\n" * 200_001, "a.csv")
    assert "is no table that can be read" in refused(b'"' + b"x" * (2 << 20), "a.csv")


def test_a_text_file_of_two_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(2 << 30)  # takes no room on the disk
    with pytest.raises(ReadError, match=r"big\.txt has 2048 MB; the limit is 64 MB\. Split it"):
        load_bytes(path)


def test_very_much_text() -> None:

    text = GrowingText()
    for _ in range(19):
        text.add("x" * 1_000_000)
    with pytest.raises(Unreadable, match="holds more than 20,000,000 characters of text"):
        text.add("x" * 1_000_000)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (".odt", made.odt("<text:list><text:list-item>" * 20_000 + "deep")),
        (
            ".eml",
            b"Subject: deep\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 20_000,
        ),
        (".eml", b"Subject: " + b"=?utf-8?q?a?= " * 2_000 + b"\n\nBody."),
        (".rtf", b"{\\rtf1 " + b"{\\b " * 50_000 + b"deep" + b"}" * 50_000),
        (".pdf", b"%PDF-1.4\n1 0 obj" + b"[" * 100_000),
    ],
    ids=["odt", "eml", "header", "rtf", "pdf"],
)
def test_what_is_nested_without_end(kind: str, raw: bytes) -> None:
    reason(raw, f"a{kind}")


@settings(max_examples=60)
@given(st.sampled_from(sorted(PACKED)), st.integers(0, 10**6), st.binary(min_size=1, max_size=40))
def test_flipped_bytes_give_a_document_or_a_reason(kind: str, at: int, noise: bytes) -> None:
    raw = bytearray(_made(kind))
    at %= len(raw)
    raw[at : at + len(noise)] = noise
    reason(bytes(raw), f"a{kind}")


_WHOLE: dict[str, bytes] = {}


def _made(kind: str) -> bytes:
    return _WHOLE.setdefault(kind, made.MADE[kind]())


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_file_packed_in_an_unusual_way_is_told(method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as whole:
        whole.writestr("a.txt", "hello " * 100)
    ((_, content),) = parse_archive(packed.getvalue(), name="a.zip")
    assert isinstance(content, ReadError)
    assert "unusual way" in str(content)


ODD = ["<!--", "<!-- a", "<a <", '<a b="', "<a b='", "<a/", "</", "<!", "<?", "<![CDATA[", "&#"]


@pytest.mark.parametrize("unit", ODD)
@pytest.mark.parametrize("end", ["", ">", "-->"])
def test_odd_markup_costs_no_more_than_its_length(unit: str, end: str) -> None:
    before = time.process_time()
    raw = (unit * (90_000 // len(unit)) + end).encode()
    with suppress(ReadError, Unreadable):
        read_whole(raw, ".html")  # as the process does that reads it
    visible_text(raw.decode())
    write_markup(raw.decode(), GrowingText())
    assert time.process_time() - before < 40  # of a second; a minute and more, where it is squared


def test_a_page_of_a_pdf_that_unpacks_to_much() -> None:
    content = zlib.compress(b"BT /F 12 Tf (x) Tj ET " * 100_000)
    raw = b"%%PDF-1.4\n1 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj" % (
        len(content),
        content,
    )
    reason(raw, "a.pdf")


def test_text_of_many_gigabytes_in_an_archive_is_never_unpacked() -> None:
    raw = bytearray(made.archive({"big.txt": b"word " * 1_000, "tea.txt": b"Tea is drunk."}))
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = struct.pack("<I", 400 << 20)
    found = dict(parse_archive(bytes(raw), name="a.zip"))
    assert "big.txt has 400 MB; the limit is 64 MB" in str(found["a.zip/big.txt"])
    assert found["a.zip/tea.txt"] == b"Tea is drunk."


UNCLOSED = [
    '"The ferry sails. ',
    "“Oh (he said. ",
    "`",
    "![",
    "<!--",
    " ",
    "\t",
    "船が出る。",
    "word ",
    "x",
]
BROKEN = "abcdefghijklmnopqrstuv abc-"
GROWING = {
    "a.tex": ["\\begin{tabular}{a}", "\\item[", "\\section[", "\\cite{"],
    "a.txt": [f"{BROKEN}\n", "a-"],
    "a.html": [f"{BROKEN}<br>", "<style>", "<style>a", "<p style='/*"],
    "a.md": ["[a](", "**a", "> "],
    "a.rst": [".. a\n", "== ==\n", ":a:`"],
    "a.org": ["* TODO ", "[[a][", "*a b"],
    "a.srt": ["00:00:01,000 --> 00:00:02,000\nab cd\n\n"],
}


def squared(work: Callable[[str], object], text: str) -> bool:
    """Whether four times the text takes far more than four times as long, whenever it is tried."""

    def computed(text: str) -> float:
        before = time.thread_time()  # of this thread, whatever others of the tests do
        work(text)
        return time.thread_time() - before

    def grows() -> bool:
        took = computed(4 * text)
        return took > 0.4 and took > 8 * computed(text) + 0.4

    return all(grows() for _ in range(3))


def test_a_text_costs_its_length_and_not_its_square() -> None:
    costly = {}
    for unit in UNCLOSED:
        text = unit * (60_000 // len(unit))
        costly[unit] = squared(lambda t: split_here(Document("a.txt", "A", t), longest=800), text)
    for name, units in GROWING.items():
        for unit in units:
            reader = READERS[suffix_of(name)]
            costly[name, unit] = squared(reader, unit * (20_000 // len(unit)))
    assert [unit for unit, grows in costly.items() if grows] == []


def test_a_long_text_is_read_and_split_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["rag.documents.read"], "READERS", {})  # those of this process
    monkeypatch.setattr(sys.modules["rag.documents.split"], "split_here", None)
    for name in ("a.txt", "a.csv"):
        text = f"{made.FIRST} {made.SECOND}\n" * 2_000
        document = parse(text.encode(), name=name)
        passages = split_passages(document)
        assert made.SECOND in document.text[passages[0].start : passages[0].end]
        assert sum(p.end - p.start for p in passages) > 0.9 * len(document.text)
    assert "a.txt is not a text file. Convert it" in refused(b"\x00\x01a" * 60_000, "a.txt")


def test_a_mail_whose_sender_breaks_the_parser_is_read() -> None:
    sender = b'From: "a","a",a | :a:`:a:`[^1] _a _a <table>a;x'
    raw = sender + b"\nSubject: S\n\nIt sails."
    assert "It sails." in parse(raw, name="a.eml").text
