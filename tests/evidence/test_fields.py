"""Fields of forms that tell another thing than what is asked for by its name."""

from __future__ import annotations

import pytest

from rag.evidence.fields import not_told
from rag.models.judge import Judge
from rag.models.loading import load_judge
from rag.schema import Evidence
from tests.evidence.ferries import hit

FORM = (
    "Guest: Mario Fabbri",
    "Arrival: 3 May 2026",
    "Room: 214, with 12 square metres",
    "Beds: 2",
    "Groups: 14 walkers",
    "Children: none",
    "Floor area: 142 square metres",
    "Telephone: 0478 22 19 03",
    "Doctor: Ines Pohl",
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge()


def field(label: str) -> Evidence:
    found, line = hit(FORM), next(line for line in FORM if line.startswith(label))
    return found.evidence(next(s for s in found.sentences if found.text[slice(*s)] == line))


@pytest.mark.parametrize(
    ("question", "label", "thing"),
    [
        ("How many beds does the room have?", "Beds", ""),
        ("How many chairs does the room have?", "Beds", "chairs"),
        ("How many people came?", "Groups", ""),
        ("How many floors has the house?", "Floor area", "floors"),
        ("How many children are there?", "Children", ""),
        ("What is the e-mail address of Mario Fabbri?", "Telephone", "e-mail address"),
        ("Who is the physician?", "Doctor", ""),
        ("Where was Mario Fabbri born?", "Arrival", "a place"),
        ("When does Mario Fabbri arrive?", "Arrival", ""),
        ("Wie viele Stühle hat das Zimmer?", "Beds", ""),
    ],
)
def test_a_field_that_tells_another_thing(
    judge: Judge, question: str, label: str, thing: str
) -> None:
    told = not_told(question, [field(label)], [hit(FORM)], judge)
    assert told == ((label, thing) if thing else ("", ""))


def test_what_is_no_field_of_a_form_is_not_looked_at(judge: Judge) -> None:
    lines = ("Rooms: 4", "It has four rooms.")
    found = hit(lines)
    used = [found.evidence(found.sentences[0])]
    assert not_told("How many beds does it have?", used, [found], judge) == ("", "")
    assert not_told("How many beds does it have?", [], [found], judge) == ("", "")
