"""Tasks on the engine: one at a time, each ending with what it did or why not, whatever happens."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.listing import Addition, Outcome, SyncReport
from rag.service.engine import Engine
from rag.service.tasks import (
    Removed,
    Result,
    Task,
    TaskStage,
    Unpacked,
    adding,
    adding_address,
    removing,
    syncing,
)
from tests.documents import made
from tests.service.test_engine import SECONDS, Slow
from tests.slow import until


def done(engine: Engine, *tasks: Task) -> list[Result | str]:
    """What each did, or why it failed."""
    engine.submit(tasks)
    assert engine.wait(SECONDS)
    assert all(task.over for task in tasks)
    return [task.result or task.error for task in tasks]


def test_adding_removing_and_syncing(engine: Engine, assistant: Assistant) -> None:
    did = done(
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
    assert did[:4] == [
        Addition("tea.md", Outcome.ADDED, "Green tea", 1),
        Addition("tea.md", Outcome.ALREADY_THERE, "Green tea", 1),
        Addition("tea.md", Outcome.REPLACED, "Black tea", 1),
        Addition("tea 2.md", Outcome.ADDED, "Milk", 1),
    ]
    assert "bad.txt is not a text file" in str(did[4])
    assert "is not of a kind that is read" in str(did[5])
    assert "not on the public internet" in str(did[6])
    assert did[7] == Removed(assistant.index / "removed" / "tea 2.md")
    assert "There is no article absent.md" in str(did[8])
    assert isinstance(did[9], SyncReport)
    assert (did[9].unchanged, did[9].changes) == (5, False)
    assert "tea 2.md" in {info.id for info in assistant.documents()}


def test_an_uploaded_archive_becomes_articles_of_its_own(
    engine: Engine, assistant: Assistant
) -> None:
    raw = made.archive({"a/tea.txt": b"Tea grows on hills.", "b/tea.txt": b"Tea is green."})
    bad = made.archive({"x.txt": b"Milk is white.", "y.pdf": b"no", "z.zip": raw})
    two, one, none = done(
        engine, adding("a.zip", raw), adding("b.ZIP", bad), adding("c.zip", b"no zip")
    )
    assert two == Unpacked(2)
    assert isinstance(one, Unpacked)
    assert one.added == 1
    assert one.failed[0].startswith("y.pdf is damaged")
    assert "b.ZIP/z.zip is an archive inside an archive" in one.failed[1]
    assert "c.zip is damaged or of another kind than its name says" in str(none)
    assert {"tea.txt", "tea 2.txt", "x.txt"} < {info.id for info in assistant.documents()}


def test_a_failed_file_is_tried_again(engine: Engine, assistant: Assistant) -> None:
    path = assistant.folder / "note.txt"
    path.write_text("")
    (report,) = done(engine, syncing())
    assert isinstance(report, SyncReport)
    assert (report.unchanged, len(report.failed)) == (4, 1)
    task = syncing("note.txt")
    assert "holds no text" in str(done(engine, task)[0])
    assert task.stage is TaskStage.FAILED
    path.write_text("Whales sing.")
    (report,) = done(engine, syncing("note.txt"))
    assert isinstance(report, SyncReport)
    assert report.added == ("note.txt",)
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
    assert task.stage is TaskStage.WAITING
    task.stop()
    slow.batch.release(4)
    assert engine.wait(SECONDS)
    assert (task.stage, task.error) == (TaskStage.FAILED, "Withdrawn before it began.")


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
    assert "Stopped. What was done is kept" in task.error
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

    def work(_: Assistant, task: Task) -> Result:
        with lock:
            inside.append(task)
            most.append(len(inside))
        threading.Event().wait(0.01)
        with lock:
            inside.remove(task)
        return SyncReport()

    tasks = [Task(f"{n}", work) for n in range(12)]
    threads = [threading.Thread(target=engine.submit, args=([task],)) for task in tasks]
    for thread in threads:
        thread.start()
    engine.start()
    for thread in threads:
        thread.join(SECONDS)
    assert engine.wait(SECONDS)
    assert all(task.stage is TaskStage.DONE for task in tasks)
    assert max(most) == 1


def test_a_fault_of_the_program_is_logged_not_shown(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Result:
        raise ZeroDivisionError("secret")

    after = syncing()
    with caplog.at_level(logging.ERROR):
        told = str(done(engine, Task("x", broken), after)[0])
    assert "terminal" in told
    assert "secret" not in told
    assert "secret" in caplog.text
    assert after.stage is TaskStage.DONE


def test_without_an_assistant_it_says_so() -> None:
    engine = Engine(lambda: Slow())  # type: ignore[arg-type, return-value]
    assert done(engine, syncing()) == ["The articles are not open."]


def test_questions_are_suggested_anew(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.service.followups.answers", lambda *_: True)
    until(lambda: engine.followups.first() is not None)
    done(engine, *(adding(f"tea{n}.md", b"# The tea: green %d\n\nTea." % n) for n in range(3)))
    until(lambda: engine.followups.first() is not None)
    assert "What is the article “The tea: green 0” about?" in (engine.followups.first() or ())
