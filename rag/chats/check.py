"""A saved chat against the articles as they are now: which quotes still stand.

Owns the summary; what becomes of one quote is in `standing`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rag.chats.saved import SavedChat
from rag.chats.standing import Find, Standing, State, standings
from rag.plain import to_json
from rag.schema import Answer


@dataclass(frozen=True, slots=True)
class CheckedTurn:
    """One question with what became of each quote of its answer; its number counts from 1."""

    number: int
    question: str
    answer: Answer | None
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What became of a whole chat's quotes."""

    saved: SavedChat
    turns: tuple[CheckedTurn, ...]

    @property
    def counts(self) -> dict[State, int]:
        """How many quotes there are in each state, those with none left out."""
        counted = Counter(standing.state for turn in self.turns for standing in turn.standings)
        return {state: counted[state] for state in State if counted[state]}

    @property
    def all_stand(self) -> bool:
        """Whether the articles still say every quote."""
        return all(standing.stands for turn in self.turns for standing in turn.standings)


def check(saved: SavedChat, document_of: Find) -> Check:
    """Look up every quote of a saved chat."""
    answers = [(turn.answer, turn.digests) for turn in saved.turns if turn.answer is not None]
    found = iter(standings(answers, document_of))
    turns = tuple(
        CheckedTurn(number, turn.question, turn.answer, next(found) if turn.answer else ())
        for number, turn in enumerate(saved.turns, start=1)
    )
    return Check(saved, turns)


def check_to_json(checked: Check) -> dict[str, Any]:
    """What a check found, for `json.dumps`."""
    return {
        "title": checked.saved.chat.title,
        "exported": to_json(checked.saved.exported),
        "all_stand": checked.all_stand,
        "counts": {state.value: number for state, number in checked.counts.items()},
        "turns": [
            {
                "number": turn.number,
                "question": turn.question,
                "answered": turn.answer is not None and not turn.answer.refused,
                "quotes": [{**to_json(s), "words": s.words} for s in turn.standings],
            }
            for turn in checked.turns
        ],
    }
