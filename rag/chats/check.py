"""A saved chat against the articles as they are now: which quotes still stand.

Owns the summary; what becomes of one quote is in `standing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from rag.chats.saved import SavedChat
from rag.chats.standing import Find, Standing, State, standings
from rag.chats.store import Turn
from rag.plain import to_json


@dataclass(frozen=True, slots=True)
class Check:
    """What became of a whole chat's quotes: of those of each turn, in the order of the turns."""

    saved: SavedChat
    standings: tuple[tuple[Standing, ...], ...]

    @property
    def turns(self) -> Iterator[tuple[int, Turn, tuple[Standing, ...]]]:
        """Each turn with its number, counted from 1, and what became of its quotes."""
        both = zip(self.saved.turns, self.standings, strict=True)
        for number, (turn, found) in enumerate(both, start=1):
            yield number, turn, found

    @property
    def counts(self) -> dict[State, int]:
        """How many quotes there are in each state, those with none left out."""
        counted = Counter(standing.state for standing in chain(*self.standings))
        return {state: counted[state] for state in State if counted[state]}

    @property
    def all_stand(self) -> bool:
        """Whether the articles still say every quote."""
        return all(standing.stands for standing in chain(*self.standings))


def check(saved: SavedChat, document_of: Find) -> Check:
    """Look up every quote of a saved chat."""
    found = standings([(turn.answer, turn.digests) for turn in saved.turns], document_of)
    return Check(saved, tuple(found))


def check_to_json(checked: Check) -> dict[str, Any]:
    """What a check found, for `json.dumps`."""
    return {
        "title": checked.saved.chat.title,
        "exported": to_json(checked.saved.exported),
        "all_stand": checked.all_stand,
        "counts": {state.value: number for state, number in checked.counts.items()},
        "turns": [
            {
                "number": number,
                "question": turn.question,
                "answered": turn.answer is not None and not turn.answer.refused,
                "quotes": [{**to_json(s), "words": s.words} for s in found],
            }
            for number, turn, found in checked.turns
        ],
    }
