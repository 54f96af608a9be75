"""RTF, by striprtf."""

from __future__ import annotations

import re

from rag.documents.draft import DocumentDraft
from rag.documents.facts import told_date, told_name
from rag.documents.limits import Unreadable
from rag.documents.plain import read_plain

_FACT = r"\{\\%s\s+((?:[^{}\\]|\\'[0-9a-f]{2}|\\u-?\d+ ?\??){1,400})\}"
_CREATED = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,40})(?P<number>-?\d{1,9})? ?|\\'[0-9a-fA-F]{2}|\\.|[{}]|[^\\{}]+|\\",
    re.S,
)
_SMALLEST = 3  # half points
_HEAD = 1 << 16  # characters in which facts are looked for


def read_rtf(raw: bytes) -> DocumentDraft:
    """An RTF file to a draft."""
    from striprtf.striprtf import rtf_to_text

    if not raw.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("is damaged or no RTF. Open it in its program and save it anew.")
    text = raw.decode("latin-1")  # RTF is ASCII; other letters stand in it as codes
    text, hidden = _seen(text)
    plain = str(rtf_to_text(text, encoding="cp1252", errors="replace")).replace("\x00", "")
    plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves joined
    draft = read_plain("\n".join(" ".join(line.split()) for line in plain.split("\n")))
    head = text[:_HEAD]
    made = _CREATED.search(head)
    created = "-".join(part.zfill(2) for part in made.groups()) if made else ""
    return DocumentDraft(
        text=draft.text,
        title=_told("title", head) or draft.title,
        date=told_date(created),
        author=_told("author", head),
        hidden=hidden,
    )


def _seen(text: str) -> tuple[str, int]:
    """The file without text that nobody sees, hidden or minute, and how many passages it was."""
    parts: list[str] = []
    looks: list[tuple[bool, int]] = []
    hidden, size, count, counted = False, 24, 0, False
    for found in _TOKEN.finditer(text):
        word, number = found["word"], found["number"]
        if found[0] == "{":
            looks.append((hidden, size))
        elif found[0] == "}":
            hidden, size = looks.pop() if looks else (hidden, size)
        elif word == "v":
            hidden = number != "0"
        elif word == "plain":
            hidden, size = False, 24
        elif word == "fs" and number:
            size = int(number)
        elif (hidden or size <= _SMALLEST) and (not word or word == "u"):
            if not found[0].isspace():
                count, counted = count + (not counted), True
            continue
        counted = counted and bool(word or found[0] in "{}" or found[0].isspace())
        parts.append(found[0])
    return ("".join(parts), count) if count else (text, 0)


def _told(name: str, head: str) -> str:
    from striprtf.striprtf import rtf_to_text

    found = re.search(_FACT % name, head, re.I)
    return told_name(rtf_to_text("{\\rtf1 " + found[1] + "}", errors="ignore")) if found else ""
