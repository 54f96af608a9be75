"""Which model answers, and what happens to the one before."""

from __future__ import annotations

import threading
from unittest.mock import Mock

import pytest

from rag.errors import ModelError
from rag.models.llm import LLM
from rag.models.serving import Serving
from rag.testing import FakeLLM

SECONDS = 30


class Closing(FakeLLM):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_a_model_is_loaded_once_when_it_is_needed() -> None:
    loaded: list[FakeLLM] = []

    def load() -> LLM:
        loaded.append(Closing())
        return loaded[-1]

    serving = Serving(load)
    assert serving.loaded is None
    assert loaded == []
    seen: list[LLM | None] = []

    def use() -> None:
        with serving.model() as llm:
            seen.append(llm)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(loaded) == 1
    assert seen == loaded * 8
    serving.close()
    assert loaded[0].closed == 1  # type: ignore[attr-defined]


def test_a_first_load_that_fails_is_tried_again() -> None:
    serving = Serving(Mock(side_effect=[ModelError("It is broken."), Closing()]))
    with pytest.raises(ModelError, match="broken"):
        serving.ready()
    serving.ready()
    assert isinstance(serving.loaded, Closing)


def test_the_old_model_is_freed_with_its_last_user() -> None:
    old, new = Closing(), Closing()
    serving = Serving(lambda: old)
    with serving.model() as first, serving.model() as second:
        serving.exchange(lambda: new)
        assert first is second is old
        assert old.closed == 0
        with serving.model() as third:
            assert third is new
    assert (old.closed, new.closed) == (1, 0)
    serving.exchange(lambda: None)
    assert new.closed == 1
    with serving.model() as none:
        assert none is None


def test_a_user_that_fails_leaves_too() -> None:
    old = Closing()
    serving = Serving(lambda: old)

    def use() -> None:
        with serving.model():
            serving.exchange(lambda: None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()
    assert old.closed == 1


def test_a_load_that_fails_changes_nothing() -> None:
    old = Closing()
    serving = Serving(lambda: old)
    serving.ready()

    def broken() -> LLM:
        raise ModelError("It does not exist.")

    with pytest.raises(ModelError, match="does not exist"):
        serving.exchange(broken)
    assert serving.loaded is old
    assert old.closed == 0


def test_questions_go_on_while_another_is_loaded() -> None:
    old, new = Closing(), Closing()
    serving = Serving(lambda: old)
    serving.ready()
    begun, go = threading.Event(), threading.Event()

    def slow() -> LLM:
        begun.set()
        assert go.wait(SECONDS)
        return new

    thread = threading.Thread(target=serving.exchange, args=(slow,))
    thread.start()
    assert begun.wait(SECONDS)
    with serving.model() as llm:
        assert llm is old
    go.set()
    thread.join(SECONDS)
    assert serving.loaded is new
    assert old.closed == 1


def test_somebody_elses_model_is_left_open() -> None:
    given = Closing()
    serving = Serving(lambda: given, given=True)
    with serving.model() as llm:
        assert llm is given
    serving.exchange(Closing)
    serving.close()
    assert given.closed == 0


def test_closing_before_anything_was_loaded_loads_nothing() -> None:
    def load() -> LLM:
        raise AssertionError

    Serving(load).close()
