"""Characters that nobody sees: zero width, orders of writing, tags, fillers, controls.

What joins letters stays where a script needs it, and so does the first sign for an emoji's look.
"""

from __future__ import annotations

import json
import re

_ZERO_WIDTH = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u3164\ufeff\uffa0\ufff9-\ufffb"
)
_ORDERS = "\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f"
_SMUGGLED = "\U000e0000-\U000e0fff"
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_JOINS, _LOOKS = "\u200c\u200d", "\ufe00-\ufe0f"
_UNSEEN = re.compile(f"[{_ZERO_WIDTH}{_ORDERS}{_SMUGGLED}{_CONTROLS}]")
RUN = re.compile(f"[{_ZERO_WIDTH}{_ORDERS}{_SMUGGLED}{_CONTROLS}{_JOINS}{_LOOKS}]+")
MISLEADING = re.compile(
    f"[\u202a-\u202e\u2066-\u2069{_SMUGGLED}]"
)  # to be read otherwise than seen
_ESCAPED = re.compile(f"[\ud800-\udfff]|{RUN.pattern}")
_MEANT = re.compile(f"[{_LOOKS}]?[{_JOINS}]?")  # behind a letter that takes such signs
_TAKES = re.compile("[\u0600-\U000dffff]|[#*0-9\u00a9\u00ae](?=\ufe0f)")


def bare(text: str) -> str:
    """A text without characters that nobody sees."""
    return RUN.sub(meant, text)


def told_in_json(text: str) -> str:
    r"""JSON whose characters that nobody sees, and halves of others, stand as `\u200b`.

    >>> print(told_in_json('"a\u200bb"'))
    "a\u200bb"
    """
    return _ESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], text)


def meant(run: re.Match[str]) -> str:
    """What of a run of unseen characters a script or an emoji needs; most often nothing."""
    found = _MEANT.match(_UNSEEN.sub("", run[0]))
    takes = run.start() and _TAKES.match(run.string[run.start() - 1] + (found[0] if found else ""))
    return found[0] if found and takes else ""
