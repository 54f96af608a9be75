"""A whole evaluation of a scripted assistant, every figure worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import rag
from rag.assistant import Assistant
from rag.errors import ModelError, RagError
from rag.evaluation import Report, evaluate, load, plot, table
from rag.evaluation.record import Seconds, Source, judge
from rag.evaluation.run import ask_all
from rag.schema import Citation, Claim, Verdict
from rag.settings import Settings
from rag.testing import FakeEmbedder, FakeLLM, FakeReader

from .conftest import TEXTS, Script, StubAssistant, answered, lines

WriteSet = Callable[..., Path]
BREED = "Where do barnacle geese breed?"
BUILT = "When was the Hanna built?"
FAR = "And how far?"
CAPTAIN = "Who was the captain of the Hanna?"
GREENLAND = ("geese.txt", "Barnacle geese breed in Greenland.")
PASSENGERS = ("boats.txt", "She carries 120 passengers.")


def scripts() -> dict[str, Script]:
    """One right answer with a stray citation, one wrong, one refusal, one answer too many."""
    return {
        BREED: Script(quotes=(GREENLAND, PASSENGERS), confidence=0.95),
        BUILT: Script(quotes=(PASSENGERS,), confidence=0.6),
        FAR: Script(confidence=0.3),
        CAPTAIN: Script(quotes=(PASSENGERS,), claim="Captain Olsen.", confidence=0.6),
    }


@pytest.fixture
def report(write_set: WriteSet, monkeypatch: pytest.MonkeyPatch) -> Report:
    return run(write_set(), monkeypatch)[0]


def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **more: Any
) -> tuple[Report, StubAssistant, list[Path]]:
    """Evaluate the stub, and tell where it was asked to keep its index."""
    stub, opened = StubAssistant(folder, scripts(), found={BUILT: ("geese.txt", "boats.txt")}), []

    def open_(documents: Path, *, index: Path, settings: Settings, progress: Any) -> StubAssistant:
        assert documents == folder / "documents"
        assert index.is_dir() or "index" in more
        opened.append(index)
        return stub

    monkeypatch.setattr(rag, "open", open_, raising=False)
    return evaluate(folder, settings=Settings(llm="none"), **more), stub, opened


def test_finding(report: Report) -> None:
    found = report.retrieval
    # ranks 1 (breed), 2 (built), 1 (the follow-up, on the whole reference document)
    assert found.recall_at_1.value == pytest.approx(2 / 3)
    assert found.recall_at_3.value == 1.0
    assert found.mrr_at_10.value == pytest.approx((1 + 0.5 + 1) / 3)
    assert (found.reference_documents_at_5.value, found.reference_documents_at_5.n) == (1.0, 1)


def test_answers_and_citations(report: Report) -> None:
    answers, citations = report.answers, report.citations
    assert answers.hit.value == pytest.approx(1 / 3)
    # one shared word of 9 and 1, then 0, then a refusal
    assert answers.token_f1.value == pytest.approx(2 * 1 / (9 + 1) / 3)
    assert answers.words.value == pytest.approx((9 + 4 + 2) / 3)
    assert (citations.recall.value, citations.recall.n) == (pytest.approx(1 / 3), 3)
    assert (citations.precision.value, citations.precision.n) == (pytest.approx(1 / 3), 3)


def test_refusals(report: Report) -> None:
    refusals = report.refusals
    assert (refusals.unanswerable.value, refusals.unanswerable.n) == (0.0, 1)
    assert (refusals.answerable.value, refusals.answerable.n) == (pytest.approx(1 / 3), 3)
    assert (refusals.undecided.value, refusals.undecided.n) == (1.0, 1)
    balanced = refusals.balanced_accuracy
    assert balanced.value == pytest.approx((0 + 2 / 3) / 2)
    assert balanced.low is not None
    assert balanced.high is not None
    assert 0 <= balanced.low < balanced.value < balanced.high <= 1


def test_confidence(report: Report) -> None:
    confidence = report.confidence
    # .95, .6, .3 against .6: one pair won, one tied
    assert confidence.answerable.value == pytest.approx(1.5 / 3)
    # right: breed at .95; wrong: built and captain at .6
    assert confidence.answered.auroc.value == 1.0
    assert confidence.answered.error.value == pytest.approx((0.05 + 2 * 0.6) / 3)
    # and the refused follow-up at .3, whose evidence is empty
    assert confidence.all.error.value == pytest.approx((0.05 + 2 * 0.6 + 0.3) / 4)
    assert [b.n for b in confidence.answered.bins] == [0, 0, 0, 0, 0, 0, 2, 0, 0, 1]


def open_lines() -> list[dict[str, Any]]:
    """The five questions, three of them open: two with facts, one without an answer."""
    breed, built, follow, captain, vague = lines()
    breed |= {"intent": "explain", "facts": [["Greenland"], [["3,000", "kilometres"], "far"]]}
    follow |= {"intent": "explain", "facts": [["3,000 kilometres"]]}
    return [breed, built, follow, captain | {"intent": "who"}, vague]


def test_key_facts_and_intents(write_set: WriteSet, monkeypatch: pytest.MonkeyPatch) -> None:
    report, *_ = run(write_set(open_lines()), monkeypatch)
    # one of two facts by the answer about breeding, none of one by the refused follow-up
    assert (report.facts.recall.value, report.facts.recall.n) == (pytest.approx(1 / 3), 3)
    assert (report.facts.whole.value, report.facts.whole.n) == (0.0, 2)
    assert report.facts.recall.high is not None
    explain, who = report.by_intent
    assert (explain.intent, who.intent) == ("explain", "who")
    assert (explain.facts, explain.words_median.value) == (report.facts, 9.0)
    assert (explain.refused_answerable.value, explain.refused_answerable.n) == (0.5, 2)
    assert (who.refused_unanswerable.value, who.facts.recall.value) == (0.0, None)
    text = printed(report)
    for words in ("Key facts that the answers hold", "By intent", "explain", "0.500 of 2"):
        assert words in text


def test_words_are_told_by_their_median_too(report: Report) -> None:
    assert (report.answers.words_median.value, report.answers.words_median.n) == (4.0, 3)
    assert report.by_intent == ()


def test_what_was_written_and_what_the_quotes_entail(
    write_set: WriteSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_written = scripts()
    with_written[BREED].written = with_written[CAPTAIN].written = True
    monkeypatch.setattr("tests.evaluation.test_run.scripts", lambda: with_written)
    folder = write_set(open_lines())
    writing = run(folder, monkeypatch)[0].writing
    assert (writing.written.value, writing.written.n) == (pytest.approx(2 / 3), 3)
    assert (writing.open.value, writing.open.n) == (1.0, 1)
    assert (writing.supported.value, writing.supported.n) == (None, 0)

    def entails(pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [0.2 if "Olsen" in claim else 0.5 for _, claim in pairs]

    report = run(folder, monkeypatch, entails=entails)[0]
    writing = report.writing
    assert (writing.supported.value, writing.supported.n) == (pytest.approx(2 / 3), 3)
    assert (writing.supported_written.value, writing.supported_written.n) == (0.5, 2)
    first = report.to_json(records=True)["records"][0]["claims"][0]
    assert (first["written"], first["supported"]) == (True, True)


def test_checks(report: Report) -> None:
    checks = report.checks
    assert (checks.claims, checks.citations) == (3, 4)
    assert checks.ungrounded_claims == 1
    assert checks.examples == (("Captain Olsen.", ("Captain", "Olsen")),)
    faults = (checks.inexact_citations, checks.claims_without_citation)
    assert faults == (0, 0)
    assert (checks.markers_without_citation, checks.numbers_with_two_citations) == (0, 0)


def test_time_and_documents(report: Report) -> None:
    assert report.seconds.evidence.n == 5
    assert report.seconds.first_claim.n == 3
    assert report.seconds.total.median is not None
    assert [row.document for row in report.by_document] == ["boats.txt", "geese.txt"]
    boats = report.by_document[0]
    assert (boats.hit.value, boats.refused_unanswerable.value) == (0.0, 0.0)


def test_json_says_what_was_run(report: Report) -> None:
    plain = json.loads(json.dumps(report.to_json()))
    assert plain["set"] == "set"
    assert (plain["seed"], plain["limit"]) == (0, None)
    assert plain["settings"]["llm"] == "none"
    asked = {"answerable": 3, "unanswerable": 1, "undecided": 1, "untaken": 0, "whole": 1}
    assert plain["questions"] == asked
    assert plain["library"] == {"documents": 2, "passages": 2, "unread": 0}
    assert plain["answers"]["hit"]["value"] == 0.3333
    assert "records" not in plain
    first = report.to_json(records=True)["records"][0]
    assert (first["question"]["id"], first["hit"]) == ("breed", True)


def test_table_shows_the_figures(report: Report) -> None:
    text = printed(report)
    for words in (
        "3 answerable and 1 unanswerable",
        "Citation recall",
        "0.333",
        "boats.txt",
        "whole articles",
    ):
        assert words in text


def printed(report: Report) -> str:
    console = Console(width=120, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as shown:
        console.print(table(report))
    return shown.get()


def test_plot_is_a_picture(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "new" / "reliability.png"
    plot(replace(report, set="$et"), path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_plot_of_nothing_and_to_nowhere(report: Report, tmp_path: Path) -> None:
    empty = replace(report.confidence, answered=report.confidence.all)
    plot(replace(report, confidence=empty), tmp_path / "a.png")
    (tmp_path / "file").write_text("")
    with pytest.raises(RagError, match="cannot be written"):
        plot(report, tmp_path / "file" / "a.png")


def test_the_history_goes_into_the_answer_and_the_search(
    write_set: WriteSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, stub, _ = run(write_set(), monkeypatch)
    assert stub.warmed
    assert (("user", "Do geese fly?"), ("assistant", "They do.")) in stub.histories
    assert stub.queries == [BREED, BUILT, FAR]
    assert stub.searched_after[-1] == (("user", "Do geese fly?"), ("assistant", "They do."))


def test_limit_and_progress(write_set: WriteSet, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    report, _, _ = run(
        write_set(), monkeypatch, limit=1, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert (report.questions.answerable, report.questions.unanswerable) == (1, 1)
    with pytest.raises(ValueError, match="1 or more"):
        run(write_set(), monkeypatch, limit=0)


def test_the_index_is_kept_only_where_one_was_given(
    write_set: WriteSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    *_, opened = run(write_set(), monkeypatch)
    assert not opened[0].exists()
    *_, opened = run(write_set(), monkeypatch, index=tmp_path / "kept")
    assert opened == [tmp_path / "kept"]


def test_a_question_that_is_not_taken_counts_as_refused(write_set: WriteSet) -> None:
    folder = write_set()
    stub = StubAssistant(folder, {BREED: Script(error="The question is odd.")})
    records = ask_all(stub, load(folder))
    assert (records[0].refused, records[0].error) == (True, "The question is odd.")
    assert records[0].found is not None
    assert records[0].found.rank is None


def test_a_conversation_is_asked_with_what_was_answered(write_set: WriteSet) -> None:
    first, second, third = (load(write_set())[0], *load(write_set())[1:3])
    turns = (first, replace(second, after=first.id, history=()))
    stub = StubAssistant(write_set(), scripts())
    told = ask_all(stub, (*turns, replace(third, after="", history=())))
    said = (("user", first.text), ("assistant", told[0].told))
    assert "[1]" in told[0].told
    assert [record.question.history for record in told] == [(), said, ()]


def test_any_other_error_stops_the_run(
    write_set: WriteSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ModelError("gone")

    monkeypatch.setattr(StubAssistant, "stream", fail)
    folder = write_set()
    with pytest.raises(ModelError):
        ask_all(StubAssistant(folder, {}), load(folder))


def test_the_real_assistant_keeps_its_promises(
    write_set: WriteSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def open_(documents: Path, *, index: Path, settings: Settings, progress: Any) -> Assistant:
        fakes = {"embedder": FakeEmbedder(), "llm": FakeLLM(), "reader": FakeReader()}
        assistant = Assistant(documents, index, settings=settings, **fakes)
        assistant.sync(progress=progress)
        return assistant

    monkeypatch.setattr(rag, "open", open_, raising=False)
    # nothing is refused, so that every question is cited and checked
    report = evaluate(write_set(), settings=Settings(strictness=0.0), index=tmp_path / "index")
    checks = report.checks
    assert checks.citations >= report.questions.answerable
    assert (checks.ungrounded_claims, checks.inexact_citations) == (0, 0)
    assert (checks.claims_without_citation, checks.markers_without_citation) == (0, 0)
    assert checks.numbers_with_two_citations == 0
    assert report.retrieval.recall_at_5.value == 1.0
    assert report.library.documents == 2


def test_a_gold_of_another_question_is_not_found(
    write_set: WriteSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set()
    stub = StubAssistant(folder, scripts(), found={BREED: ("geese.txt",), BUILT: ("boats.txt",)})
    breed, built, *_ = load(folder)
    swapped = (replace(breed, gold=built.gold), replace(built, gold=breed.gold))
    records = ask_all(stub, swapped)
    assert [r.found and r.found.rank for r in records] == [None, None]
    assert [r.right for r in records] == [False, False]


def test_broken_promises_are_counted(write_set: WriteSet) -> None:
    question = load(write_set())[0]
    good = answered(BREED, Script(quotes=(GREENLAND,)))
    cited = good.citations[0]
    claims = (
        Claim("Geese [7] fly", (cited,), Verdict(True, "")),
        Claim("no citation", (), Verdict(True, "")),
        Claim("other place", (replace(cited, start=0, end=3),), Verdict(True, "")),
        Claim("no such text", (Citation(2, "ducks.txt", "", 0, 3, "Duc"),), Verdict(True, "")),
    )
    record = judge(
        question,
        replace(good, claims=claims),
        found=None,
        seconds=Seconds(None, None, 0.0),
        source=Source(TEXTS, frozenset()),
    )
    broken = record.broken
    assert (broken.citations, broken.claims, broken.markers, broken.numbers) == (2, 1, 1, 1)
