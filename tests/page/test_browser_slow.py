"""The page in a real browser while the disk is slow, and while hostile files are read."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from playwright.sync_api import Browser

from rag.chats import ChatStore
from tests.page.browser import answered, ask, serving, visit
from tests.slow import until
from tests.world import ARTICLES, BUILT, write

SLOW = 0.5  # seconds that the disk takes to have written
PATIENT = 10  # seconds for a health check; one that waits for the disk waits for all writes
QUESTION = "When was the ferry Hanna built?"
HOSTILE = {
    "brackets.md": "[" * 300_000,
    "line.txt": "and so on " * 2_000_000,
    "quotes.txt": "“He said \"and 'then (" * 30_000,
    "wide.csv": "a," * 1_000_000,
}
READING = 6.0  # seconds for which they are read
LATE = 5.0  # seconds for a health check; a page that reads them itself takes half a minute


def slow(to: Path) -> list[str]:
    """What makes the disk of a command slow, and notes whom it connects to; skips without it."""
    if (strace := shutil.which("strace")) is None:
        pytest.skip("strace is not installed")
    calls = "fsync,fdatasync"
    delayed = f"inject={calls}:delay_exit={int(SLOW * 1e6)}"
    options = f"-D -f --seccomp-bpf -qq -e trace={calls},connect -e {delayed} -o".split()
    return [strace, *options, str(to)]


@contextmanager
def watched(address: str) -> Iterator[list[float]]:
    """How long each health check took meanwhile, in seconds."""
    took, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            began = time.monotonic()
            with urlopen(f"{address}/_stcore/health", timeout=PATIENT) as answer:
                assert answer.status == 200
            took.append(time.monotonic() - began)

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield took
    finally:
        over.set()
        watch.join()


def test_on_a_slow_disk_the_page_answers_and_nothing_is_lost(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_LLM", "none")
    folder, index = write(tmp_path / "articles", ARTICLES), tmp_path / "index"
    with serving(folder, index, under=slow(tmp_path / "trace")) as address:
        one, two = browser.new_page(), browser.new_page()
        with watched(address) as took:
            visit(one, address)
            began = time.monotonic()
            claims = answered(ask(one, QUESTION))
            waited = time.monotonic() - began
            visit(two, address)
            answered(ask(two, QUESTION))
            assert "1962" in (claims.text_content() or "")
    assert len(took) > waited  # they went on meanwhile
    assert waited > 2 * SLOW  # the question and its answer were written to the slow disk
    store = ChatStore(index)
    turns = [turn for chat in store.chats() for turn in store.turns(chat.id)]
    store.close()
    assert [turn.question for turn in turns] == [QUESTION] * 2
    assert all(turn.answer and BUILT in turn.answer.text for turn in turns)
    connected = [line for line in (tmp_path / "trace").read_text().splitlines() if "INET" in line]
    assert not [line for line in connected if "127.0.0.1" not in line and '"::1"' not in line]


def reading() -> bool:
    """Whether a process reads files for a page."""
    commands = (process.info["cmdline"] or () for process in psutil.process_iter(["cmdline"]))
    return any("rag.documents.apart" in " ".join(command) for command in commands)


def test_while_hostile_files_are_read_the_page_answers(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_LLM", "none")
    folder = write(tmp_path / "articles", HOSTILE | ARTICLES)
    with serving(folder, tmp_path / "index") as address, watched(address) as took:
        browser.new_page().goto(address)  # which begins to index the folder
        until(reading)
        time.sleep(READING)
    assert len(took) > READING
    assert max(took) < LATE
