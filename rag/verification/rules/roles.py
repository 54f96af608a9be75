"""Who did it and to whom: whether a claim turns its source's doers and done-tos round.

Two signs are looked for, both strong enough that a sentence told in another order has neither: a
verb whose two sides have changed places, and a claim that gives one clause's doings to the subject
of another. A passive counts as the active that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.verification.rules.clauses import CONTRAST, Word
from rag.verification.rules.lemmas import is_participle, is_past

_BE = frozenset("is are was were be been being".split())
_PRONOUNS = frozenset("them which it those these".split())
_TIES = frozenset("for from to into with by than against over without".split())
_LONGEST = 150  # words of a text that are looked at
_LEAST = 2  # words that a claim must share with a clause to be told from it


def turned(claim: Sequence[Word], source: Sequence[Word]) -> str | None:
    """What a claim turns round, in words.

    >>> from rag.verification.rules.clauses import words
    >>> turned(words("The man bit the dog."), words("In May the dog bit the man."))
    'It turns round who and whom: bit.'
    >>> turned(words("The man was bitten by the dog."), words("In May the dog bit the man."))
    >>> turned(words("It gave oil for gas."), words("It gave gas for oil."))
    'It turns round oil and gas: for.'
    >>> turned(words("Crews went to sea."), words("Dockers went to sea; crews did not."))
    'The cited sentence says that of dockers, not of crews.'
    """
    claim, source = claim[:_LONGEST], source[:_LONGEST]
    there = list(_verbs(source))
    for word, doers, others in _verbs(claim):
        for same, real_doers, real_others in there:
            if same.root != word.root:
                continue
            if (doers - real_doers) & real_others and (others - real_others) & real_doers:
                return f"It turns round who and whom: {word.word}."
    reversed_ = _tied(claim) & {(b, tie, a) for a, tie, b in _tied(source)} - _tied(source)
    for one, tie, other in sorted(reversed_):
        return f"It turns round {one} and {other}: {tie}."
    return _given_away(claim, source)


def _tied(words: Sequence[Word]) -> set[tuple[str, str, str]]:
    """Neighbours with a word between them that says which is which ("cuts for rises")."""
    found, before, tie = set(), "", ""
    for word in words:
        if word.word in _TIES:
            tie = word.word
        elif word.content:
            if before and tie:
                found.add((before, tie, word.root))
            before, tie = word.root, ""
    return found


def _verbs(words: Sequence[Word]) -> Iterator[tuple[Word, set[str], set[str]]]:
    """The verbs of a text, with what stands on the doer's side of each and on the other's."""
    for i, word in enumerate(words):
        if not word.content or word.capital or not _is_verb(words, i):
            continue
        before = {w.root for w in words[_start(words, i) : i] if w.content}
        after = {w.root for w in words[i + 1 :] if w.clause == word.clause and w.content}
        passive = _passive(words, i)
        if passive is None:
            continue
        yield (word, after, before) if passive else (word, before, after)


def _start(words: Sequence[Word], i: int) -> int:
    """Where the words before a verb start: with its clause, or behind an "and" ("and sold it")."""
    for j in range(i - 1, -1, -1):
        if words[j].clause != words[i].clause or words[j].word in ("and", "or"):
            return j + 1
    return 0


def _is_verb(words: Sequence[Word], i: int) -> bool:
    word = words[i].word
    going = word.endswith("ing") and any(w.word in _BE for w in words[max(0, i - 2) : i])
    return is_participle(word) or is_past(word) or going


def _passive(words: Sequence[Word], i: int) -> bool | None:
    """Whether a verb is passive; `None` where that cannot be told."""
    if not is_participle(words[i].word):
        return False
    if any(w.word in _BE for w in words[max(0, i - 3) : i]):
        return True
    following = [w.word for w in words[i + 1 :] if w.clause == words[i].clause]
    if following[:1] == ["by"]:
        return True
    start = next((j + 1 for j in range(i - 1, -1, -1) if words[j].part != words[i].part), 0)
    loose = is_participle(words[start].word) or words[i - 1].word in _PRONOUNS  # ", sold to Ann"
    return None if loose or "by" in following else False


def _given_away(claim: Sequence[Word], source: Sequence[Word]) -> str | None:
    """A subject of another clause that a claim puts before the words of one clause."""
    said = [w for w in claim if w.content and w.clause == claim[0].clause]
    known = {w.root for w in said}
    clauses: dict[int, list[Word]] = {}
    for word in source:
        if word.content and not word.aside and word.word not in CONTRAST:
            clauses.setdefault(word.clause, []).append(word)
    roots = {number: {w.root for w in clause} for number, clause in clauses.items()}
    if any(known <= here for here in roots.values()):
        return None
    for number, clause in clauses.items():
        here = roots[number]
        subject = said[: next((i for i, w in enumerate(said) if w.root in here), len(said))]
        told = {w.root for w in said[len(subject) :]}
        if not subject or len(told) < _LEAST or not told <= here:
            continue
        if any(is_participle(w.word) or is_past(w.word) for w in subject):
            continue  # it says something of its own of them
        elsewhere = any({w.root for w in subject} <= other for other in roots.values())
        if elsewhere and clause[0].root not in known:
            return f"The cited sentence says that of {clause[0].word}, not of {said[0].word}."
    return None
