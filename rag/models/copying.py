"""Which words of a sentence a model may write next, where it may only copy it and end early.

Sentence compression by deletion (Filippova and others 2015, https://aclanthology.org/D15-1042)
with a language model's next-token scores, confined to what reads as a whole sentence: it may end
where a clause does, and leave out what stands in brackets. Knows nothing of prompts and of the
model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rag.schema import Span
from rag.words import STOP

START = -1  # the place before the first piece
_CLOSES = {")": "(", "]": "[", "”": "“", '"': '"'}
_CUT = re.compile(r"\s?[\w’'-]+|\s?[^\w\s]|\s")
_PAIRED = re.compile(r"[()\[\]“”\"]")
_MARK = re.compile(r"[,;:–—-]+")
# What follows is part of what was said: "would open | provided that", "A | or B", "A | , he said".
_BELONGS = re.compile(
    r"[\s,;:–—-]{0,4}(?:if|unless|provided|until|except|only|when|than|or|as|but|nor|without)\b"
    r"|\s+(?:that|which|who|whom|whose|where)\b"
    r"|\W{1,4}(?!and\b)(?:[\w’'.,-]+\s+){0,7}(?:said|says?|told|according|report\w*|alleged\w*|claim\w*|argue\w*"
    r"|believe\w*|thinks?|wrote|writes|warn\w*|announced|estimate\w*|expect\w*|suggest\w*)\b",
    re.I,
)
_ASIDE = re.compile(  # what is said beside the sentence; a verb in it is not the sentence's
    r",\s(?:who|which|whose|whom|where|an?|the|one|\w+ed|\w+ing)\b[^,]*(?:,|$)", re.I
)
_LEADS = re.compile(  # opens what leads up to the sentence, as far as its comma
    r"\W*(?:(?:both|only|even|just|not|shortly|soon|immediately) )?(?:in|on|at|by|under|over|during"
    r"|with|without|within|from|to|for|of|since|until|till|after|before|between|among|through"
    r"|despite|following|according|instead|because|due|when|while|whereas|where|although|though"
    r"|if|unless|as|like|unlike|besides|given|having|being)\b",
    re.I,
)
_VERBS = (
    r"(?:is|are|was|were|be|has|have|had|do|does|did|will|would|can|could|(?-i:may)|might|must"
    r"|shall|should|became|began|bought|broke|brought|built|came|chose|cost|cut|drew|fell|felt|fled"
    r"|fought|found|gave|got|grew|held|hit|kept|knew|lay|led|left|lost|made|met|paid|put|ran|rose"
    r"|said|says|sang|sat|saw|sent|set|shot|shut|sold|spent|spoke|stood|struck|took|taught|told"
    r"|went|won|wore|wrote|\w{2,}ed)\b"
)
_VERB = re.compile(rf"(?<=[\w,)”\"] ){_VERBS}(?! by\b)", re.I)  # "led by" says nothing yet
# A clause ends: before a mark, but none between two items of a list, or before "and" with a verb.
_BREAKS = re.compile(
    r"\s*[;–—]|,(?!\s+(?:[\w’'-]+\s+){0,3}[\w’'-]+(?:,|\s+(?:and|or)\b))"
    rf"|\s+and\s+(?:\w+ly\s+)?{_VERBS}",
    re.I,
)
# "It ended in 1760 when, despite the loss": what the comma interrupts does not go on.
_DANGLES = re.compile(
    r"\b(?:when|that|which|who|whom|whose|where|and|but|or|because|if|as|while)\b,\s[^,]*$", re.I
)


@dataclass(frozen=True, slots=True)
class Copying:
    """A sentence that may be copied in part.

    Attributes:
        text: One sentence, on one line, without what ends it.
        keep: The part of it that must be kept, if any.
    """

    text: str
    keep: Span | None = None


class Pieces:
    """The places that may follow each other, over a sentence cut into a model's tokens.

    Args:
        pieces: The text of each token; together they are the text of `copying`.
        copying: What is copied.

    >>> text = "Rollo (a Dane) led ships, which sank"
    >>> cut = ["Rollo", " (", "a", " Dane", ")", " led", " ships", ",", " which", " sank"]
    >>> pieces = Pieces(cut, Copying(text))
    >>> [pieces.pieces[place] for place in pieces.after(0)]
    [' (', ' led']
    >>> pieces.may_end([0, 5]), pieces.may_end([0, 5, 6])
    (False, True)
    """

    def __init__(self, pieces: Sequence[str], copying: Copying) -> None:
        self.pieces = list(pieces)
        self._opens = [i == 0 or piece[:1].isspace() for i, piece in enumerate(self.pieces)]
        self._depths = list(_depths(self.pieces))
        self._first, self._last = self._kept(copying.keep) if copying.keep else (None, START)

    def _kept(self, keep: Span) -> tuple[int | None, int]:
        """The first and the last place of the words that hold a part of the text."""
        ends = list(accumulate(map(len, self.pieces)))
        inside = [
            i
            for i, end in enumerate(ends)
            if keep.start < end and end - len(self.pieces[i].lstrip()) < keep.end
        ]
        if not inside:
            return None, START
        first, last = inside[0], inside[-1]
        while not self._opens[first]:
            first -= 1
        while not self._ends_word(last):
            last += 1
        return first, last

    def after(self, place: int) -> Iterator[int]:
        """The places that may follow one: the next, and the one behind a bracket that opens."""
        following = place + 1
        if following >= len(self.pieces):
            return
        yield following
        if place == START or self._depths[place] or "(" not in self.pieces[following]:
            return
        behind = next((i for i in range(following, len(self.pieces)) if not self._depths[i]), None)
        if behind is None or behind + 1 >= len(self.pieces):
            return
        if self._first is None or behind < self._first or self._last < following:
            yield behind + 1

    def may_end(self, path: Sequence[int]) -> bool:
        """Whether the text may end behind the places taken so far: a whole sentence, by its looks.

        Not where a condition or an alternative follows, which belongs to what was said.
        """
        place = path[-1] if path else START
        if place == len(self.pieces) - 1:
            return True
        if place == START or place < self._last or self._depths[place]:
            return False
        rest = "".join(self.pieces[place + 1 :])
        if not _BREAKS.match(rest) or _BELONGS.match(rest) or self._word(place) in STOP:
            return False
        text = "".join(self.pieces[i] for i in path).strip()
        main = _ASIDE.sub("", text.partition(", ")[2] if _LEADS.match(text) else text)
        return bool(_VERB.search(main)) and not _DANGLES.search(text)

    def _ends_word(self, place: int) -> bool:
        """Whether a word ends at a place; a comma behind it is none of it."""
        following = place + 1
        while following < len(self.pieces) and _MARK.fullmatch(self.pieces[following]):
            following += 1
        return following == len(self.pieces) or self._opens[following]

    def _word(self, place: int) -> str:
        """The word that ends at a place."""
        first = place
        while not self._opens[first]:
            first -= 1
        return "".join(self.pieces[first : place + 1]).strip(" ,;:\"'“”’().")


def may_be_shorter(copying: Copying) -> bool:
    """Whether there is a bracket to leave out or a place before the last one to end at.

    >>> may_be_shorter(Copying("It opened in May, which was late"))
    True
    >>> may_be_shorter(Copying("It opened in May if it did"))
    False
    """
    over = Pieces(_CUT.findall(copying.text), copying)
    ends = range(1, len(over.pieces))
    return "(" in copying.text or any(over.may_end(range(end)) for end in ends)


def balanced(text: str) -> bool:
    """Whether every quotation and bracket of a text is closed.

    >>> balanced('He said "no" (twice).'), balanced('He said "no.')
    (True, False)
    """
    depths = list(_depths([text]))
    return not depths[-1]


def _depths(pieces: Sequence[str]) -> Iterator[int]:
    """In how many quotations and brackets the text is behind each piece."""
    open_: list[str] = []
    for piece in pieces:
        for mark in _PAIRED.findall(piece):
            if open_ and open_[-1] == _CLOSES.get(mark):
                open_.pop()
            else:
                open_.append(mark)
        yield len(open_)
