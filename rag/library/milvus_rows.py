"""What a Milvus library knows of its documents and their files, and how that changes.

Milvus has no transactions. So a document's row, which is written at once, decides which passages
are its own: they are written before under a number that no other has, and what no row names is no
part of the library. A journal names such numbers until they are forgotten, so that whoever writes
next ends what was broken off. Rows are small and held in memory; texts are not.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

from rag.jsonable import from_json
from rag.library.corrections import Correction, with_facts
from rag.library.milvus_forms import (
    Shelved,
    collection_number,
    fact_of,
    known_as,
    passage_of,
    shelved,
    unpacked,
)
from rag.library.milvus_server import MilvusServer, Row
from rag.library.rows import Entry, FileState, Settlement, facts_of, identity_in
from rag.listing import DocumentInfo, Failure
from rag.models.embedder import EmbedderIdentity
from rag.schema import Document

FORMAT = "1"
_PART = 16_000  # characters of a text in one row, which has room for four bytes each
_DOCUMENT, _COPY, _FORMER = "document", "copy", "former"
_FAILURE, _FACT, _BY_HAND = "failure", "fact", "by hand"
_KINDS = (_DOCUMENT, _COPY, _FORMER, _FAILURE, _FACT, _BY_HAND)


class MilvusRows:
    """The rows of one library; changed by one at a time, read by any.

    `generation` goes up with every change of documents.
    """

    def __init__(self, server: MilvusServer) -> None:
        self._server = server
        self._rows: dict[str, dict[str, Any]] = {}
        self.live: dict[int, Shelved] = {}
        self.generation = -1
        self.read()

    def read(self, *, sure: bool = False) -> None:
        """Take over all that there is."""
        rows: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
        for key, kind, _, value in self._server.rows(_KINDS, sure=sure):
            plain = json.loads(value)
            rows[kind][key.split("/", 1)[1]] = shelved(plain) if kind == _DOCUMENT else plain
        self._rows = rows
        self._settled()

    def follow(self) -> bool:
        """Take over what others changed; whether they did."""
        kept = self._server.values([f"{_FACT}/journal"]).get(f"{_FACT}/journal")
        if kept is None or json.loads(kept)["generation"] == self.generation:
            return False
        self.read()
        return True

    # what is known

    @property
    def documents(self) -> dict[str, Shelved]:
        """The rows of all documents, by id; not to be changed."""
        return self._rows[_DOCUMENT]

    def copies(self) -> dict[str, tuple[Shelved, list[int]]]:
        """Files that hold the same as a document's own: that document, their size and time."""
        held = self._rows[_COPY].items()
        return {id_: (self.live[n], file) for id_, (n, *file) in held if n in self.live}

    def by_hand(self, id_: str) -> dict[str, list[str | None]]:
        """What is set of a document by hand: each fact with what the file tells."""
        return dict(self._rows[_BY_HAND].get(id_, {}))

    def find(self, id_: str) -> Shelved | None:
        """A document by its id, by that of a file that holds the same, or by where it was."""
        return self.of_file(id_) or self.documents.get(self._rows[_FORMER].get(id_, ""))

    def fact(self, name: str) -> str | None:
        value = self._rows[_FACT].get(name)
        return value if isinstance(value, str) else None

    def identity(self) -> EmbedderIdentity | None:
        """The embedder that the vectors are of; `None` where that is not noted."""
        return identity_in(self.fact)

    def of_file(self, id_: str) -> Shelved | None:
        """A document by its id, or by that of a file that holds the same."""
        copy = self._rows[_COPY].get(id_)
        return self.documents.get(id_) or (self.live.get(copy[0]) if copy else None)

    def infos(self) -> list[DocumentInfo]:
        """The list of documents, by id."""
        same: dict[int, list[str]] = {}
        for id_, (row, _) in sorted(self.copies().items()):
            same.setdefault(row.number, []).append(id_)
        return [
            replace(
                row.info,
                copies=tuple(same.get(row.number, ())),
                by_hand=tuple(sorted(self.by_hand(id_))),
            )
            for id_, row in sorted(self.documents.items())
        ]

    def collections(self) -> Counter[int]:
        """How many documents each collection holds, by its number."""
        return Counter(map(collection_number, self.documents))

    def languages(self) -> tuple[str, ...]:
        """Codes of the languages of documents, the most common first."""
        often = Counter(row.info.language for row in self.documents.values())
        return tuple(sorted(often, key=lambda code: (-often[code], code)))

    def states(self) -> dict[str, FileState]:
        own = {id_: row.state for id_, row in self.documents.items()}
        same = {
            id_: replace(row.state, size=file[0], modified=file[1], copy_of=row.info.id)
            for id_, (row, file) in self.copies().items()
        }
        return own | same

    def title(self, id_: str) -> str | None:
        row = self.documents.get(id_)
        return None if row is None else row.info.title

    def digest_of(self, id_: str) -> str:
        row = self.documents.get(id_)
        return "" if row is None else row.state.digest

    def unread(self) -> dict[str, FileState]:
        held = self._rows[_FAILURE].items()
        return {id_: FileState(*file) for id_, (_, file) in held if file}

    def failures(self) -> list[Failure]:
        return [Failure(id_, why) for id_, (why, _) in sorted(self._rows[_FAILURE].items())]

    def former(self) -> dict[str, str]:
        return dict(self._rows[_FORMER])

    def corrections(self) -> list[Correction]:
        return [
            (id_, name, value or "", was)
            for id_, facts in self._rows[_BY_HAND].items()
            for name, (value, was) in facts.items()
        ]

    def texts(self, rows: Collection[Shelved]) -> dict[int, Document]:
        """Whole documents by number, as they are known now; what has gone is left out."""
        keys = {row.number: [_part(row.number, at) for at in range(row.parts)] for row in rows}
        values = self._server.values(key for some in keys.values() for key in some)
        whole = {n: "".join(values.get(key, "") for key in some) for n, some in keys.items()}
        return {
            row.number: known_as(from_json(Document, json.loads(whole[row.number])), row.info)
            for row in rows
            if all(key in values for key in keys[row.number])
        }

    def entries(self, ids: Iterable[str]) -> Iterator[Entry]:
        for row in filter(None, map(self.documents.get, ids)):
            told = {name: was for name, (_, was) in self.by_hand(row.info.id).items()}
            for number, document in self.texts([row]).items():
                kept = self._server.passages_of(number)
                vectors, places = unpacked([one["payload"] for one in kept])
                passages = [passage_of(row.info.id, place) for place in places]
                facts = known_as(document, with_facts(row.info, told))
                yield Entry(facts, passages, vectors, row.state)

    # how it changes

    def begin(self, identity: EmbedderIdentity, longest: int) -> None:
        """Note what a library that is new will be of."""
        if self.identity() is None:
            more = {"passage_characters": str(longest), "format": FORMAT}
            self.set_facts(facts_of(identity) | more)

    def numbers(self, count: int, replaced: Iterable[str]) -> range:
        """Numbers for new documents, and a note that they and those in their place may go."""
        journal = self._journal()
        first = int(journal["next"])
        gone = [self.documents[id_].number for id_ in replaced if id_ in self.documents]
        journal["next"] = first + count
        journal["pending"] = [*journal["pending"], *range(first, first + count), *gone]
        self._write({(_FACT, "journal"): journal})
        return range(first, first + count)

    def shelve(self, number: int, entry: Entry) -> Shelved:
        """Write a document's text under its number; the row that `take` makes it known by."""
        d, text, state = entry.document, entry.document.to_json(), entry.state
        parts = [text[start : start + _PART] for start in range(0, len(text), _PART)]
        rows = [(_part(number, at), "text", number, part) for at, part in enumerate(parts)]
        self._server.put(rows)
        counted = len(d.text), len(entry.passages)
        facts = d.source, state.size, d.language, (), d.author, d.modified
        info = DocumentInfo(
            *(d.id, d.title, d.date, *counted, *facts, len(d.text.split()), len(d.headings))
        )
        held = self.by_hand(d.id)
        info = with_facts(info, {name: value for name, (value, _) in held.items()})
        return Shelved(info, number, len(parts), replace(state, copy_of=""))

    def take(self, rows: Sequence[tuple[Shelved, Document]]) -> None:
        """Make documents part of the library, in place of those with the same ids."""
        changes: dict[tuple[str, str], Any] = {}
        for row, document in rows:
            id_, held = document.id, self.by_hand(document.id)
            changes |= {(kind, id_): None for kind in (_COPY, _FAILURE, _FORMER)}
            changes[_DOCUMENT, id_] = row
            if held:
                told = {name: [value, fact_of(document, name)] for name, (value, _) in held.items()}
                changes[_BY_HAND, id_] = told
        self._write(changes)
        self.finish()

    def settle(self, wanted: Settlement) -> None:
        """Move, remove and note copies.

        Passages of what moved are to get their collection then, before it is finished.
        """
        journal = self._journal()
        ids = {*wanted.removed, *wanted.moves, *wanted.moves.values()}
        journal["pending"] += [row.number for id_, row in self.documents.items() if id_ in ids]
        self._write({(_FACT, "journal"): journal})
        gone = [(kind, id_) for id_ in wanted.removed for kind in (_DOCUMENT, _COPY, _BY_HAND)]
        self._write(dict.fromkeys(gone))
        self._move(wanted.moves)
        changes: dict[tuple[str, str], Any] = {}
        for id_, (first, state) in wanted.copies.items():
            if first in self.documents:
                number = self.documents[first].number
                changes[_COPY, id_] = [number, state.size, state.modified]
            changes[_FAILURE, id_] = None
        self._write(changes | {(_FORMER, id_): now for id_, now in self._left(wanted.former)})

    def _left(self, moves: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
        """What is to be noted of ids that articles left, whose earlier ids follow them."""
        before = self._rows[_FORMER]
        known = dict(before)
        for left, now in moves.items():
            if left in known.values():
                known = {id_: now if to == left else to for id_, to in known.items()}
            known[left] = now
            known.pop(now, None)
        for id_ in before.keys() | known.keys():
            if before.get(id_) != known.get(id_):
                yield id_, known.get(id_)

    def _move(self, moves: Mapping[str, str]) -> None:
        """Give documents other ids, with what is set of them by hand; they may swap."""
        rows = {now: self.documents[b] for b, now in moves.items() if b in self.documents}
        hands = {now: self._rows[_BY_HAND].get(before) for before, now in moves.items()}
        changes: dict[tuple[str, str], Any] = {}
        for before in moves:
            changes |= {(_DOCUMENT, before): None, (_BY_HAND, before): None}
        for now, row in rows.items():
            changes |= {(kind, now): None for kind in (_COPY, _FAILURE, _FORMER)}
            file = replace(row.state, modified=-1)
            changes[_DOCUMENT, now] = replace(row, info=replace(row.info, id=now), state=file)
        self._write(changes | {(_BY_HAND, now): hand for now, hand in hands.items()})

    def finish(self) -> None:
        """Forget what no document names any more, and say that there was a change."""
        journal = self._journal()
        dead = sorted(set(journal["pending"]) - self.live.keys())
        if dead:
            self._server.forget(dead)
            copies = {i: copy for i, copy in self._rows[_COPY].items() if copy[0] not in dead}
            self._rows = self._rows | {_COPY: copies}  # their rows went with the number
        journal |= {"pending": [], "generation": int(journal["generation"]) + 1}
        self._write({(_FACT, "journal"): journal})

    @property
    def pending(self) -> list[int]:
        """Numbers of documents with which who wrote last did not come to the end."""
        return list(self._journal()["pending"])

    def set_by_hand(self, id_: str, facts: Mapping[str, str | None]) -> None:
        """Set facts of a document, or take back what was set where a value is `None`.

        Its passages are to get its day then, before it is finished.
        """
        row, held = self.documents[id_], self.by_hand(id_)
        now: dict[str, str | None] = {}
        for name, value in facts.items():
            was = held[name][1] if name in held else fact_of(row.info, name)
            now[name] = was if value is None else value
            if value is None:
                held.pop(name, None)
            else:
                held[name] = [value, was]
        row = replace(row, info=with_facts(row.info, now))
        journal = self._journal()
        journal["pending"].append(row.number)
        self._write({(_FACT, "journal"): journal})
        self._write({(_DOCUMENT, id_): row, (_BY_HAND, id_): held or None})

    def keep_corrections(self, kept: Iterable[Correction]) -> None:
        facts: dict[tuple[str, str], Any] = {}
        for id_, name, value, was in kept:
            facts.setdefault((_BY_HAND, id_), self.by_hand(id_))[name] = [value, was]
        self._write(facts)

    def touch(self, states: Mapping[str, FileState]) -> None:
        changes: dict[tuple[str, str], Any] = {}
        copies = self.copies()
        for id_, state in states.items():
            file = [state.size, state.modified]
            row = self.documents.get(id_)
            if row is not None and row.state.digest == state.digest:
                now = replace(row.state, size=state.size, modified=state.modified)
                if now != row.state:
                    info = replace(row.info, bytes=state.size)
                    changes[_DOCUMENT, id_] = replace(row, info=info, state=now)
            if id_ in copies and copies[id_][0].state.digest == state.digest:
                changes[_COPY, id_] = [copies[id_][0].number, *file]
        self._write(changes)

    def set_failures(self, failures: Sequence[Failure], unread: Mapping[str, FileState]) -> None:
        """Keep these in place of all earlier ones; of files that were looked at, how they were."""
        changes: dict[tuple[str, str], Any] = {
            (_FAILURE, id_): None for id_ in self._rows[_FAILURE]
        }
        for failure in failures:
            file = unread.get(failure.path)
            changes[_FAILURE, failure.path] = [failure.reason, astuple(file) if file else None]
        self._write(changes)

    def set_facts(self, facts: dict[str, str]) -> None:
        self._write({(_FACT, name): value for name, value in facts.items()})

    def _journal(self) -> dict[str, Any]:
        kept = self._rows[_FACT].get("journal") or {"generation": 0, "next": 1, "pending": []}
        return {**kept, "pending": list(kept["pending"])}

    def _write(self, changes: Mapping[tuple[str, str], Any]) -> None:
        """Write rows, and take out those that are `None`; what is new first."""
        rows: list[Row] = []
        for (kind, id_), value in changes.items():
            if value is not None:
                plain = value.json() if isinstance(value, Shelved) else value
                text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
                rows.append((f"{kind}/{id_}", kind, _number_of(kind, value), text))
        gone = [(kind, id_) for (kind, id_), value in changes.items() if value is None]
        gone = [(kind, id_) for kind, id_ in gone if id_ in self._rows[kind]]
        self._server.put(rows)
        self._server.drop(f"{kind}/{id_}" for kind, id_ in gone)
        now = self._rows | {kind: dict(self._rows[kind]) for kind, _ in changes}
        for (kind, id_), value in changes.items():
            if value is None:
                now[kind].pop(id_, None)
            else:
                now[kind][id_] = value
        self._rows = now
        self._settled()

    def _settled(self) -> None:
        self.live = {row.number: row for row in self._rows[_DOCUMENT].values()}
        self.generation = int(self._journal()["generation"])


def _number_of(kind: str, value: Any) -> int:
    """Which document's number a row carries, and goes with; 0 for none."""
    return value.number if isinstance(value, Shelved) else value[0] if kind == _COPY else 0


def _part(number: int, at: int) -> str:
    return f"text/{number}/{at}"
