"""The page of a PDF beside the chat, and the text where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from rag.assistant import Assistant
from rag.errors import ReadError
from rag.page.source import Opened
from rag.service.engine import Engine
from tests.documents import made
from tests.page.browser import answered, ask, serving, visit
from tests.page.tabs import Tab
from tests.page.test_browser_access import serious
from tests.page.visited import Place, Visit
from tests.world import write

SAID = "The tower of Brenna was built in 1888 by masons from the village."


def tower(canvas: Any) -> None:
    canvas.drawString(72, 700, SAID)
    canvas.drawString(72, 660, "The harbour is six metres deep at low tide.")


@pytest.fixture
def place(assistant: Assistant, visit: Visit) -> Place:
    (assistant.folder / "tower.pdf").write_bytes(made.pdf(tower, Title="The tower of Brenna"))
    assistant.sync()
    engine = Engine(lambda: assistant)
    return Place(visit(engine), engine, assistant)


def opened(place: Place, id_: str, quote: str) -> None:
    start = place.assistant.document(id_).text.index(quote)
    place.tab.session_state["source"] = Opened(id_, start, start + len(quote), 1)
    place.tab.run()
    assert not place.tab.exception


def images(place: Place) -> int:
    return len(place.tab.get("imgs")) + len(place.tab.get("image"))


def test_the_page_is_shown_and_the_text_by_a_click(place: Place) -> None:
    opened(place, "tower.pdf", SAID)
    assert images(place) == 1
    place.tab.button_group[0].set_value("Text").run()
    assert images(place) == 0
    opened(place, "tower.pdf", "The harbour is six metres deep")
    assert images(place) == 0  # the choice is kept
    opened(place, "ferry.md", "built in 1962")
    assert images(place) == 0
    assert not place.tab.button_group


def test_a_file_that_changed_since_is_not_drawn(place: Place) -> None:
    path = place.assistant.folder / "tower.pdf"
    path.write_bytes(made.pdf(tower, Title="Another"))
    with pytest.raises(ReadError, match="has changed since it was read"):
        place.assistant.drawn("tower.pdf", 1, SAID)
    opened(place, "tower.pdf", SAID)
    assert images(place) == 0
    assert "The page cannot be shown, so here is the text" in place.said()
    path.unlink()
    with pytest.raises(ReadError, match=r"tower\.pdf"):
        place.assistant.drawn("tower.pdf", 1, SAID)


@pytest.mark.parametrize("id_", ["ferry.md", "../tower.pdf", "none.pdf", ".hidden.pdf"])
def test_nothing_but_an_article_that_is_a_pdf_is_drawn(assistant: Assistant, id_: str) -> None:
    (assistant.folder.parent / "tower.pdf").write_bytes(made.pdf(tower))
    with pytest.raises(ReadError):
        assistant.drawn(id_, 1, SAID)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    served = tmp_path_factory.mktemp("leaf")
    folder = write(served / "articles")
    (folder / "tower.pdf").write_bytes(made.pdf(tower, Title="The tower of Brenna"))
    with serving(folder, served / "index", app="tests/page/fake_app.py") as address:
        yield address


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_the_page_is_in_view_and_fit_for_everybody(
    address: str, tab: Tab, width: int, scheme: str
) -> None:
    page = tab(address, size={"width": width, "height": 720}, scheme=scheme, wait=False)
    visit(page, address)
    answered(ask(page, "When was the tower of Brenna built?")).locator("button").first.click()
    leaf = page.locator(".st-key-leaf img")
    expect(leaf).to_be_visible()
    page.wait_for_timeout(2500)  # it is looked after so long
    expect(leaf).to_be_in_viewport()
    expect(page.locator(".st-key-source-head")).to_be_in_viewport()
    assert SAID in (leaf.get_attribute("alt") or "")
    assert serious(page) == []
    page.get_by_role("radio", name="Text").or_(
        page.get_by_role("button", name="Text", exact=True)
    ).first.click()
    expect(page.locator(".article mark")).to_have_text(SAID)
