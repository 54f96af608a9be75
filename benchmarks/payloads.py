"""Whether words become more than words on the page: `python benchmarks/payloads.py`.

Every kind of markup that a browser, Markdown or Streamlit knows, in several surroundings, is drawn
in each way in which the page draws words of documents, and put into every text of a chat that is
exported as a web page. In Chromium each must make the same elements as plain words do and be read
as it was written; a dialog, a request to elsewhere or a script that ran counts too.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.chats import ChatInfo, Turn
from rag.chats.export import Format, export
from rag.chats.saved import SavedChat
from rag.page.answer import show_answer, whole
from rag.page.articles import words_of
from rag.page.elements import plain, show_article, show_quotes
from rag.schema import Answer, Claim, Document, Evidence
from tests.chats.made import ANSWER, FINE
from tests.page.browser import browsing, chromium, serving

RUN = "window.harmed=1"
HTML = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    "<img src=//b.example/x.png>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<iframe srcdoc='<script>parent.{RUN[7:]}</script>'></iframe>",
    "<iframe src=http://b.example></iframe>",
    f"<a href=javascript:{RUN}>a</a>",
    f"<body onload={RUN}>",
    f"<details open ontoggle={RUN}>a</details>",
    f"<video><source onerror={RUN}></video>",
    f"<input autofocus onfocus={RUN}>",
    f"<math><mtext></p><img src=x onerror={RUN}>",
    f"<template><img src=x onerror={RUN}></template>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=http://b.example/x.css>",
    "<meta http-equiv=refresh content='0;url=http://b.example'>",
    "<base href=http://b.example/>",
    "<form action=http://b.example><button>a</button></form>",
    "<object data=http://b.example></object>",
    "<embed src=http://b.example>",
    "<b>a</b>",
    "<h1>a</h1>",
    "<!-- a",
    "<![CDATA[ a",
    "<?a",
    "</div></p></body>",
    f'"><img src=x onerror={RUN}>',
    f"' onmouseover='{RUN}",
    f"--><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    "&lt;b&gt; &#60;i&#62; &copy; &NewLine;",
    f"&#x3c;img src=x onerror={RUN}&#x3e;",
    "＜script＞a＜/script＞",
    "\\u003cscript\\u003e",
    "${7*7} {{7*7}} #{7*7} <%= 7*7 %>",
)
MARKDOWN = (
    "**a** *b* __c__ _d_ ~~e~~ ~f~",
    "`a` ``b`` ```c```",
    "[a](http://b.example)",
    f"[a](javascript:{RUN})",
    "[a](data:text/html,<script>parent.harmed=1</script>)",
    "![a](http://b.example/x.png)",
    "[a][b] [b]: http://b.example",
    "<http://b.example> <a@b.example>",
    "[^1] [^1]: a",
    "$a$ $$b$$ \\(c\\) \\[d\\]",
    "# a",
    "- a",
    "1. a",
    "2) a",
    "+ a",
    "> a",
    "- [x] a",
    "| a | b | |-|-|",
    "---",
    "===",
    "***",
    "a  \nb\n\n    c",
    "~~~ a",
    "\\* \\[ \\\\ \\",
)
STREAMLIT = (
    ":material/check: Verified",
    ":material_check:",
    ":material/verified_user::material/check:",
    ":streamlit:",
    ":smile: :+1: :-1: :heart:",
    "::smile:: :100:",
    ":) ;-) <3 :D",
    ":red[a] :blue[b] :rainbow[c]",
    ":red-background[a]",
    ":green-badge[a]",
    ":small[a]",
    ":shimmer[a]",
    ":help[a]",
    ":color[a]{foreground=red} :color[:]",
    ":color[\\:]material/check:",
    "::a[b]{c=d}",
    ":::a",
    "-> <- <-> -- >= <= ~=",
    "->",
    "--",
    "a -> b -- c",
    "http://b.example",
    "HTTPS://B.EXAMPLE/x?y=z#w",
    "www.b.example",
    "WWW.b.example/x",
    "ftp://b.example",
    "a@b.example",
    "mailto:a@b.example xmpp:a@b.example",
    "//b.example",
    f"javascript:{RUN}",
    "12:30:45 C:/a/b:",
)
SURROUNDINGS = (
    "{}",
    "a {} b",
    "a{}b",
    "({})",
    "“{}”",
    "**{}**",
    "[{}]",
    "{0} {0}",
    ":{}:",
    "\n{}\n",
)
PAYLOADS = [around.format(p) for p in (*HTML, *MARKDOWN, *STREAMLIT) for around in SURROUNDINGS]
WORDS = "Plain words"
BATCH = 20
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def evidence_of(text: str) -> Evidence:
    return Evidence(text, text, None, 0, len(text), text, 0.9, place=text)


def answer_of(text: str) -> Answer:
    found = evidence_of(text)
    claims = (Claim(text, (found.citation(1),), FINE),)
    return replace(ANSWER, question=text, claims=claims, evidence=(found,), notes=(text,))


def nothing(*_: object) -> None:
    """What a click would do."""


WAYS: dict[str, Callable[[str, str], Any]] = {
    "text": lambda text, key: st.markdown(plain(text)),
    "title of a source": lambda text, key: st.markdown(
        f"**{plain(text)}**  \n:small[:gray[{plain(text)}]]"
    ),
    "line of facts": lambda text, key: st.caption(plain(text)),
    "button": lambda text, key: st.button(plain(text), key=f"button-{key}", type="tertiary"),
    "error": lambda text, key: st.error(plain(text)),
    "bar": lambda text, key: st.progress(0.5, plain(text)),
    "fold": lambda text, key: st.expander(plain(text)),
    "box": lambda text, key: st.checkbox(words_of(text) or "-", key=f"box-{key}"),
    "field": lambda text, key: st.text_input("Title", text, key=f"field-{key}"),
    "choice": lambda text, key: st.multiselect("Articles", [text], [text], key=f"choice-{key}"),
    "quotes": lambda text, key: show_quotes(
        [evidence_of(text)], key=f"quotes-{key}", on_open=nothing
    ),
    "answer": lambda text, key: show_answer(
        whole(answer_of(text), ()), key=f"answer-{key}", on_open=nothing
    ),
}
READ = ("text", "title of a source", "line of facts", "button", "error", "bar", "fold")
LOOK = """
() => {
  const look = root => [...root.querySelectorAll("*")].flatMap(e => {
    const bare = e.tagName === "SPAN" && !e.attributes.length && e.textContent.length === 1;
    if (bare || e.tagName === "STYLE") return [];
    return [e.tagName.toLowerCase(), ...(e.shadowRoot ? look(e.shadowRoot) : [])];
  });
  const found = {};
  for (const e of document.querySelectorAll("[class*='st-key-way-']")) {
    const name = [...e.classList].find(c => c.startsWith("st-key-way-")).slice(11);
    found[name] = [look(e).join(" "), e.textContent];
  }
  return found;
}
"""


def draw() -> None:
    """A batch of texts, in every way; the first is plain words."""
    st.title("Payloads")
    batch = int(st.query_params.get("batch", "0"))
    texts = [WORDS, *PAYLOADS[batch * BATCH : (batch + 1) * BATCH]]
    for at, text in enumerate(texts):
        for way, (_, drawn) in enumerate(WAYS.items()):
            with st.container(key=f"way-{at}-{way}"):
                drawn(text, f"{batch}-{at}-{way}")
    text = "\n\n".join(texts)
    show_article(Document("a", "a", text), 0, len(WORDS), opened=str(batch))
    st.container(key=f"done-{batch}").write("Done")


def exported(texts: list[str]) -> bytes:
    turns = tuple(
        Turn(at, text, answer_of(text), text, NOW, 1, text) for at, text in enumerate(texts)
    )
    return export(
        SavedChat(ChatInfo("a", WORDS, NOW, NOW, len(turns), None), turns, NOW), Format.HTML
    )


def escapes_on_page(page: Page, address: str, batch: int) -> Iterator[str]:
    page.goto(f"{address}/?batch={batch}")
    page.locator(f".st-key-done-{batch}").wait_for()
    page.wait_for_function("document.querySelectorAll('[data-testid=stSkeleton]').length === 0")
    page.wait_for_timeout(1000)  # components mount a moment after they are there
    found = page.evaluate(LOOK)
    texts = [WORDS, *PAYLOADS[batch * BATCH : (batch + 1) * BATCH]]
    assert len(found) == len(texts) * len(WAYS), "not all was drawn"
    for at, text in enumerate(texts):
        for way, name in enumerate(WAYS):
            elements, shown = found[f"{at}-{way}"]
            if elements != found[f"0-{way}"][0]:
                yield f"{name}: {text!r} makes {elements}"
            elif name in READ and " ".join(text.split()) not in " ".join(shown.split()):
                yield f"{name}: {text!r} reads {shown!r}"
    article = page.locator(".article").first.evaluate(
        "e => [...e.querySelectorAll('*')].map(e => e.tagName.toLowerCase()).join(' ')"
    )
    if set(article.split()) - {"span", "mark", "p", "div", "h2", "h3", "button"}:
        yield f"article: batch {batch} makes {article}"


def escapes_in_export(page: Page, place: Path, batch: int) -> Iterator[str]:
    texts = PAYLOADS[batch * BATCH : (batch + 1) * BATCH]
    seen = []
    for given in (texts, [WORDS] * len(texts)):
        place.write_bytes(exported(given))
        page.goto(place.as_uri())
        tags = "() => [...document.querySelectorAll('*')].map(e => e.tagName).sort()"
        seen.append(Counter(page.evaluate(tags)))
    if seen[0] != seen[1]:
        yield f"export: batch {batch} makes {seen[0] - seen[1]}"


def main() -> None:
    path = chromium()
    if path is None:
        sys.exit("No Chromium was found. Install Debian's package chromium, for example.")
    escapes: list[str] = []
    batches = -(-len(PAYLOADS) // BATCH)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        app = "benchmarks/payloads.py"
        with serving(place, place / "index" / "x", app=app) as address, browsing(path) as browser:
            page = browser.new_page()
            page.set_default_timeout(120_000)
            inside = (address, address.replace("http", "ws"), "data:", "blob:", place.as_uri())
            page.on("dialog", lambda d: (escapes.append(f"dialog {d.message}"), d.dismiss()))
            page.on(
                "request", lambda r: None if r.url.startswith(inside) else escapes.append(r.url)
            )
            page.on("pageerror", lambda error: escapes.append(f"error {error}"))
            for batch in range(batches):
                escapes += escapes_on_page(page, address, batch)
                escapes += ["a script ran"] * bool(page.evaluate("window.harmed"))
                escapes += escapes_in_export(page, place / "chat.html", batch)
                escapes += ["a script ran"] * bool(page.evaluate("window.harmed"))
    drawn = len(PAYLOADS) * (len(WAYS) + 2)
    print(f"{len(PAYLOADS)} payloads, {drawn} drawn: {len(escapes)} escapes")
    print("\n".join(escapes))
    sys.exit(bool(escapes))


if __name__ == "__main__":
    draw() if st.runtime.exists() else main()
