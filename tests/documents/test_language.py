"""An article's language: told by its text, or by its file where the text does not tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.language import language_of
from rag.documents.read import parse
from rag.languages import NAMES
from tests.documents import made

ROOT = Path(__file__).parents[2]
SETS = [
    json.loads(line)
    for line in (ROOT / "benchmarks/languages.jsonl").read_text(encoding="utf-8").splitlines()
]
ENGLISH = "The ferry to Skarvik sails each day, and it costs forty euros for those who walk on. "


@pytest.mark.parametrize("one", SETS, ids=lambda one: one["language"])
def test_every_article_is_told(one: dict[str, list[list[str]] | str]) -> None:
    found = {language_of(f"{title}\n\n{text}") for title, text in one["articles"]}
    assert found == {one["language"]}


def test_english_is_told_without_a_model() -> None:
    code = (
        "import sys; from rag.documents.language import language_of\n"
        f"assert language_of({ENGLISH!r}) == 'en'\n"
        "assert 'py3langid' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("text", ["", "12 34 56", "😀 😀", "H20 A100", "\ud800", "\u0301" * 50])
def test_what_tells_nothing_is_left_to_the_file(text: str) -> None:
    assert language_of(text) == ""
    assert language_of(text, "fr-CA") == "fr"
    assert language_of(text, "tlh") == ""


@pytest.mark.parametrize(
    ("told", "code"), [("nb", "no"), ("NN_no", "no"), (" de ", "de"), ("x", ""), ("en-US", "en")]
)
def test_what_files_say(told: str, code: str) -> None:
    assert language_of("", told) == code


def test_the_text_counts_for_more_than_the_file() -> None:
    assert language_of(ENGLISH, "de") == "en"


def test_a_few_foreign_words_and_a_long_quote_make_no_other_language() -> None:
    quote = "Der Hafen wurde 1932 gebaut, und die Fähre fährt jeden Tag."
    assert language_of(ENGLISH * 30 + quote + ENGLISH * 30) == "en"


def test_the_middle_of_a_long_text_is_looked_at_too() -> None:
    german = " ".join(text for _, text in SETS[0]["articles"])
    assert language_of("Impressum 12 " * 5 + german * 20 + " 1 2 3" * 50) == "de"


def test_documents_have_it_and_pages_and_books_tell_it() -> None:
    assert parse(ENGLISH.encode(), name="a.txt").language == "en"
    page = '<html class="x" lang="de-AT"><body><p>Skarvik 1932</p></body></html>'
    assert parse(page.encode(), name="a.html").language == "de"
    assert parse(made.MADE[".epub"](), name="a.epub").language == "en"


@settings(max_examples=50)
@given(st.text(max_size=200), st.text(max_size=9))
def test_any_text(text: str, told: str) -> None:
    assert language_of(text, told) in {"", *NAMES}
