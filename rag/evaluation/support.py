"""Whether a claim's quotes entail it, as a judge says: a second opinion on the checks.

Owns what is put to the judge and where its line lies. Which judge it is, the caller says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.errors import ModelError
from rag.schema import Claim, Origin

Entails = Callable[[Sequence[tuple[str, str]]], Sequence[float]]  # (premise, claim) to probability
LINE = 0.5


def bundled_judge() -> Entails | None:
    """The judge that comes with the install; `None` where there is none."""
    from rag.models import load_judge  # what judges is loaded by who asks for it

    try:
        return load_judge().entails
    except ModelError:
        return None


def supported(claims: Sequence[Claim], entails: Entails) -> list[bool]:
    """For each claim, whether its quotes together entail it.

    A claim that is one of its quotes, word by word, is not put to the judge, nor what was told
    from the list of articles.
    """
    asked = [claim for claim in claims if claim.citations and not _copied(claim)]
    pairs = [(" ".join(c.quote for c in claim.citations), claim.text) for claim in asked]
    entailed = iter(entails(pairs) if pairs else ())
    return [
        _copied(claim) or (bool(claim.citations) and next(entailed) >= LINE) for claim in claims
    ]


def _copied(claim: Claim) -> bool:
    if claim.origin is Origin.LISTED:
        return True
    said = " ".join(claim.text.split())
    return any(said == " ".join(c.quote.split()) for c in claim.citations)
