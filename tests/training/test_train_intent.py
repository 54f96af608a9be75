"""The phrasings that intents are learned from are whole, and always filled in the same way."""

from __future__ import annotations

import random

from rag.query.query import Aspect, Intent
from training.train_intent import PHRASINGS, Fill, chosen, half, made, read_phrasings

SLOTS = ("topic", "name", "noun", "nouns", "year", "month", "number")
FILL = Fill({slot: [slot.upper()] for slot in SLOTS})


def test_every_intent_and_aspect_has_phrasings_in_both_halves() -> None:
    found: dict[str, set[bool]] = {}
    for label, phrasing in read_phrasings(PHRASINGS):
        intent, *aspect = label.split()
        assert Intent(intent)
        assert not aspect or Aspect(aspect[0])
        found.setdefault(label, set()).add(half(phrasing))
    assert {label.split()[0] for label in found} == set(Intent)
    assert all(len(halves) == 2 for halves in found.values())


def test_choices_and_slots_are_filled_in_the_same_way_each_time() -> None:
    phrasings = list(read_phrasings(PHRASINGS))
    fill = {False: FILL, True: FILL}
    once, again = (list(made(phrasings, fill, each=2)) for _ in range(2))
    assert once == again
    assert not any(mark in example.text for example in once for mark in "{}()|<>")


def test_one_of_each_group_is_chosen() -> None:
    assert chosen("(a|b|) (c|c) {topic}", random.Random(0)) in (
        "a c {topic}",
        "b c {topic}",
        "c {topic}",
    )
