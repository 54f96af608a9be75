"""Tasks on the engine: one at a time, each told in words, whatever happens."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.listing import SyncReport
from rag.page.engine import Engine
from rag.page.tasks import Stage, Task, adding, adding_address, removing, syncing
from tests.documents import made
from tests.page.slow import until
from tests.page.test_engine import SECONDS, Slow


@pytest.fixture
def engine(assistant: Assistant) -> Engine:
    engine = Engine(lambda: assistant)
    engine.start()
    assert engine.wait(SECONDS)
    return engine


def done(engine: Engine, *tasks: Task) -> list[str]:
    engine.submit(tasks)
    assert engine.wait(SECONDS)
    assert all(task.over for task in tasks)
    return [task.told for task in tasks]


def test_adding_removing_and_syncing(engine: Engine, assistant: Assistant) -> None:
    told = done(
        engine,
        adding("tea.md", b"# Green tea\n\nTea grows on hills."),
        adding("again.md", b"# Green tea\n\nTea grows on hills."),
        adding("tea.md", b"# Black tea\n\nTea grows in valleys.", replace=True),
        adding("tea.md", b"# Milk\n\nMilk is white."),
        adding("bad.txt", bytes(range(32))),
        adding("photo.jpg", b"\xff"),
        adding_address("http://127.0.0.1:1/"),
        removing("tea.md", "Black tea"),
        removing("absent.md", "Nothing"),
        syncing(),
    )
    assert told[:4] == [
        "Added as “Green tea”, 1 passage.",
        "Was there already, as “Green tea” (tea.md).",
        "Replaced by “Black tea”, 1 passage.",
        "Added as “Milk”, 1 passage.",
    ]
    assert "bad.txt is not a text file" in told[4]
    assert "is not of a kind that is read" in told[5]
    assert "not on the public internet" in told[6]
    assert told[7] == f"Removed. Its file is kept as {assistant.index / 'removed' / 'tea 2.md'}."
    assert "There is no article absent.md" in told[8]
    assert told[9] == "5 unchanged."
    assert "tea 2.md" in {info.id for info in assistant.documents()}


def test_an_uploaded_archive_becomes_articles_of_its_own(
    engine: Engine, assistant: Assistant
) -> None:
    raw = made.archive({"a/tea.txt": b"Tea grows on hills.", "b/tea.txt": b"Tea is green."})
    bad = made.archive({"x.txt": b"Milk is white.", "y.pdf": b"no", "z.zip": raw})
    told = done(engine, adding("a.zip", raw), adding("b.ZIP", bad), adding("c.zip", b"no zip"))
    assert told[0] == "Added 2 articles from it."
    assert told[1].startswith("Added 1 article from it. 2 could not be read: y.pdf is damaged")
    assert "b.ZIP/z.zip is an archive inside an archive" in told[1]
    assert "c.zip is damaged or of another kind than its name says" in told[2]
    assert {"tea.txt", "tea 2.txt", "x.txt"} < {info.id for info in assistant.documents()}


def test_a_failed_file_is_tried_again(engine: Engine, assistant: Assistant) -> None:
    path = assistant.folder / "note.txt"
    path.write_text("")
    assert done(engine, syncing()) == ["4 unchanged, 1 could not be read."]
    task = syncing("note.txt")
    assert "holds no text" in done(engine, task)[0]
    assert task.stage is Stage.FAILED
    path.write_text("Whales sing.")
    assert done(engine, syncing("note.txt")) == ["1 added."]
    assert assistant.failures() == []


def test_an_upload_is_let_go_of_once_it_is_over(engine: Engine) -> None:
    task = adding("tea.md", b"# Green tea\n\nTea grows on hills.")
    done(engine, task)
    assert task._work is None


def test_what_waits_can_be_withdrawn() -> None:
    slow = Slow()
    engine = Engine(lambda: slow)  # type: ignore[arg-type, return-value]
    engine.start()
    assert slow.begun.wait(SECONDS)
    task = syncing()
    engine.submit([task])
    assert task.stage is Stage.WAITING
    task.stop()
    slow.batch.release(4)
    assert engine.wait(SECONDS)
    assert (task.stage, task.told) == (Stage.FAILED, "Withdrawn before it began.")


def test_a_sync_is_stopped_and_gone_on_with() -> None:
    slow = Steps()
    engine = Engine(lambda: slow)  # type: ignore[arg-type, return-value]
    engine.start()
    assert slow.begun.wait(SECONDS)
    engine.stop()
    slow.batch.release()
    assert engine.wait(SECONDS)
    assert engine.state.stopped
    slow.begun.clear()
    task = syncing()
    engine.submit([task])
    assert slow.begun.wait(SECONDS)
    task.stop()
    slow.batch.release()
    assert engine.wait(SECONDS)
    assert "Stopped. What was done is kept" in task.told
    assert task.progress is not None
    assert engine.state.stopped
    slow.batch.release(4)
    done(engine, syncing())
    assert slow.done == 4
    assert not engine.state.stopped


class Steps(Slow):
    """A slow assistant that takes a sync of some files too."""

    def sync(self, *, only: Any = None, **more: Any) -> SyncReport:
        return super().sync(**more)


def test_two_tabs_never_work_at_once(engine: Engine, assistant: Assistant) -> None:
    inside, most = [], []
    lock = threading.Lock()

    def work(_: Assistant, task: Task) -> str:
        with lock:
            inside.append(task)
            most.append(len(inside))
        threading.Event().wait(0.01)
        with lock:
            inside.remove(task)
        return "Done."

    tasks = [Task(f"{n}", work) for n in range(12)]
    threads = [threading.Thread(target=engine.submit, args=([task],)) for task in tasks]
    for thread in threads:
        thread.start()
    engine.start()
    for thread in threads:
        thread.join(SECONDS)
    assert engine.wait(SECONDS)
    assert all(task.stage is Stage.DONE for task in tasks)
    assert max(most) == 1


def test_a_fault_of_the_program_is_logged_not_shown(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("secret")

    after = syncing()
    with caplog.at_level(logging.ERROR):
        told = done(engine, Task("x", broken), after)
    assert "terminal" in told[0]
    assert "secret" not in told[0]
    assert "secret" in caplog.text
    assert after.stage is Stage.DONE


def test_without_an_assistant_it_says_so() -> None:
    engine = Engine(lambda: Slow())  # type: ignore[arg-type, return-value]
    assert done(engine, syncing()) == ["The articles are not open."]


def test_questions_are_suggested_anew(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.page.followups.answers", lambda *_: True)
    until(lambda: engine.followups.first() is not None)
    done(engine, *(adding(f"tea{n}.md", b"# The tea: green %d\n\nTea." % n) for n in range(3)))
    until(lambda: engine.followups.first() is not None)
    assert "What is the article “The tea: green 0” about?" in (engine.followups.first() or ())
