"""Questions to suggest, from titles of articles and names found.

Knows titles and whether evidence is found for a question; nothing of how they are shown.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.languages import ENGLISH
from rag.listing import DocumentInfo
from rag.schema import Answer
from rag.words import STOP, terms, tokens

_LIKELY = 0.3
_FRESH = 3  # words that a sentence must add to the question to be worth showing
_LONGEST_TITLE = 80  # characters
_QUESTION = re.compile(
    r"(?:^|[.:;!?]\s+)((?:what|which|who|when|where|why|how|did|does|do|is|are|was|were|can|could"
    r"|will|should|has|have)\b[^.:;!?]*\?)",
    re.I,
)
_CAPITAL = r"[A-Z][\w-]*\w"
_NAME = re.compile(rf"(?<=\w\s){_CAPITAL}")
_WHOLE_NAME = re.compile(
    rf"(?<=[\w,]\s)(?:(?P<article>the|an|a)\s)?(?P<name>{_CAPITAL}(?:(?:\s(?:of|for))?\s{_CAPITAL})*)"
    r"(?P<after>[,;:)]|['’]s\b|[.?!](?:[\s”\"]|$)|\s|$)"
)
_DATES = {name.lower() for name in (*calendar.month_name, *calendar.day_name)}


def candidates(documents: Sequence[DocumentInfo]) -> Iterator[str]:
    """Questions from titles, the newest article's first: what it asks itself, or what it is about.

    In turns, so that there are some of both. Names that several titles share come last.

    >>> titles = ["The price of tea", "Did Nvidia gain?"]
    >>> for question in candidates([DocumentInfo(f"{t}.md", t, None, 9, 1) for t in titles]):
    ...     print(question)
    Did Nvidia gain?
    What is the article “The price of tea” about?
    """
    dated = sorted(documents, key=lambda d: -(d.date.toordinal() if d.date else 0))
    asking, about = [], []
    for info in dated:
        if match := _QUESTION.search(info.title):
            question = " ".join(match[1].split())
            asking.append(question[0].upper() + question[1:])
        elif _titled(info):
            about.append(f"What is the article “{info.title}” about?")
    for row in zip_longest(asking, about):
        yield from (text for text in row if text is not None)
    english = [info.title for info in dated if info.language in ("", ENGLISH)]
    names = Counter(name for title in english for name in set(_NAME.findall(title)))
    for name, count in names.most_common():
        if count > 1 and name.lower() not in STOP:
            yield f"What is known about {name}?"


def _titled(info: DocumentInfo) -> bool:
    """Whether an article has a title of its own that can be quoted in a question."""
    title = info.title
    short = len(title) <= _LONGEST_TITLE and not set(title) & set('“”"\n')
    word = title.isalpha() and title[:1] != title[:1].lower()  # and no file's name, as `scan_01` is
    return short and (word or len(title.split()) > 1)


def following(
    answer: Answer, assistant: Assistant, documents: Sequence[str] | None = None
) -> Iterator[str]:
    """Questions that lead on from an answer, the most telling first; the answer's own left out.

    In turns: names in what was found and not in the question, the articles found and not cited.
    With `documents` no other article is named.
    """
    question = set(terms(answer.question))
    infos = {i.id: i for i in assistant.documents() if documents is None or i.id in documents}
    english = {id_ for id_, info in infos.items() if info.language in ("", ENGLISH)}
    counts = Counter(
        name
        for quote in dict.fromkeys(e.quote for e in answer.evidence if e.document in english)
        for name in names_in(quote)
        if not question & set(terms(name))
    )
    about = [f"What is known about {name}?" for name, _ in counts.most_common()]
    cited = {citation.document for citation in answer.citations}
    found = {item.document for item in answer.evidence} - cited
    titles = list(candidates([info for id_, info in infos.items() if id_ in found]))
    for row in zip_longest(about, titles):
        yield from (text for text in row if text is not None)


def names_in(text: str) -> Iterator[str]:
    """Names in the midst of a sentence, each whole, that can stand where a noun stands.

    One word is taken only where it is no part of a longer noun, as "American" is of "American
    chips": no article stands before it, and a comma or an end after it.

    >>> [*names_in("Here the Trump administration met Ada Rehn and the Bank of Oslo, in Lund.")]
    ['Ada Rehn', 'the Bank of Oslo', 'Lund']
    """
    for match in _WHOLE_NAME.finditer(text):
        article, name, after = match.group("article", "name", "after")
        before = text[: match.start()].split()
        begun = before and before[-1].strip("“”\"'(‘")
        if begun and not article and begun[:1].isupper() and begun.lower() not in STOP:
            continue  # the name began before what could be matched
        single = len(name.split()) == 1
        if not set(tokens(name)) - _DATES - STOP or (single and (article or after.isspace())):
            continue
        yield f"the {name}" if article == "the" else name


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
