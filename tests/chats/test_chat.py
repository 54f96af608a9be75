from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.chats import Chat, ChatStore
from rag.chats.chat import history
from rag.chats.export import Format, export, read_export
from rag.chats.saved import saved_chat
from rag.chats.standing import digest
from rag.errors import ModelError, QuestionError
from rag.events import ClaimVerified, Draft, Event, EvidenceFound, Finished
from rag.testing import FakeLLM
from tests.chats.made import ANSWER
from tests.world import check, opened

ROOT = Path(__file__).parents[2]
FIRST = "When was the ferry Hanna built?"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        yield assistant


def test_what_is_told_of_earlier_turns_is_what_was_asked_and_claimed(assistant: Assistant) -> None:
    chat = assistant.chat()
    claimed = " ".join(claim.marked for claim in chat.ask(FIRST).claims)
    assert chat.ask("Which wine goes with blue cheese?").refused
    told = [("user", FIRST), ("assistant", claimed), ("user", "Which wine goes with blue cheese?")]
    assert history(chat.turns) == told


def test_the_question_and_its_whole_answer_are_kept(assistant: Assistant) -> None:
    chat = assistant.chat()
    answer = chat.ask(FIRST)
    (turn,) = chat.turns
    assert (turn.question, turn.answer, turn.problem) == (FIRST, answer, "")
    assert "1962" in answer.text
    assert turn.digests == {"ferry.md": digest(assistant.document("ferry.md").text)}
    assert [info.title for info in assistant.chats.chats()] == [FIRST]


def test_each_number_stands_for_one_quote_so_that_the_answer_can_be_handed_on(
    assistant: Assistant,
) -> None:
    chat = assistant.chat()
    answer = chat.ask("When was the ferry Hanna built and who designed the bridge over the Lund?")
    cited = {citation for claim in answer.claims for citation in claim.citations}
    assert len(cited) > 1
    assert cited == set(answer.citations)
    saved = saved_chat(assistant.chats, chat.id)
    assert read_export(export(saved, Format.JSON)).turns == chat.turns


def test_a_follow_up_is_asked_with_what_came_before(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask(FIRST)
    answer = chat.ask("How many passengers does she carry?")
    assert answer.query == "How many passengers does the ferry Hanna carry?"
    assert answer.question == "How many passengers does she carry?"
    assert any("120 passengers" in evidence.quote for evidence in answer.evidence)
    check(answer, assistant.document)


def test_it_asks_as_ask_with_the_same_history_does(assistant: Assistant) -> None:
    chat = assistant.chat()
    text = chat.ask(FIRST).text
    question = "How many passengers does she carry?"
    history = [("user", FIRST), ("assistant", text)]
    assert chat.ask(question) == assistant.ask(question, history=history)


def test_only_answered_turns_are_history(assistant: Assistant) -> None:
    chat = assistant.chat()
    assistant.chats.fail(assistant.chats.begin(chat.id, FIRST), "Stopped.")
    assert chat.ask("How many passengers does she carry?").query.startswith("How many")


def test_two_chats_do_not_mix(assistant: Assistant) -> None:
    one, other = assistant.chat(), assistant.chat()
    assert one.id != other.id
    one.ask(FIRST)
    assert other.ask("Why?").query == "Why?"
    assert [turn.question for turn in one.turns] == [FIRST]
    assert [turn.question for turn in other.turns] == ["Why?"]


def test_only_the_chosen_articles_are_used(assistant: Assistant) -> None:
    chat = assistant.chat()
    assistant.chats.restrict(chat.id, ["bridge.md"])
    answer = chat.ask(FIRST)
    assert {evidence.document for evidence in answer.evidence} <= {"bridge.md"}
    assert answer.searched.documents == 1
    assistant.chats.restrict(chat.id, None)
    assert "1962" in chat.ask(FIRST).text


def test_what_comes_into_a_chosen_folder_is_asked_too(assistant: Assistant) -> None:
    chat = assistant.chat()
    assistant.chats.restrict(chat.id, ["news/"])
    assert chat.ask(FIRST).refused
    later = assistant.folder / "news/2025/ferry.md"
    later.parent.mkdir()
    later.write_text((assistant.folder / "ferry.md").read_text() + "\nShe was sold.\n")
    assistant.sync()
    answer = chat.ask(FIRST)
    assert {c.document for c in answer.citations} == {"news/2025/ferry.md"}
    assert answer.searched.documents == 2


def test_a_chat_is_continued_after_reopening(tmp_path: Path) -> None:
    with opened(tmp_path) as assistant:
        chat = assistant.chat()
        chat.ask(FIRST)
        turns = chat.turns
    with opened(tmp_path) as assistant:
        again = assistant.chat(chat.id)
        assert again.turns == turns
        assert FIRST in again.ask("And where?").query
        assert len(again.turns) == 2


def test_a_refusal_is_kept_as_well(assistant: Assistant) -> None:
    chat = assistant.chat()
    answer = chat.ask("Which wine goes with cheese?")
    assert answer.refused
    assert chat.turns[0].answer == answer


def test_an_answer_is_on_disk_when_it_is_told(assistant: Assistant) -> None:
    chat = assistant.chat()
    for event in chat.stream(FIRST):
        (turn,) = chat.turns
        assert turn.answer == (event.answer if isinstance(event, Finished) else None)
    assert chat.turns[0].answer is not None


@pytest.mark.parametrize("kind", [EvidenceFound, Draft, ClaimVerified])
def test_a_stream_closed_early_keeps_the_question(assistant: Assistant, kind: type) -> None:
    chat = assistant.chat()
    stream = chat.stream(FIRST)
    assert any(isinstance(event, kind) for event in stream)
    stream.close()  # type: ignore[attr-defined]
    (turn,) = chat.turns
    assert (turn.question, turn.answer, turn.problem) == (FIRST, None, "Stopped.")
    assert chat.ask(FIRST).claims  # and nothing is left busy


def test_a_stream_closed_after_its_end_keeps_the_answer(assistant: Assistant) -> None:
    chat = assistant.chat()
    stream = chat.stream(FIRST)
    assert any(isinstance(event, Finished) for event in stream)
    stream.close()  # type: ignore[attr-defined]
    assert [turn.problem for turn in chat.turns] == [""]


@pytest.mark.parametrize("question", ["", "   ", "???", "\ud800", "x" * 2001])
def test_what_is_no_question_is_not_kept(assistant: Assistant, question: str) -> None:
    chat = assistant.chat()
    with pytest.raises(QuestionError):
        chat.ask(question)
    assert chat.turns == ()
    assert assistant.chats.chats() == ()


def test_a_question_whose_model_breaks_is_kept_with_why(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM(breaks_after=2)) as assistant:
        chat = assistant.chat()
        with pytest.raises(ModelError) as told:
            chat.ask(FIRST)
        assert [(t.question, t.problem) for t in chat.turns] == [(FIRST, str(told.value))]


class Breaks:
    """An assistant that fails with what it is given, after the first event."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def stream(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str] | None = None,
        today: date | None = None,
        write: bool | None = None,
    ) -> Iterator[Event]:
        yield EvidenceFound(ANSWER.evidence, 0.1)
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [(KeyboardInterrupt(), "Stopped."), (ZeroDivisionError("x"), "a fault in the program")],
)
def test_whatever_breaks_it_the_question_is_kept(
    tmp_path: Path, error: BaseException, told: str
) -> None:
    store = ChatStore(tmp_path)
    chat = Chat(Breaks(error), store, "a")
    with pytest.raises(type(error)):
        chat.ask(FIRST)
    (turn,) = chat.turns
    assert turn.answer is None
    assert told in turn.problem
    store.close()


def test_a_store_closed_in_the_middle_hides_no_other_error(tmp_path: Path) -> None:
    store = ChatStore(tmp_path)
    stream = Chat(Breaks(ModelError("The model is gone.")), store, "a").stream(FIRST)
    next(stream)
    store.close()
    with pytest.raises(ModelError, match="gone"):
        next(stream)
    again = ChatStore(tmp_path)
    assert [(t.question, t.problem) for t in again.turns("a")] == [(FIRST, "")]
    again.close()


def test_a_chat_deleted_in_the_middle_of_an_answer_stays_deleted(assistant: Assistant) -> None:
    chat = assistant.chat()
    for event in chat.stream(FIRST):
        if isinstance(event, EvidenceFound):
            assistant.chats.delete(chat.id)
    assert chat.turns == ()
    assert assistant.chats.chats() == ()


KILLED = """
import os, signal, sys
from pathlib import Path
from rag.chats import Chat, ChatStore
from rag.events import EvidenceFound, Finished
from tests.chats.made import ANSWER

class Asks:
    def stream(self, question, *, history=(), documents=None, today=None, write=None):
        yield EvidenceFound(ANSWER.evidence, 0.1)
        yield Finished(ANSWER)

chat = Chat(Asks(), ChatStore(Path(sys.argv[1])), "a")
for event in chat.stream("When?"):
    if type(event).__name__ == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
@pytest.mark.parametrize("moment", ["EvidenceFound", "Finished"])
def test_a_kill_loses_no_question(tmp_path: Path, moment: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), moment], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path)
    store = ChatStore(tmp_path)
    (turn,) = store.turns("a")
    assert (turn.question, turn.problem) == ("When?", "")
    assert turn.answer == (ANSWER if moment == "Finished" else None)
    assert store.chats()[0].title == "When?"
    store.close()
