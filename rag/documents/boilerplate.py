"""Tells bylines, biographies, "read more" lines and notices from the article itself.

Works on whole lines. A block at the end is recognised by the line that opens it. What follows
"About the author" belongs to it, as long as it is short; what follows "Read more" only while no
line of it is a sentence, because such links also stand in the middle of an article.
"""

from __future__ import annotations

import re

from rag.documents.byline import is_byline

_NAME = r"[A-Z][\w.'’-]*"
_STORIES = r"(?:related|recommended) (?:articles|posts|stories|reading)"
_BYLINE = re.compile(
    rf"^(?:(?:[Bb]y|BY) (?:the )?(?:[\w'’-]+ ){{0,4}}(?i:staff|desk|team|editors|reporters?)"
    rf"|(?:[Bb]y|BY|(?:Written|Reported|Posted|Words) by) {_NAME}"
    rf"(?:,? (?:{_NAME}|and|de|van|von|der|the|of|for|[&|]))*)[,.]?$"
)
_LINE = re.compile(
    r"^(?:(?:read|learn|see|show) more(?::.{0,100}|(?: (?:about|at|from|here|in|on)\b.{0,60})?)"
    r"|share(?: this.{0,40})?"
    r"|advertisement"
    r"|sponsored (?:by [^.,]{1,40}|content|post|story|links?)"
    r"|sign up (?:for|to) .{0,60}newsletter.{0,40}"
    r"|subscribe (?:to|now|today|for)\b.{0,60}"
    r"|follow us\b.{0,60}"
    r"|(?:photo|image|credit)s?(?: by)?:.{0,120}"
    r"|all rights reserved.{0,80}"
    r"|copyright (?:©|\(c\)|\d{4}|by [A-Z]).{0,100}"
    r"|(?:©|\(c\) \d{4}).{0,100}"
    r"|accept (?:all )?cookies.{0,60}"
    rf"|{_STORIES}.{{0,40}}"
    r"|comments|leave a (?:reply|comment)"
    r"|tags?:.{0,100}"
    r"|filed under\b.{0,80}"
    r")[.:!]?$",
    re.I,
)
_OPENS_TAIL = re.compile(
    r"^(?:about the authors?|about us|author(?:s|['’]s bio| bio)?"
    r"|(?:the )?editorial (?:team|staff|board)"
    r"|more from .{1,60}"
    r"|contributors?|disclaimer|newsletter"
    r")\s*:?$",
    re.I,
)
_OPENS_LINKS = re.compile(
    rf"^(?:(?:read|see|show) more|share(?: this)?(?: \w+)?|you may also like|{_STORIES})\s*:?$",
    re.I,
)
_WRITES = r"(?:editor|reporter|writer|journalist|columnist|correspondent|freelancer|contributor)"
_BIOGRAPHY = re.compile(
    rf"^(?:{_NAME} ){{1,5}}(?:"
    r"(?:is|serves as|works as) (?:an?|the|our|\w+['’]s?) "
    rf"(?:(?!(?:for|of|by|to|who|that)\b)[\w&'’-]+ ){{0,4}}{_WRITES}(?!['’\w])"
    r"(?=(?: (?:at|for|of|in|on|with|based|covering|and|who covers)\b|[.,;]|$))"
    r"|(?:leads|heads) .{0,60}\beditorial team\b"
    rf"|(?:covers|writes about|reports on) .{{1,80}} (?:for|at) {_NAME})"
)
_SENTENCE = re.compile(r"[.!?…]['\"”’)\]]*$")
_HEAD = 8  # lines in which a byline may stand
_TAIL_CHARACTERS = 1500
_TAIL_SHARE = 0.5


def boilerplate_lines(lines: list[str]) -> list[bool]:
    """For each non-blank line of a document, whether it is boilerplate.

    >>> boilerplate_lines(["Chips rose.", "They fell.", "About the author", "Jo Doe likes tea."])
    [False, False, True, True]
    """
    bare = [line.strip().strip("#*_-–—•|").strip() for line in lines]
    flags = [bool(_LINE.match(line) or _BYLINE.match(line)) for line in bare]
    flags[:_HEAD] = [
        flag or is_byline(line) for flag, line in zip(flags[:_HEAD], bare, strict=False)
    ]
    total = sum(len(line) for line in lines)
    rest = 0
    tail = len(lines)
    only_links = True
    for index in range(len(lines) - 1, 0, -1):
        line = bare[index]
        rest += len(lines[index])
        if rest > min(_TAIL_CHARACTERS, _TAIL_SHARE * total + 400):
            break
        biography = index >= len(lines) - 3 and _BIOGRAPHY.match(line)
        if _OPENS_TAIL.match(line) or biography or (only_links and _OPENS_LINKS.match(line)):
            tail = index
        only_links = only_links and (flags[index] or not _SENTENCE.search(line))
    return [flag or index >= tail for index, flag in enumerate(flags)]
