"""What was fetched as an article's file: a page as Markdown whose front matter tells its source.

The file reads as the page itself would: the same text, title and date. A page that tells no date
gets none, because the day of fetching is not the day of writing; that day stands beside it. A PDF
and the like is kept as it came, with its pages, and tells no source.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from rag.documents.apart import read_apart
from rag.documents.blocks import visible_text
from rag.documents.decode import decode
from rag.documents.draft import DocumentDraft, find_date
from rag.documents.fetch import FetchedFile, fetch
from rag.documents.html import read_page
from rag.documents.kinds import PAGE, suffix_of
from rag.documents.limits import LONG, Unreadable
from rag.documents.markdown import split_front_matter
from rag.documents.plain import read_plain
from rag.documents.read import PLAIN
from rag.errors import ReadError

_MARKUP = re.compile(r"([\\`*_\[\]<>&#~|])")
_OPENS_BLOCK = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")


def fetched(address: str) -> tuple[str, bytes]:
    """Fetch an address today; name and bytes of its file. Raises as `fetch` and `saved` do."""
    return saved(fetch(address), today=date.today())


def saved(page: FetchedFile, *, today: date) -> tuple[str, bytes]:
    """Name and bytes of the file of a page that was fetched today.

    Raises:
        ReadError: The page is not text, or takes too long to read.

    >>> page = FetchedFile("https://a.org/rollo", ".txt", b"Rollo led.")
    >>> name, raw = saved(page, today=date.today())
    >>> name, raw.decode().splitlines()[1], raw.decode().splitlines()[-1]
    ('rollo.md', 'source: https://a.org/rollo', 'Rollo led.')
    """
    if not page.is_page:
        name = _last_part(page.address)
        return (
            f"{name[: -len(page.kind)] if suffix_of(name) == page.kind else name}{page.kind}",
            page.raw,
        )
    import yaml

    try:
        text = decode(page.raw)
    except Unreadable as error:
        raise ReadError(f"{page.address} {error}") from error
    title, day, body = _read(text, page.kind)
    facts = {
        "title": title,
        "date": day.isoformat() if day else "",
        "source": page.address,
        "fetched": today.isoformat(),
    }
    told = {name: value for name, value in facts.items() if value}
    front = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=10_000)
    # dates stand plain, as people write them
    front = re.sub(r"^(date|fetched): '([\d-]+)'$", r"\1: \2", front, flags=re.M)
    return (
        f"{title or _last_part(page.address, stem=True)}.md",
        f"---\n{front}---\n\n{body}\n".encode(),
    )


def _read(text: str, kind: str) -> tuple[str, date | None, str]:
    """Title and date where the page tells them, and its text as Markdown."""
    if kind == ".html":
        page = _page(text)
        return page.title, page.date, page.text or escaped(visible_text(text))
    if kind == ".md":
        front, body = split_front_matter(text)
        return _line(front.get("title", "")), find_date(front.get("date", "")), body.strip("\n")
    draft = _page(text, PLAIN)
    return _line(draft.title), None, escaped(draft.text)


def _page(text: str, kind: str = PAGE) -> DocumentDraft:
    if len(text) <= LONG:
        return read_page(text) if kind == PAGE else read_plain(text)
    try:
        return read_apart(text.encode("utf-8", "replace"), kind, seen=False)
    except Unreadable as error:
        raise ReadError(f"The page {error}") from error


def escaped(text: str) -> str:
    r"""Markdown that reads as the text does, each line a paragraph.

    >>> print(escaped("1. *Rollo*"))
    1\. \*Rollo\*
    """
    lines = (_MARKUP.sub(r"\\\1", line.strip()) for line in text.split("\n") if line.strip())
    return "\n\n".join(_OPENS_BLOCK.sub(_shut, line) for line in lines)


def _shut(found: re.Match[str]) -> str:
    sign = found[2]
    return f"{found[1]}{sign}\\" if sign.isdigit() else f"{found[1]}\\{sign}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _last_part(address: str, *, stem: bool = False) -> str:
    parts = urlsplit(address)
    path = PurePosixPath(unquote(parts.path))
    return (path.stem if stem else path.name) or parts.hostname or "page"
