"""What several pieces of the page are made of: components, an article, text made safe.

Text from articles and models reaches the page as data and is set as text by the scripts beside
this module, never as markup. Owns how a piece looks; not when it is drawn.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from rag.escaping import on_one_line, showable
from rag.page.wording import _, day, number
from rag.schema import Citation, Document, Evidence

_HERE = Path(__file__).parent
_MEANING = frozenset("\\`*_{}[]()<>#+-.!|$~:&@=")
_TURNED = re.compile(
    r"(:(?=[\w+/-]+:|//|material/)"  # :smile:, an icon, the logo, an address
    r"|(?<=www)\.|@"  # an address without a scheme, one of a mail
    r"|(?<=[<>~-])[-=]|-(?=[->]))",  # an arrow, a dash, a sign of inequality
    re.IGNORECASE,
)
ICON = str(_HERE / "icon.svg")  # a file: a named icon would be fetched from the network


def draw_style() -> None:
    """Put the page's own style on it, over the theme in `.streamlit/config.toml`."""
    st.html(_HERE / "page.css")
    st.html(_HERE / "print.css")


def component(name: str, *styles: str) -> Callable[..., object]:
    """The component of the script `name.js` beside this, with the named styles in their order."""
    js = (_HERE / f"{name}.js").read_text(encoding="utf-8")
    css = "".join((_HERE / f"{each}.css").read_text(encoding="utf-8") for each in styles) or None
    made: Callable[..., object] = st.components.v2.component(f"quoth_{name}", css=css, js=js)
    return made


_follow = component("follow")
_article, _quotes = component("article", "article"), component("quotes", "quotes")
_keys, _copy = component("keys", "button", "keys"), component("copy", "button", "copy")

Open = Callable[[str, int, int], None]


def show_quotes(evidence: Sequence[Evidence], *, key: str, on_open: Open) -> None:
    """Draw sentences with their articles; `on_open` gets document, start and end of a click."""

    def clicked() -> None:
        place = st.session_state[key].opened
        if place is not None and int(place) < len(evidence):
            item = evidence[int(place)]
            on_open(item.document, item.start, item.end)

    quotes = [
        {"quote": e.quote, "title": e.title, "day": day_and_place(e), "note": order_note(e)}
        for e in evidence
    ]
    data = seen({"quotes": quotes, "open": _("Open")})
    _quotes(key=key, data=data, on_opened_change=clicked)


def show_article(document: Document, start: int, end: int, *, opened: str) -> None:
    """Draw an article whole, scrolled to the highlighted characters `[start, end)`.

    A new value of `opened` scrolls there again; the same value leaves the reader where they are.
    """
    text = pieces(document, start, end)
    data = {"pieces": text, "opened": opened, "name": _("Source article")}
    _article(key="article", data=data)


def reveal(*, opened: str) -> None:
    """Bring into view what is open where it is no text; `opened` as for `show_article`."""
    _article(key="article", data={"pieces": [], "opened": opened, "name": _("Source article")})


def follow(target: str) -> None:
    """Scroll to the container with the key `target`, and stay while it grows; "" for none."""
    _follow(key="follow", data={"target": target})


def draw_keys() -> None:
    """Listen to the keys that work anywhere on the page, and draw a button that lists them."""
    shortcuts = [
        [["/"], _("Go to the question box")],
        [["Ctrl", "K"], _("The same, while typing too")],
        [["Enter"], _("Ask")],
        [["Shift", "Enter"], _("Begin a new line")],
        [["Tab"], _("Go on to the next number, button or field")],
        [["Esc"], _("Close the open article, or this list")],
        [["?"], _("Show this list")],
    ]
    data = {"keys": shortcuts, "title": _("Keyboard shortcuts"), "close": _("Close")}
    _keys(key="keys", data=data)


def show_copy(text: str, *, key: str) -> None:
    """Draw a button that copies a text."""
    words = {"copy": _("Copy"), "copied": _("Copied"), "failed": _("Not copied")}
    _copy(key=key, data={"text": showable(text)} | words, width="content")


def pieces(document: Document, start: int, end: int) -> list[tuple[str, str]]:
    """An article in pieces, each with its kind: `quote`, `heading`, `place` or nothing.

    A place is no character of the article; it names the page or the like that begins there.

    >>> pieces(Document("a.txt", "A", "One. Two. Three."), 5, 9)
    [('One. ', ''), ('Two.', 'quote'), (' Three.', '')]
    """
    text = document.text
    spans = [(start, end, "quote")] if start < end else []
    for heading in document.headings:
        stop = heading.start + len(heading.title)
        inside = text[heading.start : stop] == heading.title
        if inside and (stop <= start or end <= heading.start):
            spans.append((heading.start, stop, "heading"))
    found: list[tuple[str, str]] = []
    places = deque(document.places)
    at = 0
    for first, last, kind in [*sorted(spans), (len(text), len(text), "")]:
        for begins, ends, of in ((at, first, ""), (first, last, kind)):
            while places and places[0].start < max(ends, 1):
                place = places.popleft()
                found += [(text[begins : place.start], of), (place.name, "place")]
                begins = max(begins, place.start)
            found.append((text[begins:ends], of))
        at = last
    return [piece for piece in found if piece[0]]


def day_and_place(item: Evidence) -> str:
    """When an article is from and where in it a sentence stands, as far as these are known."""
    return " · ".join(filter(None, (day(item.date), item.place)))


def order_note(item: Evidence | Citation) -> str:
    """What to say beside a quote that is no report; mostly nothing."""
    told = _("This sentence reads like an instruction to the program, not like a report.")
    return told if item.instructs else ""


def draw_rest(count: int) -> None:
    """How many more there are than a list shows; nothing where it shows all."""
    if count > 0:
        st.caption(_("and {count} more", count=number(count)))


def share(done: int, total: int) -> float:
    """How much of something is done, for a bar."""
    return min(1.0, done / total) if total else 0.0


def draw_stop(stop: Callable[[], None], key: str, *, stopping: bool, told: str) -> None:
    """A button that stops work, or what is told once that was asked for."""
    if stopping:
        st.caption(told)
    else:
        st.button(_("Stop"), key=key, on_click=stop, icon=":material/stop_circle:")


def time_left(seconds: float | None) -> str:
    """Seconds that are left, to follow other words; empty where that is not known.

    >>> time_left(130.2)
    ', about 2 minutes left'
    """
    if seconds is None:
        return ""
    if seconds < 90:
        return _(", about {seconds} s left", seconds=max(1, round(seconds)))
    return _(", about {minutes} minutes left", minutes=number(round(seconds / 60)))


def seen(data: Any) -> Any:
    r"""What a component is given, its texts without characters that nobody sees.

    >>> seen({"texts": ["a\u200bb"], "number": 1})
    {'texts': ['ab'], 'number': 1}
    """
    if isinstance(data, str):
        return showable(data)
    if isinstance(data, dict):
        return {name: seen(value) for name, value in data.items()}
    return [seen(value) for value in data] if isinstance(data, list | tuple) else data


def plain(text: str) -> str:
    r"""Text escaped for Streamlit's Markdown, on one line.

    Streamlit makes signs and links of words once nothing is escaped any more (`_TURNED`). What such
    words cannot do without stands by itself then, in a colour that is none.

    >>> print(plain("costs $5 *now*"))
    costs \$5 \*now\*
    >>> print(plain(":smile: at 12:30"))
    :color[\:]smile\: at 12\:30
    """
    parts = _TURNED.split(on_one_line(text))
    escaped = ["".join(f"\\{c}" if c in _MEANING else c for c in part) for part in parts]
    return "".join(f":color[{part}]" if n % 2 else part for n, part in enumerate(escaped))
