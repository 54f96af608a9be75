"""The numbers that Word makes itself, of headings and lists, written out as a reader sees them.

Follows ECMA-376, part 1, 17.9. Bullets are left to who reads lists. Knows elements only, no files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from rag.documents.facts import told_number

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = "1000m900cm500d400cd100c90xc50l40xl10x9ix5v4iv1i"
_KEPT = ("heading", "title", "subtitle")  # what styles are called that say more than a number
_LEVELS = 9
_MOST = 1 << 20  # no list is longer


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str
    text: str
    start: int
    restarts: bool
    legal: bool
    space: str


class Numbering:
    """Numbers the paragraphs of a document, in order."""

    def __init__(self, numbering: Element, styles: Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._of_style: dict[str, tuple[str, int]] = {}  # list and level by the style's id
        self._names: dict[str, str] = {}
        self._lists: dict[str, str] = {}  # the abstract list of each list
        self._starts: dict[str, dict[int, int]] = {}  # levels that begin anew with a list
        self._counts: dict[str, dict[int, int]] = {}
        links: dict[str, str] = {}
        for one in numbering.iter(f"{W}abstractNum"):
            id_ = one.get(f"{W}abstractNumId", "")
            self._levels[id_] = dict(map(_level, one.iter(f"{W}lvl")))
            links[id_] = value_of(one, "numStyleLink")
        for one in numbering.iter(f"{W}num"):
            id_ = one.get(f"{W}numId", "")
            self._lists[id_] = value_of(one, "abstractNumId")
            self._starts[id_] = {
                told_number(each.get(f"{W}ilvl")): told_number(value_of(each, "startOverride"), 1)
                for each in one.iter(f"{W}lvlOverride")
                if each.find(f"{W}startOverride") is not None
            }
        self._read_styles(styles if styles is not None else Element("none"))
        for id_, link in links.items():
            if link in self._of_style and not self._levels[id_]:
                list_ = self._of_style[link][0]
                self._levels[id_] = self._levels.get(self._lists.get(list_, ""), {})

    def write(self, paragraph: Element) -> None:
        """Put a paragraph's number before its words, where it has one."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return
        style = value_of(properties, "pStyle")
        list_, level = self._of_style.get(style, ("", 0))
        own = properties.find(f"{W}numPr")
        if own is not None:
            list_ = value_of(own, "numId") or list_
            level = told_number(value_of(own, "ilvl"), level)
        label = self._label(list_, level)
        if label is None:
            return
        if own is not None:
            properties.remove(own)
        named = properties.find(f"{W}pStyle")
        if named is not None and not self._names.get(style, "").startswith(_KEPT):
            properties.remove(named)
        run = Element(f"{W}r")
        SubElement(run, f"{W}t").text = label
        paragraph.insert(list(paragraph).index(properties) + 1, run)

    def _label(self, list_: str, level: int) -> str | None:
        """The next number of a list with what parts it from the words; `None` for no number."""
        abstract = self._lists.get(list_, "")
        levels = self._levels.get(abstract, {})
        if level not in levels or levels[level].kind in ("bullet", "none"):
            return None
        counts = self._counts.setdefault(abstract, {})
        if level in self._starts.get(list_, {}):
            counts[level] = self._starts[list_].pop(level)
        else:
            counts[level] = counts.get(level, levels[level].start - 1) + 1
        for below in [at for at in counts if at > level and at in levels and levels[at].restarts]:
            del counts[below]
        text = levels[level].text
        for at in range(_LEVELS):
            if f"%{at + 1}" in text and at in levels:
                count = counts.get(at, levels[at].start)
                kind = "decimal" if levels[level].legal else levels[at].kind
                text = text.replace(f"%{at + 1}", written(count, kind))
        return f"{text}{levels[level].space}" if text.strip() else None

    def _read_styles(self, styles: Element) -> None:
        parents: dict[str, str] = {}
        own: dict[str, tuple[str, int]] = {}
        for style in styles.iter(f"{W}style"):
            id_ = style.get(f"{W}styleId", "")
            self._names[id_] = value_of(style, "name").lower()
            parents[id_] = value_of(style, "basedOn")
            properties = style.find(f"{W}pPr/{W}numPr")
            if properties is not None:
                level = told_number(value_of(properties, "ilvl"))
                own[id_] = value_of(properties, "numId"), level
        for id_ in parents:
            found, seen = id_, 0
            while found and found not in own and seen < 20:
                found, seen = parents.get(found, ""), seen + 1
            if found in own:
                self._of_style[id_] = own[found]


def written(count: int, kind: str) -> str:
    """A number of a list as its kind is written.

    >>> [written(4, kind) for kind in ("decimal", "lowerRoman", "upperLetter", "decimalZero")]
    ['4', 'iv', 'D', '04']
    """
    count = max(0, min(count, _MOST))
    if kind.endswith("Roman") and 0 < count < 4000:
        text = ""
        for value, sign in re.findall(r"(\d+)([a-z]+)", _ROMAN):
            text += sign * (count // int(value))
            count %= int(value)
    elif kind.endswith("Letter") and count:
        text = chr(97 + (count - 1) % 26) * min((count - 1) // 26 + 1, 20)
    elif kind == "none":
        return ""
    else:
        return f"{count:02d}" if kind == "decimalZero" else str(count)
    return text.upper() if kind.startswith("upper") else text


def _level(level: Element) -> tuple[int, _Level]:
    space = value_of(level, "suff")
    return told_number(level.get(f"{W}ilvl")), _Level(
        value_of(level, "numFmt") or "decimal",
        value_of(level, "lvlText"),
        told_number(value_of(level, "start"), 1),
        value_of(level, "lvlRestart") != "0",
        level.find(f"{W}isLgl") is not None,
        "" if space == "nothing" else " ",
    )


def value_of(element: Element | None, name: str) -> str:
    """What a part of an element is set to; "" where it has none."""
    found = None if element is None else element.find(f"{W}{name}")
    return "" if found is None else found.get(f"{W}val", "")
