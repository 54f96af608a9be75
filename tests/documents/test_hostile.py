"""Hostile files: small here, endless inside. Each is refused with a reason; no other is harmed."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents import apart, limits
from rag.documents.blocks import write_markup
from rag.documents.fetch import Fetched
from rag.documents.html import read_html, read_page
from rag.documents.kinds import PACKED
from rag.documents.limits import Unreadable
from rag.documents.markup import visible_text
from rag.documents.read import load_bytes, parse, parse_archive
from rag.documents.saved import _page, saved
from rag.documents.written import Written
from rag.errors import ReadError
from tests.documents import made

ROOT = Path(__file__).parents[2]
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{BOMB}]>'
FOREIGN = '<?xml version="1.0"?><!DOCTYPE f [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """For tests whose reader's process is another than usual."""
    apart.close_spare()
    yield monkeypatch
    apart.close_spare()


def reason(raw: bytes, name: str) -> str:
    """Why a file is refused; "" where it is read."""
    try:
        document = parse(raw, name=name)
    except ReadError as error:
        told = str(error)
    else:
        assert document.text.strip()
        assert "root:" not in document.text
        assert len(document.text) < 10**6
        return ""
    assert told.startswith(f"{name} ")
    assert told.endswith(".")
    return told


def refused(raw: bytes, name: str) -> str:
    told = reason(raw, name)
    assert told, "it was read"
    return told


def inside(kind: str, part: str, raw: bytes) -> bytes:
    """A file of a kind, with one part inside it replaced."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made.MADE[kind]())) as whole,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in whole.namelist():
            copy.writestr(name, raw if name == part else whole.read(name))
    return changed.getvalue()


MAIN = {
    ".docx": "word/document.xml",
    ".pptx": "ppt/presentation.xml",
    ".xlsx": "xl/workbook.xml",
    ".odt": "content.xml",
    ".epub": "OPS/book.opf",
}


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
    assert "a.xlsx has more than 200,000 rows; that is the limit. Split it" in refused(
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
    assert "has more than 200,000 rows" in refused(b"1,2\n" * 200_001, "a.csv")
    assert "is no table that can be read" in refused(b'"' + b"x" * (2 << 20), "a.csv")


def test_a_text_file_of_two_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(2 << 30)  # takes no room on the disk
    with pytest.raises(ReadError, match=r"big\.txt has 2048 MB; the limit is 64 MB\. Split it"):
        load_bytes(path)


def test_very_much_text() -> None:
    from rag.documents.written import Written

    text = Written()
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


def test_a_file_that_kills_its_reader_harms_no_other(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(apart, "_CODE", "import os, sys; sys.stdin.readline(); os.abort()")
    message = refused(made.simple_pdf(), "a.pdf")
    assert message == (
        "a.pdf is damaged so badly that the reader of its kind fails on it. Open it in its program "
        "and save it anew, or save it as plain text."
    )
    patched.undo()
    assert made.FIRST in parse(made.simple_pdf(), name="b.pdf").text


DRAFT = "from rag.documents.draft import Draft\n"
LOOPS = "while True: pass"
GROWS = "kept = []\nwhile True: kept.append(bytearray(1 << 20))"


def serving(reader: str) -> str:
    """What a process runs whose reader of PDF does this."""
    return (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from rag.documents import apart, kinds\n"
        "def bad(raw):\n    "
        + reader.replace("\n", "\n    ")
        + "\nkinds.PACKED['.pdf'] = bad\napart.serve()"
    )


def test_a_file_that_takes_for_ever(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(apart, "SECONDS", 0.5)
    patched.setattr(apart, "_CODE", serving(LOOPS))
    assert "a.pdf takes more than" in refused(b"%PDF", "a.pdf")


def test_what_the_system_ended_is_told_as_what_it_was(patched: pytest.MonkeyPatch) -> None:
    slow = "import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)"
    patched.setattr(apart, "_CODE", serving(slow))
    assert "a.pdf takes more than 60 seconds to read" in refused(b"%PDF", "a.pdf")
    full = "import os, time\nkept = b'x' * (300 << 20)\ntime.sleep(1)\nos.abort()"
    patched.setattr(apart, "MEMORY", 400 << 20)
    patched.setattr(apart, "_CODE", serving(full))
    assert "of memory to be read; that is the limit" in refused(b"%PDF", "a.pdf")


def test_a_file_that_takes_for_ever_is_ended_although_the_program_is_gone() -> None:
    code = serving(LOOPS).replace("apart.serve()", "apart.SECONDS = -1.5\napart.serve()")
    given = b'{"suffix": ".pdf", "size": 4}\n%PDF'
    done = subprocess.run([sys.executable, "-c", code, str(ROOT)], input=given, capture_output=True)
    assert done.returncode != 0
    assert done.stdout == b""


def test_a_file_that_takes_all_memory(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(apart, "_CODE", serving(GROWS))
    assert "needs more than 1,024 MB of memory" in refused(b"%PDF", "a.pdf")


def test_memory_is_watched_where_the_system_sets_no_limit(patched: pytest.MonkeyPatch) -> None:
    code = serving(GROWS).replace("def bad", "apart.limit_memory = lambda: None\ndef bad")
    patched.setattr(apart, "MEMORY", 200 << 20)
    patched.setattr(apart, "_CODE", code)
    assert "of memory to be read; that is the limit" in refused(b"%PDF", "a.pdf")


def test_what_a_library_prints_is_no_answer(patched: pytest.MonkeyPatch) -> None:
    talks = "import os; os.write(1, b'{}\\n'); print('x')\n" + DRAFT + "return Draft('Said.')"
    patched.setattr(apart, "_CODE", serving(talks))
    assert parse(b"%PDF", name="a.pdf").text == "Said."


def test_one_process_reads_many_files_and_goes_when_there_is_nothing_to_do(
    patched: pytest.MonkeyPatch,
) -> None:
    quick = serving(
        "from rag.documents.draft import Draft\nreturn Draft(str(__import__('os').getpid()))"
    )
    patched.setattr(
        apart, "_CODE", quick.replace("apart.serve()", "apart._IDLE = 0.2\napart.serve()")
    )
    first = parse(b"%PDF", name="a.pdf").text
    assert parse(b"%PDF", name="a.pdf").text == first
    psutil.Process(int(first)).wait(timeout=60)
    assert parse(b"%PDF", name="a.pdf").text != first


def test_many_threads_at_once() -> None:
    found: list[str] = []
    raw = made.rtf()
    threads = [
        threading.Thread(target=lambda: found.append(parse(raw, name="a.rtf").title))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [made.TITLE] * 4


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
    reason(raw, "a.html")
    visible_text(raw.decode())
    write_markup(raw.decode(), Written())
    assert time.process_time() - before < 40  # of a second; a minute and more, where it is squared


def test_a_long_page_that_takes_for_ever(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(apart, "SECONDS", 0.5)
    for kind in (".html", ".htm", ".md", ".markdown"):
        code = serving(LOOPS).replace("PACKED['.pdf']", f"READERS['{kind}']")
        apart.close_spare()
        patched.setattr(apart, "_CODE", code)
        assert f"a{kind} takes more than" in refused(b"<p>word " * 20_000, f"a{kind}")
        assert parse(b"<p>Short words.", name=f"b{kind}").text  # is read here


def test_a_long_page_from_the_web_that_takes_for_ever(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(apart, "SECONDS", 0.5)
    code = serving(LOOPS).replace("kinds.PACKED['.pdf'] = bad", "kinds.read_page = bad")
    patched.setattr(apart, "_CODE", code)
    page = Fetched("https://a.org/b", ".html", b"<p>word " * 20_000)
    with pytest.raises(ReadError, match=r"The page takes more than .* Split it"):
        saved(page, today=date(2026, 1, 2))


def test_a_long_page_reads_as_a_short_one() -> None:
    body = "".join(f"<p>The ferry number {n} sails to Skarvik each day.</p>" for n in range(3_000))
    page = f'<html lang="en"><title>Ferries</title><body><article>{body}</article></body></html>'
    assert len(page) > 100_000
    long = parse(page.encode(), name="a.html")
    assert long.text.count("each day.") == 3_000
    assert (long.text, long.title) == (read_html(page).text, "Ferries")
    assert read_page(page).text == _page(page).text


def test_a_part_that_unpacks_within_the_limit_and_still_takes_all_memory(
    patched: pytest.MonkeyPatch,
) -> None:
    readers: list[apart._Reader] = []
    begin = apart._Reader.__init__
    patched.setattr(apart._Reader, "__init__", lambda self: (readers.append(self), begin(self))[1])
    patched.setattr(apart, "MEMORY", 150 << 20)
    unlimited = "from rag.documents import apart; apart.limit_memory = lambda: None; apart.serve()"
    patched.setattr(apart, "_CODE", f"import sys; sys.path.insert(0, sys.argv[1]); {unlimited}")
    unit = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 400_000
    head = f"<w:document xmlns:w={WORD}><w:body>".encode()
    raw = inside(".docx", MAIN[".docx"], head + unit + b"</w:body></w:document>")
    assert len(raw) < 2**20
    assert "of memory to be read; that is the limit. Split it" in refused(raw, "a.docx")
    assert 150 << 20 < readers[0].largest < 500 << 20  # it is looked at twenty times a second


WORD = '"http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


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
