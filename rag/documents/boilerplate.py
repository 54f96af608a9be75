"""Tells bylines, biographies, "read more" lines and notices from the article itself.

Works on whole lines. A block about the author at the end is recognised by the line that opens
it; everything after that line belongs to it, as long as it is short.
"""

from __future__ import annotations

import re

_LINE = re.compile(
    r"^(?:by [A-Z][\w.'’-]+(?: [\w.'’-]+){0,5}|(?:read|learn|see|show) more\b.{0,60}|share(?: this.{0,40})?"
    r"|advertisement|sponsored.{0,40}|sign up.{0,80}|subscribe.{0,80}|follow us.{0,60}"
    r"|(?:photo|image|credit)s?:.{0,120}|(?:all rights reserved|copyright|©).{0,120}"
    r"|accept (?:all )?cookies.{0,60}|(?:related|recommended) (?:articles|posts|stories|reading).{0,40}"
    r"|(?:comments|leave a (?:reply|comment)|tags?:.{0,100}|filed under.{0,80}))[.:!]?$",
    re.I,
)
_OPENS_TAIL = re.compile(
    r"^(?:about the authors?|about us|author(?:s|'s bio| bio)?|(?:the )?editorial (?:team|staff|board)"
    r"|(?:related|recommended) (?:articles|posts|stories|reading)|read more|share this.{0,40}"
    r"|more from .{1,60}|contributors?|disclaimer|newsletter)\s*:?$",
    re.I,
)
_BIOGRAPHY = re.compile(
    r"^(?:[A-Z][\w.'’-]+ ){1,6}(?:is|was|leads|covers|writes|serves|served|works) "
    r".{0,120}\b(?:editor|reporter|writer|journalist|columnist|correspondent|editorial|freelance)",
)
_TAIL_CHARACTERS = 1500
_TAIL_SHARE = 0.5


def boilerplate_lines(lines: list[str]) -> list[bool]:
    """For each non-blank line of a document, whether it is boilerplate.

    >>> boilerplate_lines(["Chips rose.", "They fell.", "About the author", "Jo Doe likes tea."])
    [False, False, True, True]
    """
    flags = [bool(_LINE.match(_bare(line))) for line in lines]
    total = sum(len(line) for line in lines)
    rest = 0
    tail = len(lines)
    for index in range(len(lines) - 1, 0, -1):
        rest += len(lines[index])
        if rest > min(_TAIL_CHARACTERS, _TAIL_SHARE * total + 400):
            break
        line = _bare(lines[index])
        last = index >= len(lines) - 3
        if _OPENS_TAIL.match(line) or (last and _BIOGRAPHY.match(line)):
            tail = index
    return [flag or index >= tail for index, flag in enumerate(flags)]


def _bare(line: str) -> str:
    return line.strip().strip("#*_-–—•|").strip()
