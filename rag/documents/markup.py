"""What readers of markup share: which elements hide or flow, and an end to what has none."""

from __future__ import annotations

HIDDEN = frozenset({"script", "style", "template", "head", "title", "noscript", "svg", "math"})
VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base"})
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
