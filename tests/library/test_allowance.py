"""What hostile files cost: an archive in all, and a sync that meets them again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.documents import apart, limits
from tests.documents import made
from tests.documents.test_apart import serving
from tests.library.place import Place

TELLS = (
    "from rag.documents.draft import DocumentDraft\n"
    "if b'good' in raw: return DocumentDraft('Tea.')\n"
)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """PDF takes for ever, unless it is good; a file has as long as a reader takes to start."""
    apart.close_spare()
    monkeypatch.setattr(apart, "SECONDS", 1.5)
    monkeypatch.setattr(apart, "_CODE", serving(f"{TELLS}while True: pass"))
    yield monkeypatch
    apart.close_spare()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is read apart from now on."""
    read: list[bytes] = []
    ask = apart._Reader.ask
    monkeypatch.setattr(
        apart._Reader,
        "ask",
        lambda self, raw, request, seconds: (
            read.append(raw),
            ask(self, raw, request, seconds),
        )[1],
    )
    return read


def test_what_could_not_be_read_is_not_tried_again_whatever_it_is_called(
    place: Place, slow: pytest.MonkeyPatch
) -> None:
    bombs = {"a.pdf": b"%PDF bomb", "good.pdf": b"%PDF good"}
    place.write("bombs.zip", made.archive(bombs))
    place.write("only.zip", made.archive({"b.pdf": b"%PDF other"}))
    failed = place.sync().failed
    assert [failure.path for failure in failed] == ["bombs.zip/a.pdf", "only.zip/b.pdf"]
    read = counted(slow)
    place.write("bombs.zip", made.archive({**bombs, "tea.txt": b"Tea is drunk."}))
    place.write("c.pdf", b"%PDF other")
    again = place.sync().failed
    assert read == []
    assert [failure.path for failure in again] == ["bombs.zip/a.pdf", "c.pdf", "only.zip/b.pdf"]
    assert again[1].reason.startswith("c.pdf takes more than")
    place.sync(only=["c.pdf"])  # a person asks for it
    assert read == [b"%PDF other"]


def test_an_archive_has_so_much_time_in_all(place: Place, slow: pytest.MonkeyPatch) -> None:
    slow.setattr(limits, "ARCHIVE_SECONDS", 2.4)
    read = counted(slow)
    files = {f"{number}.pdf": b"%%PDF bomb %d" % number for number in range(6)}
    place.write("bombs.zip", made.archive({**files, "9.pdf": b"%PDF good"}))
    failed = {failure.path: failure.reason for failure in place.sync().failed}
    assert 2 <= len(read) <= 3
    assert failed["bombs.zip/9.pdf"] == (
        "bombs.zip/9.pdf was not read: the archive takes more than 2 seconds. "
        "Unpack it and add the files."
    )
    place.write("9.pdf", b"%PDF good")  # unpacked
    assert "9.pdf" in place.sync().added


def test_a_sync_gives_little_time_after_much_was_for_nothing(
    place: Place, slow: pytest.MonkeyPatch
) -> None:
    slow.setattr(limits, "SPOILED_SECONDS", 0.3)
    slow.setattr(limits, "HASTE_SECONDS", 0.2)
    for number in range(3):
        place.write(f"{number}.pdf", b"%%PDF bomb %d" % number)
    place.write("9.pdf", b"%PDF good")
    assert len(place.sync().failed) >= 3
    slow.setattr(limits, "SPOILED_SECONDS", 60.0)
    read = counted(slow)
    place.sync()
    assert b"%PDF bomb 0" not in read
    assert {b"%PDF bomb 1", b"%PDF bomb 2"} <= set(read)
