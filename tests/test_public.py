"""The promised interface: names, parameters, docs, and what `import rag` must not load."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import get_args

import pytest

import rag
from rag import errors, events, listing, schema


def test_every_public_name_is_there_and_documented() -> None:
    for name in set(rag.__all__) - {"Event"}:  # a union, explained where its members are
        told = inspect.getdoc(getattr(rag, name))
        assert told, f"{name} is not explained"
        assert not told.startswith(f"{name}("), f"{name} has the words of dataclasses"


def test_the_list_of_public_names_is_whole_and_sorted() -> None:
    own = {
        name
        for module in (schema, events, listing, errors)
        for name, thing in vars(module).items()
        if inspect.isclass(thing) and thing.__module__ == module.__name__
    }
    assert own <= set(rag.__all__)
    assert {
        "Assistant",
        "Chat",
        "ChatInfo",
        "ChatStore",
        "Event",
        "Settings",
        "Turn",
        "open",
    } <= set(rag.__all__)
    assert len(set(rag.__all__)) == len(rag.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = rag.nothing


def test_values_are_frozen_and_slotted() -> None:
    for name in rag.__all__:
        thing = getattr(rag, name)
        if is_dataclass(thing) and not issubclass(thing, Enum):
            assert thing.__dataclass_params__.frozen, name
            assert "__slots__" in vars(thing), name


# the names below are promised: changing one breaks those who build on it

FIELDS = {
    "Answer": "text refused confidence claims citations evidence question query reason",
    "Claim": "text citations verdict",
    "Citation": "number document title start end quote page",
    "Evidence": "document title start end quote score used",
    "Hit": "document title date start end text sentences score dense lexical",
    "Document": "id title text date source headings",
    "Verdict": "supported reason",
    "Progress": "documents documents_total passages passages_per_second seconds_left",
    "SyncReport": "added changed removed unchanged failed passages seconds moved duplicates",
    "Addition": "id outcome title passages",
    "DocumentInfo": "id title date characters passages source bytes copies author modified words",
    "Finished": "answer",
    "ClaimVerified": "claim",
    "ClaimRejected": "claim",
    "Draft": "text",
    "EvidenceFound": "evidence",
    "ChatInfo": "id title created updated turns documents",
    "Turn": "id question answer problem at rating comment",
}


@pytest.mark.parametrize("name", FIELDS)
def test_promised_fields(name: str) -> None:
    thing = getattr(rag, name)
    have = {field.name for field in fields(thing)} | {
        name for name, value in vars(thing).items() if isinstance(value, property)
    }
    assert set(FIELDS[name].split()) <= have


FILTERS = "documents after before"
SIGNATURES = {
    "Assistant.ask": f"question history {FILTERS} today write",
    "Assistant.stream": f"question history {FILTERS} today write",
    "Assistant.aask": f"question history {FILTERS} today write",
    "Assistant.astream": f"question history {FILTERS} today write",
    "Assistant.search": f"query history limit {FILTERS}",
    "Assistant.sync": "only progress cancelled",
    "Assistant.add": "name data replace progress",
    "Assistant.add_address": "address replace progress",
    "Assistant.remove": "id_",
    "Assistant.documents": "author source language collection after before",
    "Assistant.correct": "id_ facts",
    "Assistant.failures": "",
    "Assistant.counts": "",
    "Assistant.close": "",
    "Chat.ask": "question today write",
    "Chat.stream": "question today write",
    "open": "folder documents index settings llm progress",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_promised_parameters(name: str) -> None:
    thing: object = rag
    for part in name.split("."):
        thing = getattr(thing, part)
    parameters = inspect.signature(thing).parameters  # type: ignore[arg-type]
    assert [p for p in parameters if p != "self"] == SIGNATURES[name].split()


def test_everything_past_the_question_is_named() -> None:
    for name in ("ask", "stream", "aask", "astream", "search", "sync", "add_address"):
        parameters = list(inspect.signature(getattr(rag.Assistant, name)).parameters.values())
        positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert len(positional) <= 2, name
    assert all(
        p.kind is p.KEYWORD_ONLY for p in list(inspect.signature(rag.open).parameters.values())[1:]
    )


def test_the_events_are_the_five_promised() -> None:
    assert {event.__name__ for event in get_args(rag.Event)} == {
        "EvidenceFound",
        "Draft",
        "ClaimVerified",
        "ClaimRejected",
        "Finished",
    }


def test_what_is_awaited_is_asked_as_what_is_not() -> None:
    for name in ("ask", "stream"):
        here, there = getattr(rag.Assistant, name), getattr(rag.Assistant, f"a{name}")
        assert inspect.signature(here).parameters == inspect.signature(there).parameters
    assert inspect.iscoroutinefunction(rag.Assistant.aask)


def test_an_assistant_is_a_context_manager() -> None:
    assert hasattr(rag.Assistant, "__enter__")
    assert isinstance(inspect.getattr_static(rag.Chat, "turns"), property)
