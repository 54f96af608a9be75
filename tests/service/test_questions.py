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
from rag.service.questions import UNFORESEEN, WITHDRAWN, QuestionQueue, QueuedQuestion, Stage
from tests.slow import GatedLLM, until
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
def queue(assistant: Assistant, llm: GatedLLM) -> Iterator[QuestionQueue]:
    queue = QuestionQueue(lambda _: assistant)
    yield queue
    llm.let(100)
    until(lambda: not queue.busy())


def turn_of(assistant: Assistant, queued: QueuedQuestion) -> Turn:
    turn = assistant.chats.turn(queued.turn)
    assert turn is not None
    return turn


def test_a_question_is_on_disk_before_its_answer(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    queued = queue.ask("a", BUILT)
    kept = turn_of(assistant, queued)
    assert (kept.question, kept.answer, kept.problem) == (BUILT, None, "")
    assert queue.queued(queued.turn) is queued
    llm.let()
    until(lambda: queue.queued(queued.turn) is None)
    answer = turn_of(assistant, queued).answer
    assert answer is not None
    assert "1962" in answer.text


def test_evidence_is_seen_before_claims(queue: QuestionQueue, llm: GatedLLM) -> None:
    queued = queue.ask("a", BUILT)
    until(lambda: queued.seen.drafted)
    assert queued.seen.stage is Stage.WRITING
    assert "1962" in queued.seen.evidence[0].quote
    assert queued.seen.claims == ()
    llm.let()
    until(lambda: queued.seen.claims)


def test_questions_are_answered_one_at_a_time_in_order(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    asked = [queue.ask(chat, q) for chat, q in (("a", BUILT), ("b", BRIDGE), ("a", GEESE))]
    assert [queue.ahead(queued) for queued in asked] == [0, 1, 2]
    until(lambda: all(queued.seen.evidence for queued in asked))  # nobody waits for evidence
    assert llm.begun == 1
    for place, queued in enumerate(asked):
        llm.let()
        until(lambda queued=queued: queue.queued(queued.turn) is None)
        assert [queue.ahead(later) for later in asked[place + 1 :]] == list(range(2 - place))
    answers = [turn_of(assistant, queued).answer for queued in asked]
    for answer, said in zip(answers, ("1962", "1932", "Greenland"), strict=True):
        assert answer is not None
        assert said in answer.text


def test_a_waiting_question_can_be_withdrawn(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    first, second, third = (queue.ask(chat, BUILT) for chat in "abc")
    until(lambda: second.seen.evidence)
    queue.stop(second.turn)
    assert queue.queued(second.turn) is None
    assert queue.ahead(third) == 1
    llm.let(2)
    until(lambda: not queue.busy())
    assert turn_of(assistant, second).answer is None
    assert turn_of(assistant, second).problem == WITHDRAWN
    assert turn_of(assistant, first).answer == turn_of(assistant, third).answer is not None


def test_a_question_in_work_can_be_stopped(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    queued = queue.ask("a", BUILT)
    until(lambda: queued.seen.drafted)
    queue.stop(queued.turn)
    assert queue.queued(queued.turn) is None
    assert turn_of(assistant, queued).problem == STOPPED
    after = queue.ask("a", BRIDGE)
    llm.let(2)  # the stopped one may take one on its way out
    until(lambda: queue.queued(after.turn) is None)
    assert turn_of(assistant, after).answer is not None
    assert turn_of(assistant, queued).answer is None


def test_what_is_done_or_unknown_cannot_be_stopped(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let()
    queued = queue.ask("a", BUILT)
    until(lambda: not queue.busy())
    queue.stop(queued.turn)
    queue.stop(12345)
    assert turn_of(assistant, queued).answer is not None


def test_asking_again_takes_the_place_of_the_last_turn(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let()
    kept = queue.ask("a", GEESE)
    until(lambda: not queue.busy())
    old = queue.ask("a", BUILT)
    until(lambda: old.seen.drafted)
    queued = queue.again("a", old.turn, BRIDGE)
    llm.let(2)
    until(lambda: not queue.busy())
    assert [turn.id for turn in assistant.chats.turns("a")] == [kept.turn, queued.turn]
    answer = turn_of(assistant, queued).answer
    assert answer is not None
    assert "1932" in answer.text


@pytest.mark.parametrize("question", ["", "???", "why " * 1000])
def test_what_is_no_question_leaves_the_turn_that_it_would_replace(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM, question: str
) -> None:
    llm.let()
    kept = queue.ask("a", GEESE)
    until(lambda: not queue.busy())
    with pytest.raises(QuestionError):
        queue.again("a", kept.turn, question)
    assert turn_of(assistant, kept).answer is not None


def test_a_turn_that_is_not_the_last_any_more_stays(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let(2)
    first, second = queue.ask("a", GEESE), queue.ask("a", BUILT)
    until(lambda: not queue.busy())
    with pytest.raises(RagError, match="another tab"):
        queue.again("a", first.turn, GEESE)
    assert [turn.id for turn in assistant.chats.turns("a")] == [first.turn, second.turn]


def test_nothing_of_a_deleted_chat_comes_back(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    asked = [queue.ask("a", BUILT), queue.ask("a", BRIDGE), queue.ask("b", GEESE)]
    until(lambda: asked[0].seen.drafted)
    queue.forget("a")
    assistant.chats.delete("a")
    llm.let(3)
    until(lambda: not queue.busy())
    assert assistant.chats.info("a") is None
    assert assistant.chats.turns("a") == ()
    assert len(assistant.chats.turns("b")) == 1


def test_a_follow_up_knows_the_question_before_it_even_in_the_line(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    queue.ask("a", "Who designed the bridge over the Lund?")
    follow_up = queue.ask("a", "And when did it open?")
    llm.let(2)
    until(lambda: not queue.busy())
    answer = turn_of(assistant, follow_up).answer
    assert answer is not None
    assert answer.query == "And when did the bridge over the Lund open?"


def test_a_chat_uses_only_its_articles(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    assistant.chats.restrict("a", ["bridge.md"])
    queued = queue.ask("a", BUILT)
    llm.let()
    until(lambda: not queue.busy())
    answer = turn_of(assistant, queued).answer
    assert answer is not None
    assert {item.document for item in answer.evidence} <= {"bridge.md"}
    assert answer.searched.documents == 1


def test_days_in_a_question_are_kept_to_until_all_are_wanted(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let(100)
    question = "When was the ferry Hanna built, since 2022?"
    queued = queue.ask("a", question)
    until(lambda: not queue.busy())
    answer = turn_of(assistant, queued).answer
    assert answer is not None
    assert {item.document for item in answer.evidence} == {"ferry.md"}
    assert answer.remarks == ("Dates read as: articles since 1 January 2022.",)
    again = queue.again("a", queued.turn, question, dates=False)
    until(lambda: not queue.busy())
    answer = turn_of(assistant, again).answer
    assert answer is not None
    assert answer.remarks == ()


def test_what_is_no_question_is_told_in_words(queue: QuestionQueue, assistant: Assistant) -> None:
    queued = queue.ask("a", "??")
    until(lambda: not queue.busy())
    assert "has no words" in turn_of(assistant, queued).problem


def test_an_error_of_the_model_becomes_the_turns_problem(tmp_path: Path) -> None:
    class Broken(GatedLLM):
        def stream(self, **_: object) -> Iterator[str]:  # type: ignore[override]
            raise ModelError("The model could not generate.")
            yield ""

    with opened(tmp_path, llm=Broken()) as assistant:
        queue = QuestionQueue(lambda _: assistant)
        queued = queue.ask("a", BUILT)
        until(lambda: not queue.busy())
        assert turn_of(assistant, queued).problem == "The model could not generate."


def test_a_fault_of_the_program_is_logged_and_the_line_goes_on(
    queue: QuestionQueue,
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
        queued = queue.ask("a", BUILT)
        until(lambda: not queue.busy())
    assert turn_of(assistant, queued).problem == UNFORESEEN
    assert "secret" in caplog.text
    llm.let()
    after = queue.ask("a", BUILT)
    until(lambda: not queue.busy())
    assert turn_of(assistant, after).answer is not None


def test_without_an_assistant_nothing_is_asked() -> None:
    with pytest.raises(RagError, match="being opened"):
        QuestionQueue(lambda _: None).ask("a", BUILT)


def test_what_comes_twice_is_asked_once(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    first = queue.ask("a", BUILT)
    assert queue.ask("a", BUILT) is first
    assert queue.ask("b", BUILT) is not first
    assert queue.ask("a", BUILT, dates=False) is not first
    llm.let(100)
    until(lambda: not queue.busy())
    assert len(assistant.chats.turns("a")) == 2
    later = queue.ask("a", BUILT)  # a person may ask the same again once it is answered
    assert later.turn != first.turn
    until(lambda: not queue.busy())


def test_asking_again_that_comes_twice_is_done_once(
    queue: QuestionQueue, assistant: Assistant, llm: GatedLLM
) -> None:
    llm.let()
    first = queue.ask("a", BUILT)
    until(lambda: not queue.busy())
    anew = queue.again("a", first.turn, BUILT)
    assert queue.again("a", first.turn, BUILT) is anew
    llm.let()
    until(lambda: not queue.busy())
    assert [turn.id for turn in assistant.chats.turns("a")] == [anew.turn]


def test_a_question_goes_to_its_owners_chat_alone(
    assistant: Assistant, queue: QuestionQueue, llm: GatedLLM
) -> None:
    ann, bob = assistant.chats.of("ann"), assistant.chats.of("bob")
    queued = queue.ask("a", BUILT, owner="ann")
    with pytest.raises(RagError, match="There is no chat a"):
        queue.ask("a", BUILT, owner="bob")
    with pytest.raises(RagError, match="There is no chat a"):
        queue.again("a", queued.turn, BUILT, owner="bob")
    assert queue.queued(queued.turn) is queued
    llm.let(9)
    until(lambda: not queue.busy())
    assert [turn.question for turn in ann.turns("a")] == [BUILT]
    assert ann.turns("a")[0].answer is not None
    assert bob.turns("a") == assistant.chats.turns("a") == ()
