"""What a model is shown of the evidence: numbered sentences under the names of their articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.models import LLM
from rag.schema import Evidence

_LONGEST = 600  # characters of one sentence that a model is shown


@dataclass(frozen=True, slots=True)
class Sheet:
    """Numbered evidence as text.

    Attributes:
        evidence: What is on it, in order.
        left_out: How many sentences did not fit.
    """

    evidence: tuple[Evidence, ...]
    left_out: int = 0

    @property
    def text(self) -> str:
        r"""The sentences, numbered from 1, those of an article under its title and date.

        >>> one = Evidence("a.md", "Geese", None, 0, 9, "They\nfly.", 0.9)
        >>> print(Sheet((one,)).text)
        From “Geese”:
        [1] They fly.
        """
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        document = None
        for number, one in enumerate(self.evidence, 1):
            if one.document != document:
                day = f" ({one.date.day} {one.date:%B %Y})" if one.date else ""
                yield f"From “{_line(one.title)}”{day}:"
                document = one.document
            yield f"[{number}] {_line(one.quote)}"

    @staticmethod
    def of(evidence: Sequence[Evidence], llm: LLM, room: int) -> Sheet:
        """As many sentences as fit in so many tokens; those at the end are left out first."""
        kept = list(evidence)
        while len(kept) > 1 and llm.count(Sheet(tuple(kept)).text) > room:
            kept.pop()
        return Sheet(tuple(kept), len(evidence) - len(kept))


def _line(text: str) -> str:
    """A text on one line; a long one ends at a cell of its row, or where a word does."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST:
        return line
    cell = line.rfind(" | ", 0, _LONGEST)
    return line[: cell if cell > 0 else line.rfind(" ", 0, _LONGEST)]
