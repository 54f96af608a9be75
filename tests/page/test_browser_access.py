"""The page on a phone, by keyboard alone, with hostile text, and for everybody."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.browser import (
    answered,
    ask,
    at_rest,
    box,
)
from tests.page.tabs import (
    BRIDGE,
    BUILT,
    FOCUSED,
    GEESE,
    WINE,
    Server,
    Tab,
    answer_to,
    listed,
    serious,
    shift_tab_to,
)

PHONE = {"width": 390, "height": 844}
KEEPER = "Who keeps the Marrow lighthouse?"


def test_on_a_phone_the_source_stands_below(tab: Tab) -> None:
    page = tab(size=PHONE)
    answer_to(page, BUILT).locator("button").first.click()
    mark = page.locator(".article mark")
    expect(mark).to_contain_text("built in 1962")
    expect(mark).to_be_in_viewport()
    chat, source = (page.locator(f".st-key-{name}").bounding_box() for name in ("turns", "source"))
    assert chat
    assert source
    assert source["y"] >= chat["y"] + chat["height"]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def press_until_focused(page: Page, key: str) -> None:
    """Press a key that leads to the question box; the page listens a moment after it is drawn."""
    for _ in range(60):
        page.keyboard.press(key)
        if box(page).evaluate("element => element === document.activeElement"):
            return
        page.wait_for_timeout(500)
    pytest.fail(f"{key} does not lead to the question box")


def test_the_keyboard_alone_asks_opens_and_closes(tab: Tab) -> None:
    page = tab(scheme="dark")
    at_rest(page)
    press_until_focused(page, "/")
    page.keyboard.type(BUILT)
    page.keyboard.press("Enter")
    turn = page.locator("[class*='st-key-turn-']")
    expect(answered(turn).locator("button").first).to_be_visible()
    at_rest(page)  # what is drawn anew under the focus would send it to the top of the page
    shift_tab_to(page, "Source 1")
    assert page.evaluate(f"getComputedStyle({FOCUSED}).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".article mark")).to_be_in_viewport()
    page.keyboard.press("Escape")  # the card
    page.keyboard.press("Escape")  # the source
    expect(page.locator(".article")).to_have_count(0)
    at_rest(page)
    press_until_focused(page, "Control+k")
    page.keyboard.type("a/b")
    expect(box(page)).to_have_value("a/b")
    dark = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert max(map(int, re.findall(r"\d+", dark)[:3])) < 80


def test_markup_in_an_article_is_only_text(tab: Tab) -> None:
    page = tab()
    claims = answer_to(page, KEEPER)
    expect(claims).to_contain_text("<b>Ida Vann</b>")
    claims.locator("button").first.hover()
    title = "<img src=x onerror=window.harmed=1> The **Marrow** lighthouse"
    expect(page.locator(".card")).to_contain_text(title)
    claims.locator("button").first.click()
    article = page.locator(".article")
    expect(article).to_contain_text("<script>window.harmed=1</script> and $two$ [dogs](java")
    expect(page.locator(".st-key-source-head")).to_contain_text(title)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Articles").click()
    expect(page.get_by_role("button", name=title).first).to_be_visible()
    assert page.evaluate("window.harmed") is None
    for element in ("img[src='x']", "iframe[srcdoc]", "a[href^='javascript']", ".katex"):
        expect(page.locator(element)).to_have_count(0)


def test_markup_in_a_question_is_only_text(tab: Tab) -> None:
    page = tab()
    question = "<img src=x onerror=window.harmed=1> What is $x$ in **France**?"
    answer_to(page, question)
    expect(page.locator("[class*='st-key-asked']").get_by_text(question)).to_be_visible()
    expect(page.locator(".st-key-heading").get_by_text(question)).to_be_visible()
    expect(listed(page, question)).to_be_visible()
    assert page.evaluate("window.harmed") is None


def test_a_new_question_is_scrolled_to(tab: Tab) -> None:
    page = tab(size={"width": 1000, "height": 600})
    for question in (BUILT, BRIDGE, GEESE):
        answer_to(page, question)
        expect(page.locator("[class*='st-key-asked']").last).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_serious_to_say(server: Server, tab: Tab, scheme: str) -> None:
    page = tab(scheme=scheme)
    checked = {"welcome": serious(page)}
    with server.held():
        turn = ask(page, BUILT)
        turn.locator("figure").first.wait_for()
        checked["in work"] = serious(page)
    answered(turn).locator("button").first.click()
    page.locator(".article mark").wait_for()
    checked["answer"] = serious(page)
    answer_to(page, WINE)
    checked["refusal"] = serious(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Articles").click()
    page.get_by_role("heading", name="Articles").wait_for()
    checked["articles"] = serious(page)
    assert checked == {name: [] for name in checked}
