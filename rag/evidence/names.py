"""Names of a question that nothing found holds: misspelt ones, and ones that the articles lack.

A name is a word with a capital or a digit. One that stands in no passage at all is compared with
the names found: where one is nearly the same, it is read as that one, and told; else nothing here
answers of it. Nor does what stands in an article of which nothing found names one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from rag.query import Query
from rag.schema import Evidence, Hit
from rag.values.names import initials, is_short_for
from rag.values.states import is_named
from rag.words import STOP, stem, tokens

_NEAR = 0.8  # likeness of two spellings (Ratcliff and Obershelp 1988), 0..1
_NEARER = 0.9  # of a word that is no name by its capital
_SURE = 0.5  # chance of answering above which a sentence may say a name in full
_LIKE_A_PART = 0.6  # of a further word of a name
_SHORTEST = 4  # letters of a name that can be misspelt
_WORD = re.compile(r"[^\W_]+(?:['’-](?!s\b)[^\W_]+|[.,]\d+)*")  # without the s of whose it is
_NUMBER = re.compile(r"(?<![\w.,])\d+(?![\w]|[.,]\d)")
_CALLED = re.compile(  # by one number, and by no range or list of them
    r"(?<!\w)([^\W\d_]{3,}) (\d{1,4})(?![\w%]|[.,]\d|,? (?:and|to|or) \d|, \d| ?[–-] ?\d)"
)
_STARTS = re.compile(r"(?:^|[.!?:]\s)[\s\"'“‘(]*$")


def missing_name(
    query: Query, used: Sequence[Evidence], hits: Sequence[Hit], weight: Callable[[str], float]
) -> str:
    """The first name of a question that stands nowhere in the articles; "" where there is none.

    A word that no passage has gets the highest weight there is. What is short for words of a
    sentence that surely answers is none: a CEO is a chief executive.
    """
    if query.when or query.period or query.note or query.foreign:
        return ""  # days are looked for as days; other languages write nouns with a capital
    held = _held(hits)
    unknown = weight("\0")
    for name in _strict(query.standalone, hits):
        stems = [stem(part) for part in tokens(name) if part not in STOP]
        nowhere = stems and all(weight(s) >= unknown for s in stems) and held.isdisjoint(stems)
        if nowhere and not _in_full(name, used):
            return name
    if part := _strange_part(query.standalone, hits, weight):
        return part
    small = query.standalone.lower() == query.standalone  # typed without capitals
    strange = (w for w in _WORD.findall(query.standalone) if small and weight(stem(w)) >= unknown)
    return next((word for word in strange if spelt_like(word, hits, near=_NEARER)), "")


def _strange_part(question: str, hits: Sequence[Hit], weight: Callable[[str], float]) -> str:
    """A word without a capital that no passage has, right behind a name, and like a part of it.

    "Lunda zouth" is not Lunda, where there is a Lunda South.
    """
    for name in names_in(question):
        behind = re.search(rf"(?<!\w){re.escape(name)} ([^\W\d_]+)", question)
        if behind is None or not behind[1].islower() or weight(stem(behind[1])) < weight("\0"):
            continue
        parts = re.compile(rf"(?<!\w){re.escape(name)} ([^\W\d_]+)")
        found = {part.lower() for hit in hits for part in parts.findall(hit.text) if part.istitle()}
        if get_close_matches(behind[1], found, n=1, cutoff=_LIKE_A_PART):
            return behind[1]
    return ""


def unnamed(query: Query, used: Sequence[Evidence], hits: Sequence[Hit]) -> str:
    """The first name of a question that no passage found of an article in use holds; or "".

    Figures count for nothing here, since they are written in many ways, and a name may stand for
    its initials or the other way about.
    """
    if query.when or query.period or query.note or query.foreign:
        return ""
    articles = {one.document for one in used}
    around = [hit for hit in hits if hit.document in articles]
    held = _held(around)
    short = {name.casefold() for hit in around for name in initials(f"{hit.above} {hit.text}")}
    if not held.isdisjoint(name.casefold() for name in initials(query.standalone)):
        return ""
    for name in _runs(query.standalone):
        if _otherwise_called(name, around):
            continue
        parts = [part for part in tokens(name) if part not in STOP]
        figure = any(map(str.isdigit, name))
        absent = held.isdisjoint(map(stem, parts)) and short.isdisjoint(parts)
        if parts and not figure and absent and not _in_full(name, used):
            return name
    return ""


def _in_full(name: str, used: Sequence[Evidence]) -> bool:
    return any(one.score > _SURE and is_short_for(name, one.quote) for one in used)


def another_number(question: str, used: Sequence[Evidence], hits: Sequence[Hit]) -> str:
    """A thing of a question called by its number, where what is used has others of it; or "".

    "Plot 17 goes to the Petrovs." tells nothing of plot 18.
    """
    text = "\n".join(hit.text + hit.above for hit in hits if any(map(hit.holds, used)))
    told = set(_NUMBER.findall(text))
    said = [{(stem(what.lower()), n) for what, n in _CALLED.findall(one.quote)} for one in used]
    for what, number in _CALLED.findall(question):
        if what.lower() in STOP or number in told:
            continue
        if said and all({w for w, _ in some} & {stem(what.lower())} for some in said):
            return f"{what} {number}"
    return ""


def naming(name: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The passages that have all words of a name, in themselves or in what tells of what they are.

    >>> naming("Ada Holm", [])
    ()
    """
    parts = {stem(part) for part in tokens(name) if part not in STOP}
    return tuple(hit for hit in hits if parts <= _held([hit]))


def _strict(question: str, hits: Sequence[Hit]) -> list[str]:
    """The names of a question, without those of states of which the passages speak."""
    states = (run for run in _runs(question) if _otherwise_called(run, hits))
    there = {part for run in states for part in run.split()}
    return [name for name in names_in(question) if name not in there]


def _otherwise_called(name: str, hits: Sequence[Hit]) -> bool:
    """Whether passages speak of a state under any of its names: of Washington as of the U.S."""
    return any(is_named(name, f"{hit.above}\n{hit.text}") for hit in hits)


def _runs(question: str) -> list[str]:
    """The names of a question, those that follow one another as one: a title and a name."""
    runs: list[str] = []
    for name in names_in(question):
        whole = f"{runs[-1]} {name}" if runs else ""
        if whole and whole in question:
            runs[-1] = whole
        else:
            runs.append(name)
    return runs


def spelt_like(name: str, hits: Sequence[Hit], *, near: float = _NEAR) -> str:
    """The name among what was found that is spelt nearly like this one; "" where none is.

    >>> spelt_like("Nvidai", [])
    ''
    """
    if len(name) < _SHORTEST or any(c.isdigit() for c in name):
        return ""  # of figures one letter makes another thing
    found: dict[str, str] = {}
    for hit in hits:
        for text in (hit.title, hit.text):
            for match in _WORD.finditer(text):
                if match[0][:1].isupper() and match[0].lower() not in STOP:
                    found.setdefault(match[0].lower(), match[0])
    like = get_close_matches(name.lower(), found, n=1, cutoff=near)
    return found[like[0]] if like else ""


def _held(hits: Sequence[Hit]) -> set[str]:
    """The stems of all that tells what a passage is of: its text, title and path."""
    return {stem(word) for hit in hits for word in tokens(f"{hit.above} {hit.document} {hit.text}")}


def names_in(question: str) -> list[str]:
    """Words with a capital, but for the first of a sentence, and words with a digit."""
    shouted = question.upper() == question
    return [
        match[0]
        for match in _WORD.finditer(question)
        if any(c.isdigit() for c in match[0])
        or (match[0][0].isupper() and not shouted and not _STARTS.search(question[: match.start()]))
    ]
