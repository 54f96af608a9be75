"""What a model is shown of the evidence: sentences under the names of their articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

from rag.models import LLM
from rag.schema import Evidence

LETTERS = ascii_uppercase + ascii_lowercase  # by which a model points at the sentences of a sheet
_LONGEST = 600  # characters of one sentence that a model is shown
_GAP = 2  # characters between sentences that stand side by side


@dataclass(frozen=True, slots=True)
class Sheet:
    """Evidence as text.

    Attributes:
        evidence: What is on it, in order.
        left_out: How many sentences did not fit.
    """

    evidence: tuple[Evidence, ...]
    left_out: int = 0

    @property
    def text(self) -> str:
        r"""The sentences, under title, heading and date; a new line where some are left out.

        >>> one = Evidence("a.md", "Geese", None, 0, 9, "They\nfly.", 0.9)
        >>> print(Sheet((one,)).text)
        From “Geese”:
        They fly.
        """
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        before = None
        line: list[str] = []
        for one in self.evidence:
            here = before is not None and _place(before) == _place(one)
            if before is None or not (here and 0 <= one.start - before.end <= _GAP):
                yield from [" ".join(line)] if line else []
                line = []
            if not here:
                under = f", {_line(one.place)}" if one.place else ""
                yield f"From “{_line(one.title)}”{under}{_day(one)}:"
            line.append(_line(one.quote))
            before = one
        yield from [" ".join(line)] if line else []

    def told(self, *, lettered: bool) -> str:
        """The text for a model that was taught to point, or for another."""
        return self.lettered if lettered else self.text

    @property
    def lettered(self) -> str:
        r"""The first sentences, each on a line of its own behind its letter.

        >>> one = Evidence("a.md", "Geese", None, 0, 9, "They\nfly.", 0.9)
        >>> print(Sheet((one,)).lettered)
        From “Geese”:
        A: They fly.
        """
        lines: list[str] = []
        before = None
        for letter, one in zip(LETTERS, self.evidence, strict=False):
            if before is None or before.document != one.document:
                lines += ["", f"From “{_line(one.title)}”{_day(one)}:"]
            if one.place and (before is None or _place(before) != _place(one)):
                lines.append(f"{_line(one.place)}:")
            lines.append(f"{letter}: {_line(one.quote)}")
            before = one
        return "\n".join(lines[1:])

    @staticmethod
    def of(evidence: Sequence[Evidence], llm: LLM, room: int, *, lettered: bool = False) -> Sheet:
        """As many sentences as fit in so many tokens; those at the end are left out first."""
        kept = list(evidence)
        while len(kept) > 1 and llm.count(Sheet(tuple(kept)).told(lettered=lettered)) > room:
            kept.pop()
        return Sheet(tuple(kept), len(evidence) - len(kept))


def _place(one: Evidence) -> tuple[str, str]:
    return one.document, one.place


def _day(one: Evidence) -> str:
    return f" ({one.date.day} {one.date:%B %Y})" if one.date else ""


def _line(text: str) -> str:
    """A text on one line; a long one ends at a cell of its row, or where a word does."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST:
        return line
    cell = line.rfind(" | ", 0, _LONGEST)
    return line[: cell if cell > 0 else line.rfind(" ", 0, _LONGEST)]
