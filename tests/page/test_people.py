"""Who is at a tab, whose chats and articles they see, and what they may change for all."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.chats.people import Person
from rag.errors import RagError
from rag.page import people
from rag.page.source import Opened
from rag.service.engine import Engine
from rag.service.tasks import adding, removing
from rag.testing import FakeLLM
from tests.page.browser import ROOT
from tests.slow import until
from tests.world import ARTICLES, opened

SALE = (
    b"---\ntitle: A sale to Zephyrine\n---\n\n"
    b"The harbour of Skarvik will be sold to Zephyrine for 77 crowns.\n"
)
BUILT = "When was the ferry Hanna built?"


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
        people.draw_visitors(assistant)


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


@pytest.mark.parametrize("empty", [False, True])
def test_where_the_articles_lie_is_shown_to_administrators_alone(
    tmp_path: Path, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, empty: bool
) -> None:
    monkeypatch.setenv("QUOTH_ADMINS", "https://login.example ann")
    place = tmp_path / "serverfolder"
    (place / "articles").mkdir(parents=True)
    with opened(place, llm=FakeLLM(), articles={} if empty else ARTICLES) as assistant:
        engine = Engine(lambda: assistant)
        for who, shown in (("ann", True), ("bob", False)):
            signed_in(monkeypatch, who)
            library = visit(engine, library=True)
            assert (place.name in told(library)) is shown
            people.give(engine, [adding("sale.md", SALE)], shared=False)
            assert engine.wait(60)
            (own,) = (i.id for i in people.seen(engine).documents() if i.id.startswith("~/"))  # type: ignore[union-attr]
            library = visit(engine, library=True)
            library.checkbox(key=f"choose-False-{own}").check().run()
            library.button(key="delete-chosen").click().run()
            library.button(key="delete-yes").click().run()
            assert engine.wait(60)
            assert (place.name in told(library.run())) is shown


VIEW = """
from rag.page.opening import engine, ready
from rag.page.people import draw_visitors

draw_visitors(ready(engine()))
"""


def test_who_has_no_name_is_called_as_the_provider_does() -> None:
    assert people.name_of(Person("no json", "", 0, None)) == "no json"


def test_it_counts_chats_and_shows_nothing_of_them(
    assistant: Assistant, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_ADMINS", "https://login.example ann")
    signed_in(monkeypatch, "ann", name="Ann")
    hers = assistant.chats.of("bob")
    hers.begin("b", "What is the secret of the bridge?")
    hers.people.came("bob", "*Bob*")
    engine = Engine(lambda: assistant)
    visit(engine)
    tab = AppTest.from_string(VIEW, default_timeout=60).run()
    assert not tab.exception
    (table,) = tab.table
    rows = {name: chats for name, chats, _ in table.value.itertuples(index=False)}
    assert rows == {r"\*Bob\*": "1", "Ann": "0"}
    told = [table.value.to_string(), *(one.value for one in (*tab.markdown, *tab.caption))]
    assert not any("secret" in one or "bridge" in one for one in told)
    signed_in(monkeypatch, "bob")
    tab = AppTest.from_string(VIEW, default_timeout=60).run()
    assert tab.exception
    assert not tab.table
