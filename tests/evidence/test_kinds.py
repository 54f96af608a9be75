"""What a value cannot be, by how it is written and by what its column measures."""

from __future__ import annotations

import pytest

from rag.evidence.kinds import lacking


@pytest.mark.parametrize(
    ("question", "label", "value", "kind"),
    [
        ("Where was the Havfrue built?", "Built", "1994", "a place"),
        ("Where was Ida born?", "Born", "14 March 2022", "a place"),
        ("Where is the grave?", "Grave", "row 7, no. 12", ""),
        ("Who answers?", "Telephone", "0478 22", "a person"),
        ("What did the parts cost?", "Parts used", "a seal", "an amount"),
        ("What does the shelf cost?", "Price (EUR)", "89,00", ""),
        ("How many children are there?", "Children", "none", ""),
        ("How many children are there?", "Children", "yes", "a number"),
        ("How wide is the Lomvi?", "Length (m)", "9.8", "its width"),
        ("How long is the Lomvi?", "Length (m)", "9.8", ""),
        ("How long does it take?", "Delivery", "3 weeks", ""),
        ("When was it built?", "Built", "1994", ""),
        ("", "Built", "1994", ""),
    ],
)
def test_what_a_value_cannot_be(question: str, label: str, value: str, kind: str) -> None:
    assert lacking(question, label, value) == kind
