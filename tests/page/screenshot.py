"""Write the picture of the page in README: `python -m tests.page.screenshot docs/screenshot.png`.

The real page over the sample articles, with the models that come with the install.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.page.browser import ROOT, answered, ask, browsing, chromium, serving, visit

QUESTION = "When did Nvidia confirm the A800?"


def main(target: Path) -> None:
    """Ask, open the first source, and write the picture."""
    path = chromium()
    if path is None:
        sys.exit("No Chromium was found. Install Debian's package chromium, for example.")
    with (
        tempfile.TemporaryDirectory() as scratch,
        serving(ROOT / "seeds", Path(scratch) / "index") as address,
        browsing(path) as browser,
    ):
        for _ in range(2):  # the first answer of a server is slower than all others
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            visit(page, address)
            answered(ask(page, QUESTION))
        page.locator(".claims button").first.click()
        page.locator(".article mark").wait_for()
        page.locator(".claims button[aria-pressed='true']").wait_for()
        page.mouse.move(5, 5)  # off the marker, so that no card is on the picture
        page.wait_for_timeout(500)  # transitions
        page.screenshot(path=target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
