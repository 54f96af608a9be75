"""What markup holds and nobody sees: what is not displayed, has no size, or no colour of its own.

Follows what the markup itself says: attributes, inline styles and the simple rules of its own style
sheets. A rule for an element inside another one, and sheets that stand elsewhere, are not followed;
where a background comes from those, a colour counts as seen. Owns also which elements have no end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base"})
_MAY_HIDE = re.compile(r"style|hidden|<font|bgcolor|<dialog|text:display", re.I)
_SHEET = re.compile(r"<style\b[^>]{0,300}>(.*?)</style", re.I | re.S)
_LINKED = re.compile(r"<link\b[^>]{0,500}stylesheet|@import", re.I)
_CODE = re.compile(r"/\*.{0,1000}?\*/", re.S)
_BLOCK = re.compile(
    r"@([\w-]{1,40})([^{};]{0,500})\{((?:[^{}]{0,500}\{[^{}]{0,5000}\})*+)[^{}]{0,500}\}"
)
_RULE = re.compile(r"([^{}@;]{1,500})\{([^{}]{0,5000})\}")
_SIMPLE = re.compile(r"(?P<tag>[a-z][a-z0-9]*|\*)?(?P<rest>(?:[.#][\w-]+)*)", re.I)
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.I)
_LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|pc|em|rem|ex|%|in|cm|mm|vh|vw)?(?![\w.])")
_PIXELS = {"pt": 4 / 3, "pc": 16, "em": 16, "rem": 16, "ex": 8, "%": 0.16, "in": 96, "cm": 38}
_PLACES = ("left", "right", "top", "bottom", "text-indent", "margin-left", "margin-top")
_SIZES = ("height", "width", "max-height", "max-width")
_FAR = 500  # pixels to the left or above that are off any page
_BEYOND = 5_000  # to the right or below
_SMALLEST = 2.0  # pixels; smaller print is not seen
_FAINT = 0.05  # of what is seen as if through it
_ALIKE = 24  # steps of 256, in all three colours together, that no eye tells apart
_WHITE = (255, 255, 255)
_NAMES = {"white": _WHITE, "black": (0, 0, 0), "red": (255, 0, 0), "yellow": (255, 255, 0)} | {
    "blue": (0, 0, 255),
    "green": (0, 128, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245),
}
_ENDS_P = frozenset(
    """p div ul ol dl table h1 h2 h3 h4 h5 h6 section article aside header footer main nav pre
    blockquote figure form hr address details""".split()
)
_CODES = ("script", "style", "template")  # hold no text, and are no hidden passages
_ENDS_ITSELF = frozenset("li dt dd td th tr option".split())

_Colour = tuple[int, int, int] | None  # `None`: not known


@dataclass(frozen=True, slots=True)
class _Look:
    """How text would look in an open element.

    `root` numbers the outermost element that hides it; 0 where it is seen.
    """

    tag: str = ""
    gone: bool = False
    unseen: bool = False
    size: float = 16.0
    colour: _Colour = (0, 0, 0)
    behind: _Colour = _WHITE
    root: int = 0

    @property
    def hides(self) -> bool:
        faint = (
            self.colour is not None and self.behind is not None and alike(self.colour, self.behind)
        )
        return self.gone or self.unseen or self.size < _SMALLEST or faint


class SeenMarkup(HTMLParser):
    """Passes on of markup what is seen, and counts the passages that are not.

    >>> seen = SeenMarkup()
    >>> seen.of("<p>It <b hidden>never</b> sails.</p>"), seen.count
    ('<p>It <b hidden></b> sails.</p>', 1)
    """

    def __init__(self, sheets: str = "", styles: Collection[str] = ()) -> None:
        super().__init__(convert_charrefs=False)
        self.count = 0
        self._rules, self._all_known = _rules(sheets)
        self._styles = styles
        self._out: list[str] = []
        self._open = [_Look() if self._all_known else _Look(colour=None, behind=None)]
        self._tags = Counter[str]()
        self._roots = 0
        self._counted = 0

    def of(self, markup: str) -> str:
        """What is seen of the next piece of markup; an element may end in a later one."""
        self._out = []
        try:
            self.feed(closed(markup))
            self.close()
        except AssertionError:  # how html.parser answers a declaration that it does not know
            pass
        self.rawdata = ""
        self.clear_cdata_mode()
        return "".join(self._out)

    @property
    def hides(self) -> bool:
        """Whether text that follows would be hidden."""
        return self._open[-1].root > 0

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._open)

    def shut(self, depth: int) -> None:
        """End the elements that were opened beyond a depth."""
        for look in self._open[depth:]:
            self._tags[look.tag] -= 1
        del self._open[depth:]

    def note(self, words: str) -> None:
        """Count what is hidden here."""
        code = any(self._tags[tag] for tag in _CODES)
        if words.strip() and not code and self._open[-1].root != self._counted:
            self._counted = self._open[-1].root
            self.count += 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._out.append(self.get_starttag_text() or "")
        above = self._open[-1].tag
        if (above == "p" and tag in _ENDS_P) or (above == tag and tag in _ENDS_ITSELF):
            self.shut(self.depth - 1)
        if tag in VOID:
            return
        look = self._look(tag, dict(reversed(attrs)))
        if look.hides and not look.root:
            self._roots += 1
            look = replace(look, root=self._roots)
        elif not look.hides:
            look = replace(look, root=0)
        self._open.append(look)
        self._tags[tag] += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if ":" in tag:  # of XML; elsewhere the sign says nothing
            self.shut(self.depth - 1)

    def handle_endtag(self, tag: str) -> None:
        self._out.append(f"</{tag}>")
        if self._tags[tag] > 0:
            at = self.depth - 1
            while self._open[at].tag != tag:
                at -= 1
            self.shut(at)

    def handle_data(self, data: str) -> None:
        if self.hides and self._open[-1].tag not in _CODES:
            self.note(data)
        else:
            self._out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._out.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._out.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self._out.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self._out.append(f"<?{data}>")

    def _look(self, tag: str, attrs: Mapping[str, str | None]) -> _Look:
        inline = _declared(attrs.get("style") or "")
        style = self._sheet(tag, attrs) | inline
        above = self._open[-1]
        styled = not self._all_known and bool(attrs.get("class") or attrs.get("id"))
        hidden = attrs.get("hidden", "until-found") != "until-found"
        gone = hidden or tag in _CODES or (tag == "dialog" and "open" not in attrs) or _gone(style)
        gone = gone or attrs.get("text:display") == "none"
        gone = gone or attrs.get("text:style-name") in self._styles
        whole = tag in ("html", "body")  # which a script shows once it runs
        behind, told = above.behind, style.get("background-color", style.get("background"))
        if told is None:
            told = attrs.get("bgcolor")
        if told is not None and told not in ("none", "transparent", "inherit", "initial"):
            behind = _colour(told)
        elif "background-image" in style or styled:
            behind = None
        colour = None if styled else above.colour
        if (told := style.get("color", attrs.get("color") if tag == "font" else None)) is not None:
            colour = behind if told == "transparent" or told.endswith(",0)") else _colour(told)
        size, told = above.size, style.get("font-size") or style.get("font", "")
        if found := _LENGTH.search(told):
            relative = found[2] in ("em", "%")
            size = _pixels(found) * (above.size / 16 if relative else 1)
        unseen = above.unseen
        if (told := style.get("visibility", "")) and not whole:
            unseen = told in ("hidden", "collapse")
        return _Look(
            tag, above.gone or (gone and not whole), unseen, size, colour, behind, above.root
        )

    def _sheet(self, tag: str, attrs: Mapping[str, str | None]) -> dict[str, str]:
        """What the markup's own style sheets say of an element."""
        found: dict[str, str] = {}
        if not self._rules:
            return found
        names = {f".{name}" for name in (attrs.get("class") or "").split()}
        names |= {f"#{attrs['id']}"} if attrs.get("id") else set()
        for name in (tag, "*", *sorted(names)):
            for of, needed, style in self._rules.get(name, ()):
                if of in ("", "*", tag) and needed <= names:
                    found |= style
        return found


def without_hidden(markup: str, styles: Collection[str] = ()) -> tuple[str, int]:
    """Markup without text that nobody sees, and how many such passages there were.

    Args:
        markup: HTML, or OpenDocument's XML.
        styles: Names of styles of OpenDocument that hide.

    >>> without_hidden('<p>Tea.<i style="font-size:0">Not tea.</i></p>')
    ('<p>Tea.<i style="font-size:0"></i></p>', 1)
    """
    if not styles and not _MAY_HIDE.search(markup):
        return markup, 0
    head = " ".join(found[0] for found in _LINKED.finditer(markup))
    sheets = _SHEET.findall(markup, 0, markup.lower().rfind("</style") + 7)
    seen = SeenMarkup(" ".join([head, *sheets]), styles)
    shown = seen.of(markup)
    return (shown, seen.count) if seen.count else (markup, 0)


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


def alike(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Whether text of a colour is not seen before another."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= _ALIKE


def _gone(style: Mapping[str, str]) -> bool:
    """Whether nothing inside an element is seen, whatever is said of what it holds."""
    if style.get("display") == "none":
        return True
    if (found := _LENGTH.search(style.get("opacity", ""))) and float(found[1]) <= (
        100 * _FAINT if found[2] == "%" else _FAINT
    ):
        return True
    for name in _PLACES:
        if found := _LENGTH.match(style.get(name, "")):
            at = _pixels(found)
            if at <= -_FAR or (at >= _BEYOND and style.get("position") in ("absolute", "fixed")):
                return True
    moved = style.get("transform", "")
    if re.search(r"scale\(0[.0]*[,)]|translate\w*\([^)]*-\d{4}", moved):
        return True
    clip = f"{style.get('clip', '')} {style.get('clip-path', '')}"
    if re.search(r"rect\((?:[01](?:px)?[\s,]*){4}\)|inset\((?:[5-9]\d|100)%|circle\(0", clip):
        return True
    small = any(
        (found := _LENGTH.match(style.get(name, ""))) and _pixels(found) <= 1 for name in _SIZES
    )
    return small and style.get("overflow", "") in ("hidden", "clip")


def _pixels(found: re.Match[str]) -> float:
    return float(found[1]) * _PIXELS.get(found[2] or "", 1)


def _declared(style: str) -> dict[str, str]:
    """Names and values of a style, both in small letters."""
    plain = _ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), _CODE.sub("", style))
    pairs = (part.split(":", 1) for part in plain.lower().split(";") if ":" in part)
    return {name.strip(): value.partition("!")[0].strip() for name, value in pairs}


def _colour(told: str) -> _Colour:
    told = told.strip().lower()
    if told in _NAMES:
        return _NAMES[told]
    if found := re.fullmatch(r"#?([0-9a-f]{6}|[0-9a-f]{3})(?:[0-9a-f]{1,2})?", told):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := re.match(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})", told):
        return int(found[1]), int(found[2]), int(found[3])
    return None


_Rules = dict[str, list[tuple[str, frozenset[str], dict[str, str]]]]


def _rules(sheets: str) -> tuple[_Rules, bool]:
    """The simple rules of style sheets by what they need, and whether there are no others."""
    rules: _Rules = {}
    simple = not _LINKED.search(sheets)
    plain = _CODE.sub("", sheets)
    plain = _BLOCK.sub(
        lambda f: f[3] if f[1] == "media" and f[2].strip() in ("screen", "all") else "", plain
    )
    for selectors, style in _RULE.findall(plain):
        for selector in selectors.split(","):
            found = _SIMPLE.fullmatch(selector.strip())
            if found and found[0]:
                needed = frozenset(re.findall(r"[.#][\w-]+", found["rest"]))
                tag = (found["tag"] or "").lower()
                key = min(needed, default=tag)
                rules.setdefault(key, []).append((tag, needed, _declared(style)))
            else:
                simple = False
    return rules, simple
