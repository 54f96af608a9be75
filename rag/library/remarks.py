"""What a person should know of how articles were read, kept with an index by what files hold.

Kept beside the rows, as a fact, because few articles have any.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rag.library.seam import LibraryStore
from rag.listing import DocumentInfo

_FACT = "remarks"


def note_remarks(library: LibraryStore, said: Mapping[str, Sequence[str]]) -> None:
    """Keep what was said of files that were read, by the digests of what they hold."""
    before = _kept(library)
    if not before and not any(said.values()):
        return
    there = {state.digest for state in library.rows.states().values()}
    now = {digest: list(told) for digest, told in before.items() if digest in there}
    now.update({digest: list(told) for digest, told in said.items()})
    now = {digest: told for digest, told in now.items() if told}
    if now != before:
        library.rows.set_facts({_FACT: json.dumps(now)})


def with_remarks(library: LibraryStore, infos: Iterable[DocumentInfo]) -> list[DocumentInfo]:
    """The articles with what is said of each."""
    kept = _kept(library)
    if not kept:
        return list(infos)
    states = library.rows.states()
    return [replace(info, remarks=tuple(kept.get(states[info.id].digest, ()))) for info in infos]


def _kept(library: LibraryStore) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = json.loads(library.fact(_FACT) or "{}")
    return kept
