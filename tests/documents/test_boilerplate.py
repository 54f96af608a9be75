"""What stands around an article is told from the article, and never the other way round."""

from __future__ import annotations

import pytest

from rag.documents.boilerplate import boilerplate_lines

BODY = ["The ministry urged firms to avoid the chip on Tuesday, people told reporters there."] * 12


def flagged(line: str, at: int) -> list[str]:
    """The lines of an article with `line` put in that are taken for boilerplate."""
    lines = [*BODY[:at], line, *BODY[at:]]
    return [lines[i] for i, flag in enumerate(boilerplate_lines(lines)) if flag]


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Doe",
        "by Jane Doe and John O’Neil",
        "BY JANE DOE",
        "By Jane Doe, Reuters",
        "Written by Jane van der Berg",
        "*By the Paper's news desk*",
        "Read more",
        "READ MORE: Ministry bans chips",
        "Read more about chips",
        "Share this article",
        "Advertisement",
        "Sponsored by Acme Corp",
        "Copyright 2024 Acme",
        "© 2024 Acme. All rights reserved.",
        "Photo: Reuters",
        "Subscribe to our newsletter",
        "Sign up for our daily newsletter",
        "Follow us on X",
        "Tags: chips, trade",
        "Related articles",
        "Accept all cookies",
        "Comments",
    ],
)
@pytest.mark.parametrize("at", [1, 6])
def test_notices_and_bylines(line: str, at: int) -> None:
    assert flagged(line, at) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "By noon it was over.",
        "By then it was too late",
        "By any means necessary",
        "By Tuesday, prices had fallen.",
        "By 2024 Nvidia sold more chips than anyone.",
        "By Monday Nvidia had lost half its value.",
        "Copyright claims against AI firms",
        "Sponsored by the state, it failed.",
        "Read more than one source before you decide.",
        "Learn more quickly with tutors",
        "Sharecroppers moved north",
        "Subscribers fell by 3 percent.",
        "Comments from readers were harsh.",
        "Image processing is the key use.",
        "Ms. Smith was fired by the editor of the paper.",
        "The New York Times covers the story and its editor resigned.",
        "Jane Doe is the editor's wife.",
        "Nvidia is the company that writers love to hate.",
        "Jane Doe was a reporter before she joined Nvidia.",
        "Maria Ressa, a journalist, won the prize.",
        "Smith is accused of bribing a journalist.",
        "Huawei leads the market, an editor said.",
        "Nvidia is a target for journalists.",
    ],
)
@pytest.mark.parametrize("at", [1, 6, 12])
def test_news_is_no_boilerplate(line: str, at: int) -> None:
    assert flagged(line, at) == []


@pytest.mark.parametrize(
    "line",
    [
        "Jane Doe is a reporter at Reuters.",
        "Jane Doe is a senior technology editor.",
        "Jane Doe is the magazine's editor, and lives in Paris.",
        "Jane Doe covers chips for Reuters.",
        "Ali Al Amin leads the paper's editorial team. He served as an editor before.",
    ],
)
def test_a_biography_only_at_the_end(line: str) -> None:
    assert flagged(line, 12) == [line]
    assert flagged(line, 6) == []


def test_all_that_follows_an_author_heading() -> None:
    tail = ["EDITORIAL TEAM", "EDITORIAL TEAM", "Ali Amin leads it. He likes tea.", "Read More"]
    assert boilerplate_lines([*BODY, *tail]) == [False] * 12 + [True] * 4


def test_an_author_heading_early_on_takes_nothing_with_it() -> None:
    lines = ["Title", "About the author", *BODY * 3]
    assert not any(boilerplate_lines(lines)[2:])


def test_links_at_the_end_but_no_sentences() -> None:
    links = ["Read more", "Ten chips to watch", "Why prices fell"]
    assert boilerplate_lines([*BODY, *links]) == [False] * 12 + [True] * 3
    assert boilerplate_lines([*BODY, *links, BODY[0]])[-1] is False


def test_awkward_lines() -> None:
    assert boilerplate_lines([]) == []
    assert boilerplate_lines(["About the author"]) == [False]
    boilerplate_lines(
        ["By " + "A " * 20_000, "By " + "a" * 20_000, "A" * 50_000 + " is an editor."]
    )
