"""People sign in to the page, in a real browser and with a real provider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.page.browser import ANSWERING, answered, ask, box
from tests.page.provider import FORGED
from tests.page.signed import button, free_port, listed, page_of, sign_in
from tests.page.tabs import BUILT


@pytest.fixture(scope="module")
def address(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place, admins = tmp_path_factory.mktemp("people"), "ann@news.example"
    with page_of(place, free_port(), issuer, QUOTH_ADMINS=admins) as address:
        yield address


def test_each_sees_their_own_conversations(address: str, visitor: Any) -> None:
    ann, bob = visitor(address), visitor(f"{address}/articles")
    for page in (ann, bob):
        expect(button(page)).to_be_visible(timeout=ANSWERING)
        assert box(page).count() == page.get_by_text("Search chats").count() == 0
    sign_in(ann, "Ann")
    box(ann).wait_for(timeout=ANSWERING)
    expect(ann.get_by_text("ann@news.example")).to_be_visible()
    assert "1962" in (answered(ask(ann, BUILT)).text_content() or "")
    hers = ann.url
    assert "chat=" in hers
    expect(listed(ann)).to_have_count(1)

    stranger = visitor(hers)
    expect(button(stranger)).to_be_visible(timeout=ANSWERING)
    assert BUILT not in stranger.content()

    sign_in(bob, "Bob")
    box(bob).wait_for(timeout=ANSWERING)
    bob.goto(hers)
    lost = bob.get_by_text("There is no chat at this address; it may have been deleted.")
    expect(lost).to_be_visible(timeout=ANSWERING)
    assert BUILT not in bob.content()
    assert listed(bob).count() == bob.get_by_role("button", name="Export").count() == 0

    answered(ask(bob, "When did the bridge over the Lund open?"))  # at her address, a chat of his
    assert bob.url != hers
    expect(listed(bob)).to_have_count(1)

    ann.reload()
    expect(ann.get_by_text(BUILT).last).to_be_visible(timeout=ANSWERING)
    expect(listed(ann)).to_have_count(1)
    ann.get_by_role("button", name="Sign out").click()
    expect(button(ann)).to_be_visible(timeout=ANSWERING)
    assert "sign-in" not in ann.url
    sign_in(ann, "Bob")  # the same browser, another person
    expect(ann.get_by_text("bob@news.example")).to_be_visible(timeout=ANSWERING)
    expect(listed(ann)).to_have_count(1)
    assert BUILT not in ann.content()


def told_of_it(page: Page, address: str) -> None:
    said = re.compile("Signing in did not work")
    expect(page.get_by_text(said)).to_be_visible(timeout=ANSWERING)
    expect(page.get_by_text(said)).to_contain_text(address)
    expect(button(page)).to_be_visible()
    assert box(page).count() == 0


def test_who_says_no_at_the_provider_is_told(address: str, visitor: Any) -> None:
    page = visitor(address)
    sign_in(page, "nobody")
    told_of_it(page, address)
    sign_in(page, "Ann")  # and may try again
    box(page).wait_for(timeout=ANSWERING)


@pytest.mark.parametrize("how", FORGED)
def test_a_token_that_none_should_believe_signs_nobody_in(
    address: str, visitor: Any, how: str
) -> None:
    page = visitor(address)
    sign_in(page, f"Ann, {how}")
    told_of_it(page, address)
    page.goto(address)
    expect(button(page)).to_be_visible(timeout=ANSWERING)
    assert "ann@news.example" not in page.content()


@pytest.mark.parametrize(("name", "may"), [("Ann", True), ("Bob", False), ("Eve", False)])
def test_what_all_share_is_for_administrators(
    address: str, visitor: Any, name: str, may: bool
) -> None:
    """Eve says that her e-mail address is Ann's, which nobody has verified."""
    page = visitor(address)
    sign_in(page, name)
    box(page).wait_for(timeout=ANSWERING)
    for view in ("Models and settings", "People"):
        expect(page.get_by_role("link", name=view)).to_have_count(int(may))
    page.get_by_role("link", name="Articles").click()
    page.wait_for_url("**/articles**", timeout=ANSWERING)  # a chat has such a button too
    page.get_by_role("button", name="The ferry Hanna").click()
    source = page.get_by_role("region", name="Source article")
    expect(source).to_be_visible(timeout=ANSWERING)
    for control in ("Sync again", "Delete chosen", "Edit"):
        expect(page.get_by_role("button", name=control)).to_have_count(int(may))
    for view, shows in (("models", "Strictness"), ("people", "Last here")):
        page.goto(f"{address}/{view}")
        if may:
            expect(page.get_by_text(shows).first).to_be_visible(timeout=ANSWERING)
        else:
            box(page).wait_for(timeout=ANSWERING)  # there is no such view: the first one
            assert page.get_by_text(shows).count() == 0
    if may:
        expect(page.get_by_text("ann@news.example").last).to_be_visible()


def test_a_cookie_made_by_hand_signs_nobody_in(address: str, visitor: Any) -> None:
    page = visitor(address)
    forged = '{"is_logged_in": true, "iss": "x", "sub": "ann", "origin": "' + address + '"}'
    page.context.add_cookies([{"name": "_streamlit_user", "value": forged, "url": address}])
    page.reload()
    expect(button(page)).to_be_visible(timeout=ANSWERING)


def sent(page: Page, address: str) -> int:
    """How a file is answered that is sent to a page's session, as Streamlit's own page does."""
    sessions: list[str] = []

    def read(frame: Any) -> None:
        message = ForwardMsg()
        with suppress(Exception):  # another kind of message
            message.ParseFromString(frame)
            sessions.append(message.new_session.initialize.session_id)

    page.on("websocket", lambda socket: socket.on("framereceived", read))
    page.reload()
    page.get_by_role("button").first.wait_for(timeout=ANSWERING)
    (session,) = {session for session in sessions if session}
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    answer = page.request.put(
        f"{address}/_stcore/upload_file/{session}/some",
        multipart={"file": {"name": "a.md", "mimeType": "text/plain", "buffer": b"x" * 4000}},
        headers={"X-Xsrftoken": cookies["_streamlit_xsrf"], "Origin": address},
    )
    return answer.status


def test_who_is_signed_out_sends_no_file(address: str, visitor: Any) -> None:
    page = visitor(address)
    expect(button(page)).to_be_visible(timeout=ANSWERING)
    assert sent(page, address) == 403
    sign_in(page, "Bob")
    box(page).wait_for(timeout=ANSWERING)
    assert sent(page, address) == 204


def test_a_wrong_secret_and_a_provider_that_is_not_there_are_told(
    issuer: str, tmp_path: Path, visitor: Any
) -> None:
    with page_of(tmp_path / "wrong", free_port(), issuer, secret="another") as address:
        page = visitor(address)
        sign_in(page, "Ann")
        told_of_it(page, address)
    nobody = f"http://127.0.0.1:{free_port()}"
    with page_of(tmp_path / "gone", free_port(), nobody) as address:
        page = visitor(address)
        button(page).click()
        told_of_it(page, address)
