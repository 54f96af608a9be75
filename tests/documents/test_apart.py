"""Files that take all time or memory, read in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psutil
import pytest

from rag.documents import apart
from rag.documents.fetch import FetchedFile
from rag.documents.html import read_html, read_page
from rag.documents.read import parse
from rag.documents.saved import _page, saved
from rag.errors import ReadError
from tests.documents import made
from tests.documents.hostile import MAIN, inside, refused

ROOT = Path(__file__).parents[2]


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """For tests whose reader's process is another than usual."""
    apart.close_spare()
    yield monkeypatch
    apart.close_spare()


def test_a_file_that_kills_its_reader_harms_no_other(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(apart, "_CODE", "import os, sys; sys.stdin.readline(); os.abort()")
    message = refused(made.simple_pdf(), "a.pdf")
    assert message == (
        "a.pdf is damaged so badly that the reader of its kind fails on it. Open it in its program "
        "and save it anew, or save it as plain text."
    )
    patched.undo()
    assert made.FIRST in parse(made.simple_pdf(), name="b.pdf").text


DRAFT = "from rag.documents.draft import DocumentDraft\n"
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
    code = serving(LOOPS)
    given = b'{"suffix": ".pdf", "name": "", "seconds": -1.5, "size": 4}\n%PDF'
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
    talks = (
        "import os; os.write(1, b'{}\\n'); print('x')\n" + DRAFT + "return DocumentDraft('Said.')"
    )
    patched.setattr(apart, "_CODE", serving(talks))
    assert parse(b"%PDF", name="a.pdf").text == "Said."


def test_one_process_reads_many_files_and_goes_when_there_is_nothing_to_do(
    patched: pytest.MonkeyPatch,
) -> None:
    quick = serving(DRAFT + "return DocumentDraft(str(__import__('os').getpid()))")
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
    page = FetchedFile("https://a.org/b", ".html", b"<p>word " * 20_000)
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
