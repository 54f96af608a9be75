"""HTML: the main text of a page, without navigation and notices, by trafilatura."""

from __future__ import annotations

import logging

from rag.documents.draft import Draft, find_date
from rag.documents.markdown import read_markdown
from rag.documents.markup import visible_text


def read_html(text: str) -> Draft:
    """A page to a draft. Where no main text is found, all visible text is taken.

    >>> read_html("<html><body><p>Rollo led the Norse to the coast.</p></body></html>").text
    'Rollo led the Norse to the coast.'
    """
    import trafilatura

    _quiet()
    page = trafilatura.bare_extraction(
        text, with_metadata=True, include_comments=False, include_tables=True
    )
    main = trafilatura.extract(text, output_format="markdown", include_comments=False) or ""
    body = read_markdown(main) if main.strip() else Draft(visible_text(text))
    facts = page.as_dict() if page is not None else {}
    return Draft(
        text=body.text,
        title=str(facts.get("title") or "").strip() or body.title,
        date=find_date(str(facts.get("date") or "")),
        source=str(facts.get("url") or facts.get("sitename") or "").strip(),
        headings=body.headings,
    )


def _quiet() -> None:
    """Keep trafilatura's complaints off the screen, unless a program listens for them."""
    logger = logging.getLogger("trafilatura")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
