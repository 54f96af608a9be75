"""A question set on disk to `EvalQuestion` values, checked line by line.

Owns the shape of a set: `documents/` and `questions.jsonl`. Knows nothing of answering; what a
question's offsets count in is the text that `rag.documents` reads from its document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from rag.documents import read
from rag.errors import QuestionSetError, ReadError
from rag.evaluation.facts import Fact, tokens
from rag.evaluation.metrics import Located

DOCUMENTS = "documents"
QUESTIONS = "questions.jsonl"
ROLES = ("user", "assistant")


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question with what is known about its right answer.

    Attributes:
        id: Unique in its set.
        text: The question.
        answerable: Whether the documents answer it; `None` where the source cannot tell.
        answers: Gold answers; any one of them is right.
        gold: Where the answer stands: spans, or whole reference documents where the source
            names no spans. Empty where it does not say.
        whole: Whether gold is whole documents, which is easier to meet than a span.
        document: The document that the question was asked about, or "".
        references: All documents that are needed, where the source names several.
        history: Earlier turns, oldest first, as (role, text).
        after: The question asked before it, by its id: what was said then goes before it too.
        facts: What a full answer says: facts in several wordings, see `rag.evaluation.facts`.
        intent: What kind of question it is, in a word, or "".
    """

    id: str
    text: str
    answerable: bool | None
    answers: tuple[str, ...] = ()
    gold: tuple[Located, ...] = ()
    whole: bool = False
    document: str = ""
    references: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    after: str = ""
    facts: tuple[Fact, ...] = ()
    intent: str = ""


def load(folder: Path) -> tuple[EvalQuestion, ...]:
    """Read and check a question set.

    Raises:
        QuestionSetError: The folder has another shape; the message names the file and line.
    """
    documents, file = folder / DOCUMENTS, folder / QUESTIONS
    if not documents.is_dir() or not file.is_file():
        raise QuestionSetError(
            f"{folder} is not a question set. It needs a folder named {DOCUMENTS} and a file "
            f"named {QUESTIONS}; docs/evaluation.md describes them."
        )
    lengths = _Lengths(documents)
    found: dict[str, EvalQuestion] = {}
    for number, line in _lines(file):
        where = _Where(file, number)
        question = _question(where, _parse(where, line), lengths)
        if question.id in found:
            where.fail(f"the id {question.id!r} is already taken. Give each question its own.")
        if question.after and question.after not in found:
            where.fail(f"'after' must be the id of an earlier line, not {question.after!r}.")
        found[question.id] = question
    if not found:
        raise QuestionSetError(f"{file} holds no questions. Write one JSON object a line.")
    return tuple(found.values())


def draw(
    questions: Sequence[EvalQuestion], *, limit: int | None, seed: int
) -> tuple[EvalQuestion, ...]:
    """`limit` answerable and `limit` unanswerable questions, or all of them, in file order.

    The draw ranks ids by a hash with the seed, so it depends neither on the order of the file
    nor on the version of Python, and a smaller draw is a part of a larger one.
    """
    if limit is None:
        return tuple(questions)

    def rank(question: EvalQuestion) -> str:
        return hashlib.sha256(f"{seed}:{question.id}".encode()).hexdigest()

    drawn: set[str] = set()
    for wanted in (True, False):
        kind = sorted((q for q in questions if q.answerable is wanted), key=rank)
        drawn.update(question.id for question in kind[:limit])
    for question in reversed(questions):
        if question.id in drawn and question.after:
            drawn.add(question.after)
    return tuple(question for question in questions if question.id in drawn)


@dataclass(frozen=True, slots=True)
class _Where:
    file: Path
    line: int

    def fail(self, what: str) -> NoReturn:
        raise QuestionSetError(f"{self.file}, line {self.line}: {what}")


class _Lengths:
    """How long the text of each document is; reads a document when first asked for it."""

    def __init__(self, documents: Path) -> None:
        self._folder = documents
        files = (path for path in documents.rglob("*") if path.is_file())
        self._paths = {path.relative_to(documents).as_posix(): path for path in files}
        self._known: dict[str, int] = {}

    def of(self, name: str, where: _Where) -> int:
        if name not in self._paths:
            where.fail(
                f"there is no document {name!r} in {self._folder}. Add it or correct the name."
            )
        if name not in self._known:
            try:
                document = read(self._paths[name], folder=self._folder)
            except ReadError as error:
                where.fail(f"the document cannot be read. {error}")
            self._known[name] = len(document.text)
        return self._known[name]


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionSetError(f"{file} is not UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        raise QuestionSetError(f"{file} cannot be read: {error.strerror or error}.") from error
    # not splitlines: JSON may hold U+2028 and its like unescaped
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _parse(where: _Where, line: str) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        where.fail(f"not JSON ({error}). Write one object a line.")
    if not isinstance(value, dict):
        where.fail("not a JSON object. Write one object a line.")
    return value


def _question(where: _Where, value: Mapping[str, Any], lengths: _Lengths) -> EvalQuestion:
    answerable = value.get("answerable")
    if "answerable" not in value or not (answerable is None or isinstance(answerable, bool)):
        where.fail("'answerable' must be true, false or null.")
    document = value.get("document") or ""
    if not isinstance(document, str):
        where.fail("'document' must be a file name or null.")
    if document:
        lengths.of(document, where)
    references = _texts(where, value, "documents")
    facts = tuple(_fact(where, fact) for fact in _list(where, value, "facts"))
    if facts and not answerable:
        where.fail("a question with 'facts' must be answerable, since they are its answer.")
    spans = _spans(where, value, document, lengths)
    whole = tuple(Located(name, 0, lengths.of(name, where)) for name in references)
    return EvalQuestion(
        id=_text(where, value, "id"),
        text=_text(where, value, "question"),
        answerable=answerable,
        answers=_texts(where, value, "answers"),
        gold=spans or whole,
        whole=bool(whole) and not spans,
        document=document,
        references=references,
        history=_history(where, value),
        after=_text(where, value, "after") if value.get("after") else "",
        facts=facts,
        intent=_text(where, value, "intent") if value.get("intent") else "",
    )


def _text(where: _Where, value: Mapping[str, Any], key: str) -> str:
    text = value.get(key)
    if not isinstance(text, str) or not text.strip():
        where.fail(f"{key!r} must be a text that is not empty.")
    return text


def _texts(where: _Where, value: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = _list(where, value, key)
    if not all(isinstance(text, str) and text.strip() for text in texts):
        where.fail(f"{key!r} must be a list of texts that are not empty.")
    return tuple(texts)


def _list(where: _Where, value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        where.fail(f"{key!r} must be a list.")
    return found


def _spans(
    where: _Where, value: Mapping[str, Any], document: str, lengths: _Lengths
) -> tuple[Located, ...]:
    spans = []
    for pair in _list(where, value, "evidence"):
        if not (isinstance(pair, list) and [type(end) for end in pair] == [int, int]):
            where.fail(f"'evidence' must be a list of [start, end], not {pair!r}.")
        if not document:
            where.fail("'evidence' needs a 'document' that its offsets count in.")
        start, end = pair
        length = lengths.of(document, where)
        if not 0 <= start < end <= length:
            where.fail(
                f"the evidence {pair} lies outside {document}, which has {length} characters."
            )
        spans.append(Located(document, start, end))
    return tuple(spans)


def _history(where: _Where, value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    turns = []
    for turn in _list(where, value, "history"):
        role, content = (
            (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else (0, 0)
        )
        if role not in ROLES or not isinstance(content, str):
            where.fail("'history' must be a list of {role: user or assistant, content: text}.")
        turns.append((str(role), str(content)))
    return tuple(turns)


def _fact(where: _Where, fact: object) -> Fact:
    wordings = fact if isinstance(fact, list) else []
    parts = [tuple(w) if isinstance(w, list) else (w,) for w in wordings]
    known = all(isinstance(part, str) and tokens(part) for wording in parts for part in wording)
    if not (parts and all(parts) and known):
        where.fail(
            "'facts' must be a list of facts, each a list of wordings: a text with words or "
            f"figures, or a list of such texts that must all occur. This one is not: {fact!r}."
        )
    return tuple(parts)
