"""Two people at one page, in a real browser, signed in by a real provider."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.page import people
from rag.page.source import Opened
from rag.service.engine import Engine
from rag.service.tasks import adding, removing
from tests.page.browser import ANSWERING, ROOT, _await, answered, ask, box
from tests.page.provider import CLIENT, FORGED, SECRET, providing
from tests.slow import until
from tests.world import ARTICLES, write

SECRETS = """[auth]
redirect_uri = "{page}/oauth2callback"
cookie_secret = "{cookie}"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""
COOKIE = "0123456789abcdef" * 4
SALE = (
    b"---\ntitle: A sale to Zephyrine\n---\n\n"
    b"The harbour of Skarvik will be sold to Zephyrine for 77 crowns.\n"
)
BUILT = "When was the ferry Hanna built?"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def page_of(
    place: Path, port: int, issuer: str, *, secret: str = SECRET, **settings: str
) -> Iterator[str]:
    """The page as `quoth page` opens it, for people whom the issuer knows."""
    address = f"http://127.0.0.1:{port}"
    told = SECRETS.format(page=address, cookie=COOKIE, client=CLIENT, secret=secret, issuer=issuer)
    (place / ".streamlit").mkdir(parents=True)
    (place / ".streamlit" / "secrets.toml").write_text(told)
    folder, log = write(place / "articles", ARTICLES), place / "page.log"
    command = [sys.executable, "-m", "rag", "page", str(folder), "--index", str(place / "index")]
    command += ["--address", "127.0.0.1", "--port", str(port), "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "QUOTH_LLM": "none"} | settings
    with log.open("wb") as output:
        run = subprocess.Popen(
            command, cwd=place, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _await(address, run, log)
            yield address
        finally:
            run.terminate()
            with suppress(subprocess.TimeoutExpired):
                run.wait(30)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with providing(free_port()) as address:
        yield address


@pytest.fixture(scope="module")
def address(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place, admins = tmp_path_factory.mktemp("people"), "ann@news.example"
    with page_of(place, free_port(), issuer, QUOTH_ADMINS=admins) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Any]:
    contexts = []

    def arrive(address: str) -> Page:
        contexts.append(context := browser.new_context())
        context.set_default_timeout(ANSWERING)
        page = context.new_page()
        page.goto(address)
        return page

    yield arrive
    for context in contexts:
        context.close()


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign in", exact=True)


def sign_in(page: Page, name: str) -> None:
    button(page).click()
    page.get_by_role("link", name=f"I am {name}", exact=True).click()


def listed(page: Page) -> Locator:
    return page.locator(".st-key-chats").get_by_role("link")


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


@pytest.mark.parametrize(
    "user",
    [
        {"is_logged_in": False},
        {"is_logged_in": True},
        {"is_logged_in": True, "iss": "https://login.example", "sub": ""},
        {"is_logged_in": True, "sub": "ann"},
        {"is_logged_in": False, "iss": "https://login.example", "sub": "ann"},
        {},
    ],
)
def test_who_is_not_known_has_no_chats(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any]
) -> None:
    monkeypatch.setattr("rag.page.signing.required", lambda: True)
    monkeypatch.setattr("rag.page.people.st.user", SimpleNamespace(to_dict=lambda: user))
    assert people.owner() is None
    with pytest.raises(RagError, match="signed out"):
        people.mine(assistant)


def test_people_of_two_providers_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.page.signing.required", lambda: True)
    owners = set()
    for issuer, who in (("https://a", "ann"), ("https://b", "ann"), ("https://a", "bob")):
        user = {"is_logged_in": True, "iss": issuer, "sub": who}
        monkeypatch.setattr("rag.page.people.st.user", SimpleNamespace(to_dict=lambda u=user: u))
        owners.add(people.owner())
    assert len(owners) == 3


def test_where_nobody_signs_in_chats_are_the_local_persons(assistant: Assistant) -> None:
    assert people.owner() == people.mine(assistant).owner == ""


def test_the_page_takes_chats_from_one_place_only() -> None:
    """Else one piece of it might show those of others."""
    for module in (ROOT / "rag/page").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "chats":
                of = ast.unparse(node.value)
                assert of == "store" or module.name == "people.py", f"{module}: {of}.chats"


def signed_in(monkeypatch: pytest.MonkeyPatch, who: str, **told: Any) -> None:
    """Who is at every tab that is drawn from now on."""
    user = {"is_logged_in": True, "iss": "https://login.example", "sub": who} | told
    monkeypatch.setattr("rag.page.signing.required", lambda: True)
    for module in ("people", "chat"):
        monkeypatch.setattr(
            f"rag.page.{module}.st.user", SimpleNamespace(to_dict=lambda: user), raising=False
        )


@pytest.mark.parametrize(
    ("admins", "told", "may"),
    [
        ("", {}, False),
        ("Ann@News.example", {"email": "ann@news.EXAMPLE", "email_verified": True}, True),
        ("ann@news.example", {"email": "ann@news.example", "email_verified": False}, False),
        ("ann@news.example", {"email": "ann@news.example", "email_verified": "true"}, False),
        ("ann@news.example", {"email": "ann@news.example"}, False),
        ("ann@news.example", {"email": "", "email_verified": True}, False),
        ("ann@news.example", {"email": "bob@news.example", "email_verified": True}, False),
        ("bob@news.example, https://login.example  ann", {}, True),
        ("https://login.example ANN", {}, False),
        ("https://another.example ann", {}, False),
        (
            "https://login.example eve",
            {"email": "https://login.example eve", "email_verified": True},
            False,
        ),
    ],
)
def test_who_administers(
    monkeypatch: pytest.MonkeyPatch, admins: str, told: dict[str, Any], may: bool
) -> None:
    monkeypatch.setenv("QUOTH_ADMINS", admins)
    signed_in(monkeypatch, "ann", **told)
    assert people.administers() is may


def test_who_is_signed_out_administers_nothing(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_ADMINS", "ann@news.example")
    signed_in(monkeypatch, "ann", email="ann@news.example", email_verified=True, is_logged_in=False)
    assert not people.administers()
    with pytest.raises(RagError, match="Only administrators"):
        people.everybody(assistant)


READS = {
    "engine": {"assistant", "settings", "state", "questions", "followups", "arrival", "following"}
    | {"start", "assistant_of"},  # of the first who comes; see `rag.page.opening.ready`
    "engine.following": {"active", "changes", "hindered", "task"},
    "engine.reindexing": {"state", "by_words"},
    "engine.fetching": {"state", "name", "unfinished"},
    "engine.measuring": {"state", "ended"},
    "assistant": {"documents", "failures", "folder", "index", "settings", "counts", "info", "line"}
    | {"find_document", "search", "drawn", "digest", "model", "chats", "outdated"},
}


def test_the_page_changes_what_all_share_through_one_place_only() -> None:
    """Whatever is drawn, and whatever a browser sends: each change asks who wants it."""
    for module in (ROOT / "rag/page").glob("*.py"):
        if module.name == "people.py":  # the one place
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            of = ast.unparse(node.value)
            reads = READS.get(of, {node.attr}) | {
                whole.partition(".")[2] for whole in READS if whole.startswith(f"{of}.")
            }
            assert node.attr in reads, f"{module}, line {node.lineno}: {of}.{node.attr}"


def test_what_was_drawn_for_an_administrator_does_nothing_for_another(
    assistant: Assistant, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a browser would send it that still shows what somebody else may do."""
    monkeypatch.setenv("QUOTH_ADMINS", "https://login.example ann")
    engine = Engine(lambda: assistant)

    def shown(**how: Any) -> AppTest:
        signed_in(monkeypatch, "ann")
        tab = visit(engine, **how)
        signed_in(monkeypatch, "bob")
        return tab

    before = [info.id for info in assistant.documents()]
    library = shown(library=True)
    library.button(key="sync-again").click().run()
    assert library.exception
    signed_in(monkeypatch, "ann")
    library = visit(engine, library=True)
    library.checkbox(key="choose-False-ferry.md").check().run()
    signed_in(monkeypatch, "bob")
    library.button(key="delete-chosen").click().run()
    assert not keyed(library, "delete-yes")
    signed_in(monkeypatch, "ann")
    library = visit(engine, library=True)
    library.checkbox(key="shared").check().run()
    signed_in(monkeypatch, "bob")
    library.text_input(key="address").set_value("https://news.example/a.md")
    library.button(key="FormSubmitter:fetch-Fetch").click().run()
    assert library.exception
    library = shown(library=True)
    library.button(key="open-ferry.md").click().run()
    assert keyed(library, "close")
    assert not keyed(library, "facts-keep")
    assert engine.wait(60)
    assert [info.id for info in assistant.documents()] == before


def keyed(tab: AppTest, key: str) -> bool:
    return any(button.key == key for button in tab.button)


def told(tab: AppTest) -> str:
    """All that a tab was sent."""
    nodes = (node for part in (tab.main, tab.sidebar) for node in part)
    return " ".join(str(getattr(node, "proto", "")) for node in nodes)


def test_what_somebody_adds_is_found_and_seen_by_them_alone(
    assistant: Assistant, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every view of the page, whatever another types, opens or chooses."""
    monkeypatch.setenv("QUOTH_ADMINS", "https://login.example cid")
    engine = Engine(lambda: assistant)
    signed_in(monkeypatch, "ann")
    tab = visit(engine)
    tab.chat_input[0].set_value("Hello").run()
    people.give(engine, [adding("sale.md", SALE)], shared=False)
    assert engine.wait(60)
    (hers,) = (i.id for i in people.seen(engine).documents() if i.id.startswith("~/"))  # type: ignore[union-attr]
    library = visit(engine, library=True)
    assert "Zephyrine" in told(library)
    library.button(key=f"open-{hers}").click().run()
    assert keyed(library, "facts-keep")
    tab = visit(engine)
    tab.chat_input[0].set_value("Who will the harbour of Skarvik be sold to?").run()
    until(lambda: not engine.questions.busy())
    assert "Zephyrine" in told(tab.run())
    chats = people.mine(people.seen(engine))  # type: ignore[arg-type]
    assert any("Zephyrine" in str(t.answer) for c in chats.chats() for t in chats.turns(c.id))

    for who in ("bob", "cid"):  # an administrator too
        signed_in(monkeypatch, who)
        library = visit(engine, library=True)
        assert "Zephyrine" not in told(library)
        assert not [b for b in library.button if b.key == f"open-{hers}"]
        library.session_state["source"] = Opened(hers, 0, 40, 1)
        library.text_input(key="library-sought").set_value("zephyrine crowns").run()
        assert "not here any more" in told(library)
        assert "Zephyrine" not in told(library)
        tab = visit(engine)
        tab.session_state["source"] = Opened(hers, 0, 40, 1)
        tab.chat_input[0].set_value("Who will the harbour of Skarvik be sold to?").run()
        until(lambda: not engine.questions.busy())
        tab.run()
        assert not tab.exception
        assert "Zephyrine" not in told(tab)
        people.give(engine, [removing(hers, "x")], shared=False)
        if who == "cid":
            people.give(engine, [removing(hers, "x")], shared=True)
        assert engine.wait(60)
    signed_in(monkeypatch, "ann")
    assert people.seen(engine).find_document(hers) is not None  # type: ignore[union-attr]


def test_an_administrator_adds_for_everybody_only_where_they_say_so(
    assistant: Assistant, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_ADMINS", "https://login.example cid")
    engine = Engine(lambda: assistant)
    signed_in(monkeypatch, "bob")
    visit(engine)
    with pytest.raises(RagError, match="Only administrators"):
        people.give(engine, [adding("sale.md", SALE)], shared=True)
    assert not [box for box in visit(engine, library=True).checkbox if box.key == "shared"]
    signed_in(monkeypatch, "cid")
    library = visit(engine, library=True)
    assert library.checkbox(key="shared").value is False
    people.give(engine, [adding("sale.md", SALE)], shared=True)
    assert engine.wait(60)
    signed_in(monkeypatch, "bob")
    library = visit(engine, library=True)
    assert "Zephyrine" in told(library)
    assert not [box for box in library.checkbox if box.key == "choose-False-sale.md"]
    monkeypatch.setattr("rag.page.people.st.user", SimpleNamespace(to_dict=dict))
    with pytest.raises(RagError, match="signed out"):
        people.give(engine, [adding("b.md", SALE)], shared=False)
