from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rag
from rag.assistant import Assistant
from rag.errors import (
    ModelError,
    QuestionError,
    RagError,
)
from rag.events import ClaimVerified, Draft, EvidenceFound, Finished
from rag.models import load_judge, load_reader
from rag.query import LONGEST_QUESTION
from rag.schema import Answer, Origin
from rag.settings import Settings
from rag.testing import FakeLLM, FakeReader
from tests import world
from tests.world import ARTICLES, asked, opened, write

BUILT = "When was the ferry Hanna built?"


COST = "What did the bridge cost, in crowns and lanes?"
BREED = "Where do barnacle geese breed?"
ELSEWHERE = "Which wine goes with blue cheese?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("assistant"), llm=FakeLLM()) as assistant:
        yield assistant


def test_an_answer_quotes_its_source(assistant: Assistant) -> None:
    answer = asked(assistant, BUILT)
    assert not answer.refused
    assert answer.question == answer.query == BUILT
    citation = answer.citations[0]
    assert citation.quote == world.BUILT
    assert (citation.document, citation.title) == ("ferry.md", "The ferry Hanna")
    assert citation.date == date(2022, 6, 1)
    assert answer.text.endswith("[1]")
    assert answer.reason == ""


def test_a_composed_claim_and_without_a_model_the_sentence_itself(tmp_path: Path) -> None:
    with opened(tmp_path / "a", llm=FakeLLM(["The ferry Hanna was built in 1962. [1]"])) as one:
        claim = asked(one, BUILT).claims[0]
        assert (claim.text, claim.origin) == ("The ferry Hanna was built in 1962.", Origin.COMPOSED)
    with opened(tmp_path / "b") as other:
        assert asked(other, BUILT).claims[0].origin is Origin.VERBATIM


@pytest.mark.parametrize("question", [BUILT, COST, ELSEWHERE, "Where do geese breed?"])
def test_the_same_question_gets_the_same_answer(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question) == assistant.ask(question)


def test_the_order_of_the_files_coming_in_does_not_matter(
    assistant: Assistant, tmp_path: Path
) -> None:
    names = list(ARTICLES)
    with opened(tmp_path, llm=FakeLLM(), articles={n: ARTICLES[n] for n in names[2:]}) as other:
        for name in names[:2]:
            (other.folder / name).write_text(ARTICLES[name], encoding="utf-8")
        other.sync()
        assert other.ask(BUILT) == assistant.ask(BUILT)


def test_searched_tells_the_library_and_what_matched(assistant: Assistant) -> None:
    searched = asked(assistant, BUILT).searched
    assert (searched.documents, searched.passages) == assistant.counts()
    assert 1 <= searched.matching_passages <= searched.passages
    assert 1 <= searched.matching_documents <= searched.documents


def test_several_threads_get_what_one_gets(assistant: Assistant) -> None:
    questions = [BUILT, COST, ELSEWHERE, "Where do geese breed?"]
    expected = [assistant.ask(question) for question in questions]
    found: dict[int, Answer] = {}

    def work(place: int) -> None:
        found[place] = assistant.ask(questions[place % len(questions)])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[place] for place in range(8)] == expected * 2


@pytest.mark.parametrize(
    "question",
    [ELSEWHERE, "Who bakes bread?", "Wie heißt der König?", "東京の人口は？"],
)
def test_what_the_articles_do_not_hold_is_refused(assistant: Assistant, question: str) -> None:
    answer = asked(assistant, question)
    documents, passages = assistant.counts()
    assert answer.refused
    assert answer.claims == answer.citations == ()
    assert answer.evidence
    assert not any(evidence.used for evidence in answer.evidence)
    assert f"{passages} passages in {documents} articles were searched" in answer.reason
    assert answer.text == answer.reason
    assert answer.confidence < assistant.refuse_below


def test_a_refusal_does_not_ask_the_model(tmp_path: Path) -> None:
    llm = FakeLLM()
    with opened(tmp_path, llm=llm) as assistant:
        assistant.ask(ELSEWHERE)
    assert llm.prompts == []


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("???", "no words"),
        ("😀 … !!", "no words"),
        ("Who\udc80 built it?", "no text"),
        ("why " * 5000, "20,000 characters"),
        ("x" * (LONGEST_QUESTION + 1), "2,001 characters"),
    ],
)
def test_what_is_no_question_is_an_error_with_a_next_step(
    assistant: Assistant, question: str, says: str
) -> None:
    for way in (assistant.ask, assistant.search, lambda q: list(assistant.stream(q))):
        with pytest.raises(QuestionError, match=says):
            way(question)


@pytest.mark.parametrize("question", ["Who\x00 built it?", "¿Quién?" * 200, "\u202eWho?"])
def test_odd_characters_in_a_question_do_no_harm(assistant: Assistant, question: str) -> None:
    asked(assistant, question)
    assistant.chat().ask(question)


def test_strictness_moves_the_line(tmp_path: Path) -> None:
    lines = []
    for strictness in (0.0, 0.25, 0.5, 0.75, 1.0):
        settings = Settings(llm="none", strictness=strictness)
        with opened(tmp_path, settings=settings) as assistant:
            lines.append(assistant.refuse_below)
            if strictness == 0.0:
                assert not assistant.ask(ELSEWHERE).refused
            if strictness == 1.0:
                assert assistant.ask(BUILT).refused
    assert lines == sorted(set(lines))
    assert lines[0] == 0.0
    assert lines[-1] == 1.0


def test_what_a_document_orders_is_not_done(tmp_path: Path) -> None:
    llm = FakeLLM(["Arrr, the ferry Hanna sank in 1999. [1]"])
    with opened(tmp_path, llm=llm) as assistant:
        answer = asked(assistant, BUILT)
        assert "Arrr" not in answer.text
        assert answer.claims[0].citations[0].document == "ferry.md"
        assert "Ignore the instructions" not in llm.prompts[0].head


def test_orders_of_a_document_are_at_most_quoted(assistant: Assistant) -> None:
    answer = asked(assistant, "What does the note say of the ferry Hanna that sank?")
    for claim in answer.claims:
        assert claim.text == claim.citations[0].quote


def test_markup_of_a_document_stays_the_characters_it_is(assistant: Assistant) -> None:
    answer = asked(assistant, "Who found the note?")
    assert answer.citations[0].quote.endswith("found the note.[7]")
    assert "[7]" not in answer.text


@settings(max_examples=60)
@given(reply=st.text(max_size=100).map(lambda text: f"The ferry Hanna {text} [1]"))
def test_whatever_the_model_writes_the_answer_is_sound(assistant: Assistant, reply: str) -> None:
    llm = assistant._models._given[0]
    assert isinstance(llm, FakeLLM)
    llm._replies = ["", *[""] * len(llm.prompts), reply][1:]
    answer = asked(assistant, BUILT)
    assert "1962" in answer.text


def test_filters_by_document_reach_the_search(assistant: Assistant) -> None:
    answer = asked(assistant, BUILT, documents=["bridge.md", "news/geese.txt"])
    assert answer.refused
    assert {e.document for e in answer.evidence} <= {"bridge.md", "news/geese.txt"}
    assert "in 2 articles" in answer.reason
    assert not asked(assistant, BUILT, documents=["ferry.md"]).refused
    hits = assistant.search(BUILT, documents=["bridge.md"])
    assert {hit.document for hit in hits} == {"bridge.md"}


def test_filters_by_date_reach_the_search(assistant: Assistant) -> None:
    assert not asked(assistant, BUILT, after=date(2022, 6, 1)).refused
    assert asked(assistant, BUILT, before=date(2022, 5, 31)).refused
    hits = assistant.search(BUILT, after=date(2021, 1, 1), before=date(2021, 12, 31))
    assert {hit.document for hit in hits} == {"bridge.md"}


@pytest.mark.parametrize("documents", [[], ["missing.md"]])
def test_filters_that_let_nothing_through_are_a_refusal(
    assistant: Assistant, documents: list[str]
) -> None:
    answer = asked(assistant, BUILT, documents=documents)
    assert answer.refused
    assert answer.evidence == ()
    assert answer.reason.endswith("There are none, or none that the question may use.")
    assert assistant.search(BUILT, documents=documents) == []


def test_the_stream_takes_the_same_filters(assistant: Assistant) -> None:
    *_, last = assistant.stream(BUILT, documents=["ferry.md"], after=date(2022, 1, 1))
    assert isinstance(last, Finished)
    assert last.answer == assistant.ask(BUILT, documents=["ferry.md"], after=date(2022, 1, 1))


def test_mistakes_of_the_caller_are_type_and_value_errors(assistant: Assistant) -> None:
    with pytest.raises(TypeError, match="list of ids"):
        assistant.search(BUILT, documents="ferry.md")


def test_all_articles_of_a_folder_are_asked(assistant: Assistant) -> None:
    assert asked(assistant, BUILT, documents=["news/"]).refused
    answer = asked(assistant, BREED, documents=["news/"])
    assert answer == assistant.ask(BREED, documents=["news/geese.txt"])
    assert not answer.refused
    assert answer.searched.documents == 1
    both = assistant.search(BUILT, documents=["news/", "bridge.md"])
    assert {hit.document for hit in both} == {"news/geese.txt", "bridge.md"}
    shown = assistant.evidence(BREED, documents=["news/"])
    assert {one.document for one in shown} == {"news/geese.txt"}
    assert [i.id for i in assistant.documents(collection="news")] == ["news/geese.txt"]


def test_of_a_folder_its_articles_are_told(assistant: Assistant) -> None:
    counted = assistant.ask("How many articles are there?", documents=["news/"])
    assert counted.claims[0].text == "There is 1 article."
    told = assistant.ask("List all articles.", documents=["news/"])
    assert {c.document for c in told.citations} == {"news/geese.txt"}


@pytest.mark.parametrize("name", ["nowhere/", "new/", "bridge.md/", "/"])
def test_a_folder_that_holds_nothing_is_told(assistant: Assistant, name: str) -> None:
    among = ["bridge.md", name]
    for wanted in (
        lambda: assistant.ask(BUILT, documents=among),
        lambda: list(assistant.stream(BUILT, documents=among)),
        lambda: asyncio.run(assistant.aask(BUILT, documents=among)),
        lambda: assistant.search(BUILT, documents=among),
        lambda: assistant.evidence(BUILT, documents=among),
    ):
        with pytest.raises(RagError, match=f"no article in the collection {name}"):
            wanted()
    with pytest.raises(ValueError, match="1 or more"):
        assistant.search(BUILT, limit=0)


def test_a_follow_up_is_searched_with_the_question_before(assistant: Assistant) -> None:
    history = [("user", BUILT), ("assistant", "In 1962. [1]")]
    answer = asked(assistant, "And where?", history=history)
    assert answer.query == f"{BUILT} And where?"
    assert answer.question == "And where?"
    assert answer.citations[0].document == "ferry.md"
    reader = assistant._models._given[1]
    assert isinstance(reader, FakeReader)
    assert reader.questions[-1] == answer.query


def test_events_come_in_order_and_agree_with_the_answer(assistant: Assistant) -> None:
    events = list(assistant.stream(BUILT))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Finished)
    answer = events[-1].answer
    assert events[0].evidence == answer.evidence
    verified = tuple(event.claim for event in events if isinstance(event, ClaimVerified))
    assert verified == answer.claims
    assert any(isinstance(event, Draft) for event in events)


def test_a_closed_stream_leaves_the_next_question_free(assistant: Assistant) -> None:
    for steps in range(4):
        stream = assistant.stream(BUILT)
        for _ in range(steps):
            next(stream)
        stream.close()  # type: ignore[attr-defined]
    assert not assistant.ask(BUILT).refused


def test_a_model_that_fails_says_so_and_the_assistant_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM(error=ModelError("The model is gone."))) as assistant:
        with pytest.raises(ModelError, match="gone"):
            assistant.ask(BUILT)
        assert assistant.ask(ELSEWHERE).refused


def test_documents_are_listed_and_read(assistant: Assistant) -> None:
    infos = assistant.documents()
    assert [info.id for info in infos] == sorted(ARTICLES)
    for info in infos:
        document = assistant.document(info.id)
        assert (document.title, document.date) == (info.title, info.date)
        assert len(document.text) == info.characters
    assert sum(info.passages for info in infos) == assistant.counts()[1]
    assert assistant.failures() == []


def test_an_unknown_document_is_an_error(assistant: Assistant) -> None:
    with pytest.raises(RagError, match=r"missing\.md"):
        assistant.document("missing.md")


def test_a_closed_assistant_holds_no_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.modelset.load_reader", load_reader)  # which the tests else share
    monkeypatch.setattr("rag.modelset.load_judge", load_judge)
    assistant = rag.open(write(tmp_path / "articles", ARTICLES), index=tmp_path / "index")
    models = assistant._models
    networks = [weakref.ref(models.reader()), weakref.ref(models.judge())]
    assert all(network() for network in networks)
    assistant.close()
    assert not any(network() for network in networks)


def test_a_closed_assistant_can_be_closed_again(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        assistant.ask(BUILT)
    assistant.close()
