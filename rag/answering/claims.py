"""From the sentences of an answer to its claims: the model's where they hold, else the sources'.

Owns which claims stand, what each cites and in which order they are numbered. Knows nothing of
how sentences were found, of refusals or of times.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from rag.answering.compose import (
    FULLER,
    compose,
    shortened,
    split_claims,
    split_marker,
    unmarked,
)
from rag.answering.features import Question
from rag.answering.verify import strays, verify
from rag.events import ClaimRejected, Draft
from rag.models import LLM, may_be_shorter
from rag.schema import Citation, Claim, Evidence, Origin, Verdict
from rag.words import terms, tokens

SHORT = 20  # words of a sentence that is given as it is
_SHORTER = 0.8  # share of the sentence's words that a claim may have to stand in its place
_VERBATIM = Verdict(True, "The source's own sentence.", 1.0)

Group = tuple[Evidence, ...]
Event = Claim | Draft | ClaimRejected


@dataclass(slots=True)
class Claims:
    """Makes the claims of one answer, and numbers what they cite in order of use.

    Args:
        query: The standalone question.
        weight: Inverse document frequency of a stem.
    """

    query: str
    weight: Callable[[str], float]
    numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def verbatim(self, groups: Iterable[Group]) -> Iterator[Claim]:
        """The sources' own sentences; those that prove the same are cited together."""
        for group in groups:
            yield Claim(unmarked(group[0].quote), self._cite(group), _VERBATIM, Origin.VERBATIM)

    def direct(self, groups: Sequence[Group], llm: LLM | None) -> Iterator[Event]:
        """One short claim about the best sentence where it holds; the others as they are.

        A short sentence is the shortest claim there is, so no model is asked to shorten it.
        """
        best = groups[0]
        composed = (
            llm is not None
            and len(tokens(best[0].quote)) > SHORT
            and (yield from self._composed(best, llm))
        )
        yield from self.verbatim(groups[1:] if composed else groups)

    def fuller(self, groups: Sequence[Group], llm: LLM) -> Iterator[Event]:
        """The model's claims, each with what it cites; one that fails gives way to its sentences.

        What no claim stands for in the end is given as it is, so that nothing found is lost.
        """
        left = list(groups)
        said: set[str] = set()
        draft, done = "", 0
        with closing(compose(self.query, [group[0] for group in groups], llm)) as pieces:
            for piece in pieces:
                draft += piece.text
                yield piece
                whole = list(split_claims(draft))[:-1]  # the last may go on with markers
                yield from self._fuller(whole[done:], groups, left, said)
                done = max(done, len(whole))
        yield from self._fuller(list(split_claims(draft))[done:], groups, left, said)
        yield from self.verbatim(left)

    def _fuller(
        self,
        drafted: Iterable[tuple[str, tuple[int, ...]]],
        groups: Sequence[Group],
        left: list[Group],
        said: set[str],
    ) -> Iterator[Event]:
        """The claims that are whole, checked; `left` loses the groups that are told."""
        for text, numbers in drafted:
            cited = [groups[n - 1] for n in numbers if 1 <= n <= len(groups)]
            if text in said or not cited:
                continue
            said.add(text)
            verdict = verify(
                text, [g[0].quote for g in cited], weight=self.weight, asked=self.query
            )
            if verdict.supported and (why := self._repeats(text)):
                verdict = Verdict(False, why, verdict.coverage)
            if verdict.supported:
                proof = [e for group in cited for e in self._proving(text, group, len(cited) > 1)]
                yield Claim(text, self._cite(proof), verdict, Origin.COMPOSED)
            else:
                yield ClaimRejected(Claim(text, (), verdict, Origin.COMPOSED))
                yield from self.verbatim([group for group in cited if group in left])
            left[:] = [group for group in left if group not in cited]

    def _composed(self, group: Group, llm: LLM) -> Generator[Event, None, bool]:
        """The model's claim about the best sentence, or its rejection; whether it stands.

        A small model may only shorten the sentence, and only where the reader knows the few words
        that answer: else nobody could say what must stay. A draft is given up at its first word
        that cannot stand, so that the sentence need not wait.
        """
        draft, verdict, copying = "", None, None
        if llm.context < FULLER:
            copying = shortened(group[0])
            if copying is None or not may_be_shorter(copying):
                return False
        with closing(compose(self.query, group[:1], llm, copying=copying)) as pieces:
            for piece in pieces:
                draft += piece.text
                yield piece
                if verdict := strays(draft, group[0].quote, asked=self.query):
                    break
        text = f"{unmarked(draft).strip()} …" if verdict else split_marker(draft)
        if len(text.split()) > _SHORTER * len(group[0].quote.split()):
            return False  # nothing is gained by it
        verdict = verdict or self._judge(text, group[0])
        if verdict.supported:
            proof = self._proving(text, group, False)
            yield Claim(text, self._cite(proof), verdict, Origin.COMPOSED)
        elif text:
            yield ClaimRejected(Claim(text, (), verdict, Origin.COMPOSED))
        return verdict.supported

    def _proving(self, text: str, group: Group, jointly: bool) -> Sequence[Evidence]:
        """The sentences of a group that prove a claim: the first, and others that do so alone."""
        if jointly:
            return group[:1]
        others = [
            e
            for e in group[1:]
            if verify(text, [e.quote], weight=self.weight, asked=self.query).supported
        ]
        return (group[0], *others)

    def _judge(self, text: str, source: Evidence) -> Verdict:
        """Whether the sentence proves the text, and the text says what was asked for."""
        verdict = verify(text, [source.quote], weight=self.weight, asked=self.query)
        if verdict.supported and (why := self._repeats(text) or self._loses(text, source)):
            return Verdict(False, why, verdict.coverage)
        return verdict

    def _repeats(self, text: str) -> str | None:
        asked = Question(self.query, self.weight)
        if asked.decides or set(terms(text)) - set(asked.stems):
            return None
        return "It only repeats the question."

    def _loses(self, text: str, source: Evidence) -> str | None:
        wanted = Question(self.query, self.weight).wanted
        if wanted and wanted.search(source.quote) and not wanted.search(text):
            return "It leaves out what was asked for."
        return None

    def _cite(self, evidence: Iterable[Evidence]) -> tuple[Citation, ...]:
        return tuple(
            Citation(
                number=self.numbers.setdefault((e.document, e.start, e.end), len(self.numbers) + 1),
                document=e.document,
                title=e.title,
                start=e.start,
                end=e.end,
                quote=e.quote,
                date=e.date,
                page=e.page,
                place=e.place,
                words=e.words,
            )
            for e in evidence
        )


def claims(
    query: str,
    groups: Sequence[Group],
    llm: LLM | None,
    *,
    short: bool,
    weight: Callable[[str], float],
) -> Iterator[Event]:
    """The claims of an answer with what comes on the way to them.

    Args:
        query: The standalone question.
        groups: The sentences for each claim, in order; those of a group prove the same.
        llm: The model, or none.
        short: Whether one direct claim is wanted of a small model, rather than every sentence.
        weight: Inverse document frequency of a stem.
    """
    making = Claims(query, weight)
    if llm is not None and llm.context >= FULLER and len(groups) > 1:
        yield from making.fuller(groups, llm)
    elif short:
        yield from making.direct(groups, llm)
    else:
        yield from making.verbatim(groups)
