"""What a person should know of how articles were read, and which could not be.

What is said of articles is kept beside the rows, as a fact, because few have any.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from rag.library.folder import held_by
from rag.library.rows import FileState
from rag.library.seam import LibraryStore
from rag.listing import DocumentInfo, Failure

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


def note_failures(
    library: LibraryStore,
    failures: Sequence[Failure],
    only: Collection[str] | None = None,
    states: Mapping[str, FileState] = MappingProxyType({}),
) -> None:
    """Keep these failures in place of all earlier ones, or of those of the files `only`.

    With the states of files it is told when one of them need not be tried again.
    """
    before, unread = library.failures(), library.rows.unread()
    others = [] if only is None else [f for f in before if held_by(f.path, only) is None]
    now = sorted([*others, *failures], key=lambda failure: failure.path)
    known = {**unread, **states}
    still = {f.path: known[f.path] for f in now if f.path in known}
    if now != before or still != unread:
        library.rows.set_failures(now, still)
