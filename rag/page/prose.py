"""Claims with markers that can be clicked, and an article with one sentence highlighted.

Text from articles and models reaches the page as data and is set as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from rag.schema import Citation, Claim, Document

_CLAIMS_CSS = """
.claim { margin: 0 0 .5rem 0; line-height: 1.6; }
button {
  font: inherit; font-size: .8em; border: 0; cursor: pointer; margin-left: .25rem;
  border-radius: .4rem; padding: 0 .4rem; color: var(--st-primary-color);
  background: var(--st-secondary-background-color);
}
button:hover, button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""
_CLAIMS_JS = """
export default function ({ parentElement, data, setTriggerValue }) {
  let root = parentElement.querySelector('.claims');
  if (!root) {
    root = document.createElement('div');
    root.className = 'claims';
    parentElement.appendChild(root);
  }
  root.replaceChildren();
  for (const claim of data.claims) {
    const line = document.createElement('p');
    line.className = 'claim';
    line.append(claim.text);
    for (const mark of claim.marks) {
      const button = document.createElement('button');
      button.textContent = '[' + mark.number + ']';
      button.title = mark.title + ': “' + mark.quote + '”';
      button.setAttribute('aria-label', 'Open source ' + mark.number + ', ' + mark.title);
      button.onclick = () => setTriggerValue('cite', mark.number);
      line.append(button);
    }
    root.append(line);
  }
}
"""
_SOURCE_CSS = """
.article {
  max-height: 70vh; overflow-y: auto; line-height: 1.6; white-space: pre-wrap;
  padding: .75rem 1rem; border-radius: .5rem; border: 1px solid var(--st-border-color);
}
mark { background: #ffe08a; color: #1a1a1a; border-radius: .2rem; padding: .05rem .1rem; }
"""
_SOURCE_JS = """
export default function ({ parentElement, data }) {
  let root = parentElement.querySelector('.article');
  if (!root) {
    root = document.createElement('div');
    root.className = 'article';
    root.tabIndex = 0;
    root.setAttribute('role', 'region');
    root.setAttribute('aria-label', 'Source article');
    parentElement.appendChild(root);
  }
  const mark = document.createElement('mark');
  mark.textContent = data.quote;
  root.replaceChildren(data.before, mark, data.after);
  requestAnimationFrame(() => {
    root.scrollTop = mark.offsetTop - root.offsetTop - root.clientHeight / 3;
  });
}
"""

_claims = st.components.v2.component("quoth_claims", css=_CLAIMS_CSS, js=_CLAIMS_JS)
_source = st.components.v2.component("quoth_source", css=_SOURCE_CSS, js=_SOURCE_JS)


def show_claims(claims: Sequence[Claim], *, key: str) -> int | None:
    """Draw claims; returns the number of the citation that was clicked just now."""
    data = {"claims": [{"text": c.text, "marks": [_mark(m) for m in c.citations]} for c in claims]}
    clicked = _claims(key=key, data=data, on_cite_change=lambda: None).cite
    return None if clicked is None else int(clicked)


def show_source(document: Document, start: int, end: int, *, key: str) -> None:
    """Draw an article whole, scrolled to the highlighted characters `[start, end)`."""
    text = document.text
    data = {"before": text[:start], "quote": text[start:end], "after": text[end:]}
    _source(key=key, data=data)


def plain(text: str) -> str:
    r"""Text escaped for Streamlit's Markdown.

    >>> print(plain("costs $5 *now*"))
    costs \$5 \*now\*
    """
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|$~:&" else c for c in text)


def _mark(citation: Citation) -> dict[str, Any]:
    return {"number": citation.number, "title": citation.title, "quote": citation.quote}
