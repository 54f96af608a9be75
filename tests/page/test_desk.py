from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.chats import Turn
from rag.chats.chat import STOPPED
from rag.errors import ModelError, QuestionError, RagError
from rag.events import Event
from rag.page.desk import UNFORESEEN, WITHDRAWN, Desk, Job, Stage
from tests.page.slow import GatedLLM, until
from tests.world import opened

BUILT = "When was the ferry Hanna built?"
BRIDGE = "When did the bridge over the Lund open?"
GEESE = "Where do barnacle geese breed?"


@pytest.fixture
def llm() -> GatedLLM:
    return GatedLLM()


@pytest.fixture
def assistant(tmp_path: Path, llm: GatedLLM) -> Iterator[Assistant]:
    with opened(tmp_path, llm=llm) as assistant:
        yield assistant


@pytest.fixture
def desk(assistant: Assistant, llm: GatedLLM) -> Iterator[Desk]:
    desk = Desk(lambda: assistant)
    yield desk
    llm.let(100)
    until(lambda: not desk.busy())


def turn_of(assistant: Assistant, job: Job) -> Turn:
    turn = assistant.chats.turn(job.turn)
    assert turn is not None
    return turn


def test_a_question_is_on_disk_before_its_answer(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    job = desk.ask("a", BUILT)
    kept = turn_of(assistant, job)
    assert (kept.question, kept.answer, kept.problem) == (BUILT, None, "")
    assert desk.job(job.turn) is job
    llm.let()
    until(lambda: desk.job(job.turn) is None)
    answer = turn_of(assistant, job).answer
    assert answer is not None
    assert "1962" in answer.text


def test_evidence_is_seen_before_claims(desk: Desk, llm: GatedLLM) -> None:
    job = desk.ask("a", BUILT)
    until(lambda: job.seen.drafted)
    assert job.seen.stage is Stage.WRITING
    assert "1962" in job.seen.evidence[0].quote
    assert job.seen.claims == ()
    llm.let()
    until(lambda: job.seen.claims)


def test_questions_are_answered_one_at_a_time_in_order(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    jobs = [desk.ask(chat, q) for chat, q in (("a", BUILT), ("b", BRIDGE), ("a", GEESE))]
    assert [desk.ahead(job) for job in jobs] == [0, 1, 2]
    until(lambda: all(job.seen.evidence for job in jobs))  # nobody waits for evidence
    assert llm.begun == 1
    for place, job in enumerate(jobs):
        llm.let()
        until(lambda job=job: desk.job(job.turn) is None)
        assert [desk.ahead(later) for later in jobs[place + 1 :]] == list(range(2 - place))
    answers = [turn_of(assistant, job).answer for job in jobs]
    for answer, said in zip(answers, ("1962", "1932", "Greenland"), strict=True):
        assert answer is not None
        assert said in answer.text


def test_a_waiting_question_can_be_withdrawn(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    first, second, third = (desk.ask(chat, BUILT) for chat in "abc")
    until(lambda: second.seen.evidence)
    desk.stop(second.turn)
    assert desk.job(second.turn) is None
    assert desk.ahead(third) == 1
    llm.let(2)
    until(lambda: not desk.busy())
    assert turn_of(assistant, second).answer is None
    assert turn_of(assistant, second).problem == WITHDRAWN
    assert turn_of(assistant, first).answer == turn_of(assistant, third).answer is not None


def test_a_question_in_work_can_be_stopped(desk: Desk, assistant: Assistant, llm: GatedLLM) -> None:
    job = desk.ask("a", BUILT)
    until(lambda: job.seen.drafted)
    desk.stop(job.turn)
    assert desk.job(job.turn) is None
    assert turn_of(assistant, job).problem == STOPPED
    after = desk.ask("a", BRIDGE)
    llm.let(2)  # the stopped one may take one on its way out
    until(lambda: desk.job(after.turn) is None)
    assert turn_of(assistant, after).answer is not None
    assert turn_of(assistant, job).answer is None


def test_what_is_done_or_unknown_cannot_be_stopped(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let()
    job = desk.ask("a", BUILT)
    until(lambda: not desk.busy())
    desk.stop(job.turn)
    desk.stop(12345)
    assert turn_of(assistant, job).answer is not None


def test_asking_again_takes_the_place_of_the_last_turn(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let()
    kept = desk.ask("a", GEESE)
    until(lambda: not desk.busy())
    old = desk.ask("a", BUILT)
    until(lambda: old.seen.drafted)
    job = desk.again("a", old.turn, BRIDGE)
    llm.let(2)
    until(lambda: not desk.busy())
    assert [turn.id for turn in assistant.chats.turns("a")] == [kept.turn, job.turn]
    answer = turn_of(assistant, job).answer
    assert answer is not None
    assert "1932" in answer.text


@pytest.mark.parametrize("question", ["", "???", "why " * 1000])
def test_what_is_no_question_leaves_the_turn_that_it_would_replace(
    desk: Desk, assistant: Assistant, llm: GatedLLM, question: str
) -> None:
    llm.let()
    kept = desk.ask("a", GEESE)
    until(lambda: not desk.busy())
    with pytest.raises(QuestionError):
        desk.again("a", kept.turn, question)
    assert turn_of(assistant, kept).answer is not None


def test_a_turn_that_is_not_the_last_any_more_stays(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let(2)
    first, second = desk.ask("a", GEESE), desk.ask("a", BUILT)
    until(lambda: not desk.busy())
    with pytest.raises(RagError, match="another tab"):
        desk.again("a", first.turn, GEESE)
    assert [turn.id for turn in assistant.chats.turns("a")] == [first.turn, second.turn]


def test_nothing_of_a_deleted_chat_comes_back(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    jobs = [desk.ask("a", BUILT), desk.ask("a", BRIDGE), desk.ask("b", GEESE)]
    until(lambda: jobs[0].seen.drafted)
    desk.forget("a")
    assistant.chats.delete("a")
    llm.let(3)
    until(lambda: not desk.busy())
    assert assistant.chats.info("a") is None
    assert assistant.chats.turns("a") == ()
    assert len(assistant.chats.turns("b")) == 1


def test_a_follow_up_knows_the_question_before_it_even_in_the_line(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    desk.ask("a", "Who designed the bridge over the Lund?")
    follow_up = desk.ask("a", "And when did it open?")
    llm.let(2)
    until(lambda: not desk.busy())
    answer = turn_of(assistant, follow_up).answer
    assert answer is not None
    assert answer.query == "And when did the bridge over the Lund open?"


def test_a_chat_uses_only_its_articles(desk: Desk, assistant: Assistant, llm: GatedLLM) -> None:
    assistant.chats.restrict("a", ["bridge.md"])
    job = desk.ask("a", BUILT)
    llm.let()
    until(lambda: not desk.busy())
    answer = turn_of(assistant, job).answer
    assert answer is not None
    assert {item.document for item in answer.evidence} <= {"bridge.md"}
    assert answer.searched.documents == 1


def test_days_in_a_question_are_kept_to_until_all_are_wanted(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let(100)
    question = "When was the ferry Hanna built, since 2022?"
    job = desk.ask("a", question)
    until(lambda: not desk.busy())
    answer = turn_of(assistant, job).answer
    assert answer is not None
    assert {item.document for item in answer.evidence} == {"ferry.md"}
    assert answer.remarks == ("Dates read as: articles since 1 January 2022.",)
    again = desk.again("a", job.turn, question, dates=False)
    until(lambda: not desk.busy())
    answer = turn_of(assistant, again).answer
    assert answer is not None
    assert answer.remarks == ()


def test_what_is_no_question_is_told_in_words(desk: Desk, assistant: Assistant) -> None:
    job = desk.ask("a", "??")
    until(lambda: not desk.busy())
    assert "has no words" in turn_of(assistant, job).problem


def test_an_error_of_the_model_becomes_the_turns_problem(tmp_path: Path) -> None:
    class Broken(GatedLLM):
        def stream(self, **_: object) -> Iterator[str]:  # type: ignore[override]
            raise ModelError("The model could not generate.")
            yield ""

    with opened(tmp_path, llm=Broken()) as assistant:
        desk = Desk(lambda: assistant)
        job = desk.ask("a", BUILT)
        until(lambda: not desk.busy())
        assert turn_of(assistant, job).problem == "The model could not generate."


def test_a_fault_of_the_program_is_logged_and_the_line_goes_on(
    desk: Desk,
    assistant: Assistant,
    llm: GatedLLM,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object, **__: object) -> Iterator[Event]:
        raise ZeroDivisionError("secret")
        yield

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(assistant, "stream", broken)
        job = desk.ask("a", BUILT)
        until(lambda: not desk.busy())
    assert turn_of(assistant, job).problem == UNFORESEEN
    assert "secret" in caplog.text
    llm.let()
    after = desk.ask("a", BUILT)
    until(lambda: not desk.busy())
    assert turn_of(assistant, after).answer is not None


def test_without_an_assistant_nothing_is_asked() -> None:
    with pytest.raises(RagError, match="being opened"):
        Desk(lambda: None).ask("a", BUILT)


def test_what_comes_twice_is_asked_once(desk: Desk, assistant: Assistant, llm: GatedLLM) -> None:
    first = desk.ask("a", BUILT)
    assert desk.ask("a", BUILT) is first
    assert desk.ask("b", BUILT) is not first
    assert desk.ask("a", BUILT, dates=False) is not first
    llm.let(100)
    until(lambda: not desk.busy())
    assert len(assistant.chats.turns("a")) == 2
    later = desk.ask("a", BUILT)  # a person may ask the same again once it is answered
    assert later.turn != first.turn
    until(lambda: not desk.busy())


def test_asking_again_that_comes_twice_is_done_once(
    desk: Desk, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let()
    first = desk.ask("a", BUILT)
    until(lambda: not desk.busy())
    anew = desk.again("a", first.turn, BUILT)
    assert desk.again("a", first.turn, BUILT) is anew
    llm.let()
    until(lambda: not desk.busy())
    assert [turn.id for turn in assistant.chats.turns("a")] == [anew.turn]
