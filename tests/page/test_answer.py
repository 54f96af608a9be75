from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.chats import Standing, State
from rag.page.answer import _data, _place, copied, so_far, status, whole
from rag.schema import Answer, Citation, Claim, Period, Verdict
from rag.service.questions import Seen, Stage
from tests import world
from tests.chats.made import standing

BUILT = "When was the ferry Hanna built?"
SAID = world.BUILT


@pytest.fixture
def answer(assistant: Assistant) -> Answer:
    return assistant.ask(BUILT)


def change(assistant: Assistant, old: str, new: str) -> None:
    path = assistant.folder / "ferry.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assistant.sync()


def test_an_answer_shows_claims_confidence_and_what_was_searched(answer: Answer) -> None:
    data = _data(whole(answer))
    assert [claim["text"] for claim in data["claims"]] == [SAID]
    assert data["claims"][0]["marks"][0]["facts"] == "1 June 2022 · ferry.md"
    assert [fact["text"] for fact in data["facts"]][:3] == [
        "Well supported",
        "Used 1 of 1 matching passage in 1 article",
        "4 passages in 4 articles searched",
    ]
    assert data["notes"] == []
    assert not data["unfolded"]
    assert data["numbers"][0] == 1
    assert data["numbers"][1] is None


def test_a_source_that_changed_is_said_at_the_marker_and_above(
    assistant: Assistant, answer: Answer
) -> None:
    change(assistant, "built in 1962", "built in 1963")
    fallen = standing(answer, assistant.find_document)
    assert fallen[0].state is State.GONE
    data = _data(whole(answer, fallen))
    mark = data["claims"][0]["marks"][0]
    assert mark["state"] == "changed"
    assert "no longer says this" in mark["note"]
    assert data["notes"] == [
        "Source 1 has changed or vanished since this was answered. Ask again to answer it anew."
    ]
    assert _place(answer.citations[0], fallen) == ("ferry.md", 0, 0)


def test_a_source_that_vanished_is_said(assistant: Assistant, answer: Answer) -> None:
    (assistant.folder / "ferry.md").unlink()
    assistant.sync()
    data = _data(whole(answer, standing(answer, assistant.find_document)))
    assert data["claims"][0]["marks"][0]["state"] == "removed"


def test_a_quote_that_moved_is_opened_where_it_stands_now(
    assistant: Assistant, answer: Answer
) -> None:
    change(assistant, "The ferry Hanna was", "There are ferries. The ferry Hanna was")
    moved = standing(answer, assistant.find_document)
    assert moved[0].state is State.MOVED
    document, start, end = _place(answer.citations[0], moved)
    assert assistant.document(document).text[start:end] == SAID
    data = _data(whole(answer, moved))
    assert data["notes"] == []
    assert data["claims"][0]["marks"][0]["state"] == ""


def test_several_fallen_sources_are_counted() -> None:
    cites = tuple(Citation(n, "a.md", "A", 0, 2, "So") for n in (1, 2, 3))
    fallen = [Standing(c, State.VANISHED) for c in cites[:2]] + [Standing(cites[2], State.STANDS)]
    claim = Claim("So.", cites, Verdict(True, ""))
    data = _data(replace(so_far(Seen(claims=(claim,)), 0), standing=tuple(fallen)))
    assert data["notes"][0].startswith("Sources 1, 2 have changed or vanished")


def test_a_refusal_shows_the_nearest_passages_unfolded(assistant: Assistant) -> None:
    data = _data(whole(assistant.ask("Which wine goes with blue cheese?")))
    assert "The articles do not say" in data["claims"][0]["text"]
    assert data["found"]["title"].startswith("Nearest passages")
    assert data["unfolded"]
    assert data["facts"] == []


@pytest.mark.parametrize(
    ("stage", "ahead", "words"),
    [
        (Stage.WAITING, 1, "Waiting for the question before this one …"),
        (Stage.FOUND, 3, "Found in the articles; waiting for the 3 questions before this one …"),
        (Stage.FINDING, 0, "Searching the articles …"),
        (Stage.WRITING, 0, "Found in the articles; writing and checking …"),
    ],
)
def test_how_far_it_is_in_words(stage: Stage, ahead: int, words: str) -> None:
    assert status(Seen(stage), ahead) == words


def test_a_waiting_question_is_withdrawn_and_one_in_work_stopped() -> None:
    assert so_far(Seen(), 1).stop == "Withdraw"
    assert so_far(Seen(), 0).stop == "Stop"


def test_what_was_left_out_says_why() -> None:
    claim = Claim("It sank.", (), Verdict(False, "The figure 1999 is not there."))
    data = _data(so_far(Seen(rejected=(claim,)), 0))
    assert data["left"]["items"] == [{"text": "It sank.", "why": "The figure 1999 is not there."}]


def test_a_page_is_told_where_it_is_known() -> None:
    citation = Citation(1, "a.pdf", "A", 0, 2, "So", date(2025, 1, 2), page=7, place="p. 7")
    claim = Claim("So.", (citation,), Verdict(True, ""))
    mark = _data(so_far(Seen(claims=(claim,)), 0))["claims"][0]["marks"][0]
    assert mark["facts"] == "2 January 2025 · p. 7 · a.pdf"


def test_a_copy_has_markers_and_sources(answer: Answer) -> None:
    assert copied(answer) == (
        f"{SAID} [1]\n\nSources\n[1] “{SAID}” The ferry Hanna · 1 June 2022 · ferry.md"
    )


def test_claims_of_several_articles_say_whose_they_are() -> None:
    cites = [Citation(n, f"{n}.md", f"Ferry {n}", 0, 2, "So", date(2025, 1, n)) for n in (1, 2)]
    said = [Claim("So.", (c,), Verdict(True, "")) for c in (cites[0], cites[0], cites[1])]
    data = _data(so_far(Seen(claims=tuple(said)), 0))
    assert [claim["from"] for claim in data["claims"]] == [
        "",
        "Ferry 1 · 1 January 2025",
        "Ferry 2 · 2 January 2025",
    ]
    alone = _data(so_far(Seen(claims=tuple(said[:2])), 0))
    assert [claim["from"] for claim in alone["claims"]] == ["", ""]


def test_what_to_know_of_an_answer_is_shown_and_copied(answer: Answer) -> None:
    dated = replace(answer, period=Period(date(2022, 6, 1), date(2022, 6, 30)))
    line = "Dates read as: articles of 1 to 30 June 2022."
    assert _data(whole(answer))["remarks"] == []
    assert _data(whole(dated))["remarks"] == [line]
    assert line in copied(dated)
