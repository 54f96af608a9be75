"""The library on the page, on the fakes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.documents import MAX_BYTES, SUFFIXES
from rag.page import adding, articles
from rag.service.engine import Engine
from tests.service.test_engine import SECONDS
from tests.world import opened

Visit = Callable[..., AppTest]
ROOT = Path(__file__).parents[2]
TEA = b"# Green tea\n\nTea grows on hills and needs much rain."
HOSTILE = "<img src=x onerror=alert(1)> **bold** $x$ [a](javascript:b) :red[c]"


@pytest.fixture
def engine(assistant: Assistant) -> Engine:
    return Engine(lambda: assistant)


@pytest.fixture
def tab(engine: Engine, visit: Visit) -> AppTest:
    return visit(engine, library=True)


def after(tab: AppTest, engine: Engine) -> AppTest:
    """The page once the engine has done what was asked for."""
    assert not tab.exception
    assert engine.wait(SECONDS)
    tab.run()
    assert not tab.exception
    return tab


def listed(tab: AppTest) -> list[str]:
    return [button.label for button in tab.button if str(button.key).startswith("open-")]


def said(tab: AppTest) -> str:
    return "\n".join(str(e.value) for e in [*tab.markdown, *tab.caption, *tab.error])


def choose(tab: AppTest, *ids: str) -> AppTest:
    for id_ in ids:
        tab.checkbox(key=f"choose-False-{id_}").check()
    tab.run()
    assert not tab.exception
    return tab


def test_articles_in_other_languages_are_told(tab: AppTest, engine: Engine) -> None:
    assert "QUOTH_EMBEDDER" not in said(tab)
    german = "# Die Brücke\n\nDie alte Brücke wurde nach dem Hochwasser für Lastwagen gesperrt."
    tab.file_uploader[0].set_value(("de.md", german.encode(), "text/markdown")).run()
    after(tab, engine)
    assert "ready, German" in said(tab)
    assert "1 of 5 articles are not in English \\(German\\)" in said(tab)


def test_the_newest_article_comes_first(tab: AppTest) -> None:
    assert listed(tab) == [
        "The ferry Hanna",
        "The Lund bridge",
        "A note in the harbour",
        "Barnacle geese",
    ]
    assert "4 articles, 4 passages" in said(tab)
    for fact in ("4 March 2021", "no date", "ready", "54"):
        assert fact in said(tab)
    assert not tab.chat_input


def test_an_upload_is_added_and_each_file_told_of(tab: AppTest, engine: Engine) -> None:
    assert tab.file_uploader[0].accept_multiple_files
    assert set(tab.file_uploader[0].allowed_type) >= SUFFIXES
    tab.file_uploader[0].set_value(
        [
            ("tea.md", TEA, "text/markdown"),
            ("bad.txt", bytes(range(32)), "text/plain"),
            ("../../other.md", TEA, "text/markdown"),
        ]
    ).run()
    after(tab, engine)
    assert "Green tea" in listed(tab)
    assert r"Added as “Green tea”, 1 passage\." in said(tab)
    assert r"bad\.txt is not a text file" in said(tab)
    assert r"Was there already, as “Green tea” \(tea\.md\)" in said(tab)
    assert tab.file_uploader[0].value == []  # ready for more
    tab.button(key="clear-tasks").click().run()
    assert "Added as" not in said(tab)
    tab.run()
    assert len(listed(tab)) == 5


def test_an_upload_that_is_too_large_tells_the_limit(
    tab: AppTest, monkeypatch: pytest.MonkeyPatch, assistant: Assistant
) -> None:
    monkeypatch.setattr(adding, "AT_ONCE", 2 * 2**20)
    files = [(f"{n}.txt", b"x" * 2**20, "text/plain") for n in range(3)]
    tab.file_uploader[0].set_value(files).run()
    assert not tab.exception
    assert "3 MB together; the limit for one go is 2 MB" in tab.error[0].value
    assert len(assistant.documents()) == 4


def test_the_limit_of_the_server_is_that_of_the_reader() -> None:
    config = (ROOT / ".streamlit/config.toml").read_text()
    assert f"maxUploadSize = {MAX_BYTES >> 20}\n" in config


def test_replacing_is_asked_for(tab: AppTest, engine: Engine, assistant: Assistant) -> None:
    tab.file_uploader[0].set_value([("ferry.md", TEA, "text/markdown")]).run()
    after(tab, engine)
    assert "ferry 2.md" in {info.id for info in assistant.documents()}
    tab.checkbox(key="replace").check().run()
    other = TEA.replace(b"Green", b"Black")
    tab.file_uploader[0].set_value([("ferry.md", other, "text/markdown")]).run()
    after(tab, engine)
    assert "Replaced by “Black tea”" in said(tab)
    assert assistant.document("ferry.md").title == "Black tea"


def test_a_web_address(tab: AppTest, engine: Engine) -> None:
    tab.text_input(key="address").set_value("http://127.0.0.1:1/x")
    tab.button[[b.label for b in tab.button].index("Fetch")].click().run()
    after(tab, engine)
    assert "not on the public internet" in said(tab)
    assert tab.text_input(key="address").value == ""


def test_an_article_opens_beside_the_list(tab: AppTest) -> None:
    tab.button(key="open-bridge.md").click().run()
    assert not tab.exception
    assert "4 March 2021 · English · 54 words" in said(tab)
    tab.button(key="close").click().run()
    assert r"· bridge\.md" not in said(tab)


def test_search_in_titles_and_text(tab: AppTest) -> None:
    tab.text_input(key="library-sought").set_value("Bridge").run()
    assert not tab.exception
    assert listed(tab) == ["The Lund bridge"]
    assert "1 of 4 articles" in said(tab)
    assert tab.subheader[0].value == "In the text"
    tab.text_input(key="library-sought").set_value("Greenland").run()
    assert listed(tab) == []
    assert tab.subheader[0].value == "In the text"
    tab.text_input(key="library-sought").set_value("??").run()
    assert not tab.exception
    assert "has no words" in said(tab)


def test_words_that_nobody_wrote_are_not_found(tab: AppTest) -> None:
    tab.text_input(key="library-sought").set_value("qwzx").run()
    assert not [one for one in tab.subheader if one.value == "In the text"]
    assert "Nothing with “qwzx” was found in the text." in said(tab)
    assert "No article has “qwzx” in the title" in said(tab)
    near = [one.label for one in tab.expander if "near in meaning" in one.label]
    assert near == ["Without these words, perhaps near in meaning (4)"]


def test_deleting_asks_first(tab: AppTest, engine: Engine, assistant: Assistant) -> None:
    assert tab.button(key="delete-chosen").disabled
    choose(tab, "bridge.md", "news/geese.txt")
    tab.button(key="open-bridge.md").click().run()
    tab.button(key="delete-chosen").click().run()
    assert str(assistant.index / "removed").split("/")[-2] in said(tab)
    tab.button(key="delete-no").click().run()
    assert len(listed(tab)) == 4
    tab.button(key="delete-chosen").click().run()
    tab.button(key="delete-yes").click().run()
    after(tab, engine)
    assert listed(tab) == ["The ferry Hanna", "A note in the harbour"]
    assert "· bridge" not in said(tab)
    assert (assistant.index / "removed/bridge.md").exists()


def test_all_of_a_page_are_chosen(tab: AppTest, engine: Engine) -> None:
    tab.checkbox(key="library-all").check().run()
    assert tab.button(key="delete-chosen").label == "Delete chosen (4)"
    tab.button(key="delete-chosen").click().run()
    tab.button(key="delete-yes").click().run()
    after(tab, engine)
    assert tab.title[0].value == "No articles yet"
    assert not tab.chat_input


def test_a_failed_file_says_why_and_is_tried_again(
    tab: AppTest, engine: Engine, assistant: Assistant
) -> None:
    path = assistant.folder / "note *x*.txt"
    path.write_text("")
    tab.button(key="sync-again").click().run()
    after(tab, engine)
    assert [e.label for e in tab.main.expander] == ["1 file could not be read"]
    assert r"note \*x\*\.txt holds no text" in said(tab)
    path.write_text("Whales\n\nWhales sing.")
    tab.button(key="retry-note *x*.txt").click().run()
    after(tab, engine)
    assert "Whales" in listed(tab)
    assert not tab.main.expander


def test_a_failed_file_is_deleted(tab: AppTest, engine: Engine, assistant: Assistant) -> None:
    (assistant.folder / "bridge.md").write_bytes(b"\x00")
    tab.button(key="sync-again").click().run()
    after(tab, engine)
    assert "older version" in said(tab)
    tab.button(key="delete-bridge.md").click().run()
    assert not tab.exception
    tab.button(key="delete-yes").click().run()
    after(tab, engine)
    assert not tab.main.expander
    assert "The Lund bridge" not in listed(tab)


def test_hostile_names_and_titles_are_only_text(
    tab: AppTest, engine: Engine, assistant: Assistant
) -> None:
    (assistant.folder / "*x* $y$.txt").write_text("")
    tab.file_uploader[0].set_value(
        [(f"{HOSTILE}.txt", f"{HOSTILE}\n\nText.".encode(), "text/plain")]
    ).run()
    after(tab, engine)
    tab.button(key="sync-again").click().run()
    after(tab, engine)
    everything = said(tab) + "\n".join(listed(tab)) + "\n".join(str(b.help) for b in tab.button)
    for markup in ("<img", "*bold", "$x", "[a", ":red", "*x", "$y"):
        assert not re.search(rf"(?<!\\){re.escape(markup)}", everything)
    assert r"\<img" in everything


def test_an_empty_folder_leads_to_the_upload(tmp_path: Path, visit: Visit) -> None:
    with opened(tmp_path, articles={"a/.keep": ""}) as assistant:
        engine = Engine(lambda: assistant)
        tab = visit(engine, library=True)
        assert tab.title[0].value == "No articles yet"
        tab.file_uploader[0].set_value([("tea.md", TEA, "text/markdown")]).run()
        after(tab, engine)
        assert listed(tab) == ["Green tea"]
        assert "Added as “Green tea”" in said(tab)
        assert visit(engine).chat_input


def test_ten_thousand_articles_are_paged(
    tab: AppTest, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = assistant.documents()[0]
    values = (info.title, None, 9, 1, "", 9)
    many = [type(info)(f"{n:05}.txt", f"Article {n:05}", *values[1:]) for n in range(10_000)]
    monkeypatch.setattr(assistant, "documents", lambda: many)
    tab.run()
    assert not tab.exception
    assert listed(tab) == [f"Article {n:05}" for n in range(articles.PER_PAGE)]
    tab.pagination[0].set_value(3).run()
    assert listed(tab)[0] == f"Article {2 * articles.PER_PAGE:05}"
    tab.text_input(key="library-sought").set_value("0999").run()
    assert listed(tab)[0] == "Article 00999"


def test_two_tabs_see_each_others_articles(tab: AppTest, engine: Engine, visit: Visit) -> None:
    other = visit(engine, library=True)
    tab.file_uploader[0].set_value([("tea.md", TEA, "text/markdown")]).run()
    after(tab, engine)
    other.run()
    assert "Green tea" in listed(other)
    assert "Added as" not in said(other)


# which articles a chat may use


def choosing(assistant: Assistant, chosen: tuple[str, ...] | None) -> AppTest:
    def script(assistant, chosen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        import streamlit as st

        from rag.page.heading import choose_articles

        kept = st.session_state.setdefault("kept", chosen)

        def keep(choice):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            st.session_state["kept"] = choice
            st.session_state["asked"] = True

        choose_articles(assistant, kept, "which", keep)

    tab = AppTest.from_function(script, args=(assistant, chosen), default_timeout=SECONDS)
    tab.run()
    assert not tab.exception
    return tab


def test_all_articles_unless_some_are_chosen(assistant: Assistant) -> None:
    tab = choosing(assistant, None)
    assert tab.multiselect[0].value == []
    tab.multiselect[0].select("bridge.md").run()
    assert tab.session_state["kept"] == ("bridge.md",)
    assert tab.multiselect[0].value == ["bridge.md"]
    tab.multiselect[0].unselect("bridge.md").run()
    assert tab.session_state["kept"] is None


def test_what_another_tab_chose_counts(assistant: Assistant) -> None:
    tab = choosing(assistant, ("bridge.md",))
    tab.session_state["kept"] = ("ferry.md",)
    tab.run()
    assert tab.multiselect[0].value == ["ferry.md"]
    assert "asked" not in tab.session_state


def test_looking_changes_nothing_where_the_chosen_articles_are_gone(assistant: Assistant) -> None:
    tab = choosing(assistant, ("bridge.md", "gone.md"))
    assert tab.multiselect[0].value == ["bridge.md"]
    tab = choosing(assistant, ("gone.md",))
    assert "asked" not in tab.session_state
    assert "None of the articles chosen before is left" in tab.caption[0].value
    tab.button(key="which-all").click().run()
    assert tab.session_state["kept"] is None


def test_a_folder_is_chosen_beside_articles(assistant: Assistant) -> None:
    tab = choosing(assistant, ("news/",))
    assert tab.multiselect[0].value == ["news/"]
    assert tab.multiselect[0].options[0] == "news/"
    tab.multiselect[0].select("bridge.md").run()
    assert tab.session_state["kept"] == ("news/", "bridge.md")


def test_articles_of_the_same_title_are_told_apart(assistant: Assistant) -> None:
    assistant.add("other.md", (assistant.folder / "ferry.md").read_bytes() + b"\nMore.")
    tab = choosing(assistant, ("other.md",))
    assert tab.multiselect[0].value == ["other.md"]
    labels = tab.multiselect[0].options
    assert "The ferry Hanna (ferry.md)" in labels
    assert "The ferry Hanna (other.md)" in labels
    assert "The Lund bridge" in labels
