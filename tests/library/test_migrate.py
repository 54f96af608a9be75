"""Copying a library from an index folder to a server and back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rag.errors import Cancelled, EmbedderMismatch, LibraryError
from rag.library import Library, LibraryStore
from rag.library.migrate import migrate
from rag.library.milvus import MilvusLibrary
from rag.library.rows import Settlement
from rag.testing import FakeEmbedder
from tests.library.place import MakePlace, Place


def on_server(place: Place, address: str) -> MilvusLibrary:
    library = MilvusLibrary(
        address, place.index, identity=place.embedder.identity, longest=place.longest
    )
    place.opened.append(library)
    return library


@pytest.fixture
def filled(place: Place) -> Library:
    """A library with all that one can hold."""
    place.write("chips_too.md", (place.folder / "chips.md").read_bytes())
    place.write("broken.txt", b"\x00\x01\x02" * 9)
    place.write("long.txt", "Whales\n\n" + "Whales swim to the coast in winter. " * 900)
    place.sync()
    (place.folder / "deep/tea.html").rename(place.folder / "deep/tea-tea.html")
    library = place.open()
    place.sync(library)
    library.correct("rollo.txt", {"author": "Anna Berg", "date": date(2001, 2, 3)})
    return library


def everything(library: LibraryStore) -> dict[str, Any]:
    rows = library.rows
    return {
        "documents": library.documents(),
        "whole": [library.document(info.id) for info in library.documents()],
        "states": rows.states(),
        "former": rows.former(),
        "by hand": sorted(rows.corrections()),
        "failures": (library.failures(), rows.unread()),
        "folder": library.fact("folder"),
        "former found": library.document("deep/tea.html"),
    }


def test_there_and_back_all_is_as_it_was(
    place: Place, filled: Library, milvus: str, make_place: MakePlace
) -> None:
    there = on_server(place, milvus)
    first = migrate(filled, there)
    assert (first.documents, first.passages) == filled.counts() == there.counts()
    assert first.copied == first.documents == 5
    assert everything(there) == everything(filled)
    assert place.answers(there) == place.answers(filled)
    back = make_place("back").open()
    again = migrate(there, back)
    assert again.digest == first.digest
    assert everything(back) == everything(filled)
    assert place.answers(back) == place.answers(filled)
    assert migrate(filled, there).copied == 0
    there.correct("rollo.txt", {"author": None, "date": None})  # what the file tells came along
    document = there.document("rollo.txt")
    assert document is not None
    assert (document.author, document.date) == ("", None)


def test_what_was_stopped_goes_on(
    place: Place, filled: Library, milvus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.library.migrate._BATCH", 2)
    there, asked = on_server(place, milvus), iter([False, True])
    with pytest.raises(Cancelled, match="migrate again to go on"):
        migrate(filled, there, cancelled=lambda: next(asked))
    assert there.counts()[0] == 2
    steps: list[int] = []
    assert migrate(filled, there, progress=lambda p: steps.append(p.documents)).copied == 3
    assert steps == [2, 3]
    assert everything(there) == everything(filled)


def test_what_differs_is_found_and_copied_again(place: Place, filled: Library, milvus: str) -> None:
    there = on_server(place, milvus)
    migrate(filled, there)
    row = there.rows.documents["long.txt"]
    some = there._server.passages_of(row.number)[:1]
    more = ({**one, "payload": one["payload"].replace("]", ", 0, 1]")} for one in some)
    there._server.put_passages(more)  # with a sentence more
    assert migrate(filled, there).copied == 1
    assert everything(there) == everything(filled)


def test_it_is_refused_where_it_would_mix_or_lose(
    place: Place, filled: Library, milvus: str, make_place: MakePlace
) -> None:
    there = on_server(place, milvus)
    migrate(filled, there)
    filled.settle(Settlement(removed=["rollo.txt"]))
    with pytest.raises(LibraryError, match=r"1 articles that are not among .*rollo\.txt"):
        migrate(filled, there)
    other = make_place("other", embedder=FakeEmbedder(seed=7)).open()
    with pytest.raises(EmbedderMismatch, match="passages embedded with"):
        migrate(there, other)
    longer = make_place("longer", longest=400).open()
    with pytest.raises(EmbedderMismatch, match="another length than 200"):
        migrate(there, longer)
    writer = on_server(make_place("third"), milvus)
    with writer.writing(), pytest.raises(LibraryError, match="Another program is writing"):
        migrate(there, make_place("fourth").open())
