"""What one person adds is theirs alone, in real browsers with several people at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.browser import ANSWERING, ROOT, answered, ask, at_rest, box, tick
from tests.page.signed import Visitor, button, free_port, listed, page_of, sign_in
from tests.page.tabs import serious

SALE = (
    b"---\ntitle: A sale to Zephyrine\nauthor: Quirina Vex\ndate: 2024-05-06\n---\n\n"
    b"The harbour of Skarvik will be sold to Zephyrine for 77 crowns. Quirina Vex signed the "
    b"papers on Monday.\n"
)
MARKS = (b"Zephyrine", b"Quirina", b"77 crowns", b"~/")
ASKED = "Who will the harbour of Skarvik be sold to?"
GONE = "There is no chat at this address; it may have been deleted."


@pytest.fixture(scope="module")
def address(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page where Ann administers, and each may add two articles."""
    place, settings = tmp_path_factory.mktemp("private"), {"QUOTH_OWN_ARTICLES": "2"}
    settings["QUOTH_ADMINS"] = "ann@news.example"
    with page_of(place, free_port(), issuer, **settings) as address:
        yield address


def heard(page: Page) -> Callable[[], list[bytes]]:
    """Gives the marks of the article that the page has been sent from now on, drawn or not."""
    told: list[bytes] = []

    def note(sent: str | bytes) -> None:
        told.append(sent.encode() if isinstance(sent, str) else sent)

    page.on("websocket", lambda socket: socket.on("framereceived", note))
    return lambda: [mark for mark in MARKS if any(mark in one for one in told)]


def arrive(visitor: Visitor, address: str, name: str) -> Page:
    """Somebody who has signed in."""
    page = visitor(address)
    sign_in(page, name)
    box(page).wait_for(timeout=ANSWERING)
    return page


def to(page: Page, view: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=view).click()
    page.get_by_role("heading", name=view).wait_for(timeout=ANSWERING)
    at_rest(page)


def add(page: Page, **files: bytes) -> None:
    """Drop files into the view of articles."""
    page.locator(".st-key-adding-files input[type=file]").set_input_files(
        [{"name": n, "mimeType": "text/plain", "buffer": raw} for n, raw in files.items()]
    )


def row(page: Page, title: str) -> Locator:
    return page.locator(".st-key-rows").get_by_role("button", name=title)


def remove(page: Page, title: str) -> None:
    tick(page.get_by_role("checkbox", name=f"Choose {title}"))
    page.get_by_role("button", name="Delete chosen (1)").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("checkbox", name=f"Choose {title}")).to_have_count(0)


def looks_everywhere(page: Page, his: str) -> None:
    """Whatever somebody may try who guesses that there is such an article."""
    expect(page.get_by_text(GONE)).to_be_visible()  # they came for his chat
    page.get_by_role("button", name="What is the article").first.wait_for()
    answered(ask(page, ASKED))
    assert page.url != his
    page.get_by_role("button", name="What is the article").first.wait_for()  # what to ask next
    page.get_by_role("button", name="Articles: all").click()
    page.get_by_role("combobox", name="Articles to ask").fill("sale")
    expect(page.get_by_text("No results")).to_be_visible()
    for _ in ("the list", "what it drops from"):
        page.keyboard.press("Escape")
    to(page, "Articles")
    expect(page.get_by_text(re.compile("^4 articles, "))).to_be_visible()
    page.get_by_label("Search titles and text").fill("sold crowns quirina")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No article has")).to_be_visible()


def test_what_somebody_adds_is_in_nothing_that_others_are_sent(
    address: str, visitor: Visitor
) -> None:
    bob = arrive(visitor, address, "Bob")
    told = heard(bob)
    bob.reload()
    box(bob).wait_for(timeout=ANSWERING)
    to(bob, "Articles")
    add(bob, **{"sale.md": SALE})
    expect(row(bob, "A sale to Zephyrine")).to_be_visible()
    expect(bob.locator(".st-key-rows").get_by_text("private")).to_have_count(1)
    to_chat = bob.get_by_test_id("stSidebarNav").get_by_role("link", name="Chat")
    to_chat.click()
    claims = answered(ask(bob, ASKED))
    expect(claims).to_contain_text("Zephyrine")
    claims.locator("button").first.click()
    expect(bob.locator(".article mark")).to_contain_text("77 crowns")
    expect(bob.locator(".st-key-source-head")).to_contain_text("sale.md · private")
    assert told() == list(MARKS)  # so that what follows could fail

    for name in ("Eve", "Ann"):
        page = visitor(bob.url)
        others = heard(page)
        page.reload()
        sign_in(page, name)
        box(page).wait_for(timeout=ANSWERING)
        assert page.url == bob.url
        looks_everywhere(page, bob.url)
        if name == "Ann":  # who administers sees that he was there
            to(page, "People")
            expect(page.get_by_role("cell", name="bob@news.example")).to_be_visible()
        assert others() == []

    to(bob, "Articles")
    remove(bob, "A sale to Zephyrine")
    expect(bob.locator(".st-key-tasks").last).to_contain_text("Removed.")
    expect(bob.locator(".st-key-tasks").last).not_to_contain_text("kept")  # where he cannot reach
    bob.get_by_role("button", name="New chat").click()
    at_rest(bob)
    expect(answered(ask(bob, ASKED))).not_to_contain_text("Zephyrine")


def test_who_has_as_many_as_there_may_be_is_told_and_loses_nothing(
    address: str, visitor: Visitor
) -> None:
    eve = arrive(visitor, address, "Eve")
    to(eve, "Articles")
    add(eve, **{f"barge {n}.txt": f"The barge {n} is old.".encode() for n in "abc"})
    said = eve.locator(".st-key-tasks").last  # while it is drawn anew there are two
    expect(said).to_contain_text("2 articles of your own are allowed, and you have 2.")
    for title in ("barge a", "barge b"):
        expect(row(eve, title)).to_be_visible()
    expect(row(eve, "barge c")).to_have_count(0)
    remove(eve, "barge a")
    add(eve, **{"barge c.txt": b"The barge c is old."})
    expect(row(eve, "barge c")).to_be_visible()


def test_who_signs_in_lands_on_the_chat_that_they_came_for(address: str, visitor: Visitor) -> None:
    bob = arrive(visitor, address, "Bob")
    answered(ask(bob, "When was the ferry Hanna built?"))
    again = visitor(bob.url)
    sign_in(again, "nobody")  # says no first
    expect(again.get_by_text("Signing in did not work")).to_be_visible(timeout=ANSWERING)
    sign_in(again, "Bob")
    expect(again.get_by_text("When was the ferry Hanna built?").last).to_be_visible()
    assert again.url == bob.url
    again.get_by_role("button", name="Sign out").click()
    expect(button(again)).to_be_visible(timeout=ANSWERING)
    sign_in(again, "Bob")
    box(again).wait_for(timeout=ANSWERING)
    assert "chat=" not in again.url  # it was for once
    expect(listed(again).first).to_be_visible()


LOSES = """
import os, threading, time

def lose():
    while not os.path.exists({gone!r}):
        time.sleep(0.1)
    os.environ["QUOTH_ADMINS"] = ""

threading.Thread(target=lose, daemon=True).start()
"""


def test_a_click_of_who_may_no_more_is_told_and_axe_has_nothing_serious_to_say(
    issuer: str, tmp_path: Path, visitor: Visitor
) -> None:
    site, gone = tmp_path / "site", tmp_path / "gone"
    site.mkdir()
    (site / "sitecustomize.py").write_text(LOSES.format(gone=str(gone)))
    settings = {"QUOTH_ADMINS": "ann@news.example", "PYTHONPATH": f"{site}:{ROOT}"}
    with page_of(tmp_path / "page", free_port(), issuer, **settings) as address:
        page, checked = visitor(address), dict[str, list[str]]()

        def check(name: str) -> None:
            at_rest(page)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                checked[f"{name}, {scheme}"] = serious(page)

        button(page).wait_for()
        check("signed out")
        sign_in(page, "Ann")
        box(page).wait_for(timeout=ANSWERING)
        to(page, "People")
        check("people")
        to(page, "Articles")
        add(page, **{"sale.md": SALE})
        row(page, "A sale to Zephyrine").click()
        page.get_by_role("region", name="Source article").wait_for()
        check("an article of one's own")
        gone.touch()
        page.wait_for_timeout(1000)
        page.get_by_role("button", name="Sync again").click()
        expect(page.get_by_text("Only administrators change what all share")).to_be_visible()
        check("refused")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("You alone find and see what you add here.")).to_be_visible()
        expect(page.get_by_role("button", name="Sync again")).to_have_count(0)
        assert checked == {name: [] for name in checked}
