"""Whether the rows of a library hold what was stored: seals, spans, vectors.

Reads only. Knows nothing of mending.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np

from rag.library.seals import sums

_UNIT = 0.01  # how far from 1 the length of a vector in 16 bits may be


def faults(path: Path, dimension: int) -> Iterator[tuple[str, str]]:
    """Documents whose rows are not as they were stored: id, and what is wrong with them."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as db:
        for number, id_ in db.execute("SELECT number, id FROM documents ORDER BY id"):
            if what := fault(db, number, dimension):
                yield id_, what


def fault(db: sqlite3.Connection, number: int, dimension: int) -> str:
    """What is wrong with a document; empty where nothing is."""
    try:
        sealed = db.execute("SELECT text, vectors FROM seals WHERE document = ?", (number,))
        noted, now = sealed.fetchone(), sums(db, number)
        if noted is not None and noted[0] != now[0]:
            return "its text is not as it was stored"
        if noted is not None and noted[1] != now[1]:
            return "its vectors are not as they were stored"
        return _spans(db, number) or _vectors(db, number, dimension)
    except (sqlite3.Error, ValueError, TypeError, UnicodeError) as error:
        return f"it cannot be read ({error})"


def _spans(db: sqlite3.Connection, number: int) -> str:
    text, headings, places, day = db.execute(
        "SELECT text, headings, places, date FROM documents WHERE number = ?", (number,)
    ).fetchone()
    json.loads(headings), json.loads(places), day and date.fromisoformat(day)
    rows = db.execute(
        "SELECT start, end, sentences FROM passages WHERE document = ? ORDER BY number", (number,)
    )
    before = 0
    for start, end, packed in rows:
        sentences = np.frombuffer(packed, "<u4").reshape(-1, 2)
        inside = (start <= sentences) & (sentences <= end)
        if not before <= start < end <= len(text) or not inside.all():
            return f"a passage lies at {start} to {end} of {len(text)} characters"
        before = end
    return ""


def _vectors(db: sqlite3.Connection, number: int, dimension: int) -> str:
    rows = db.execute("SELECT vector FROM passages WHERE document = ?", (number,)).fetchall()
    if any(len(vector) != 2 * dimension for (vector,) in rows):
        return f"a vector has not {dimension} numbers"
    vectors = np.frombuffer(b"".join(v for (v,) in rows), np.float16).astype(np.float32)
    lengths = np.linalg.norm(vectors.reshape(-1, dimension), axis=1)
    if not np.all(np.abs(lengths - 1.0) < _UNIT):  # what is no number is not less
        return "a vector is not of length 1"
    return ""
