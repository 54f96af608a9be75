"""Words of documents of which Streamlit would make signs, colours and links, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.page.browser import answered, ask, serving
from tests.page.tabs import Tab, listed
from tests.world import write

TEXT = (  # that Markdown leaves as it is
    ":material/check: :red[Verified] :smile: :streamlit: a -> b <- c <-> d -- e >= f $x$ "
    "http://c.example www.d.example ida@e.example :blue-badge[k] :help[h]"
)
SIGNS = f"{TEXT} `y` [z](http://b.example)"
ARTICLE = (
    f"---\ntitle: '{SIGNS} lighthouse'\nauthor: '{SIGNS}'\nsource: 'www.s.example -> :smile:'\n"
    f"---\n\nThe Marrow lighthouse is kept by {TEXT} Ida Vann. It burns whale oil.\n"
)
KEEPER = "Who keeps the Marrow lighthouse?"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("signs")
    folder = write(place / "articles", {"lighthouse.md": ARTICLE, "www.f.example -> x.txt": "\n"})
    with serving(folder, place / "index", app="tests/page/fake_app.py") as address:
        yield address


def nothing_was_made_of_them(page: Page) -> None:
    for element in (
        "a[href*='example']",
        "img[alt='Streamlit logo']",
        "[role=img][aria-label='check icon']",
        ".katex",
        "p > .stMarkdownColoredText",  # the page's own stand in another span
        ".stMarkdownBadge",
        "streamlit-help-icon",
        "[data-testid=stMarkdownContainer] code",
    ):
        assert not [found.evaluate("e => e.outerHTML") for found in page.locator(element).all()]
    for sign in "→←↔≥😄":
        expect(page.get_by_text(sign)).to_have_count(0)


def test_words_of_documents_stay_words(tab: Tab, address: str) -> None:
    page = tab(address)
    claims = answered(ask(page, KEEPER))
    expect(claims).to_contain_text(TEXT)
    claims.locator("button").first.click()
    expect(page.locator(".st-key-source-head")).to_contain_text(f"{SIGNS} lighthouse")
    expect(page.locator(".st-key-facts")).to_contain_text(SIGNS)
    expect(page.locator(".st-key-facts")).to_contain_text("www.s.example -> :smile:")
    nothing_was_made_of_them(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Articles").click()
    row = page.locator(".st-key-row-0")
    expect(row.get_by_role("button", name=f"{SIGNS} lighthouse")).to_be_visible()
    expect(row.get_by_test_id("stCaptionContainer").nth(1)).to_have_text(SIGNS)
    expect(page.get_by_text("www.f.example -> x.txt").first).to_be_visible()
    expect(row.get_by_role("checkbox")).to_have_count(1)
    nothing_was_made_of_them(page)


def test_words_of_questions_stay_words(tab: Tab, address: str) -> None:
    page = tab(address)
    answered(ask(page, SIGNS))
    expect(page.locator("[class*='st-key-asked']").get_by_text(SIGNS)).to_be_visible()
    expect(page.locator(".st-key-heading")).to_contain_text(SIGNS[:40])
    expect(listed(page, SIGNS[:40])).to_be_visible()
    nothing_was_made_of_them(page)
