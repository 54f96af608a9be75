from __future__ import annotations

from datetime import date

import pytest

from rag.listing import DocumentInfo, such

INFOS = [
    DocumentInfo("a", "A", date(2024, 5, 1), 1, 1, "https://a.org/x", 1, "en", author="Anna Berg"),
    DocumentInfo("b", "B", None, 1, 1, "", 1, "de", author="Jo Berger"),
    DocumentInfo("c", "C", date(2023, 5, 1), 1, 1, "https://c.org", 1, "", author=""),
]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, "abc"),
        ({"author": "BERG"}, "ab"),
        ({"author": "anna berg"}, "a"),
        ({"source": "A.org"}, "a"),
        ({"language": "German"}, "b"),
        ({"language": "EN"}, "a"),
        ({"language": "Klingon"}, ""),
        ({"after": date(2024, 1, 1)}, "a"),
        ({"before": date(2024, 1, 1)}, "c"),
        ({"author": "berg", "language": "en"}, "a"),
    ],
)
def test_which_articles_are_such(asked: dict[str, object], ids: str) -> None:
    assert "".join(info.id for info in such(INFOS, **asked)) == ids  # type: ignore[arg-type]
