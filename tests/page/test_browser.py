"""What only a browser shows, with the models that come with the install."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")

from playwright.sync_api import Browser, Locator, Page, expect

from tests.page.browser import (
    ROOT,
    answered,
    ask,
    box,
    browsing,
    chromium,
    serving,
)

if chromium() is None:
    pytest.skip(
        "no Chromium was found; install Debian's package chromium to run the browser tests",
        allow_module_level=True,
    )

WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
CHARGE = "How large was the charge that Nvidia took for H20 chips?"
VOTES = "By how many votes did the committee approve the Chip Security Act?"
KEEPER = "Who keeps the Marrow lighthouse?"
HOSTILE = (
    "<img src=x onerror=window.harmed=1> The **Marrow** lighthouse\n\n"
    "The Marrow lighthouse is kept by <b>Ida Vann</b><script>window.harmed=1</script> and $two$ "
    "[dogs](javascript:window.harmed=1). <iframe srcdoc='<script>parent.harmed=1</script>'>"
    "</iframe> It burns whale oil.\n"
)

Tab = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    assert path is not None
    with browsing(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all tests, over the sample articles and a hostile one."""
    place = tmp_path_factory.mktemp("page")
    folder = place / "articles"
    shutil.copytree(ROOT / "seeds", folder)
    (folder / "lighthouse.txt").write_text(HOSTILE, encoding="utf-8")
    with serving(folder, place / "index") as address:
        yield address


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """Opens tabs; at the end none may have met an error or looked outside this machine."""
    contexts, faults = [], []

    def new_tab(address: str, *, size: dict[str, int] = WIDE, scheme: str = "light") -> Page:
        context = browser.new_context(viewport=size, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: faults.extend(_outside(request.url, address)))
        page.goto(address)
        return page

    yield new_tab
    for context in contexts:
        context.close()
    assert not faults


def _outside(url: str, address: str) -> list[str]:
    inside = url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
    return [] if inside else [url]


def answer_to(page: Page, question: str) -> Locator:
    box(page).wait_for(timeout=60_000)
    return answered(ask(page, question))


def quote_of(marker: Locator) -> str:
    found = re.match("“(.+)”\n", marker.get_attribute("title") or "", re.S)
    assert found
    return found[1]


def test_a_marker_opens_the_source_at_its_sentence(address: str, tab: Tab) -> None:
    page = tab(address)
    claims = answer_to(page, CHARGE)
    expect(claims).to_contain_text("$4.5 billion")
    for place in range(claims.locator("button").count()):
        marker = claims.locator("button").nth(place)
        quote = quote_of(marker)
        marker.click()
        mark = page.locator(".article mark")
        expect(mark).to_have_text(quote)
        expect(mark).to_be_in_viewport()
        expect(marker).to_have_attribute("aria-pressed", "true")
    chat = page.locator(".st-key-conversation").bounding_box()
    source = page.locator(".st-key-source").bounding_box()
    assert chat
    assert source
    assert source["x"] >= chat["x"] + chat["width"]
    assert source["x"] + source["width"] <= WIDE["width"]
    page.get_by_text("Sentences found").click()
    expect(page.locator("figure").first).to_be_visible()


def test_on_a_phone_the_source_stands_below(address: str, tab: Tab) -> None:
    page = tab(address, size=PHONE)
    marker = answer_to(page, CHARGE).locator("button").first
    quote = quote_of(marker)
    marker.click()
    mark = page.locator(".article mark")
    expect(mark).to_have_text(quote)
    expect(mark).to_be_in_viewport()
    chat = page.locator(".st-key-conversation").bounding_box()
    source = page.locator(".st-key-source").bounding_box()
    assert chat
    assert source
    assert source["y"] >= chat["y"] + chat["height"]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def test_the_keyboard_alone_asks_and_opens_a_source(address: str, tab: Tab) -> None:
    page = tab(address, scheme="dark")
    answer_to(page, CHARGE)
    expect(box(page)).to_be_focused()
    focused = "document.activeElement.shadowRoot?.activeElement ?? document.activeElement"
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        label = page.evaluate(f"({focused}).getAttribute('aria-label') ?? ''")
        if label.startswith("Open source"):
            break
    else:
        pytest.fail("no marker was reached by Shift+Tab")
    assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".article mark")).to_be_in_viewport()
    dark = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert max(map(int, re.findall(r"\d+", dark)[:3])) < 80


def test_a_question_out_of_the_blue_gets_the_nearest_passages(address: str, tab: Tab) -> None:
    page = tab(address)
    answer_to(page, "What is the capital of France?")
    expect(page.get_by_text("The articles do not say.")).to_be_visible()
    expect(page.locator(".claims")).to_have_count(0)
    near = page.locator("[class*='st-key-near'] figure").first
    quote = near.locator("blockquote").inner_text()
    near.locator("button").click()
    expect(page.locator(".article mark")).to_have_text(quote)
    expect(page.locator(".article mark")).to_be_in_viewport()
    page.locator(".st-key-close button").click()
    expect(page.locator(".article")).to_have_count(0)


def test_markup_in_an_article_is_only_text(address: str, tab: Tab) -> None:
    page = tab(address)
    answer_to(page, KEEPER)
    listed = page.get_by_test_id("stSidebar").get_by_role("button", name="Marrow")
    listed.click()
    article = page.locator(".article")
    expect(article).to_contain_text("<script>window.harmed=1</script> and $two$ [dogs](java")
    title = "<img src=x onerror=window.harmed=1> The **Marrow** lighthouse"
    expect(page.locator(".st-key-source-head")).to_contain_text(title)
    expect(listed).to_contain_text(title)
    expect(page.locator(".st-key-conversation")).to_contain_text("Ida Vann")
    assert page.evaluate("window.harmed") is None
    for element in ("img[src='x']", "iframe[srcdoc]", "a[href^='javascript']", ".katex"):
        expect(page.locator(element)).to_have_count(0)


def test_markup_in_a_question_is_only_text(address: str, tab: Tab) -> None:
    page = tab(address)
    question = "<img src=x onerror=window.harmed=1> What is $x$ in **France**?"
    answer_to(page, question)
    expect(page.get_by_text(question)).to_be_visible()
    assert page.evaluate("window.harmed") is None


def test_two_tabs_at_once_get_their_own_answers(address: str, tab: Tab) -> None:
    one, other = tab(address), tab(address)
    for page in (one, other):
        box(page).wait_for(timeout=60_000)
    for message in [ask(one, CHARGE), ask(other, VOTES)]:
        answered(message)
    expect(one.locator(".claims")).to_contain_text("$4.5 billion")
    expect(other.locator(".claims")).to_contain_text("42 votes")
    expect(one.locator(".st-key-conversation")).not_to_contain_text("Security Act?")
    expect(other.locator(".st-key-conversation")).not_to_contain_text("How large")


def test_a_new_question_is_scrolled_to(address: str, tab: Tab) -> None:
    page = tab(address, size={"width": 1000, "height": 600})
    for question in (CHARGE, "What is the capital of France?", VOTES):
        answer_to(page, question)
        expect(page.locator("[class*='st-key-asked']").last).to_be_in_viewport()


def test_a_missing_folder_is_told_in_one_line(tmp_path: Path, tab: Tab) -> None:
    missing = tmp_path / "articles"
    with serving(missing, tmp_path / "index" / "articles") as address:
        page = tab(address)
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(f"The folder {missing} does not exist.", timeout=60_000)
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        expect(page.get_by_text("Traceback")).to_have_count(0)
        expect(box(page)).to_have_count(0)
