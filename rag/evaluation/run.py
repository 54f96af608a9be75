"""Asks every question of a set, with a stop-watch of its own, and keeps one record of each.

Knows the assistant only by the few methods it calls, and nothing of how records become figures.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import QuestionError
from rag.evaluation.grounding import ordinary_words
from rag.evaluation.questions import DOCUMENTS, EvalQuestion, draw, load
from rag.evaluation.record import Record, SearchRank, Seconds, Source, failed, judge, locate
from rag.evaluation.report import LibrarySize, Report
from rag.evaluation.summary import summarise
from rag.evaluation.support import Entails
from rag.events import ClaimVerified, EvidenceFound, Finished
from rag.listing import Progress
from rag.schema import Answer
from rag.settings import Settings

if TYPE_CHECKING:
    from rag import Assistant

RANKED = 10  # hits that recall and MRR look at
SEARCHED = 20  # hits asked for, so that five different documents are among them


def evaluate(
    folder: Path,
    *,
    limit: int | None = None,
    seed: int = 0,
    settings: Settings | None = None,
    index: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    indexing: Callable[[Progress], None] | None = None,
    entails: Entails | None = None,
) -> Report:
    """Measure the assistant on a question set.

    Args:
        folder: A question set: `documents/` and `questions.jsonl`.
        limit: Answerable and unanswerable questions to draw, each; `None` for all there are.
        seed: Of the draw.
        settings: Of the assistant; `None` for those of the environment.
        index: Folder for the library, kept; `None` for one that is removed afterwards.
        progress: Told the questions asked and their number.
        indexing: Told how reading the documents goes.
        entails: A judge of whether quotes entail claims; `None` leaves those figures out.

    Raises:
        QuestionSetError: The folder is no question set.
        RagError: The library or a model cannot be opened.
    """
    import rag

    chosen = Settings.from_environment() if settings is None else settings
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be 1 or more, not {limit}")
    questions = draw(load(folder), limit=limit, seed=seed)
    with (
        _index(index) as place,
        rag.open(folder / DOCUMENTS, index=place, settings=chosen, progress=indexing) as assistant,
    ):
        assistant.warm()  # loading is no part of the time to an answer
        records = ask_all(assistant, questions, progress=progress, entails=entails)
        size = LibrarySize(*assistant.counts(), unread=len(assistant.failures()))
    name = folder.resolve().name
    return summarise(records, set_name=name, limit=limit, seed=seed, settings=chosen, library=size)


def ask_all(
    assistant: Assistant,
    questions: Sequence[EvalQuestion],
    *,
    progress: Callable[[int, int], None] | None = None,
    entails: Entails | None = None,
) -> tuple[Record, ...]:
    """One record per question, in order; those of a conversation with what was said before."""
    texts = {info.id: assistant.document(info.id).text for info in assistant.documents()}
    source = Source(texts, ordinary_words(texts.values()))
    records: list[Record] = []
    turns: dict[str, tuple[tuple[str, str], ...]] = {"": ()}  # by the last question's id
    for done, question in enumerate(questions):
        if progress is not None:
            progress(done, len(questions))
        question = replace(question, history=(*question.history, *turns[question.after]))
        record = ask_one(assistant, question, source=source, entails=entails)
        said = (("assistant", record.told),) if record.told else ()
        turns[question.id] = (*question.history, ("user", question.text), *said)
        records.append(record)
    if progress is not None:
        progress(len(questions), len(questions))
    return tuple(records)


def ask_one(
    assistant: Assistant,
    question: EvalQuestion,
    *,
    source: Source,
    entails: Entails | None = None,
) -> Record:
    """Ask one question, time it, search for it, judge it.

    A question that the assistant will not take counts as refused and is told in the record;
    any other error is no property of the question and is raised.
    """
    began = time.perf_counter()
    try:
        answer, seconds = _timed(assistant, question)
    except QuestionError as error:
        spent = Seconds(None, None, time.perf_counter() - began)
        return failed(question, str(error), seconds=spent)
    found: SearchRank | None = None
    if question.answerable and question.gold:
        # a follow-up is searched for as the assistant understands it
        hits = assistant.search(question.text, history=question.history, limit=SEARCHED)
        found = locate(question, hits, depth=RANKED)
    return judge(question, answer, found=found, seconds=seconds, source=source, entails=entails)


def _timed(assistant: Assistant, question: EvalQuestion) -> tuple[Answer, Seconds]:
    evidence: float | None = None
    first_claim: float | None = None
    began = time.perf_counter()
    for event in assistant.stream(question.text, history=question.history):
        now = time.perf_counter() - began
        if isinstance(event, EvidenceFound) and evidence is None:
            evidence = now
        elif isinstance(event, ClaimVerified) and first_claim is None:
            first_claim = now
        elif isinstance(event, Finished):
            return event.answer, Seconds(evidence, first_claim, now)
    raise RuntimeError("the assistant's stream ended without Finished")


@contextmanager
def _index(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="quoth-eval-") as folder:
        yield Path(folder)
