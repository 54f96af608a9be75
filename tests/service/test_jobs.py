from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from rag.errors import Cancelled, RagError
from rag.service.jobs import FAULT, BackgroundJob, Run
from tests.slow import SECONDS


@pytest.fixture
def job() -> BackgroundJob[int]:
    return BackgroundJob("counting")


def held(job: BackgroundJob[int]) -> Callable[[], None]:
    """Begin work that goes on until it is let; how to let it."""
    begun, free = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert free.wait(SECONDS)
        if job.stop_asked.is_set():
            raise Cancelled("Stopped.")

    job.begin(work)
    assert begun.wait(SECONDS)
    return free.set


def test_all_see_how_far_it_is_and_that_it_is_over(job: BackgroundJob[int]) -> None:
    assert job.state == Run()
    let = held(job)
    assert job.state == Run(busy=True)
    job.note(3)
    assert job.state == Run(busy=True, progress=3)
    assert not job.wait(0)
    let()
    assert job.wait(SECONDS)
    assert job.state == Run()


def test_it_stops_when_it_is_asked_and_begins_anew(job: BackgroundJob[int]) -> None:
    job.stop()
    assert not job.stop_asked.is_set()
    let = held(job)
    job.stop()
    assert job.state.stopping
    let()
    assert job.wait(SECONDS)
    assert job.state == Run(stopped=True)
    job.begin(lambda: None)
    assert job.wait(SECONDS)
    assert job.state == Run()


def test_only_one_is_begun_and_what_is_added_comes_after_it(job: BackgroundJob[int]) -> None:
    done: list[str] = []
    let = held(job)
    job.begin(lambda: done.append("not begun"))
    job.add(lambda: done.append("a"), lambda: done.append("b"))
    job.add(lambda: done.append("c"))
    let()
    assert job.wait(SECONDS)
    assert done == ["a", "b", "c"]


def test_one_that_is_begun_comes_after_what_was_added(job: BackgroundJob[int]) -> None:
    done: list[str] = []
    free = threading.Event()
    job.add(lambda: free.wait(SECONDS), lambda: done.append("added"))
    job.begin(lambda: done.append("begun"))
    assert job.state == Run(busy=True)
    free.set()
    assert job.wait(SECONDS)
    assert done == ["added", "begun"]


@pytest.mark.parametrize(
    ("error", "told"), [(RagError("It is full."), "It is full."), (ValueError("secret"), FAULT)]
)
def test_an_error_is_told_in_words_until_it_is_forgotten(
    job: BackgroundJob[int], error: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> None:
        raise error

    with caplog.at_level(logging.ERROR):
        job.begin(work)
        assert job.wait(SECONDS)
    assert job.state == Run(error=told)
    assert ("secret" in caplog.text) is isinstance(error, ValueError)
    job.forget()
    assert job.state == Run()


def test_an_error_of_what_was_added_is_logged_and_the_next_is_done(
    job: BackgroundJob[int], caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> None:
        raise RagError("It is full.")

    done: list[str] = []
    with caplog.at_level(logging.ERROR):
        job.add(work, lambda: done.append("after"))
        assert job.wait(SECONDS)
    assert "It is full." in caplog.text
    assert done == ["after"]
    assert job.state == Run()


def test_nothing_is_lost_when_many_add_at_once(job: BackgroundJob[int]) -> None:
    done: list[int] = []

    def add() -> None:
        for number in range(200):
            job.add(lambda number=number: done.append(number))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert job.wait(SECONDS)
    assert sorted(done) == sorted([*range(200)] * 4)
