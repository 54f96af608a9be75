"""The text that a reader of an HTML fragment would see. Knows nothing of main text and notices."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HIDDEN = frozenset({"script", "style", "template", "head", "title", "noscript", "svg", "math"})
INLINE = frozenset(
    """a abbr b bdi bdo cite code data dfn del em font i ins kbd label mark q s samp small span
    strike strong sub sup time tt u var wbr""".split()
)


def closed(markup: str) -> str:
    r"""Markup where what no sign ends is text; `html.parser` looks for its end at every `<` anew.

    >>> closed("<p>a<!-- b --><b>c<!-- d"), closed("<p>a <b")
    ('<p>a<!-- b --><b>c&lt;!-- d', '<p>a &lt;b')
    """
    for sign, ending in (("<!--", "-->"), ("<", ">")):
        rest = markup.rpartition(ending)[2]
        kept = markup[: len(markup) - len(rest)]
        markup = kept + rest.replace(sign, f"&lt;{sign[1:]}")
    return markup


def visible_text(markup: str) -> str:
    r"""The visible text of HTML, one line a block, without tags, scripts and comments.

    >>> visible_text("<p>Rollo <b>led</b> them.</p><script>x()</script><p>He won.</p>")
    'Rollo led them.\nHe won.'
    """
    parser = _Parser()
    try:
        parser.feed(closed(markup))
        parser.close()
    except AssertionError:  # how html.parser answers a declaration that it does not know
        pass
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":  # a head need not be closed
            self._hidden.clear()
        if tag in HIDDEN:
            self._hidden.append(tag)
        elif tag not in INLINE:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag not in INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))
