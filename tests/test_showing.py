"""An answer as text, in a notebook, and as plain values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.listing import DocumentInfo
from rag.plain import to_json
from rag.schema import Answer, Citation, Claim, Evidence, Hit, Span, Verdict
from tests.chats.made import answers
from tests.commands.stand_in import ANSWER

EVIL = '<script>alert("1")</script> **bold** [x](javascript:alert(1)) <img src=x onerror=y>'
REFUSED = replace(
    ANSWER, refused=True, claims=(), reason="The articles do not say.", choices=("Which one?",)
)


def evil(answer: Answer = ANSWER) -> Answer:
    citation = replace(ANSWER.citations[0], title=EVIL, quote=EVIL, document=EVIL, place=EVIL)
    claim = Claim(EVIL, (citation,), Verdict(True, EVIL))
    found = tuple(replace(e, title=EVIL, quote=EVIL, document=EVIL) for e in answer.evidence)
    notes = (EVIL,)
    return replace(answer, claims=(claim,), evidence=found, notes=notes, choices=notes, reason=EVIL)


def test_as_text_the_sources_stand_below() -> None:
    text = str(ANSWER)
    assert text.splitlines()[0] == ANSWER.text
    assert "Sources:\n[1] The bridge (lund.md, 2020-07-01, characters 10 to 34)\n" in text
    assert "    “It opened in June 2020.”" in text
    assert "[2] Other (b.md, p. 4, characters 0 to 9)\n    “It closed.”" in text


def test_as_text_a_refusal_has_what_is_nearest() -> None:
    lines = str(REFUSED).splitlines()
    assert lines[:4] == ["The articles do not say.", "Which one?", "", "Nearest passages:"]
    assert lines[4].startswith("The bridge (lund.md")
    assert str(replace(REFUSED, evidence=(), choices=())) == "The articles do not say."


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


OURS = {"div", "p", "strong", "details", "summary", "blockquote", "small"}


def test_in_a_notebook_quotes_fold_out() -> None:
    seen = Seen(ANSWER._repr_html_())
    assert seen.tags.count("details") == seen.tags.count("blockquote") == 2
    assert not seen.open
    assert "It opened in June 2020." in seen.text
    assert "Confidence 81%" in seen.text
    markdown = ANSWER._repr_markdown_()
    assert markdown.count("<details>") == markdown.count("</details>") == 2
    assert "\n\n> It opened in June 2020." in markdown


@pytest.mark.parametrize("answer", [evil(), evil(REFUSED), replace(evil(), refused=True)])
def test_what_articles_hold_is_only_text(answer: Answer) -> None:
    seen = Seen(answer._repr_html_())
    assert set(seen.tags) <= OURS
    assert seen.attributes <= {"class", "dir"}
    assert '<script>alert("1")</script>' in seen.text
    rendered = Seen(MarkdownIt("commonmark").render(answer._repr_markdown_()))
    assert set(rendered.tags) <= OURS | {"em"}
    assert rendered.attributes <= {"class", "dir"}


@given(answers, st.text(max_size=40))
def test_any_answer_shows_itself(answer: Answer, text: str) -> None:
    for one in (answer, replace(answer, notes=(text,), reason=text)):
        assert set(Seen(one._repr_html_()).tags) <= OURS
        assert one._repr_markdown_() is not None
        str(one).encode()
        assert all(f"[{c.number}] " in str(one) for c in one.citations) or one.refused


@given(answers)
def test_plain_values_are_those_of_the_command_line(answer: Answer) -> None:
    assert answer.to_dict() == to_json(answer)
    assert json.loads(answer.to_json()) == answer.to_dict()
    assert [c.to_dict() for c in answer.citations] == answer.to_dict()["citations"]


def test_each_piece_gives_itself() -> None:
    hit = Hit("a.md", "A", date(2026, 1, 2), 0, 5, "words", (Span(0, 5),), 0.5, 0.4, 3.0)
    assert hit.to_dict()["sentences"] == [[0, 5]]
    assert hit.to_dict()["date"] == "2026-01-02"
    info = DocumentInfo("a.md", "A", None, 5, 1)
    assert info.to_dict()["id"] == "a.md"
    citation = Citation(1, "a.md", "A", 0, 5, "words")
    assert list(citation.to_dict())[:6] == ["number", "document", "title", "start", "end", "quote"]
    evidence = Evidence("a.md", "A", None, 0, 5, "words", 0.5)
    assert json.loads(evidence.to_json(indent=2)) == evidence.to_dict()


def test_rows_for_a_table_are_flat_enough() -> None:
    pandas = pytest.importorskip("pandas")  # comes with streamlit; nothing of ours imports it
    table = pandas.DataFrame([c.to_dict() for c in ANSWER.citations])
    assert list(table["quote"]) == ["It opened in June 2020.", "It\nclosed."]
