"""Articles put into a folder and taken out of it: names, clashes, what is kept."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import SUFFIXES
from rag.errors import FolderError, LibraryError, RagError, ReadError
from rag.library import Library, articles
from rag.library.articles import safe_name
from rag.library.folder import find_files
from rag.listing import Addition, Outcome
from tests.library.place import ARTICLES, Place

TEA = "Tea\n\nTea grows on hills."
MILK = "Milk\n\nMilk is white."


@pytest.fixture
def library(place: Place) -> Iterator[Library]:
    place.sync()
    library = place.open()
    yield library
    library.close()


def became(addition: Addition) -> tuple[str, Outcome]:
    return addition.id, addition.outcome


def files(place: Place) -> set[str]:
    return {p.relative_to(place.folder).as_posix() for p in place.folder.rglob("*") if p.is_file()}


def removed(place: Place) -> dict[str, str]:
    root = place.index / "removed"
    return {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("*") if p.is_file()}


def test_a_new_article(place: Place, library: Library) -> None:
    assert became(place.add(library, "tea.txt", TEA)) == ("tea.txt", Outcome.ADDED)
    assert (place.folder / "tea.txt").read_text() == TEA
    document = library.document("tea.txt")
    assert document is not None
    assert document.title == "Tea"
    assert files(place) == {*ARTICLES, "tea.txt"}


def test_the_same_article_is_there_already(place: Place, library: Library) -> None:
    place.add(library, "tea.txt", TEA)
    for name in ("tea.txt", "other.md"):
        for replace in (False, True):
            assert became(place.add(library, name, TEA, replace=replace)) == (
                "tea.txt",
                Outcome.ALREADY_THERE,
            )
    deep = ARTICLES["deep/er/old.md"]
    assert became(place.add(library, "old.md", deep)) == ("deep/er/old.md", Outcome.ALREADY_THERE)
    assert files(place) == {*ARTICLES, "tea.txt"}


def test_the_same_article_whose_file_is_gone_or_changed_is_added(
    place: Place, library: Library
) -> None:
    (place.folder / "deep/er/old.md").unlink()
    assert place.add(library, "old.md", ARTICLES["deep/er/old.md"]).outcome is Outcome.ADDED
    place.write("rollo.txt", "Something else.")
    assert became(place.add(library, "rollo.txt", ARTICLES["rollo.txt"])) == (
        "rollo 2.txt",
        Outcome.ADDED,
    )


def test_a_file_that_was_not_indexed_yet_is_taken_as_it_is(place: Place, library: Library) -> None:
    place.write("tea.txt", TEA)
    assert became(place.add(library, "tea.txt", TEA)) == ("tea.txt", Outcome.ADDED)
    assert files(place) == {*ARTICLES, "tea.txt"}
    assert library.document("tea.txt") is not None


def test_another_article_of_the_same_name_gets_a_new_name(place: Place, library: Library) -> None:
    (place.folder / "x.txt").mkdir()
    (place.folder / "x 2.txt").symlink_to(place.root / "nowhere")
    assert became(place.add(library, "rollo.txt", TEA)) == ("rollo 2.txt", Outcome.ADDED)
    assert became(place.add(library, "rollo.txt", MILK)) == ("rollo 3.txt", Outcome.ADDED)
    assert became(place.add(library, "x.txt", "X.\n\nAnother.")) == ("x 3.txt", Outcome.ADDED)
    assert (place.folder / "rollo.txt").read_text() == ARTICLES["rollo.txt"]
    assert removed(place) == {}


def test_another_article_of_the_same_name_is_replaced_when_asked(
    place: Place, library: Library
) -> None:
    assert became(place.add(library, "rollo.txt", TEA, replace=True)) == (
        "rollo.txt",
        Outcome.REPLACED,
    )
    assert became(place.add(library, "rollo.txt", MILK, replace=True)) == (
        "rollo.txt",
        Outcome.REPLACED,
    )
    assert (place.folder / "rollo.txt").read_text() == MILK
    assert removed(place) == {"rollo.txt": ARTICLES["rollo.txt"], "rollo 2.txt": TEA}
    document = library.document("rollo.txt")
    assert document is not None
    assert document.title == "Milk"
    assert place.add(library, "new.txt", "New.\n\nNew.", replace=True).outcome is Outcome.ADDED


def test_a_link_is_replaced_not_followed(place: Place, library: Library) -> None:
    outside = place.root / "outside.txt"
    outside.write_text("Outside.\n\nNot an article.")
    (place.folder / "link.txt").symlink_to(outside)
    place.add(library, "link.txt", TEA, replace=True)
    assert outside.read_text() == "Outside.\n\nNot an article."
    assert (place.folder / "link.txt").read_text() == TEA


def test_a_file_system_without_links(
    place: Place, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(articles.os, "link", link)
    assert became(place.add(library, "tea.txt", TEA)) == ("tea.txt", Outcome.ADDED)
    assert became(place.add(library, "tea.txt", MILK)) == ("tea 2.txt", Outcome.ADDED)
    assert files(place) == {*ARTICLES, "tea.txt", "tea 2.txt"}


def test_a_full_disk_leaves_nothing(
    place: Place, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(articles.os, "fsync", full)
        with pytest.raises(FolderError, match=r"tea\.txt cannot be written .*No space left.*Free"):
            place.add(library, "tea.txt", TEA)
    assert files(place) == set(ARTICLES)
    assert not list(place.folder.glob(".*"))


@pytest.mark.parametrize("raw", [b"", b" \n", bytes(range(32)) * 9, b"\xff\xfea"])
def test_what_cannot_be_read_is_not_written(place: Place, library: Library, raw: bytes) -> None:
    with pytest.raises(ReadError, match=r"a\.txt"):
        place.add(library, "a.txt", raw)
    assert files(place) == set(ARTICLES)


def test_the_limit_is_told(place: Place, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["rag.documents.read"], "MAX_BYTES", 2**20)
    with pytest.raises(ReadError, match=r"a\.txt has 3 MB; the limit is 1 MB\. Split it"):
        place.add(library, "a.txt", b"x" * 3 * 2**20)


def test_while_another_one_writes_nothing_is_written(place: Place, library: Library) -> None:
    other = place.open()
    with other.writing(), pytest.raises(LibraryError, match="Another program is writing"):
        place.add(library, "tea.txt", TEA)
    assert files(place) == set(ARTICLES)
    with other.writing(), pytest.raises(LibraryError, match="Another program is writing"):
        place.remove(library, "rollo.txt")
    assert files(place) == set(ARTICLES)


def test_many_at_once_from_two_programs(place: Place, library: Library) -> None:
    """Each is told to wait or gets its own name; nothing is lost."""
    other = place.open()
    told: list[tuple[str, str]] = []

    def work(own: Library, who: str) -> None:
        for n in range(8):
            text = f"Article {who} {n}\n\nIt is about {who} and {n}."
            while True:
                try:
                    told.append((place.add(own, "same.txt", text).id, text))
                    break
                except LibraryError:
                    continue

    threads = [
        threading.Thread(target=work, args=(o, w)) for o, w in ((library, "a"), (other, "b"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(dict(told)) == 16
    for id_, text in told:
        assert (place.folder / id_).read_text() == text
    assert place.sync(library).unchanged == 20
    assert place.answers(library) == place.answers(other)


# taking out


def test_an_article_is_taken_out(place: Place, library: Library) -> None:
    kept = place.remove(library, "deep/er/old.md")
    assert kept == place.index / "removed/deep/er/old.md"
    assert removed(place) == {"deep/er/old.md": ARTICLES["deep/er/old.md"]}
    assert library.document("deep/er/old.md") is None
    assert files(place) == set(ARTICLES) - {"deep/er/old.md"}


def test_what_was_taken_out_is_never_overwritten(place: Place, library: Library) -> None:
    for text in (TEA, MILK):
        place.add(library, "tea.txt", text)
        place.remove(library, "tea.txt")
    assert removed(place) == {"tea.txt": TEA, "tea 2.txt": MILK}


def test_a_mistake_is_undone_by_hand(place: Place, library: Library) -> None:
    before = place.answers(library)
    kept = place.remove(library, "rollo.txt")
    assert kept is not None
    assert place.answers(library) != before
    shutil.move(kept, place.folder / "rollo.txt")
    place.sync(library)
    assert place.answers(library) == before


def test_a_file_that_is_gone_already(place: Place, library: Library) -> None:
    (place.folder / "rollo.txt").unlink()
    assert place.remove(library, "rollo.txt") is None
    assert library.document("rollo.txt") is None


@pytest.mark.parametrize(
    "id_",
    ["absent.txt", "", "..", "../secret.txt", "deep", "/etc/hosts", "index/library.sqlite", "a\0b"],
)
def test_what_is_no_article_is_not_taken_out(place: Place, library: Library, id_: str) -> None:
    secret = place.root / "secret.txt"
    secret.write_text("secret")
    with pytest.raises(RagError, match="There is no article"):
        place.remove(library, id_)
    assert secret.exists()
    assert files(place) == set(ARTICLES)


def test_the_index_among_the_articles(place: Place) -> None:
    place.index = place.folder / "index"
    place.sync()
    library = place.open()
    place.remove(library, "rollo.txt")
    place.add(library, "index.txt", TEA)
    report = place.sync(library)
    assert (report.added, report.unchanged) == ((), 4)
    with pytest.raises(RagError, match="There is no article"):
        place.remove(library, "index/removed/rollo.txt")


def test_an_article_that_cannot_be_moved(
    place: Place, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def move(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(articles.shutil, "move", move)
    with pytest.raises(FolderError, match=r"rollo\.txt cannot be taken out .*Permission denied"):
        place.remove(library, "rollo.txt")
    assert library.document("rollo.txt") is not None


# names


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("tea.txt", "tea.txt"),
        ("Grüner Tee.md", "Grüner Tee.md"),
        ("../../etc/tea.md", "tea.md"),
        ("C:\\Users\\me\\tea.HTML", "tea.html"),
        ("/etc/tea.txt", "tea.txt"),
        (".hidden.txt", "hidden.txt"),
        ("...txt", "article.txt"),
        (".txt", "article.txt"),
        ("   .txt", "article.txt"),
        ("tea .txt", "tea.txt"),
        ("tea..txt", "tea.txt"),
        ("a\0b\n\x1b[31m.txt", "ab[31m.txt"),
        ("a:b|c?*<d>\".txt", "a b c d.txt"),
        ("\u202egnp.txt", "gnp.txt"),
        ("con.txt", "_con.txt"),
        ("COM1.md", "_COM1.md"),
        ("nul.tar.txt", "_nul.tar.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("tea.txt ", "tea.txt"),
        ("tea.exe", None),
        ("tea", None),
        ("", None),
        ("tea.txt/", None),
        ("tea.txt.exe", None),
        ("\udcff.txt", "article.txt"),
    ],
)  # fmt: skip
def test_safe_names(given: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(ReadError, match=r"is not of a kind that is read \(.*\.md.*\)"):
            safe_name(given)
    else:
        assert safe_name(given) == name


@given(st.text(), st.sampled_from(sorted(SUFFIXES)))
def test_any_name_is_safe(stem: str, suffix: str) -> None:
    try:
        name = safe_name(stem + suffix)
    except ReadError:
        return
    assert os.path.basename(name) == name
    assert not name.startswith(".")
    assert len(name.encode()) <= 130
    assert Path(name).suffix in SUFFIXES
    assert name.isprintable()
    assert safe_name(name) == name


def test_a_put_name_is_one_that_is_found(place: Place, library: Library) -> None:
    for n, name in enumerate(["ü" * 300 + ".txt", "~.txt", "#.md", "%2e%2e%2f.md", "$x$ *b*.txt"]):
        id_ = place.add(library, name, f"Text {n}.\n\nWords.").id
        assert id_ in find_files(place.folder, leave_out=place.index).files
        assert library.document(id_) is not None
