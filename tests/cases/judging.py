"""What a case expects of an answer, and what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rag
from tests.cases.packed import files_of


def lay(case: Path, folder: Path) -> None:
    """Write the articles of a case into a folder."""
    for name, raw in files_of(case / "articles").items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


def faults(answer: rag.Answer, expected: dict[str, Any]) -> Iterator[str]:
    """What an answer has that it must not, and lacks that it must have.

    `says` is a list of words that must all be said; a list in it holds words of which one is
    enough. `never` must not be said; `cites` is the article that a quote must come from.
    """
    said = "\n".join(claim.text for claim in answer.claims)
    if answer.refused is not expected.get("refused", False):
        yield "refused" if answer.refused else "not refused"
        return
    for words in expected.get("says", ()):
        either = [words] if isinstance(words, str) else words
        if not any(_holds(said, one) for one in either):
            yield f"lacks {' or '.join(either)}"
    yield from (f"says {words}" for words in expected.get("never", ()) if _holds(said, words))
    if len(answer.claims) > expected.get("claims", len(answer.claims)):
        yield f"{len(answer.claims)} claims"
    cited = {citation.document for citation in answer.citations}
    if not {expected.get("cites")} <= cited | {None}:
        yield f"cites {', '.join(sorted(cited)) or 'nothing'}"


def _holds(said: str, words: str) -> bool:
    # whole words, so that 41 is not found in 1941; \s in place of a space finds hard spaces too
    sought = r"\s+".join(map(re.escape, words.split()))
    return re.search(rf"(?<!\w){sought}(?!\w)", said, re.IGNORECASE) is not None
