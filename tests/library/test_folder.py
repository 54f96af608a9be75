"""Which files of a folder are looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.errors import FolderError
from rag.library.folder import file_of, find_files, look_at


def find(folder: Path) -> list[str]:
    return list(find_files(folder, leave_out=folder / "index").files)


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text")


def test_files_and_subfolders_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "a/z.md", "a/b/c.html", "A.txt", "a.txt", "übung/ß.txt", "x.bin")
    assert find(tmp_path) == [
        "A.txt",
        "a.txt",
        "a/b/c.html",
        "a/z.md",
        "b.txt",
        "x.bin",
        "übung/ß.txt",
    ]


def test_hidden_files_and_the_index_are_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path, "a.txt", ".hidden.txt", ".git/b.txt", "c/.d/e.txt", "index/f.txt", "c/index/g.txt"
    )
    assert find(tmp_path) == ["a.txt", "c/index/g.txt"]


def test_links(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    write(folder, "a.txt")
    write(outside, "secret.txt")
    (folder / "inside.txt").symlink_to(folder / "a.txt")
    (folder / "outside.txt").symlink_to(outside / "secret.txt")
    (folder / "folder").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "broken.txt").symlink_to(folder / "gone.txt")
    (folder / "circle.txt").symlink_to(folder / "circle.txt")
    assert find(folder) == ["a.txt", "inside.txt"]
    (tmp_path / "linked").symlink_to(folder)
    assert find(tmp_path / "linked") == ["a.txt", "inside.txt"]


def test_what_is_no_file(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    assert find(tmp_path) == ["a.txt"]


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"gone does not exist\. Check the path"):
        find(tmp_path / "gone")


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    with pytest.raises(FolderError, match=r"a\.txt is a file, not a folder\. Name the folder"):
        find(tmp_path / "a.txt")


@pytest.mark.parametrize("names", [[], ["a.exe", "b/c.jpg"], [".a.txt"], ["index/a.txt"]])
def test_a_folder_without_articles(tmp_path: Path, names: list[str]) -> None:
    write(tmp_path, *names)
    assert find_files(tmp_path, leave_out=tmp_path / "index").empty
    write(tmp_path, "one.md")
    assert not find_files(tmp_path, leave_out=tmp_path / "index").empty


@pytest.mark.parametrize(
    "id_",
    [
        "", ".", "..", "/", "a", "a/", "/a.txt", "./a.txt", "a//b.txt", "../secret.txt",
        "gone.txt", "a/../../secret.txt", "a/../b.txt", ".hidden.txt", "a/.d/e.txt", "index/f.txt",
        "linked.txt", "linked/secret.txt", "loop/b.txt", "b.txt/", "a\0.txt", "caf\udce9.txt",
        "b.txt/c", "x" * 5000,
    ],
)  # fmt: skip
def test_ids_that_lead_nowhere_or_out_of_the_folder(tmp_path: Path, id_: str) -> None:
    folder = tmp_path / "in"
    write(tmp_path, "secret.txt", "out/secret.txt")
    write(folder, "b.txt", ".hidden.txt", "a/b.txt", "a/.d/e.txt", "index/f.txt")
    (folder / "linked.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path / "out")
    (folder / "loop").symlink_to(folder)
    assert file_of(folder, id_, leave_out=folder / "index") is None


def test_some_files_are_looked_at_as_all_of_them_are(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "a/z.md", "a/b/c.html", "übung/ß.txt", "x.bin", "a b.md", "index/f.md")
    (tmp_path / "inside.txt").symlink_to(tmp_path / "b.txt")
    every = find_files(tmp_path, leave_out=tmp_path / "index")
    some = look_at(tmp_path, every.files, leave_out=tmp_path / "index")
    assert some == every


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    found = find_files(tmp_path, leave_out=tmp_path / "index")
    assert list(found.files) == ["a.txt"]
    (failure,) = found.failed
    assert failure.path == "caf\ufffd.txt"
    assert "not valid text. Rename it." in failure.reason


def closing(monkeypatch: pytest.MonkeyPatch, closed: Path) -> None:
    """Make one folder refuse to be listed, as it would without the permission."""
    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_a_folder_that_cannot_be_opened_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.txt", "shut/b.txt", "shutter/c.txt")
    closing(monkeypatch, tmp_path / "shut")
    found = find_files(tmp_path, leave_out=tmp_path / "index")
    assert list(found.files) == ["a.txt", "shutter/c.txt"]
    assert [f.path for f in found.failed] == ["shut"]
    assert "shut cannot be opened: Permission denied. Check" in found.failed[0].reason
    assert found.hides("shut/b.txt")
    assert not found.hides("shutter/d.txt")


def test_the_folder_itself_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.txt")
    closing(monkeypatch, tmp_path)
    with pytest.raises(FolderError, match=r"cannot be opened\. Check its permissions"):
        find(tmp_path)


@pytest.mark.parametrize("index", [".", "..", "../.."])
def test_an_index_around_the_folder_hides_nothing_in_it(tmp_path: Path, index: str) -> None:
    folder = tmp_path / "data" / "articles"
    write(folder, "a.txt")
    around = folder / index
    assert list(find_files(folder, leave_out=around).files) == ["a.txt"]
    assert file_of(folder, "a.txt", leave_out=around) == folder / "a.txt"
