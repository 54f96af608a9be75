"""What a Word document holds and nobody sees: hidden, minute or white text.

White text in a table, a text box or on a ground of its own may well be seen, and stays. Knows
elements only, no files.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from xml.etree.ElementTree import Element

from rag.documents.limits import number_told
from rag.documents.numbering import W, value_of

_OFF = ("0", "false", "off", "none")
_SMALLEST = 3  # half points
_GROUNDS = ("shd", "highlight", "pBdr", "bdr")
_AROUND = (f"{W}tbl", f"{W}txbxContent")
_LIGHTER = re.compile(r"(?:[fF][0-9a-fA-F]){3}")  # colours that nobody sees on paper


def without_hidden_runs(root: Element, styles: Element | None) -> int:
    """Take the words out of runs that nobody sees; gives how many passages there were."""
    gone = _styles(styles) if styles is not None else frozenset()
    coloured = root.find(f"{W}background") is not None
    shielded = {p for tag in _AROUND for one in root.iter(tag) for p in one.iter(f"{W}p")}
    count = 0
    for paragraph in root.iter(f"{W}p"):
        properties = paragraph.find(f"{W}pPr")
        whole = value_of(properties, "pStyle") in gone
        white = not coloured and paragraph not in shielded and not _has(properties, _GROUNDS)
        before = False
        for run in paragraph.iter(f"{W}r"):
            if not any((words.text or "").strip() for words in run.iter(f"{W}t")):
                continue
            hidden = whole or _is_hidden(run.find(f"{W}rPr"), gone, white)
            if hidden:
                run[:] = [child for child in run if child.tag == f"{W}rPr"]
                count += not before
            before = hidden
    return count


def _is_hidden(look: Element | None, gone: Collection[str], white: bool) -> bool:
    if look is None:
        return False
    size = number_told(value_of(look, "sz"), _SMALLEST + 1)
    if _vanishes(look) or value_of(look, "rStyle") in gone or size <= _SMALLEST:
        return True
    light = _LIGHTER.fullmatch(value_of(look, "color"))
    return white and not _has(look, _GROUNDS) and light is not None


def _styles(styles: Element) -> frozenset[str]:
    """The styles that hide what has them."""
    return frozenset(
        style.get(f"{W}styleId", "")
        for style in styles.iter(f"{W}style")
        if (look := style.find(f"{W}rPr")) is not None and _vanishes(look)
    )


def _vanishes(look: Element) -> bool:
    found = look.find(f"{W}vanish")
    return found is not None and found.get(f"{W}val", "1").lower() not in _OFF


def _has(properties: Element | None, names: Collection[str]) -> bool:
    return properties is not None and any(
        properties.find(f"{W}{name}") is not None for name in names
    )
