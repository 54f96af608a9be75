from __future__ import annotations

from datetime import date

import pytest

from rag.listing import DocumentInfo, collections, named, such

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


SHELVED = [
    DocumentInfo("reports/2024/may.md", "May", None, 1, 1),
    DocumentInfo("reports/plan.md", "Plan", None, 1, 1, copies=("drafts/plan.md",)),
    DocumentInfo("reports-old/plan.md", "Old plan", None, 1, 1),
    DocumentInfo("reports", "A file of that name", None, 1, 1),
    DocumentInfo("~/mine.md", "Mine", None, 1, 1),
]


def test_the_folders_of_articles_are_collections() -> None:
    every = ["drafts/", "reports-old/", "reports/", "reports/2024/", "~/"]
    assert collections(SHELVED) == every
    assert collections(INFOS) == []


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["reports/"], ("reports/2024/may.md", "reports/plan.md")),
        (["reports/2024/"], ("reports/2024/may.md",)),
        (["reports"], ("reports",)),
        (["drafts/"], ("reports/plan.md",)),  # what a file there is a copy of
        (["~/"], ("~/mine.md",)),
        (["rep/"], ()),
        (["gone.md", "reports/plan.md", "drafts/"], ("gone.md", "reports/plan.md")),
        ([], ()),
    ],
)
def test_a_folder_stands_for_all_in_it(names: list[str], ids: tuple[str, ...]) -> None:
    assert named(SHELVED, names) == ids
    for name in (name for name in names if name.endswith("/")):
        each = named(SHELVED, [name])
        assert tuple(i.id for i in such(SHELVED, collection=name)) == each
        assert tuple(i.id for i in such(SHELVED, collection=name.rstrip("/"))) == each
