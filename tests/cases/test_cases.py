"""Folders of articles with what reading them must give.

A case is `articles/` and `ask.json`: a list of what is expected. `quote` is one sentence of `file`,
or a part of one; `sentence` is a sentence, whole; `absent` is nowhere in it; `title`, `author` and
`date` are the document's. An entry with `ask` is a question for the assistant, which must say what
is in `says` and nothing of `never`, in at most so many `claims`, or refuse where `refused` says so.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rag
from rag.documents import parse, split_passages
from rag.settings import Settings
from tests.cases.judging import faults, lay
from tests.cases.packed import files_of

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/ask.json"))
ASKED = [case for case in CASES if '"ask"' in (case / "ask.json").read_text(encoding="utf-8")]


@pytest.mark.parametrize("case", ASKED, ids=[case.name for case in ASKED])
def test_the_assistant_answers_a_case(case: Path, tmp_path: Path) -> None:
    lay(case, tmp_path / "articles")
    settings = Settings(llm="none")
    with rag.open(tmp_path / "articles", index=tmp_path / "index", settings=settings) as assistant:
        for expected in json.loads((case / "ask.json").read_text(encoding="utf-8")):
            if "ask" not in expected:
                continue
            answer = assistant.ask(expected["ask"])
            said = "\n".join(claim.text for claim in answer.claims)
            told = f"{expected['ask']}\n{said or answer.reason}"
            assert not list(faults(answer, expected)), told


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Path) -> None:
    documents = {name: parse(raw, name=name) for name, raw in files_of(case / "articles").items()}
    sentences = {
        name: [
            document.text[start:end]
            for passage in split_passages(document)
            for start, end in passage.sentences
        ]
        for name, document in documents.items()
    }
    for expected in json.loads((case / "ask.json").read_text(encoding="utf-8")):
        if "ask" in expected:
            continue
        name = expected["file"]
        document, told = documents[name], "\n".join(sentences[name])
        if "quote" in expected:
            assert any(expected["quote"] in one for one in sentences[name]), told
        if "sentence" in expected:
            assert expected["sentence"] in sentences[name], told
        if "absent" in expected:
            assert expected["absent"] not in document.text, document.text
        for fact in ("title", "author", "date"):
            if fact in expected:
                assert str(getattr(document, fact)) == expected[fact]
