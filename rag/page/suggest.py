"""Questions to suggest, from titles of articles and names found.

Knows titles and whether evidence is found for a question; nothing of how they are shown.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.listing import DocumentInfo
from rag.schema import Answer
from rag.words import STOP, terms, tokens

MOST = 4
_TRIED = 10
_LIKELY = 0.3
_FRESH = 3  # words that a sentence must add to the question to be worth showing
_SUBJECT_WORDS = 6
_QUESTION = re.compile(
    r"(?:^|[.:;!?]\s+)((?:what|which|who|when|where|why|how|did|does|do|is|are|was|were|can|could"
    r"|will|should|has|have)\b[^.:;!?]*\?)",
    re.I,
)
_SUBJECT = re.compile(r"([^:?]+):\s")
_NAME = re.compile(r"(?<=\w\s)[A-Z][\w.-]*\w")
_WHOLE_NAME = re.compile(
    r"(?<=[\w,]\s)(?:the\s(?=[A-Z][\w-]*\s(?:(?:of|for)\s)?[A-Z]))?"
    r"[A-Z][\w-]*\w(?:(?:\s(?:of|for))?\s[A-Z][\w-]*\w)*"
)
_DATES = {name.lower() for name in (*calendar.month_name, *calendar.day_name)}


def candidates(documents: Sequence[DocumentInfo]) -> Iterator[str]:
    """Questions from titles, the newest article's first: its subject, or what it asks itself.

    Names that several titles share come last.

    >>> titles = ["The H20: a slow chip", "Did Nvidia gain?", "Sales of Nvidia", "Ask Nvidia"]
    >>> for question in candidates([DocumentInfo(t, t, None, 9, 1) for t in titles]):
    ...     print(question)
    What is the story behind “The H20”?
    Did Nvidia gain?
    What is known about Nvidia?
    """
    dated = sorted(documents, key=lambda d: -(d.date.toordinal() if d.date else 0))
    for info in dated:
        if match := _QUESTION.search(info.title):
            question = " ".join(match[1].split())
            yield question[0].upper() + question[1:]
        elif (match := _SUBJECT.match(info.title)) and len(match[1].split()) <= _SUBJECT_WORDS:
            yield f"What is the story behind “{' '.join(match[1].split())}”?"
    names = Counter(name for info in dated for name in set(_NAME.findall(info.title)))
    for name, count in names.most_common():
        if count > 1 and name.lower() not in STOP:
            yield f"What is known about {name}?"


def following(answer: Answer, assistant: Assistant) -> Iterator[str]:
    """Questions that lead on from an answer, the most telling first; the answer's own left out.

    In turns: names in what was found and not in the question, the articles found and not cited.
    """
    question = set(terms(answer.question))
    counts = Counter(
        name
        for quote in dict.fromkeys(item.quote for item in answer.evidence)
        for name in _names(quote)
        if not question & set(terms(name))
    )
    about = [f"What is known about {name}?" for name, _ in counts.most_common()]
    cited = {citation.document for citation in answer.citations}
    found = {item.document for item in answer.evidence} - cited
    titles = list(candidates([info for info in assistant.documents() if info.id in found]))
    for row in zip_longest(about, titles):
        yield from (text for text in row if text is not None)


def _names(text: str) -> Iterator[str]:
    """Names in the midst of a sentence, each whole."""
    for match in _WHOLE_NAME.finditer(text):
        if set(tokens(match[0])) - _DATES - STOP:
            yield match[0]


def answerable(questions: Iterable[str], assistant: Assistant) -> tuple[str, ...]:
    """The first few questions for which a sentence is found that probably answers."""
    different = dict.fromkeys(islice(questions, _TRIED))
    return tuple(islice((q for q in different if answers(q, assistant)), MOST))


def answers(question: str, assistant: Assistant, documents: Sequence[str] | None = None) -> bool:
    """Whether a sentence is chosen that tells something; no model is asked."""
    try:
        found = assistant.evidence(question, documents=documents)
    except RagError:
        return False
    if not found:
        return False
    used = [e for e in found if e.used]
    best = max(used, key=lambda e: e.score, default=found[0])
    told = set(terms(best.quote)) - set(terms(question)) - set(terms(best.title))
    return best.used and best.score >= _LIKELY and len(told) >= _FRESH
