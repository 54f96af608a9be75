"""Enough about English verbs to turn "Rollo took Rouen" into "What did Rollo take?".

Owns a list of irregular verbs and the way back from a past form. Knows nothing of sentences.
"""

from __future__ import annotations

from collections.abc import Collection

AUXILIARIES = frozenset(
    "is are was were has have had will would can could may might must should".split()
)
_IRREGULAR = """
    become became, begin began, break broke, bring brought, build built, buy bought, catch caught,
    choose chose, come came, cut cut, deal dealt, draw drew, drive drove, eat ate, fall fell,
    feel felt, fight fought, find found, fly flew, forbid forbade, forget forgot, gain gained,
    get got, give gave, go went, grow grew, hear heard, hide hid, hit hit, hold held, keep kept,
    know knew, lay laid, lead led, leave left, lend lent, let let, lose lost, make made, mean meant,
    meet met, pay paid, put put, quit quit, read read, ride rode, ring rang, rise rose, run ran,
    say said, see saw, seek sought, sell sold, send sent, set set, shake shook, shoot shot,
    show showed, shrink shrank, shut shut, sing sang, sink sank, sit sat, sleep slept, speak spoke,
    spend spent, split split, spread spread, stand stood, steal stole, strike struck, swear swore,
    sweep swept, swim swam, take took, teach taught, tell told, think thought, throw threw,
    understand understood, wear wore, win won, withdraw withdrew, write wrote
"""
_BASE = {past: base for base, past in (pair.split() for pair in _IRREGULAR.split(","))}
_VOWELS = "aeiou"


def base_of(past: str, known: Collection[str]) -> str | None:
    """The base form of a past form in small letters, or `None` where it is no past form.

    Args:
        past: A word.
        known: Words of the same language; decides between "hope" and "hop".

    >>> base_of("took", ()), base_of("carried", ()), base_of("stopped", ())
    ('take', 'carry', 'stop')
    >>> base_of("announced", {"announce"}), base_of("printed", {"print"}), base_of("red", ())
    ('announce', 'print', None)
    """
    if past in _BASE:
        return _BASE[past]
    if not past.endswith("ed") or len(past) < 5 or past.endswith("eed"):
        return None
    if past.endswith("ied"):
        return past[:-3] + "y"
    bare = past[:-2]
    candidates = [bare, bare + "e"]
    if bare[-1] == bare[-2] and bare[-1] not in "lsz":
        candidates.insert(0, bare[:-1])
    found = next((word for word in candidates if word in known), None)
    return found or (candidates[0] if len(candidates) > 2 else _guess(bare))


def _guess(bare: str) -> str:
    """Whether a lost "e" belongs at the end, by the look of it.

    >>> _guess("caus"), _guess("play"), _guess("produc"), _guess("export"), _guess("relat")
    ('cause', 'play', 'produce', 'export', 'relate')
    """
    silent = bare.endswith(("c", "v", "u", "z", "dg", "rg", "ng", "uir", "pir"))
    single = (
        len(bare) > 2
        and bare[-1] in "strdmkgpnbl"
        and bare[-2] in _VOWELS
        and bare[-3] not in _VOWELS
        and not bare.endswith(("er", "en", "on", "or", "el", "it", "et", "al", "op", "om"))
    )
    return bare + "e" if silent or single or bare.endswith("us") else bare
