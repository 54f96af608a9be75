"""From files of many kinds to answers that say on which page, slide or sheet their proof stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.plain import to_json
from rag.schema import Document, Heading
from rag.showing import place_of
from rag.testing import FakeEmbedder, FakeLLM, FakeReader
from tests.documents import made
from tests.world import weights

ASKED = "When was the ferry Hanna built?"


@pytest.mark.parametrize(
    ("kind", "page", "where"),
    [
        (".pdf", 2, "p. 2"),
        (".pptx", None, "slide 2"),
        (".xlsx", None, "sheet Notes"),
        (".docx", None, "“Ferries”"),
        (".eml", None, ""),
    ],
)
def test_an_answer_says_where_its_proof_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, page: int | None, where: str
) -> None:
    monkeypatch.setattr("rag.modelset.bundled_weights", weights)
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / f"a{kind}").write_bytes(made.MADE[kind]())
    fakes = {"embedder": FakeEmbedder(dimension=256), "reader": FakeReader(), "llm": FakeLLM()}
    with Assistant(folder, tmp_path / "index", **fakes) as assistant:  # type: ignore[arg-type]
        assistant.sync()
        answer = assistant.ask(ASKED)
        (citation, *_) = answer.citations
        assert "1962" in citation.quote
        text = assistant.document(citation.document).text
        assert text[citation.start : citation.end] == citation.quote
    assert (citation.page, citation.place) == (page, where)
    assert (answer.evidence[0].page, answer.evidence[0].place) == (page, where)
    told = json.loads(json.dumps(to_json(answer)))["citations"][0]
    assert (told["page"], told["place"]) == (page, where)
    assert f"a{kind}, " in place_of(citation)
    assert where in place_of(citation)


@pytest.mark.parametrize(
    ("heading", "name"), [("Costs", "“Costs”"), ("“No Switches”", "“No Switches”")]
)
def test_a_heading_is_quoted_once(heading: str, name: str) -> None:
    document = Document("a.md", "A", "It cost 5.", headings=(Heading(0, heading),))
    assert document.place(3).name == name
