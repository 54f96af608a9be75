"""Words that turn a sentence round although most of its words stay: opposites and scope.

Each check says in words what conflicts between a claim and its source. They err on the side of
a conflict, since the source's own sentence then takes the claim's place. Knows nothing of
figures and names, and nothing of where a word stands; see `bends` and `places` for that.
"""

from __future__ import annotations

from rag.words import STOP, stem, tokens

_UP = """rise rises rose risen rising increase increases increased grow grows grew grown gain gains
    gained climb climbs climbed jump jumps jumped surge surged soar soared raise raised higher more
    expand expanded strengthen strengthened improve improved"""
_DOWN = """fall falls fell fallen falling decrease decreases decreased decline declines declined
    drop drops dropped shrink shrank shrunk lose loses lost plunge plunged slide slid sink sank cut
    lower lowered reduce reduced less fewer contract contracted weaken weakened worsen worsened"""
_YES = """accept accepted approve approved allow allowed permit permitted support supported agree
    agreed confirm confirmed back backed"""
_NO = """reject rejected refuse refused ban banned forbid forbade prohibit prohibited oppose opposed
    block blocked deny denied disagree disagreed bar barred dismiss dismissed"""
_GO = """open opens opened start starts started begin begins began launch launched resume resumed
    continue continued"""
_HALT = """close closes closed end ends ended stop stops stopped finish finished halt halted suspend
    suspended pause paused"""
OPPOSITES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        (_UP, _DOWN),
        (_YES, _NO),
        (_GO, _HALT),
        ("buy buys bought purchase purchased", "sell sells sold"),
        ("win wins won succeed succeeded", "lose loses lost fail failed"),
        ("import imports imported", "export exports exported"),
        ("legal lawful", "illegal unlawful"),
        ("likely", "unlikely"),
        ("possible able", "impossible unable"),
        ("high highest", "low lowest"),
        ("large larger largest big bigger biggest", "small smaller smallest"),
        ("early earlier earliest", "late later latest"),
        ("older oldest", "younger youngest newer newest"),
        ("first", "last final"),
        ("north northern", "south southern"),
        ("east eastern", "west western"),
        ("left", "right"),
        ("man men male he", "woman women female she"),
        ("join joined enter entered arrive arrived", "leave left exit departed withdrew"),
        ("add added include included", "remove removed exclude excluded"),
        ("hire hired appoint appointed", "fire fired dismiss dismissed"),
        ("minimum least", "maximum most"),
        ("majority", "minority"),
        ("public", "private"),
        ("profit profits", "loss losses"),
        ("guilty", "innocent acquitted"),
        ("safe", "unsafe dangerous"),
        ("domestic", "foreign"),
        ("best better", "worst worse"),
        ("cheap cheaper", "expensive dearer"),
        ("faster fast", "slower slow"),
    )
)
_EXACT = tuple(
    frozenset(group.split())
    for group in (
        "all every each",
        "only solely just merely",
        "always",
        "never",
        "most",
        "many",
        "few",
        "some several",
        "both",
        "either",
        "half",
        "third thirds",
        "quarter quarters",
        "double doubled twice",
        "triple tripled thrice",
        "dozen dozens",
        "hundreds",
        "thousands",
        "millions",
        "billions",
        "trillions",
        "first",
        "second",
        "last",
        "next",
        "previous",
        "more exceed exceeds exceeded",
        "less fewer",
        "before",
        "after",
        "until till",
        "since",
        "up",
        "down",
        "entire whole",
        "between",
        "except",
        "unless",
        "if",
        "against",
        "instead",
        "because",
        "mainly mostly",
        "partly partially",
        "almost nearly",
    )
)
_JOINS = frozenset("and or but nor while whereas".split())


def conflict(claim: str, source: str) -> str | None:
    """The first conflict between a claim and its source, in words; `None` where there is none.

    >>> conflict("Exports rose in May.", "Exports fell in May.")
    'It says rose where the cited sentence says fell.'
    >>> conflict("All exports fell.", "Most exports fell.")
    'The cited sentence does not say: all.'
    >>> conflict("They train on Ascend chips.", "They use Nvidia to train and Ascend to run chips.")
    'It runs train and ascend together, which the cited sentence keeps apart.'
    """
    said, held = tokens(claim), tokens(source)
    if opposite := _opposite(said, set(held)):
        return "It says {} where the cited sentence says {}.".format(*opposite)
    for group in _EXACT:
        if (used := [word for word in said if word in group]) and group.isdisjoint(held):
            return f"The cited sentence does not say: {used[0]}."
    if favoured := _favoured(said, held):
        return f"It is for {favoured} where the cited sentence is against."
    if fused := sorted(_pairs(said, joined=False) & _apart(held)):
        return "It runs {} and {} together, which the cited sentence keeps apart.".format(*fused[0])
    return None


def _favoured(said: list[str], held: list[str]) -> str | None:
    """What a claim is "for" and its source "against"."""
    against = _objects(held, "against") - _objects(held, "for")
    return next(iter(sorted(against & _objects(said, "for"))), None)


def _objects(words: list[str], tie: str) -> set[str]:
    """The first content words behind each place where a word stands."""
    return {
        next((w for w in words[i + 1 : i + 4] if w not in STOP), "")
        for i, word in enumerate(words)
        if word == tie
    } - {""}


def _apart(words: list[str]) -> set[tuple[str, str]]:
    """The neighbours that only ever have an "and" or the like between them."""
    return _pairs(words, joined=True) - _pairs(words, joined=False)


def _pairs(words: list[str], *, joined: bool) -> set[tuple[str, str]]:
    """Neighbours among the content words, with or without an "and" between them."""
    found, before, join = set(), "", False
    for word in words:
        if word in _JOINS:
            join = True
        elif word not in STOP and not word[0].isdigit():
            if before and join == joined:
                found.add((before, stem(word)))
            before, join = stem(word), False
    return found


def _opposite(said: list[str], held: set[str]) -> tuple[str, str] | None:
    """A word of the claim that the source lacks, and its opposite in the source."""
    for one, other in (*OPPOSITES, *((b, a) for a, b in OPPOSITES)):
        if one.isdisjoint(held) and (against := sorted(other & held)):
            for word in said:
                if word in one:
                    return word, against[0]
    return None
