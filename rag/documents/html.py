"""HTML: the main text of a page, without navigation and notices, by trafilatura."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from rag.documents.blocks import visible_text
from rag.documents.draft import DocumentDraft, claimed_date, find_date
from rag.documents.facts import told_name
from rag.documents.hidden import without_hidden
from rag.documents.markdown import read_markdown
from rag.documents.webtables import WebTables

_LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z-]{2,35})", re.I)
_SPANS = re.compile(  # set apart by the page's style alone: a name and its time
    r"(?<=\w\w)</span>(?=<span\b[^<>]{0,300}>[A-Z\d])"
)
_BODY = re.compile(r"<body\b[^>]{0,1000}>", re.I)
_PARTS = re.compile(r"<(?:article|main|section|div)\b", re.I)
_FACTS = ("title", "date", "url", "sitename", "author")
logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # complains to who listens alone


def read_html(text: str) -> DocumentDraft:
    """A page to a draft. Where no main text is found, all visible text is taken.

    >>> read_html("<html><body><p>Rollo led the Norse to the coast.</p></body></html>").text
    'Rollo led the Norse to the coast.'
    """
    text, hidden = without_hidden(text)
    main, facts = main_text(text)
    body = read_markdown(main) if main else DocumentDraft(visible_text(text))
    return replace(
        body,
        title=facts.get("title", "") or body.title,
        date=claimed_date(facts.get("date", "")),
        source=facts.get("url", "") or facts.get("sitename", ""),
        author=told_name(facts.get("author")),
        modified=claimed_date(facts.get("modified", "")),
        language=told_language(text),
        hidden=hidden,
    )


def read_page(text: str) -> DocumentDraft:
    """A page whose text stays Markdown, "" where no main text is found; title and date."""
    main, told = main_text(without_hidden(text)[0])
    return DocumentDraft(main, " ".join(told["title"].split()), find_date(told["date"]))


def told_language(text: str) -> str:
    """The language that a page names, as in `de-AT`; "" where it names none.

    >>> told_language('<!doctype html><html class="a" lang="de-AT">')
    'de-AT'
    """
    found = _LANGUAGE.search(text, 0, 5_000)
    return found[1] if found else ""


def main_text(text: str) -> tuple[str, Mapping[str, str]]:
    """A page's main text as Markdown, "" where none is found, and what the page tells of itself."""
    import htmldate
    import trafilatura

    told = dict.fromkeys((*_FACTS, "modified"), "")
    page = trafilatura.load_html(text)
    if page is None:
        return "", told
    tables = WebTables(_within_an_article(_SPANS.sub("</span> ", text)))
    main = trafilatura.extract(tables.page, output_format="markdown", include_comments=False) or ""
    main = tables.put_back(main)
    told["modified"] = htmldate.find_date(page, original_date=False, extensive_search=False) or ""
    if not main.strip():
        return "", told
    # a guess from the text would take a year that is told of for the page's
    dates = {"original_date": True, "extensive_search": False, "max_date": f"{date.today()}"}
    facts = trafilatura.extract_metadata(page, date_config=dates).as_dict()
    return main, told | {name: str(facts.get(name) or "").strip() for name in _FACTS}


def _within_an_article(page: str) -> str:
    """A page whose text stands in its body alone, as an article: else its lists are lost."""
    begins, ends = _BODY.search(page), page.lower().rfind("</body")
    if begins is None or ends < begins.end() or _PARTS.search(page):
        return page
    inside = page[begins.end() : ends]
    return f"{page[: begins.end()]}<article>{inside}</article>{page[ends:]}"
