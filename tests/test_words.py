"""One analyser for search, evidence and checks: folded, stemmed, the same everywhere."""

from __future__ import annotations

import re
import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.languages import COMMON, FOREIGN, NAMES
from rag.words import STOP, asked_terms, stem, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It’s Nvidia's H20, isn’t it?", ["it", "nvidia", "h20", "isn't", "it"]),
        ("3.5 percent of $1,500.00", ["3.5", "percent", "of", "1,500.00"]),
        ("AI-driven snake_case GPT-4o", ["ai", "driven", "snake", "case", "gpt", "4o"]),
        ("naïve café ÅNGSTRÖM ﬁne İstanbul", ["naive", "cafe", "angstrom", "fine", "istanbul"]),
        ("ＡＢＣ１２３ Ⅷ", ["abc123", "viii"]),
        ("中国 政府 мир مرحبا", ["中", "中国", "国", "政", "政府", "府", "мир", "مرحبا"]),
        ("", []),
        (" .,;!? — _ 😀 \ud800", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_terms_leave_common_words_out_and_stem() -> None:
    assert terms("Which companies are avoiding the chips?") == ["compani", "avoid", "chip"]
    assert terms("avoids avoided avoiding") == ["avoid"] * 3
    assert terms("What is it?") == []


def test_stop_words_are_as_tokens_come_out() -> None:
    assert all(tokens(word) in ([word], [word.removesuffix("'s")]) for word in STOP - FOREIGN)
    assert all(word in tokens(word) for word in FOREIGN)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    words = tokens(text)
    assert all(word and word == word.lower() and not word.isspace() for word in words)
    assert all(" " not in word and "\n" not in word for word in words)
    assert terms(text) == [stem(word) for word in words if word not in STOP]


@given(st.text(max_size=80))
def test_composed_and_decomposed_are_the_same(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert tokens(composed) == tokens(decomposed)


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_case_does_not_matter(text: str) -> None:
    text = re.sub(r"u\.?s", "", text, flags=re.I)  # the country
    assert tokens(text.upper()) == tokens(text.lower())


@given(st.lists(st.from_regex(r"[a-z]{1,9}|[0-9]{1,4}", fullmatch=True), max_size=12))
def test_words_stay_apart_and_in_order(words: list[str]) -> None:
    for between in (" ", "\n", ", ", " — ", "/", "_"):
        if between == ", ":
            continue  # between digits it makes one number
        assert tokens(between.join(words)) == words


def test_threads_share_it() -> None:
    text = " ".join(f"wording{n} running{n} companies{n}" for n in range(300))
    expected = terms(text)
    found: list[list[str]] = []
    stem.cache_clear()
    threads = [threading.Thread(target=lambda: found.append(terms(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


@pytest.mark.parametrize(
    ("language", "asked", "written"),
    [
        ("de", "Welche Brücken wurden gesperrt?", "die Brücke ist gesperrt"),
        ("fr", "Qui a construit les écoles fermées ?", "l'école fermée, construite"),
        ("es", "¿Qué puentes construyeron?", "el puente se construyó"),
        ("it", "Quali ponti furono costruiti?", "il ponte costruito"),
        ("pt", "Quais pontes foram construídas?", "a ponte construída"),
        ("sv", "Vilka skolor byggdes?", "skolorna byggde"),
        ("ru", "Какие мосты построили?", "мост построил"),
        ("fi", "Taloissa asutaan", "talossa asutaan"),
        ("el", "ποιες γέφυρες", "ποιες γέφυρα"),
    ],
)
def test_inflected_words_meet(language: str, asked: str, written: str) -> None:
    assert set(terms(asked, language)) <= set(terms(written, language))
    assert terms(asked, language)


def test_common_words_of_a_language_are_left_out() -> None:
    assert terms("Wer hat die Brücke gebaut?", "de") == ["bruck", "gebaut"]
    assert terms("Qu'est-ce que l'hôtel d'Aune ?", "fr") == ["hotel", "aun"]
    assert terms("Кто и когда построил его?", "ru") == ["постро"]
    for code, words in COMMON.items():
        assert all(tokens(word) == [word] for word in words), code
        assert terms(" ".join(words), code) == []


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("桥在哪里", "这座桥位于镇外"),
        ("渡轮的航程", "航程需要四十分钟，渡轮"),
        ("フェリーの運賃", "大人の運賃は八百円、フェリー"),
        ("다리가", "다리를"),
        ("สะพาน", "สะพานเก่า"),
        ("ガラス", "ガラスの橋"),
    ],
)
def test_what_is_written_without_blanks_meets(asked: str, written: str) -> None:
    assert set(terms(asked)) & set(terms(written))
    assert tokens("カラス") != tokens("ガラス")


def test_scripts_beside_each_other() -> None:
    assert tokens("2024年にH20が3.5%") == ["2024", "年", "年に", "h20", "が", "3.5"]
    assert terms("The 东京 bridges of Tokyo") == ["东", "东京", "京", "bridg", "tokyo"]
    assert terms("Nvidia baut チップ", "de") == ["nvidia", "baut", "チッ", "ップ"]
    assert tokens("हिन्दी में") == ["हिनदी", "में"]


def test_a_question_for_one_language_is_analysed_as_ever() -> None:
    question = "Which companies are avoiding the chips, and was it U.S. policy?"
    for languages in ([], ["en"], ["", "en"], ["en", "zh", "ru"]):
        assert asked_terms(question, languages) == terms(question)


def test_a_question_for_several_languages() -> None:
    both = asked_terms("Who built the bridges?", ["de", "en"])
    assert both[:2] == terms("built bridges")
    assert set(both) == {*terms("built bridges"), *terms("built bridges", "de")}
    german = asked_terms("Wer hat die Brücken in Holm gebaut?", ["en", "de", "fr"])
    assert not {"die", "wer", "hat", "in"} & set(german)
    assert german[:3] == ["bruck", "holm", "gebaut"]


@given(st.text(max_size=120), st.lists(st.sampled_from([*NAMES, ""]), max_size=5))
def test_any_text_in_any_language(text: str, languages: list[str]) -> None:
    found = [term for language in languages for term in terms(text, language)]
    assert all(term and not term.isspace() and " " not in term for term in found)
    assert all(asked_terms(text, languages)) or not found
