"""JSON and JSON Lines: articles under the names that programs give them, else tables and facts.

Of Jupyter notebooks, which are JSON too, the words of Markdown cells, and code as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rag.documents.draft import DocumentDraft, GrowingText, claimed_date
from rag.documents.facts import told_name
from rag.documents.limits import Unreadable, hold_rows
from rag.documents.markdown import read_markdown
from rag.documents.plain import read_plain
from rag.documents.table import write_table

_TITLES = ("title", "headline", "name", "subject")
_TEXTS = "text content body article articlebody full_text description summary".split()
_DATES = "date published published_at datepublished pubdate created_at".split()
_CHANGES = "modified updated datemodified lastmodified updated_at".split()
_AUTHORS = ["author", "authors", "byline", "creator"]
_SOURCES = ("url", "link", "source")
_PROSE = 80  # characters of a text rather than of a value
_DEPTH = 20
_WIDEST = 1_000


def read_json(text: str) -> DocumentDraft:
    """One JSON value, or one a line, to a draft.

    >>> draft = read_json('{"title": "Ferries", "body": "The Sunna sails.", "date": "2024-03-05"}')
    >>> draft.title, draft.text, draft.date.isoformat()
    ('Ferries', 'The Sunna sails.', '2024-03-05')
    """
    records = list(_records(_loaded(text)))
    hold_rows(len(records))
    written = GrowingText()
    articles = [record for record in records if _text(record)]
    alone = len(records) == len(articles) == 1
    for record in articles:
        if not alone:
            written.heading(_told(record, _TITLES))
            for name, names in (("Author", _AUTHORS), ("Date", _DATES)):
                if told := _told(record, names):
                    written.add(f"{name}: {told}", "\n")
            written.gap = "\n\n"
        written.add(read_plain(_text(record)).text.strip())
    rest = [record for record in records if not _text(record)]
    if len(rest) == 1:
        for name, value in rest[0].items():
            if told := _value(value):
                written.add(f"{name}: {told}" if name else told, "\n")
    elif rest:
        names = list(dict.fromkeys(name for record in rest for name in record))[:_WIDEST]
        rows = [[_value(record.get(name)) for name in names] for record in rest]
        write_table([names, *rows], written, headers=1)
    facts = articles[0] if alone else {}
    return replace(
        written.draft(),
        title=_told(facts, _TITLES),
        date=claimed_date(_told(facts, _DATES)),
        source=_told(facts, _SOURCES),
        author=told_name(_told(facts, _AUTHORS)),
        modified=claimed_date(_told(facts, _CHANGES)),
    )


def read_notebook(text: str) -> DocumentDraft:
    """A notebook to a draft; results are left out, which are most often pictures and numbers.

    >>> cell = '{"cell_type": "markdown", "source": ["High tide is ", "at *nine*."]}'
    >>> read_notebook(f'{{"cells": [{cell}]}}').text
    'High tide is at nine.'
    """
    if not text.strip():
        return DocumentDraft("")
    try:
        book: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("is damaged or no notebook. Open it in Jupyter and save it.") from error
    cells = book.get("cells") if isinstance(book, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("is no notebook of a kind that is read. Save it with a newer Jupyter.")
    parts: list[str] = []
    for cell in cells:
        kind = cell.get("cell_type") if isinstance(cell, dict) else ""
        source = cell.get("source", "") if kind in ("markdown", "code", "raw") else ""
        words = "".join(map(str, source)) if isinstance(source, list) else str(source)
        fence = "~" * 8
        parts.append(words if kind == "markdown" else f"{fence}\n{words}\n{fence}" if words else "")
    return read_markdown("\n\n".join(filter(None, parts)))


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            return [json.loads(line) for line in lines[: hold_rows(len(lines))]]
        except (ValueError, RecursionError):
            raise Unreadable(f"is no JSON that can be read: {error}. Save it anew.") from error


def _records(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The objects that a value holds; lists of them under a name count, as "articles" do."""
    if isinstance(value, list) and depth < _DEPTH:
        for item in value:
            yield from _records(item, depth + 1)
    elif isinstance(value, dict):
        apart = {} if _text(value) or depth > _DEPTH else value
        lists = {
            name: inside
            for name, inside in apart.items()
            if isinstance(inside, list) and inside and isinstance(inside[0], dict)
        }
        if own := {name: inside for name, inside in value.items() if name not in lists}:
            yield own
        for inside in lists.values():
            yield from _records(inside, depth + 1)
    else:
        yield {"": value}


def _told(record: dict[str, Any], names: Sequence[str]) -> str:
    """What a record says under the first of some names that it has."""
    known = {name.lower().replace("-", "_"): value for name, value in record.items()}
    for name in names:
        value = known.get(name)
        several = value if isinstance(value, list) else [value]
        told = [one.get("name") if isinstance(one, dict) else one for one in several]
        if words := ", ".join(one.strip() for one in told if isinstance(one, str) and one.strip()):
            return words
    return ""


def _text(record: dict[str, Any]) -> str:
    """A record's text; a short one counts only where the record has a title."""
    text = _told(record, _TEXTS)
    return text if len(text) >= _PROSE or _told(record, _TITLES) else ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)[:4_000] if value else ""
    return "" if value is None else str(value)
