"""Words of opposite meaning, to make sentences and questions false by."""

from __future__ import annotations

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
