"""Who says "I" in a mail: its sender, by whose name its sentences are read.

"I shall bring the scores." tells who brings them, and what Ruben brings, only where Ruben is read
for "I". What is quoted stays as it was written. Knows nothing of how sentences are scored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from rag.evidence.features import Question
from rag.schema import Evidence, Hit, Span
from rag.words import tokens

_FROM = re.compile(r"^From: +([^\n]+)", re.M)
_ABOVE = re.compile(r"(?:^|› )From: +([^;›]+)")  # a mail's head, over what stands further on
_SPEAKER = re.compile(r"\b(I|me|[Mm]y|myself|[Ww]e|us|[Oo]ur|ourselves)(?:['’](m|ve|ll|re|d))?\b")
_OWN, _GROUP = ("my", "our"), ("we", "us", "ourselves")
_VERBS = {"m": " is", "ve": " has", "ll": " will", "re": " are", "d": " would", None: ""}
_CITING = re.compile(r"[\"“”„«»]")  # where others are cited


@dataclass(frozen=True, slots=True)
class ReadText:
    """A passage as it is read: with its sender's name where they speak of themselves.

    Attributes:
        text: What is read.
        sentences: The passage's sentences as spans of it.
        named: The names that were put in, and the characters of the passage that they stand for.
    """

    text: str
    sentences: tuple[Span, ...]
    named: tuple[tuple[Span, Span], ...] = ()

    def source(self, words: Span) -> Span:
        """Where the passage has some words of the text."""
        return Span(self._source(words.start), self._source(words.end, ends=True))

    def _source(self, at: int, *, ends: bool = False) -> int:
        moved = 0
        for name, said in self.named:
            if name.start < at < name.end or at == (name.end if ends else name.start):
                return said.end if ends else said.start
            if name.end <= at:
                moved = said.end - name.end
        return at + moved


def as_read(question: Question, hits: Sequence[Hit]) -> list[ReadText]:
    r"""Passages as they are read; their senders are named where it is asked who or of one of them.

    >>> mail = "From: Nils Aker <nils@example.org>\n\nI'll bring my keys."
    >>> span = Span(36, len(mail))
    >>> hit = Hit("a.eml", "", None, 0, len(mail), mail, (span,), 1.0, 1.0, 1.0)
    >>> as_read(Question("What will Nils bring?", lambda _: 1.0), [hit])[0].text[36:]
    "Nils Aker will bring Nils Aker's keys."
    """
    asked = set(tokens(question.text))
    senders = (sender for hit in hits for sender in (*_FROM.findall(hit.text), *_above(hit)))
    named = any(not asked.isdisjoint(tokens(_name(sender))) for sender in senders)
    return [_retold(hit, named=named or question.asks_who) for hit in hits]


def _retold(hit: Hit, *, named: bool) -> ReadText:
    text, at, sentences = "", 0, []
    names: list[tuple[Span, Span]] = []
    for start, end in (Span(s.start - hit.start, s.end - hit.start) for s in hit.sentences):
        text += hit.text[at:start]
        first, at = len(text), start
        for said, name in _speakers(hit, start, end) if named else ():
            text += hit.text[at : said.start]
            names.append((Span(len(text), len(text) + len(name)), said))
            text, at = text + name, said.end
        text, at = text + hit.text[at:end], end
        sentences.append(Span(first, len(text)))
    return ReadText(text + hit.text[at:], tuple(sentences), tuple(names))


def with_sender(
    question: Question, used: Sequence[Evidence], reading: Sequence[Evidence]
) -> list[Evidence]:
    """The chosen sentences; where it is asked who and the first says "I", its sender behind it."""
    first = used[0]
    if not question.asks_who or not _SPEAKER.search(first.quote):
        return list(used)
    above = [e for e in reading if e.document == first.document and e.start < first.start]
    sender = [e for e in above if _FROM.match(e.quote)][-1:]
    return list(dict.fromkeys([first, *sender, *used[1:]]))


def _speakers(hit: Hit, start: int, end: int) -> Iterator[tuple[Span, str]]:
    """The words of a sentence by which a mail's sender speaks of themselves, and who that is."""
    sender = _sender(hit, start)
    if not sender or _CITING.search(hit.text, start, end):
        return
    for match in _SPEAKER.finditer(hit.text, start, end):
        word = match[1].lower()
        ending = "'s" if word in _OWN else " and others" if word in _GROUP else ""
        yield Span(*match.span()), f"{sender}{ending}{_VERBS[match[2]]}"


def _sender(hit: Hit, at: int) -> str:
    """Who sent the mail that has a character of a passage; "" where that is not told."""
    before = [match[1] for match in _FROM.finditer(hit.text, 0, at)][-1:]
    told = before or _above(hit)
    return _name(told[0]) if told else ""


def _above(hit: Hit) -> list[str]:
    """The sender where a passage further on in a mail has it above it."""
    return _ABOVE.findall(hit.context)


def _name(sender: str) -> str:
    name, address = parseaddr(sender) if "@" in sender else (sender.strip(), "")
    return name or " ".join(tokens(address.partition("@")[0]))
