"""What only a browser shows: the real page over fakes, and once over the bundled models."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import world
from tests.page.browser import (
    ROOT,
    answered,
    ask,
    at_rest,
    box,
    chromium,
    serving,
    visit,
)
from tests.page.tabs import (
    BRIDGE,
    BUILT,
    GEESE,
    WIDE,
    Server,
    Tab,
    answer_to,
    listed,
    shift_tab_to,
)

pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")


if chromium() is None:
    pytest.skip(
        "no Chromium was found; install Debian's package chromium to run the browser tests",
        allow_module_level=True,
    )


expect.set_options(timeout=30_000)  # a busy machine is slow, and no test is about speed


CHARGE = "How large was the charge that Nvidia took for H20 chips?"


def menu(page: Page, choice: str) -> None:
    page.locator(".st-key-menu button").click()
    page.get_by_role("menuitem", name=choice).or_(page.get_by_role("option", name=choice)).click()


def test_evidence_comes_first_and_nothing_moves_when_claims_come(server: Server, tab: Tab) -> None:
    page = tab()
    with server.held():
        turn = ask(page, BUILT)
        figure = turn.locator("figure").first
        expect(figure).to_contain_text("built in 1962")
        expect(turn.locator(".status")).to_contain_text("writing and checking")
        expect(turn.locator(".claims p").first).to_contain_text("built in 1962")  # the quote
        figure.evaluate("e => { e.known = true }")
        before = figure.bounding_box()
    claims = answered(turn)
    expect(claims).to_contain_text("built in 1962")
    assert figure.evaluate("e => e.known === true"), "what stands is not built anew"
    after = figure.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 3
    expect(turn.locator(".facts")).to_contain_text("Well supported")


def test_a_marker_opens_the_source_at_its_sentence_and_escape_closes_it(tab: Tab) -> None:
    page = tab()
    marker = answer_to(page, BUILT).locator("button").first
    marker.click()
    mark = page.locator(".article mark")
    expect(mark).to_have_text(world.BUILT)
    expect(mark).to_be_in_viewport()
    expect(marker).to_have_attribute("aria-pressed", "true")
    chat, source = (page.locator(f".st-key-{name}").bounding_box() for name in ("turns", "source"))
    assert chat
    assert source
    assert source["x"] >= chat["x"] + chat["width"]
    assert source["x"] + source["width"] <= WIDE["width"]
    page.mouse.move(5, 5)
    expect(page.locator(".card")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".article")).to_have_count(0)
    expect(marker).to_have_attribute("aria-pressed", "false")


def test_a_marker_shows_its_quote_when_pointed_at_or_focused(tab: Tab) -> None:
    page = tab()
    marker = answer_to(page, BUILT).locator("button").first
    marker.hover()
    card = page.locator(".card")
    expect(card).to_be_visible()
    expect(card).to_contain_text(world.BUILT)
    expect(card).to_contain_text("1 June 2022")
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    marker.click()
    expect(page.locator(".article")).to_be_visible()
    page.mouse.move(5, 5)
    box(page).focus()
    shift_tab_to(page, "Source 1")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.locator(".article")).to_be_visible()


def test_a_refusal_shows_the_nearest_passages(tab: Tab) -> None:
    page = tab()
    turn = ask(page, "Which wine goes with blue cheese?")
    claims = answered(turn)
    expect(claims).to_contain_text("The articles do not say. 5 passages in 5 articles")
    expect(claims.locator("button")).to_have_count(0)
    expect(turn.locator("summary").first).to_contain_text("Nearest passages")
    near = turn.locator("figure").first
    quote = near.locator("blockquote").inner_text()
    near.locator("button").click()
    expect(page.locator(".article mark")).to_have_text(quote)
    expect(page.locator(".article mark")).to_be_in_viewport()
    page.locator(".st-key-close button").click()
    expect(page.locator(".article")).to_have_count(0)


def test_an_answer_is_copied_with_its_sources(tab: Tab) -> None:
    page = tab()
    turn = ask(page, BUILT)
    answered(turn)
    turn.get_by_role("button", name="Copy").click()
    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{world.BUILT} [1]")
    assert f"[1] “{world.BUILT}” The ferry Hanna" in copied


def test_a_reload_in_mid_answer_loses_nothing(server: Server, tab: Tab) -> None:
    page = tab()
    with server.held():
        ask(page, BUILT).locator("figure").first.wait_for()
        page.reload()
        turn = page.locator("[class*='st-key-turn-']")
        expect(turn.locator("figure").first).to_contain_text("built in 1962")
        expect(turn.locator(".claims p").first).to_contain_text("built in 1962")
    expect(answered(turn)).to_contain_text("built in 1962")


def test_two_tabs_wait_in_line_and_one_withdraws(server: Server, tab: Tab) -> None:
    one, other, third = tab(), tab(), tab()
    with server.held():
        first = ask(one, BUILT)
        first.locator("figure").first.wait_for()
        second = ask(other, BRIDGE)
        expect(second.locator(".status")).to_contain_text("waiting for the question before this")
        last = ask(third, GEESE)
        expect(last.locator(".status")).to_contain_text("the 2 questions before this one")
        second.get_by_role("button", name="Withdraw").click()
        expect(second).to_contain_text("Withdrawn before it was answered.")
        expect(last.locator(".status")).to_contain_text("waiting for the question before this")
    expect(answered(first)).to_contain_text("1962")
    expect(answered(last)).to_contain_text("Greenland")
    expect(second.locator(".claims")).to_have_count(0)
    expect(one.locator(".st-key-conversation")).not_to_contain_text("geese")


def test_an_answer_is_stopped_and_asked_again(server: Server, tab: Tab) -> None:
    page = tab()
    with server.held():
        turn = ask(page, BUILT)
        turn.locator("figure").first.wait_for()
        turn.get_by_role("button", name="Stop").click()
        expect(turn).to_contain_text("Stopped.")
    at_rest(page)
    page.get_by_role("button", name="Ask again").click()
    expect(answered(page.locator("[class*='st-key-turn-']"))).to_contain_text("1962")


def test_a_chat_is_renamed_opened_by_its_address_and_deleted(tab: Tab) -> None:
    page = tab()
    answer_to(page, BUILT)
    menu(page, "Rename")
    page.get_by_label("Title").fill("Of ships & <b>yards</b>")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    link = listed(page, "Of ships & <b>yards</b>")
    expect(link).to_be_visible()
    expect(page.locator(".st-key-heading")).to_contain_text("Of ships & <b>yards</b>")

    assert re.search(r"\?chat=\w+$", page.url)
    other = tab(page.url)
    expect(other.locator(".claims")).to_contain_text("1962")
    other.get_by_role("button", name="New chat").click()
    expect(other.get_by_text("Ask your articles")).to_be_visible()
    listed(other, "Of ships & <b>yards</b>").click()
    expect(other.locator(".claims")).to_contain_text("1962")
    expect(other).to_have_url(page.url)

    menu(page, "Delete")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(link).to_be_visible()
    menu(page, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Ask your articles")).to_be_visible()
    expect(link).to_have_count(0)
    other.reload()
    expect(other.get_by_text("There is no chat at this address")).to_be_visible()


def test_other_views_lead_back_to_the_same_chat(tab: Tab) -> None:
    page = tab()
    answer_to(page, GEESE)
    address = page.url
    side = page.get_by_test_id("stSidebarNav")
    side.get_by_role("link", name="Articles").click()
    expect(page.get_by_role("heading", name="Articles")).to_be_visible()
    side.get_by_role("link", name="Chat").click()
    expect(page.locator(".claims")).to_contain_text("Greenland")
    expect(page).to_have_url(address)


@pytest.mark.parametrize("kind", ["Markdown", "Web page", "JSON, for programs"])
def test_a_chat_is_exported(tab: Tab, kind: str) -> None:
    page = tab()
    answer_to(page, BUILT)
    page.locator(".st-key-export button").click()
    expect(page.get_by_role("button", name=kind)).to_be_visible()
    at_rest(page)  # opening it draws the page again
    with page.expect_download() as download:
        page.get_by_role("button", name=kind).click()
    content = Path(download.value.path()).read_text(encoding="utf-8")
    assert world.BUILT in content
    if kind.startswith("JSON"):
        assert json.loads(content)


def test_the_bundled_models_answer_and_prove_it(tmp_path: Path, tab: Tab) -> None:
    with serving(ROOT / "seeds", tmp_path / "index" / "seeds") as address:
        page = tab(address, wait=False)
        visit(page, address)
        claims = answer_to(page, CHARGE)
        expect(claims).to_contain_text("$4.5 billion")
        claims.locator("button").first.click()
        expect(page.locator(".article mark")).to_contain_text("$4.5 billion")
        expect(page.locator(".article mark")).to_be_in_viewport()
