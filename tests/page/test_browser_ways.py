"""What only a browser shows of smaller ways: keys, paper, files dropped, telling anew."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import world
from tests.page.browser import ANSWERING, answered, at_rest, box, send, tick
from tests.page.tabs import BUILT, GEESE, Tab, answer_to
from tests.page.test_browser_access import serious

TEA = b"# Of green tea\n\nGreen tea is grown in the hills of Uji by forty families.\n"


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    page.get_by_test_id("stChatInput").locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
    )
    expect(page.get_by_test_id("stChatInput").get_by_text(files[-1][0])).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_keys_are_listed_by_a_key(tab: Tab, scheme: str) -> None:
    page = tab(scheme=scheme)
    answer_to(page, BUILT).locator("button").first.click()
    page.locator(".article mark").wait_for()
    at_rest(page)
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Go to the question box")
    expect(keys.get_by_role("button", name="Close")).to_be_focused()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    expect(page.locator(".article")).to_be_visible()  # the list alone was closed
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Enter")  # on Close
    expect(keys).to_have_count(0)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Keyboard shortcuts").click()
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    box(page).focus()
    page.keyboard.type("Why?")
    expect(keys).to_have_count(0)
    expect(box(page)).to_have_value("Why?")


def test_the_keys_are_listed_on_every_view(tab: Tab) -> None:
    page = tab(scheme="dark")
    for view in ("Articles", "Models and settings"):
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=view).click()
        page.get_by_role("heading", name=view).wait_for()
        at_rest(page)
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(keys).to_be_visible()
        page.keyboard.press("Escape")
        expect(keys).to_have_count(0)
        assert serious(page) == [], view


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chat_prints_with_its_quotes_and_nothing_to_click(
    tab: Tab, scheme: str, tmp_path: Path
) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    page = tab(scheme=scheme)
    answer_to(page, BUILT)
    answer_to(page, GEESE).locator("button").first.click()
    page.locator(".article mark").wait_for()
    page.pdf(path=tmp_path / "chat.pdf", format="A4")
    printed = pypdfium2.PdfDocument(tmp_path / "chat.pdf")
    text = " ".join("".join(p.get_textpage().get_text_range() for p in printed).split())
    assert text.count("built in 1962 at the Skarvik yard") == 2  # the claim and its quote
    for left_out in ("New chat", "Ask again", "Keyboard shortcuts", "Close", "Export", "Simpler"):
        assert left_out not in text
    image = printed[0].render(scale=1).to_numpy()
    assert (image[:40].min(), image.mean() > 235) == (255, True)  # margins; dark words on white


def test_a_file_is_dropped_with_a_question(tab: Tab) -> None:
    page = tab()
    drop(page, ("tea.md", TEA), ("bad.txt", bytes(range(32))))
    send(page, "Where is green tea grown?")
    turn = page.locator("[class*='st-key-turn-']").first
    turn.wait_for(timeout=ANSWERING)
    expect(answered(turn)).to_contain_text("hills of Uji by forty families")
    told = page.locator(".st-key-drop")
    expect(told).to_contain_text("bad.txt is not a text file.")
    expect(told).to_contain_text("Added as “Of green tea”, 1 passage. This chat asks nothing else")
    expect(page.locator(".st-key-choice")).to_contain_text("Articles: 1")
    assert serious(page) == []
    told.get_by_role("button", name="Close").click()
    expect(told).to_have_count(0)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Articles").click()
    shelf = page.locator(".st-key-shelf")
    shelf.get_by_role("button", name="Of green tea").wait_for()
    tick(shelf.get_by_role("checkbox", name="Choose Of green tea"))
    shelf.get_by_role("button", name="Delete chosen (1)").click()  # as others expect it
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(shelf.get_by_text("Removed.")).to_be_visible()


def test_an_answer_is_told_in_points(tab: Tab) -> None:
    page = tab(size={"width": 390, "height": 844})
    answer_to(page, BUILT)
    page.get_by_role("button", name="In bullet points").click()
    turn = page.locator("[class*='st-key-turn-']").nth(1)
    turn.wait_for()
    claims = answered(turn)
    expect(claims).to_have_class(re.compile("listed"))
    expect(claims).to_contain_text("1962")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert serious(page) == []


def test_judged_answers_are_exported(tab: Tab) -> None:
    page = tab(scheme="dark")
    turn = page.locator("[class*='st-key-turn-']")
    answer_to(page, BUILT)
    turn.locator("[class*='st-key-rate-'] button").first.click()
    expect(turn.get_by_text("Add a comment")).to_be_visible()
    page.locator(".st-key-export button").click()
    assert serious(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Judged answers of all chats").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert any(
        one["rating"] == 1 and one["question"] == BUILT and world.BUILT in one["answer"]
        for one in map(json.loads, lines)
    )
