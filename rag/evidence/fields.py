"""Whether a field of a form tells the thing that a question asks for by its name.

The reader takes the nearest field of a form: "Rooms: 4" for the number of beds, a telephone number
for an address. By itself a field is too short for it to doubt. Where a question names what it asks
for ("how many beds", "the address of the landlord"), the judge says whether the one implies the
other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.evidence.asked import thing_asked
from rag.evidence.kinds import lacking
from rag.evidence.named_cells import cell_of
from rag.evidence.rows import rows_of
from rag.models.judge import Judge
from rag.query.intents import in_english
from rag.schema import Evidence, Hit
from rag.values.figures import figures
from rag.words import STOP, stem, tokens

_IMPLIED = 0.5  # chance that a field of one name is one of another, from which it may answer
_NARROWER = 0.2  # of one whose name has that of the field: "hours" and "opening hours"
_BEHIND = re.compile(r"\s*([^\W_]+)")


def not_told(
    question: str, used: Sequence[Evidence], hits: Sequence[Hit], judge: Judge
) -> tuple[str, str]:
    """The name of the field that is used first and the thing asked for that it does not tell.

    Both are "" where it may tell it, where no field of a form is used, or where nothing is named.
    """
    field = next((_field(one, hits) for one in used[:1]), "")
    if not field or not in_english(question):
        return "", ""
    label, value = cell_of(field)
    if kind := lacking(question, label, value):
        return label, kind
    thing, counted = thing_asked(question)
    if not thing or _names(label, value, thing, counted=counted):
        return "", ""
    (implied,) = judge.entails([_pair(label, value, thing, counted=counted)])
    narrower = set(map(stem, tokens(label))).issubset(map(stem, tokens(thing)))
    return ("", "") if implied >= (_NARROWER if narrower else _IMPLIED) else (label, thing)


def _field(one: Evidence, hits: Sequence[Hit]) -> str:
    """The field of a form that a sentence is; "" where it is none, or tells of a mail."""
    for hit in hits:
        if hit.holds(one):
            row = dict(rows_of(hit)).get((one.document, one.start))
            return row.text if row and row.form and not row.is_header else ""
    return ""


def _names(label: str, value: str, thing: str, *, counted: bool) -> bool:
    """Whether label and value have all words of a thing; where it is counted, those it counts."""
    held = tokens(value) if counted and _unit(value) else tokens(f"{label} {value}")
    return set(map(stem, tokens(thing))).issubset(map(stem, held))


def _unit(value: str) -> str:
    """What the first figure of a value counts, where that is said: "14 walkers", not "3 a day"."""
    found = figures(value)
    behind = _BEHIND.match(value, found[0].end) if found else None
    return behind[1] if behind and behind[1].lower() not in STOP else ""


def _pair(label: str, value: str, thing: str, *, counted: bool) -> tuple[str, str]:
    """A field in words, and the same said of a thing."""
    field = f"The {label.lower()} is {value}."
    if not counted or not figures(value):
        return field, f"The {thing} is {value}."
    count = f"{figures(value)[0].value:g}"
    if not _unit(value):
        field = f"There are {count} {label.lower()}."
    elif not set(map(stem, tokens(thing))).isdisjoint(map(stem, tokens(label))):
        field = f"There are {value}."  # 142 square metres of floors are not 142 floors
    return field, f"There are {count} {thing}."
