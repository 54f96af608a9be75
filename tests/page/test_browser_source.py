"""The source beside the chat and the list, in a browser: in view whole, at every size."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")

from playwright.sync_api import Page, expect

from tests.page.tabs import BUILT, GEESE, Tab, answer_to

SIZES = [(1280, 720), (1024, 768), (390, 844)]


def in_view(page: Page, pane: str) -> None:
    """The pane's head and foot stand between the top and the question box."""
    page.wait_for_timeout(2500)  # it is looked after so long
    head, foot = page.locator(".st-key-source-head"), page.locator(".article")
    expect(head).to_be_visible()
    box, end = head.bounding_box(), foot.bounding_box()
    assert box
    assert end
    height = page.evaluate("innerHeight")
    asked = page.get_by_test_id("stBottomBlockContainer")
    room = asked.bounding_box() if asked.count() else None
    assert box["y"] >= 0
    assert end["y"] + end["height"] <= (room["y"] if room else height), pane


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_open_source_is_in_view_whole(tab: Tab, width: int, height: int) -> None:
    page = tab(size={"width": width, "height": height})
    answer_to(page, BUILT)
    answer_to(page, GEESE).locator("button").first.click()
    page.locator(".article mark").wait_for()
    in_view(page, "chat")
    page.mouse.move(width - 60, height / 2)
    page.mouse.wheel(0, -2000)
    page.locator(".claims button").first.click()
    in_view(page, "chat, after scrolling")
    page.goto(page.url.partition("?")[0] + "articles")
    page.locator(".st-key-shelf").get_by_role("button", name="The Lund bridge").click()
    page.locator(".article").wait_for()
    in_view(page, "articles")
