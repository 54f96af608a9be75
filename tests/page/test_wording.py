"""What the page says in other languages: all of it, with nothing forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from playwright.sync_api import expect

from rag.assistant import Assistant
from rag.page import gate, wording
from rag.page.wording import LANGUAGES, _, day, language_name, month_in_words, n_, number
from rag.service.engine import Engine
from tests.page.browser import ANSWERING
from tests.page.tabs import Tab
from tests.page.visited import Visit

PAGE = Path(wording.__file__).parent
MODULES = sorted({*PAGE.glob("*.py"), *PAGE.with_name("service").glob("*.py")})
MODULES.remove(PAGE / "signing.py")  # what it says is told before there is a page
LOOKS_UP = {"_": 1, "later": 1, "n_": 2}  # how many texts each takes
DRAWS = set(
    """button caption chat_input checkbox date_input dialog download_button error expander
    file_uploader form_submit_button header image info markdown menu_button multiselect
    number_input Page page_link popover progress radio segmented_control selectbox slider spinner
    subheader success tabs text text_area text_input title toast toggle warning write""".split()
)
SHOWN = {"label", "help", "placeholder", "text", "title", "alt", "body"}
MARKUP = re.compile(r":[\w/]+\[|:material/\w+:|\w+://\S*")
SENTENCE = re.compile(r"[A-Z][a-z]+(?:[ .:]|$).*|.* \w+\.$", re.S)
NOT_THE_PAGES = {  # names, what the model is asked, and what tells a programmer
    *("What is the article “", "What is known about ", "Who came?", "Ada came.", "Esc"),
    *("The source's own sentence.", "Make it shorter", "Make it simpler"),
    gate.REFUSED,  # told before there is a page
    *(
        "Put it in bullet points",
        "Quoth",
        "Task",
        "Markdown",
        "Stopped.",
        "Ctrl",
        "Enter",
        "Shift",
        "Tab",
    ),
}


def _texts(module: Path) -> Iterator[tuple[ast.Call, tuple[str, ...]]]:
    """Where texts are looked up in a module; nothing where what is looked up is no literal."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = node.args[: LOOKS_UP.get(node.func.id, 0)]
            texts = [a.value for a in given if isinstance(a, ast.Constant)]
            if texts:
                yield node, tuple(map(str, texts))


def _catalogue(language: str) -> Catalog:
    with (PAGE / "locale" / language / "LC_MESSAGES" / "quoth.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_and_no_other(language: str) -> None:
    used = {texts for module in MODULES for _, texts in _texts(module)}
    ids = [message.id for message in _catalogue(language) if message.id]
    held = {(one,) if isinstance(one, str) else tuple(one) for one in ids}
    assert used - held == set()
    assert held - used == set()
    assert len({texts[0] for texts in used}) == len(used)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_the_same_values(language: str) -> None:
    for message in _catalogue(language):
        if not message.id:
            continue
        assert not message.fuzzy
        originals = [message.id] if isinstance(message.id, str) else list(message.id)
        told = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(told), originals
        assert not any("!" in text for text in told)
        assert _names(told[-1]) == _names(originals[-1]), originals
        assert all(_names(text) <= _names(originals[-1]) for text in told), originals
        lost = _names(originals[-1]) - {"count"}
        assert all(lost <= _names(text) for text in told), originals


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    """What a call of Streamlit shows."""
    yield from call.args
    yield from (keyword.value for keyword in call.keywords if keyword.arg in SHOWN)


def _bare(value: ast.expr) -> str:
    """The letters of a text that is written there as it is."""
    if isinstance(value, ast.IfExp):
        return _bare(value.body) + _bare(value.orelse)
    if isinstance(value, ast.BinOp):
        return _bare(value.left) + _bare(value.right)
    if isinstance(value, ast.JoinedStr):
        return MARKUP.sub("", "".join(_bare(part) for part in value.values)).strip()
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return "".join(re.findall(r"[^\W\d_]+", MARKUP.sub("", value.value)))
    return ""


def test_nothing_is_drawn_in_english_alone() -> None:
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            drawn = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if drawn and ast.unparse(node.func.value) == "st" and node.func.attr in DRAWS:
                bare = [_bare(value) for value in _shown(node)]
                assert not any(bare), f"{module}, line {node.lineno}: {bare}"


def test_no_sentence_of_the_page_is_left_out() -> None:
    for module in MODULES:
        tree = ast.parse(module.read_text(encoding="utf-8"))
        known = {text for _, texts in _texts(module) for text in texts}
        docs = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docs
            ):
                text = node.value
                sentence = SENTENCE.fullmatch(text) and not text.startswith(("AND", "an unknown"))
                assert not sentence or text in known | NOT_THE_PAGES, (
                    f"{module}, line {node.lineno}: {text}"
                )


def _speak(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setattr(wording, "language", lambda: language)


def test_a_number_chooses_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {}
    for language in ("en", *LANGUAGES):
        _speak(monkeypatch, language)
        told[language] = [n_("{count} word", "{count} words", n) for n in (0, 1, 12345)]
    assert told == {
        "en": ["0 words", "1 word", "12,345 words"],
        "de": ["0 Wörter", "1 Wort", "12.345 Wörter"],
        "es": ["0 palabras", "1 palabra", "12.345 palabras"],
        "fr": ["0 mot", "1 mot", "12\u202f345 mots"],
        "zh": ["0 个词", "1 个词", "12,345 个词"],
    }


def test_what_is_in_no_catalogue_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    _speak(monkeypatch, "de")
    assert _("") == ""
    assert _("No file {a}.txt is there.") == "No file {a}.txt is there."
    assert _("Delete {file}", file="{x}.md") == "{x}.md löschen"


def test_days_numbers_and_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    _speak(monkeypatch, "de")
    then = date(2025, 3, 2)
    assert (day(then), month_in_words(then)) == ("2. März 2025", "März 2025")
    assert (number(2.46, 1), language_name("zh")) == ("2,5", "Chinesisch")
    _speak(monkeypatch, "zh")
    assert (day(then), month_in_words(then)) == ("2025年3月2日", "2025年3月")


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de-DE", "de"),
        ("de", "de"),
        ("zh_CN", "zh"),
        ("FR-CA", "fr"),
        ("it-IT", "en"),
        (None, "en"),
    ],
)
def test_the_browser_decides(
    locale: str | None, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Browser:
        context = type("Context", (), {"locale": locale})

    monkeypatch.setattr(wording, "st", Browser)
    assert wording.language() == language


@pytest.mark.parametrize(
    ("language", "asks", "searches"),
    [
        ("en", "Ask your articles", "Search titles and text"),
        ("de", "Fragen Sie Ihre Artikel", "Titel und Text durchsuchen"),
        ("es", "Pregunte a sus artículos", "Buscar en títulos y texto"),
        ("fr", "Interrogez vos articles", "Chercher dans les titres et le texte"),
        ("zh", "向您的文章提问", "搜索标题和正文"),
    ],
)
def test_the_page_speaks_it(
    language: str,
    asks: str,
    searches: str,
    assistant: Assistant,
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _speak(monkeypatch, language)
    engine = Engine(lambda: assistant)
    assert [title.value for title in visit(engine).title] == [asks]
    assert searches in [field.label for field in visit(engine, library=True).text_input]


@pytest.mark.parametrize(
    ("locale", "welcome", "listed"),
    [
        ("de-DE", "Fragen Sie Ihre Artikel", "Erneut abgleichen"),
        ("en-US", "Ask your articles", "Sync again"),
    ],
)
def test_two_browsers_see_their_own_language(
    locale: str, welcome: str, listed: str, tab: Tab
) -> None:
    page = tab(wait=False, locale=locale)
    expect(page.get_by_role("heading", name=welcome)).to_be_visible(timeout=ANSWERING)
    page.goto(page.url.split("?")[0].rstrip("/").removesuffix("/chat") + "/articles")
    expect(page.get_by_role("button", name=listed)).to_be_visible(timeout=ANSWERING)
