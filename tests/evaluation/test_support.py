"""What is put to the judge of claims, and what becomes of its word."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from rag.errors import ModelError
from rag.evaluation import bundled_judge
from rag.evaluation.support import supported
from rag.schema import Citation, Claim, Verdict

HANNA = Citation(1, "boats.txt", "Boats", 0, 34, "The ferry Hanna was built in 1962.")
SHE = Citation(2, "boats.txt", "Boats", 35, 62, "She carries 120 passengers.")


def claim(text: str, *citations: Citation) -> Claim:
    return Claim(text, citations, Verdict(True, ""))


def test_the_quotes_together_are_the_premise_and_copies_are_not_asked_about() -> None:
    asked: list[Sequence[tuple[str, str]]] = []

    def entails(pairs: Sequence[tuple[str, str]]) -> list[float]:
        asked.append(pairs)
        return [0.9, 0.1]

    claims = [
        claim("The Hanna of 1962 carries 120.", HANNA, SHE),
        claim("The  ferry Hanna was built\nin 1962.", HANNA),
        claim("Nothing proves this."),
        claim("She carries 12.", SHE),
    ]
    assert supported(claims, entails) == [True, True, False, False]
    premise = f"{HANNA.quote} {SHE.quote}"
    assert asked == [[(premise, claims[0].text), (SHE.quote, claims[3].text)]]


def test_without_anything_to_ask_the_judge_is_left_alone() -> None:
    def entails(_: Sequence[tuple[str, str]]) -> list[float]:
        raise AssertionError

    assert supported([claim(SHE.quote, SHE)], entails) == [True]
    assert supported([], entails) == []


def test_the_judge_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = SimpleNamespace(entails=lambda pairs: [0.7 for _ in pairs])
    monkeypatch.setattr("rag.models.load_judge", lambda: judge)
    entails = bundled_judge()
    assert entails is not None
    assert list(entails([("a", "b")])) == [0.7]

    def broken() -> None:
        raise ModelError("The judge is missing.")

    monkeypatch.setattr("rag.models.load_judge", broken)
    assert bundled_judge() is None
