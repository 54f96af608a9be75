"""Jupyter notebooks: the words of their Markdown cells, and code as it stands."""

from __future__ import annotations

import json
from typing import Any

from rag.documents.draft import DocumentDraft
from rag.documents.limits import Unreadable
from rag.documents.markdown import read_markdown


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
