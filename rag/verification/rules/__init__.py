"""Written rules about English that stand beside the judge until it catches what they catch.

Opposites, negation and modality, where figures and names stand, who does what to whom.
`docs/quality.md` says what each is worth beside the judge.
"""

from __future__ import annotations

from rag.verification.rules.alignment import stray
from rag.verification.rules.clauses import words
from rag.verification.rules.conflicts import conflict
from rag.verification.rules.modality import bent, unconditional
from rag.verification.rules.roles import turned


def against(claim: str, source: str) -> str | None:
    """Why a claim does not mean what its source says; `None` where no rule sees it.

    >>> against("Rollo did not land.", "Rollo landed at Rouen.") is None
    False
    >>> against("Rollo landed.", "Rollo landed at Rouen.")
    """
    if reason := conflict(claim, source):
        return reason
    said, held = words(claim), words(source)
    reason = bent(said, held) or unconditional(said, held)
    return reason or stray(claim, source, said, held) or turned(said, held)


__all__ = ["against"]
