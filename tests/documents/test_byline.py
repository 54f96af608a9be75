from __future__ import annotations

from datetime import date

import pytest

from rag.documents.byline import told_above


@pytest.mark.parametrize(
    ("line", "author", "day"),
    [
        ("By Anna Berg", "Anna Berg", None),
        ("*Tested by Nadia Petrescu · 17 May 2025 · 3 of 5*", "Nadia Petrescu", date(2025, 5, 17)),
        ("Words by J. Doe and Jo van Dyk, 2 May 2024", "J. Doe and Jo van Dyk", date(2024, 5, 2)),
        ("Authors: Wei Zhang, Carla Mendes (both of the works)", "Wei Zhang, Carla Mendes", None),
        ("Oliver Strand, business desk, 24 October 2024", "Oliver Strand", date(2024, 10, 24)),
        ("Interview: Tomas Weller. Published 9 January 2025", "Tomas Weller", date(2025, 1, 9)),
        ("Meeting held on Tuesday 18 June 2024 at 6.30 pm, Room 2", "", date(2024, 6, 18)),
        ("Last updated: 3 March 2025.", "", date(2025, 3, 3)),
        ("Reviewed by Dr Samira Haddad. Last updated: 3 March 2025.", "", date(2025, 3, 3)),
        ("By the Editorial Team", "", None),
        ("Published: August 12, 2025", "", date(2025, 8, 12)),
        ("2025-08-12", "", date(2025, 8, 12)),
        ("It began on August 12, 2025, they say, and ended soon.", "", None),
        ("New York, 12 March 2024", "", date(2024, 3, 12)),
        ("On 12 March 2024 the ferry sank.", "", None),
    ],
)
def test_what_a_line_above_the_first_paragraph_tells(
    line: str, author: str, day: date | None
) -> None:
    text = f"The ferry\n\n{line}\n\nThe ferry sank on 1 May 1999, said a report by Ida Lund."
    assert told_above(text, "The ferry") == (author, day)


def test_nothing_below_the_first_paragraph_is_read() -> None:
    assert told_above("It sank.\n\nBy Anna Berg\n\n3 May 2024", "") == ("", None)
