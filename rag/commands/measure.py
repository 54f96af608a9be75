"""How fast the models in force are on this machine: a few seconds of real work.

Loads the models, unlike the rest of `doctor`. The text it works on is its own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from rag.settings import Settings

PASSAGES = 64
TOKENS = 64
_SENTENCES = (
    "The ferry to the northern islands leaves at seven and takes four hours in calm weather.",
    "In 1987 the town counted 3,412 people, most of whom lived from fishing and the salt works.",
    "A new bridge was planned twice, and twice the council found that it could not pay for it.",
    "Visitors come for the lighthouse, which was built from grey stone by two brothers.",
    "Since the harbour was dredged, larger ships can enter it at low tide as well.",
    "The museum keeps the logbooks of the pilots, some of them more than a century old.",
)


@dataclass(frozen=True, slots=True)
class Speeds:
    """What was measured; the language model's figures are `None` where none is set.

    Attributes:
        passages_per_second: Passages of common length embedded a second.
        tokens_per_second: Tokens that the language model writes a second.
        first_token: Seconds from a short prompt to its first token.
        loading: Seconds until the models were loaded.
    """

    passages_per_second: float
    tokens_per_second: float | None
    first_token: float | None
    loading: float


def measure(settings: Settings) -> Speeds:
    """Load the models in force and time them.

    Raises:
        ModelError: One cannot be loaded.
    """
    from rag.models import SentenceTransformerEmbedder, load

    began = time.perf_counter()
    embedder = SentenceTransformerEmbedder(settings.embedder, threads=settings.threads)
    llm = load(settings)
    loading = time.perf_counter() - began
    texts = [_passage(number) for number in range(PASSAGES)]
    embedder.embed(texts[:4])  # the first call sets up what later ones reuse
    began = time.perf_counter()
    embedder.embed(texts)
    pace = PASSAGES / (time.perf_counter() - began)
    if llm is None:
        return Speeds(pace, None, None, loading)
    try:
        began = time.perf_counter()
        times = [
            time.perf_counter() - began
            for _ in llm.stream(head="Tell a story.", request=_passage(0), limit=TOKENS)
        ]
    finally:
        llm.close()
    if not times:
        return Speeds(pace, None, None, loading)
    spent = times[-1] - times[0]
    return Speeds(pace, (len(times) - 1) / spent if spent else None, times[0], loading)


def _passage(number: int) -> str:
    """About 500 characters, different for every number."""
    turn = number % len(_SENTENCES)
    return f"Note {number}. " + " ".join(_SENTENCES[turn:] + _SENTENCES[:turn])
