"""How quick the page is, in a real browser: `python benchmarks/page.py [--questions 500]`.

The page over the sample articles with the models that come with the install: first paint, ready,
evidence and first claim after Enter, opening a chat of 200 turns; medians. With `--questions`, the
server's memory while so many are asked, without a language model if `QUOTH_LLM=none` is set.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag
from rag.chats import ChatStore
from tests.page.browser import ANSWERING, ROOT, ask, browsing, chromium, serving, visit

QUESTIONS = (
    "How large was the charge that Nvidia took for H20 chips?",
    "By how many votes did the committee approve the Chip Security Act?",
    "When did Nvidia confirm the A800?",
    "What did Nvidia say about backdoors?",
    "What is the capital of France?",
)
ROUNDS = 7
TYPING = 3.0  # seconds before Enter, in which what follows the last answer is found
LONG, TURNS = "long", 200
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--questions", type=int, default=0)
    asked = options.parse_args().questions
    path = chromium()
    if path is None:
        sys.exit("No Chromium was found. Install Debian's package chromium, for example.")
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        write_long_chat(index)
        with serving(ROOT / "seeds", index) as address, browsing(path) as browser:
            warm_up(browser, address)
            told("first paint", [first_paint(browser, address) for _ in range(ROUNDS)])
            told("ready, warm", [ready(browser, address) for _ in range(ROUNDS)])
            for typing, when in ((TYPING, ""), (0.0, ", on the heels of the last answer")):
                pairs = [evidence_and_claim(browser, address, q, typing) for q in QUESTIONS[:4] * 2]
                told(f"evidence after Enter{when}", [evidence for evidence, _ in pairs])
                told(f"first claim after Enter{when}", [claim for _, claim in pairs])
            told(
                f"a chat of {TURNS} turns, from the list",
                [opening(browser, address) for _ in range(ROUNDS)],
            )
            if asked:
                watch_memory(browser, address, asked)


def write_long_chat(index: Path) -> None:
    with rag.open(ROOT / "seeds", index=index) as assistant:
        answers = [assistant.ask(question) for question in QUESTIONS]
        store: ChatStore = assistant.chats
        for turn in range(TURNS):
            answer = answers[turn % len(answers)]
            store.finish(store.begin(LONG, answer.question), answer)


def told(what: str, seconds: list[float]) -> None:
    spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
    print(
        f"{what}: {statistics.median(seconds):.2f} s ({spread}, {len(seconds)} times)", flush=True
    )


def fresh(browser: Browser, work: Callable[[Page], float]) -> float:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(ANSWERING)
    try:
        return work(page)
    finally:
        page.close()


def warm_up(browser: Browser, address: str) -> None:
    def work(page: Page) -> float:
        visit(page, address)
        ask(page, QUESTIONS[0]).get_by_role("button", name="Ask again").wait_for()
        return 0.0

    fresh(browser, work)


def first_paint(browser: Browser, address: str) -> float:
    def work(page: Page) -> float:
        page.goto(address)
        page.wait_for_function(f"({PAINT}) !== null")
        return float(page.evaluate(PAINT)) / 1000

    return fresh(browser, work)


def ready(browser: Browser, address: str) -> float:
    def work(page: Page) -> float:
        began = time.monotonic()
        visit(page, address)
        return time.monotonic() - began

    return fresh(browser, work)


def evidence_and_claim(
    browser: Browser, address: str, question: str, typing: float
) -> tuple[float, float]:
    seen: list[float] = []

    def work(page: Page) -> float:
        visit(page, address)
        box = page.get_by_label("Ask about the articles")
        box.fill(question)
        page.wait_for_timeout(1000 * typing)
        began = time.monotonic()
        box.press("Enter")
        page.locator("figure").first.wait_for(state="attached")  # folded once all is there
        seen.append(time.monotonic() - began)
        page.locator(".claims p").first.wait_for()
        seen.append(time.monotonic() - began)
        page.get_by_role("button", name="Ask again").wait_for()
        return 0.0

    fresh(browser, work)
    return seen[0], seen[1]


def opening(browser: Browser, address: str) -> float:
    def work(page: Page) -> float:
        visit(page, address)
        link = page.locator(f".st-key-chats a[href='?chat={LONG}']")
        link.wait_for()
        began = time.monotonic()
        link.click()
        page.get_by_role("button", name="Ask again").wait_for()
        return time.monotonic() - began

    return fresh(browser, work)


def watch_memory(browser: Browser, address: str, asked: int) -> None:
    """Ask in one tab, five questions a chat, and tell the server's memory ten times."""
    server = next(p for p in psutil.Process(os.getpid()).children() if "streamlit" in p.cmdline())

    def work(page: Page) -> float:
        visit(page, address)
        for number in range(asked):
            if number % max(1, asked // 10) == 0:
                print(f"{number} questions: {server.memory_info().rss / 2**20:.0f} MB", flush=True)
            if number % 5 == 0:
                page.get_by_role("button", name="New chat").click()
                page.get_by_text("Ask your articles").wait_for()
            turn = ask(page, QUESTIONS[number % len(QUESTIONS)])
            turn.get_by_role("button", name="Ask again").wait_for()
        print(f"{asked} questions: {server.memory_info().rss / 2**20:.0f} MB", flush=True)
        return 0.0

    fresh(browser, work)


if __name__ == "__main__":
    main()
