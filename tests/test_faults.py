"""Broken machines: full disks, kills, mad clocks, no memory, thousands of questions, two writers.

The faults of files and kills of the library stand in `tests/library`, those of servers in
`tests/models/test_server.py`; here is what concerns chats, exports, clocks and the line.
"""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.chats import ChatStore
from rag.chats.export import read_export
from rag.documents.read import parse
from rag.errors import LibraryError
from rag.library.repair import check
from rag.service.questions import UNFORESEEN, WITHDRAWN, QuestionQueue
from rag.testing import FakeLLM
from tests.chats.made import ANSWER, REFUSAL
from tests.commands.stand_in import failed, run
from tests.library.place import Place
from tests.library.test_disk import mounted
from tests.slow import GatedLLM, until
from tests.world import BUILT, opened

ROOT = Path(__file__).parent.parent
ASKED = "When was the ferry Hanna built?"
MANY = 2000


def kept(index: Path) -> ChatStore:
    """A store with one chat of two answers."""
    index.mkdir(exist_ok=True)
    store = ChatStore(index)
    store.finish(store.begin("a", "When did it open?"), ANSWER)
    store.finish(store.begin("a", "And who?"), REFUSAL)
    return store


def asked_for_ever(store: ChatStore) -> None:
    while True:
        store.finish(store.begin("a", "And what did it cost?"), ANSWER)


@pytest.mark.parametrize("left", [0, 8, 40])
def test_a_full_disk_loses_no_earlier_turn_of_a_chat(tmp_path: Path, left: int) -> None:
    """The chats are on a disk of their own, with so many kB left when the next questions come."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        store = kept(tmp_path / "disk" / "index")
        before = store.turns("a")
        ballast = tmp_path / "disk" / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(tmp_path / "disk").free - left * 1024))
        with pytest.raises(LibraryError, match=r"disk is full.*Free some space"):
            asked_for_ever(store)
        told = store.turns("a")
        assert told[:2] == before
        assert all(turn.answer in (ANSWER, None) for turn in told[2:])
        ballast.unlink()
        store.finish(store.begin("a", "Now?"), ANSWER)
        store.close()
        again = ChatStore(tmp_path / "disk" / "index")
        assert again.turns("a")[:-1] == told
        assert again.turns("a")[-1].answer == ANSWER
        again.close()


def test_an_export_that_finds_no_room_leaves_no_half_of_it(tmp_path: Path) -> None:
    kept(tmp_path / "index").close()
    to = tmp_path / "disk" / "chat.html"
    command = ("export", "a", "--to", str(to), "--index", str(tmp_path / "index"))
    with mounted(to.parent, "-t", "tmpfs", "-o", "size=16k", "tmpfs"):
        ballast = to.with_name("ballast")
        ballast.write_bytes(bytes(12 * 1024))
        said = " ".join(failed(run(*command)).split())
        assert "cannot be written" in said
        assert "free some space" in said
        assert [path.name for path in to.parent.iterdir()] == ["ballast"]
        ballast.unlink()
        assert run(*command).exit_code == 0
        assert len(read_export(to.read_bytes()).turns) == 2


KILLED = """
import os, runpy, signal, sys
from pathlib import Path
def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before":
    os.fsync = killed
else:
    Path.replace = killed
sys.argv[1:] = sys.argv[2:]
runpy.run_module("rag", run_name="__main__")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_export_is_made_anew_and_the_chat_is_there(tmp_path: Path, moment: str) -> None:
    kept(tmp_path / "index").close()
    to = tmp_path / "chat.json"
    command = ("export", "a", "--to", str(to), "--index", str(tmp_path / "index"))
    done = subprocess.run([sys.executable, "-c", KILLED, moment, *command], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert not to.exists()  # under its own name there is all of it or nothing
    assert run(*command).exit_code == 0
    assert [turn.answer for turn in read_export(to.read_bytes()).turns] == [ANSWER, REFUSAL]


class Clock(date):
    """A calendar that tells the day that a test wants."""

    now = date.max

    @classmethod
    def today(cls) -> date:  # type: ignore[override]
        return cls.now


@pytest.mark.parametrize("now", [date.max, date(9999, 6, 1), date(1970, 1, 1)])
def test_whatever_the_clock_tells_an_article_is_read(
    monkeypatch: pytest.MonkeyPatch, now: date
) -> None:
    monkeypatch.setattr(sys.modules["rag.documents.read"], "date", Clock)
    monkeypatch.setattr(Clock, "now", now)
    document = parse(b"---\ndate: 2021-03-04\n---\n\nThe bridge opened.", name="a.md")
    assert document.text.strip() == "The bridge opened."
    if now.year == 1970:  # then the day is not known, which is told
        assert document.date is None
        assert "2021-03-04" in document.remarks[0]
    else:
        assert (document.date, document.remarks) == (date(2021, 3, 4), ())


def test_chats_of_a_mad_clock_are_listed_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ChatStore(tmp_path)
    for chat, year in (("now", 2026), ("late", 9999), ("early", 1970), ("after", 2026)):
        at = datetime(year, 6, 1, tzinfo=UTC).isoformat(timespec="microseconds")
        monkeypatch.setattr("rag.chats.store._now", lambda at=at: at)
        store.finish(store.begin(chat, "When did it open?"), ANSWER)
    assert {info.id for info in store.chats()} == {"now", "late", "early", "after"}
    assert all(store.turns(info.id)[0].answer == ANSWER for info in store.chats())
    store.close()
    listed = run("chats", "--index", str(tmp_path))
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) == 4
    assert run("export", "late", "--index", str(tmp_path)).exit_code == 0


@pytest.mark.parametrize("error", [MemoryError(), RecursionError()])
def test_without_memory_the_question_is_told_and_the_line_goes_on(
    tmp_path: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    llm = FakeLLM(error=error)
    with opened(tmp_path, llm=llm) as assistant, caplog.at_level(logging.CRITICAL):
        queue = QuestionQueue(lambda _: assistant)
        first = queue.ask("a", ASKED)
        until(lambda: not queue.busy())
        llm._error = None
        second = queue.ask("a", ASKED)
        until(lambda: not queue.busy())
        turns = assistant.chats.turns("a")
    assert [turn.id for turn in turns] == [first.turn, second.turn]
    assert (turns[0].answer, turns[0].problem) == (None, UNFORESEEN)
    assert turns[1].answer is not None
    assert "1962" in turns[1].answer.text


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Assistant, GatedLLM]]:
    llm = GatedLLM()
    with opened(tmp_path, llm=llm) as assistant:
        yield assistant, llm


def test_thousands_of_questions_wait_are_withdrawn_and_all_are_kept(
    held: tuple[Assistant, GatedLLM],
) -> None:
    assistant, llm = held
    queue = QuestionQueue(lambda _: assistant)
    asked = [queue.ask(f"chat{n}", ASKED) for n in range(MANY)]
    assert queue.ahead(asked[-1]) == MANY - 1
    assert len(assistant.chats.chats()) == MANY
    for queued in asked[1:]:
        queue.stop(queued.turn)
    llm.let(2)
    until(lambda: not queue.busy())
    first, last = (assistant.chats.turn(queued.turn) for queued in (asked[0], asked[-1]))
    assert first is not None
    assert last is not None
    assert first.answer is not None
    assert BUILT in first.answer.text
    assert (last.question, last.answer, last.problem) == (ASKED, None, WITHDRAWN)


WRITER = """
import sys, time
from pathlib import Path
from rag.errors import LibraryError
from tests.library.place import Place
place, name = Place(Path(sys.argv[1])), sys.argv[2]
library = place.open()
for number in range(12):
    place.write(f"{name}{number}.txt", f"Article {number} of {name}. It is about {name} and tea.")
    while True:
        try:
            place.sync(library)
            break
        except LibraryError as error:
            assert "in use" in str(error) or "another program" in str(error).lower(), error
            time.sleep(0.05)
"""


def test_two_programs_that_write_in_turns_lose_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path / "one").fill()
    place.sync()
    command = [sys.executable, "-c", WRITER, str(place.root)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("left", "right")]
    assert [writer.wait(300) for writer in writers] == [0, 0]
    assert not check(place.index)
    whole = Place(tmp_path / "two")
    shutil.copytree(place.folder, whole.folder, dirs_exist_ok=True)
    whole.sync()
    assert place.answers() == whole.answers()
    library = place.open()
    names = {info.id for info in library.documents()}
    library.close()
    assert {f"{name}{n}.txt" for name in ("left", "right") for n in range(12)} <= names
