"""An article is read, hashed, parsed and split once on its way in, counted in the real parts."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from rag.documents import scans
from rag.documents.apart import read_apart
from rag.documents.boilerplate import boilerplate_lines
from rag.documents.decode import decode
from rag.documents.language import language_of
from rag.documents.limits import open_zip
from rag.documents.read import load_bytes, parse
from rag.documents.sentences import split_sentences
from rag.documents.split import split_passages
from rag.library import looking
from tests.documents import made
from tests.library.place import MakePlace, Place

TEXTS = {
    "tea.txt": "Tea\n\nTea grows on hills.",
    "chips.md": "---\ntitle: Chips\n---\n# Chips\n\nThe H20 chip is slow.",
    "page.html": f"<title>Ferries</title><body><p>{made.FIRST}</p><p>{made.SECOND}</p></body>",
}
INSIDE = ["a.txt", "b.md"]
SPLIT = (split_passages, split_sentences, boilerplate_lines)


@contextmanager
def counted() -> Iterator[Counter[object]]:
    """How often each function runs inside, whoever calls it; `hashlib.sha256` among them."""
    counts: Counter[object] = Counter()
    steps = (load_bytes, open_zip, decode, read_apart, parse, language_of, *SPLIT)
    by_code = {step.__code__: step for step in steps}

    def seen(frame: FrameType, event: str, called: object) -> None:
        if event == "call" and frame.f_code in by_code:
            counts[by_code[frame.f_code]] += 1
        elif event == "c_call" and called is hashlib.sha256:
            counts[called] += 1

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        yield counts
    finally:
        sys.setprofile(before)


def times(counts: Counter[object], *functions: Callable[..., object]) -> set[int]:
    return {counts[function] for function in functions}


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """A file of each way to be read: text, markup, packed, an archive, a broken one."""
    place = make_place()
    for name, text in TEXTS.items():
        place.write(name, text)
    place.write("ferries.pdf", made.simple_pdf())
    place.write(
        "papers.zip", made.archive({name: b"One is said in it." + name.encode() for name in INSIDE})
    )
    place.write("broken.pdf", b"%PDF no more of it")
    return place


def test_each_article_is_read_and_parsed_once(place: Place) -> None:
    with counted() as counts:
        report = place.sync()
    assert (len(report.added), len(report.failed)) == (6, 1)
    assert times(counts, load_bytes) == {6}  # files
    assert times(counts, open_zip) == {1}
    assert times(counts, hashlib.sha256, parse) == {7}  # articles
    assert times(counts, decode) == {5}
    assert times(counts, read_apart) == {2}
    assert times(counts, language_of, *SPLIT) == {6}


def test_what_is_not_new_is_not_parsed(place: Place) -> None:
    (place.folder / "broken.pdf").unlink()
    place.sync()
    with counted() as counts:
        assert place.sync().unchanged == 6
    assert counts[parse] == 0
    for path in place.folder.iterdir():
        os.utime(path, (1e9, 1e9))
    with counted() as counts:
        assert place.sync().unchanged == 6
    assert (counts[load_bytes], counts[hashlib.sha256], counts[parse]) == (5, 6, 0)
    with counted() as counts:
        assert place.sync().unchanged == 6
    assert not counts
    (place.folder / "chips.md").rename(place.folder / "slow.md")
    place.write("copy.html", TEXTS["page.html"])
    with counted() as counts:
        assert place.sync().moved == (("chips.md", "slow.md"),)
    assert (counts[load_bytes], counts[hashlib.sha256], counts[parse]) == (2, 2, 0)


def test_where_there_is_no_room_a_file_is_read_again_and_parsed_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "ROOM", 40)
    with counted() as counts:
        assert len(place.sync().added) == 6
    assert 6 < counts[load_bytes] < 12
    assert times(counts, parse) == {7}
    assert times(counts, *SPLIT) == {6}


def test_one_that_cannot_be_read_is_not_tried_again_as_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = place.folder / "broken.pdf"
    os.utime(broken, (1e9, 1e9))  # else it may have changed within what its time can tell
    failed = place.sync().failed
    with counted() as counts:
        assert place.sync().failed == failed
    assert counts[read_apart] == 0
    with counted() as counts:  # asked for by name it is tried
        assert place.sync(only=["broken.pdf"]).failed == failed
    assert counts[read_apart] == 1
    with counted() as counts:
        assert place.sync().failed == failed
    assert counts[read_apart] == 0
    able = scans.can_read()
    monkeypatch.setattr(scans, "can_read", lambda: not able)
    with counted() as counts:
        place.sync()
    assert counts[read_apart] == 1
    broken.write_bytes(made.simple_pdf())
    assert place.sync().failed == ()


@pytest.mark.parametrize("name", ["new.md", "tea.txt", "new.html"])
def test_one_that_is_added_is_parsed_once(place: Place, name: str) -> None:
    """Also where a file has its name, so that it gets another one."""
    (place.folder / "broken.pdf").unlink()
    place.sync()
    library = place.open()
    with counted() as counts:
        place.add(library, name, f"<title>Ferry</title>\n\n{made.FIRST}")
    library.close()
    assert times(counts, decode, parse, language_of, *SPLIT) == {1}
    assert times(counts, load_bytes) == {1}
