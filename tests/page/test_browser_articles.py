"""What only a browser shows of the library: the file chooser, hostile files, phone width, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")

from playwright.sync_api import Locator, Page, expect

from tests.page.browser import serving, tick
from tests.world import write

Window = Callable[..., Page]
APP = "tests/page/fake_app.py"
SLOW = 60_000  # milliseconds; a busy machine takes long
TITLE = "<img src=x onerror=window.harmed=1> The **Marrow** $x$ [light](javascript:harmed)"
HOSTILE = f"{TITLE}\n\nIt is kept by <script>window.harmed=1</script> Ida Vann and burns whale oil."
NAMES = """() => [...document.querySelectorAll("main button, main input, main textarea")]
  .filter((e) => e.checkVisibility() && e.type !== "file")
  .filter((e) => !(e.getAttribute("aria-label") || e.innerText || e.labels?.[0]?.innerText
    || e.getAttribute("aria-labelledby") || e.title))
  .map((e) => e.outerHTML.slice(0, 200))"""


def library(page: Page) -> Locator:
    """The library, opened from the chat where it is not in sight yet."""
    shelf = page.locator(".st-key-shelf")
    manage = page.get_by_role("link", name="Articles")
    shelf.or_(manage).first.wait_for(state="attached", timeout=SLOW)
    if not shelf.count():
        manage.click()
    expect(shelf).to_be_visible(timeout=SLOW)
    return shelf


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder without articles, and the address of a page over it."""
    folder = tmp_path / "articles"
    folder.mkdir()
    with serving(folder, tmp_path / "index", app=APP) as address:
        yield folder, address


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("library")
    with serving(write(place / "articles"), place / "index", app=APP) as address:
        yield address


def file(name: str, text: str | bytes) -> dict[str, Any]:
    raw = text.encode() if isinstance(text, str) else text
    return {"name": name, "mimeType": "text/plain", "buffer": raw}


def test_from_an_empty_folder_to_an_article_and_back(
    empty: tuple[Path, str], window: Window
) -> None:
    folder, address = empty
    page = window(address)
    expect(page.get_by_role("heading", name="No articles yet")).to_be_visible(timeout=SLOW)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload").last.click()
    hostile = "<img src=x onerror=harmed()> $x$ **light**.txt"
    chooser.value.set_files([file(hostile, HOSTILE), file("bad.txt", bytes(range(32)))])
    told = page.get_by_text(f"Added as “{TITLE}”, 1 passage.")
    expect(told.last).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("bad.txt is not a text file.").last).to_be_visible(timeout=SLOW)
    assert [path.name for path in folder.iterdir()] == ["img src=x onerror=harmed() $x$ light.txt"]

    shelf = library(page)
    shelf.get_by_label("Search titles and text").fill("whale oil")
    shelf.get_by_label("Search titles and text").press("Enter")
    expect(shelf.get_by_role("heading", name="In the text")).to_be_visible(timeout=SLOW)
    shelf.locator("figure button").click()
    article = page.locator(".article")
    expect(article).to_contain_text("<script>window.harmed=1</script> Ida Vann", timeout=SLOW)
    expect(article.locator("mark")).to_be_in_viewport()
    for element in ("img[src='x']", "script:text('harmed')", "a[href^='javascript']", ".katex"):
        expect(page.locator(f"main {element}")).to_have_count(0)
    assert page.evaluate("window.harmed") is None

    shelf.get_by_label("Search titles and text").fill("")
    shelf.get_by_label("Search titles and text").press("Enter")
    tick(shelf.locator(".st-key-row-0").get_by_role("checkbox"))
    shelf.get_by_role("button", name="Delete chosen (1)").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(TITLE)
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No articles yet")).to_be_visible(timeout=SLOW)
    expect(page.locator(".article")).to_have_count(0)
    assert list(folder.iterdir()) == []
    assert len(list((folder.parent / "index/removed").iterdir())) == 1


def test_on_a_phone_by_keys_alone(filled: str, window: Window) -> None:
    page = window(filled, scheme="dark")
    shelf = library(page)
    page.set_viewport_size({"width": 390, "height": 844})
    title = shelf.get_by_role("button", name="The ferry Hanna")
    expect(title).to_be_visible(timeout=SLOW)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert page.evaluate(NAMES) == []
    shelf.get_by_label("Search titles and text").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if title.evaluate("e => e === document.activeElement"):
            break
    else:
        pytest.fail("the first title was not reached by Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".article")).to_contain_text("built in 1962", timeout=SLOW)
    below = page.locator(".article").bounding_box()
    list_ = shelf.bounding_box()
    assert below
    assert list_
    assert below["y"] >= list_["y"] + list_["height"]
