"""The retrievers for LangChain and LlamaIndex, with the frameworks themselves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from llama_index.core.schema import NodeRelationship, NodeWithScore

from rag.assistant import Assistant
from rag.documents.given import documents_of
from rag.integrations import langchain, llama_index
from tests.world import opened

QUESTION = "When was the ferry Hanna built?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("retrievers")) as assistant:
        yield assistant


def proven(assistant: Assistant, text: str, told: dict[str, Any]) -> None:
    whole = assistant.document(told["document"])
    assert whole.text[told["start"] : told["end"]] == text
    assert told["title"] == whole.title
    assert 0 <= told["score"] <= 1


def test_langchain_finds_what_search_finds(assistant: Assistant) -> None:
    retriever = langchain.QuothRetriever(assistant=assistant, limit=2)
    found = retriever.invoke(QUESTION)
    hits = assistant.search(QUESTION, limit=2)
    assert [d.page_content for d in found] == [hit.text for hit in hits]
    for one in found:
        assert isinstance(one, Document)
        proven(assistant, one.page_content, one.metadata)
    assert found[0].metadata["document"] == "ferry.md"
    assert found[0].metadata["date"] == "2022-06-01"
    assert asyncio.run(retriever.ainvoke(QUESTION)) == found
    chain = retriever | RunnableLambda(lambda documents: len(documents))
    assert chain.invoke(QUESTION) == 2


def test_langchain_keeps_to_what_is_chosen(assistant: Assistant) -> None:
    only = langchain.QuothRetriever(assistant=assistant, documents=["bridge.md"])
    assert {d.metadata["document"] for d in only.invoke(QUESTION)} == {"bridge.md"}
    late = langchain.QuothRetriever(assistant=assistant, after=date(2022, 1, 1))
    assert {d.metadata["document"] for d in late.invoke(QUESTION)} == {"ferry.md"}


def test_llama_index_finds_what_search_finds(assistant: Assistant) -> None:
    retriever = llama_index.QuothRetriever(assistant, limit=2)
    found = retriever.retrieve(QUESTION)
    hits = assistant.search(QUESTION, limit=2)
    assert [n.get_content() for n in found] == [hit.text for hit in hits]
    for one, hit in zip(found, hits, strict=True):
        assert isinstance(one, NodeWithScore)
        proven(assistant, one.get_content(), one.metadata)
        assert one.score == hit.score
        assert (one.node.start_char_idx, one.node.end_char_idx) == (hit.start, hit.end)  # type: ignore[attr-defined]
    assert [n.node_id for n in asyncio.run(retriever.aretrieve(QUESTION))] == [
        n.node_id for n in found
    ]
    assert NodeRelationship.SOURCE not in found[0].node.relationships


def test_llama_index_keeps_to_what_is_chosen(assistant: Assistant) -> None:
    only = llama_index.QuothRetriever(assistant, documents=["bridge.md"])
    assert {n.metadata["document"] for n in only.retrieve(QUESTION)} == {"bridge.md"}


def test_their_documents_can_be_opened() -> None:
    from llama_index.core import Document as LlamaDocument

    one = Document(page_content="Tea grows on hills.", metadata={"source": "tea.pdf"})
    two = LlamaDocument(text="Geese fly far.", metadata={"file_name": "geese.txt"})
    documents, failed = documents_of([one, two])
    assert [(d.id, d.text) for d in documents] == [
        ("tea.pdf", "Tea grows on hills."),
        ("geese.txt", "Geese fly far."),
    ]
    assert not failed


def test_the_package_loads_no_framework() -> None:
    code = (
        "import sys, rag.integrations\n"
        "print(sorted({'langchain_core', 'llama_index'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
