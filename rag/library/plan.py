"""What is to be done so that a library is as one built afresh: which files are read, which
documents only get another name, which files hold the same as others.

Of files with the very same content and ending, the one with the smallest id is the document and
the others are its copies, whatever happened before. Knows nothing of disks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rag.documents.kinds import suffix_of
from rag.documents.read import title_of_name
from rag.library.rows import FileState

Content = tuple[str, str]  # the digest of the bytes, and the ending that says how they are read


@dataclass(slots=True)
class Plan:
    """What is to be done, in this order: settle `moves` and `drops`, read, settle the rest.

    Attributes:
        stays: Documents that are as they should be.
        moves: Ids of documents with the ids that they get; no passage changes.
        reads: Documents to be read and stored.
        origins: For those that are moved or read, whose content was elsewhere: where.
        copies: Ids of files, each with the document that holds the same.
        drops: Documents and copies to be removed at once.
        later: Those to be removed once what holds their content is stored.
    """

    stays: set[str] = field(default_factory=set)
    moves: dict[str, str] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    drops: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)


def content_of(id_: str, digest: str) -> Content:
    """What a file holds, and how it is read."""
    return digest, suffix_of(id_)


def make_plan(
    known: Mapping[str, FileState],
    now: Mapping[str, Content],
    *,
    reading: str,
    readable: Callable[[str], bool],
    title_of: Callable[[str], str | None],
) -> Plan:
    """Compare what is stored with what there is.

    `now` has what could not be looked at as it is known; what is `readable` was looked at.
    """
    plan = Plan()
    firsts: dict[Content, str] = {}
    for id_ in sorted(now):
        first = firsts.setdefault(now[id_], id_)
        if first != id_:
            plan.copies[id_] = first
    rows = {id_: state for id_, state in known.items() if not state.copy_of}
    places = _places(rows, firsts, reading)
    for content, first in firsts.items():
        place = places.get(content)
        if place == first:
            plan.stays.add(first)
            continue
        if place is not None:
            plan.origins[first] = place
        if place is not None and keeps_title(place, first, title_of):
            plan.moves[place] = first
        elif readable(first):
            plan.reads.append(first)
    plan.reads.sort(key=lambda id_: (id_ not in plan.origins, id_))  # before what was there goes
    _drop(plan, known, now, firsts)
    return plan


def _places(
    rows: Mapping[str, FileState], firsts: Mapping[Content, str], reading: str
) -> dict[Content, str]:
    """The document that holds each content, read as it would be now; best where it should be."""
    places: dict[Content, str] = {}
    for id_, state in rows.items():
        content = content_of(id_, state.digest)
        if state.reading == reading and (content not in places or firsts.get(content) == id_):
            places[content] = id_
    return places


def keeps_title(before: str, now: str, title_of: Callable[[str], str | None]) -> bool:
    """Whether a document has the same title under another name; it stands in every vector."""
    named = title_of_name(before)
    return named == title_of_name(now) or title_of(before) != named


def _drop(
    plan: Plan,
    known: Mapping[str, FileState],
    now: Mapping[str, Content],
    firsts: Mapping[Content, str],
) -> None:
    """Choose what is removed, and when: never the only document that holds what is still there."""
    settled = plan.stays | set(plan.moves.values())
    for id_, state in known.items():
        if id_ in plan.moves or (id_ in now and id_ not in plan.copies and not state.copy_of):
            continue  # stays, gets another name, or is replaced when it is read
        if state.copy_of:
            if id_ not in plan.copies:
                plan.drops.add(id_)
            continue
        held = firsts.get(content_of(id_, state.digest))
        instead = plan.copies.get(id_)
        if all(other is None or other in settled for other in (held, instead)):
            plan.drops.add(id_)
        else:
            plan.later.add(id_)
