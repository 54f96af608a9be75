"""A question to a query, by the model where it is not to be understood as it is.

One that leans on earlier turns is made whole, one in another language than the articles is put into
theirs; how it was read is told. The reader knows English and what it has read questions in. Where
no model writes, a question in another language is only compared with the articles, which is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from rag.errors import ModelError
from rag.languages import NAMES
from rag.models import LLM
from rag.query import Query, understand
from rag.query.language import language_asked
from rag.writing import completed, translated

_READ_AS = "The question was read as “{}”"


def query_of(
    question: str,
    history: Sequence[tuple[str, str]],
    llm: LLM | None,
    *,
    today: date | None,
    dates: Callable[[], Sequence[date]],
    languages: Sequence[str],
) -> Query:
    """A question as it is understood, and how it was read.

    `dates` and `languages` are those of the articles, the most common language first.
    """
    writes = llm is not None and llm.writes
    asked = language_asked(question)
    note, read = "", question
    if asked and languages and not {asked, ""}.intersection(languages):
        to = NAMES.get(languages[0], "English")
        note = f"The question is in {NAMES.get(asked, asked)}, the articles are in {to}."
        if writes and (put := _written(translated, question, to, llm)):
            read, note = put, _READ_AS.format(put)
    whole: list[str] = []

    def complete(*follow_up: str) -> str:
        put = _written(completed, *follow_up, llm) if writes else ""
        whole.append(put)
        return put

    query = understand(read, history, today=today, dates=dates, complete=complete)
    note = _READ_AS.format(whole[-1]) if any(whole) else note
    return replace(query, text=question, note=note) if note else query


def _written(write: Callable[..., str], *given: object) -> str:
    """What a model writes; "" where it fails, so that the question is asked as it is."""
    try:
        return write(*given)
    except ModelError:
        return ""
