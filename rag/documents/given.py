"""What a program gives as articles, in the shapes that people have, to documents.

A mapping from name to text; pairs of both; dicts with `text`, and what else is known; documents of
LangChain and LlamaIndex, by their shape alone; texts without a name. Text is taken as it is, so
that offsets count in it; bytes are read as a file of that name is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from rag.documents.language import language_of
from rag.documents.plain import read_plain
from rag.documents.read import parse, title_of_name
from rag.errors import ReadError
from rag.listing import Failure
from rag.schema import Document

GivenDocuments = Mapping[str, str | bytes] | Iterable[Any]
_TEXT = ("text", "page_content", "content")
_NAME = ("name", "document", "id", "source", "file_name", "file_path", "path", "title")
_DAYS = ("date", "modified")
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd") | {0: "\ufffd"}


def documents_of(given: GivenDocuments) -> tuple[list[Document], list[Failure]]:
    """Documents with ids of their own, and what could not be taken.

    Raises:
        TypeError: Something has none of the shapes.
        ValueError: Two have one name, or a date is none.

    >>> documents, _ = documents_of({"tea": "Tea grows on hills."})
    >>> documents[0].id, documents[0].text
    ('tea', 'Tea grows on hills.')
    >>> documents_of([{"text": "It rains.", "name": "w", "date": "2026-08-01"}])[0][0].date
    datetime.date(2026, 8, 1)
    """
    if isinstance(given, str | bytes):
        raise TypeError("documents is one text; give a list of them, or names with their texts")
    items = given.items() if isinstance(given, Mapping) else given
    documents: dict[str, Document] = {}
    failed: list[Failure] = []
    for number, item in enumerate(items, start=1):
        whole = item if isinstance(item, Document) else None
        name, text, facts = (whole.id, "", {}) if whole else _parts(item)
        found = next((str(facts[key]) for key in _NAME if facts.get(key)), f"document {number}")
        id_ = name or _unused(found, documents)
        if id_ in documents:
            raise ValueError(f"two documents have the name {id_!r}; give each one of its own")
        try:
            documents[id_] = whole or _document(id_, text, facts)
        except ReadError as error:
            failed.append(Failure(id_, str(error)))
    return list(documents.values()), failed


def _parts(item: Any) -> tuple[str, str | bytes, Mapping[str, Any]]:
    """Name, text, and what else is told; without a name it is looked for in that."""
    if isinstance(item, str):
        return "", item, {}
    if isinstance(item, tuple | list) and len(item) == 2 and isinstance(item[1], str | bytes):
        return str(item[0]), item[1], {}
    if isinstance(item, Mapping):
        inside, told = item, item.get("name") or item.get("id")
    else:  # what the documents of LangChain and LlamaIndex have
        inside, told = {key: getattr(item, key, None) for key in (*_TEXT, "metadata")}, None
    text = next((inside[key] for key in _TEXT if isinstance(inside.get(key), str | bytes)), None)
    if text is None:
        raise TypeError(
            f"a {type(item).__name__} is no document; give a text, a pair of name and text, or a "
            "dict with text and name"
        )
    facts = {**_readable(inside.get("metadata")), **inside}
    return str(told or ""), text, {name: value for name, value in facts.items() if value}


def _readable(metadata: Any) -> dict[str, Any]:
    """What another program noted; a day that cannot be read there is no mistake of the caller."""
    facts = dict(metadata) if isinstance(metadata, Mapping) else {}
    for name in _DAYS:
        try:
            facts[name] = _day("", name, facts[name]) if facts.get(name) else None
        except ValueError:
            del facts[name]
    return facts


def _unused(name: str, taken: Mapping[str, Any]) -> str:
    """A name that was looked for and is another's, as of the pages of one file, gets a number."""
    number, own = 2, name
    while own in taken:
        own, number = f"{name} {number}", number + 1
    return own


def _document(id_: str, text: str | bytes, facts: Mapping[str, Any]) -> Document:
    if isinstance(text, bytes):
        document = parse(text, name=id_)
        return replace(document, **_known(facts, document))
    # the offsets are those of the text that is given
    whole = text.replace("\r\n", " \n").replace("\r", "\n").translate(_HALVES)
    if not whole.strip():
        raise ReadError(f"{id_} holds no text. Leave it out, or give its text.")
    draft = read_plain(whole)
    own = draft.text if len(draft.text) == len(whole) else whole
    told = str(facts.get("language") or "")
    title = draft.title if len(draft.title) <= 150 and "\n" in own.strip() else ""
    document = Document(
        id=id_,
        title=title or title_of_name(id_),
        text=own,
        language=language_of(own, told),
    )
    return replace(document, **_known(facts, document))


def _known(facts: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """What is told of a document besides its text, as it is kept."""
    known: dict[str, Any] = {}
    for name in ("title", "author", "source"):
        if value := facts.get(name):
            known[name] = " ".join(str(value).translate(_HALVES).split())
    for name in _DAYS:
        if (day := facts.get(name)) is not None:
            known[name] = _day(document.id, name, day)
    return known


def _day(id_: str, name: str, day: Any) -> date:
    if isinstance(day, datetime):
        return day.date()
    if isinstance(day, date):
        return day
    try:
        return datetime.fromisoformat(str(day)).date()
    except ValueError:
        raise ValueError(
            f"{name} of {id_!r} is {str(day)[:40]!r}; write it as year-month-day, like 2025-08-31"
        ) from None
