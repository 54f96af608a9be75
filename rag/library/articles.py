"""Articles put into the folder and taken out of it, one file at a time.

Owns the files: safe names, never outside the folder, whole or not at all, nothing overwritten or
lost. What is taken out goes to `removed/` in the index folder. The library is brought in step
afterwards by a sync of that file; a kill in between leaves that to the next sync.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from uuid import uuid4

from rag.documents import ARCHIVE, SUFFIXES, parse
from rag.documents.archive import parse_archive
from rag.documents.kinds import suffix_of, unknown_kind
from rag.documents.read import hold_size
from rag.errors import FolderError, RagError, ReadError
from rag.library.folder import held_by
from rag.library.given import Sync
from rag.library.plan import content_of
from rag.library.roots import Room, Roots
from rag.library.seam import LibraryStore
from rag.listing import Addition, DocumentInfo, Outcome
from rag.schema import Document

REMOVED = "removed"
_LONGEST_NAME = 120  # bytes; file systems allow 255
_UNSAFE = re.compile(r'[<>:"|?*\\/]')
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)  # Windows opens no such file


def same_page(library: LibraryStore, page: Document) -> DocumentInfo | None:
    """The article that was fetched from the same address with the same text; `None` for none."""
    for info in library.documents():
        if info.source == page.source:
            document = library.document(info.id)
            if document and document.text == page.text:
                return info
    return None


def add_article(
    folder: Path | Roots,
    library: LibraryStore,
    name: str,
    raw: bytes,
    *,
    sync: Sync,
    replace: bool = False,
    document: Document | None = None,
) -> Addition:
    """Write an article into the folder and bring the library in step with it.

    An article of the same content is left as it is. Another one of the same name stays too, and
    this one gets a new name; or it is replaced, and the old file kept in `removed/`.

    Raises:
        ReadError: The article is too large or cannot be read; nothing is written.
        FolderError: The folder cannot be written.
        LibraryError: The index cannot be written; nothing is lost.
    """
    name = safe_name(name)
    hold_size(name, len(raw))
    document, digest = document or _readable(raw, name), hashlib.sha256(raw).hexdigest()
    with library.writing():
        id_, outcome = _put(Roots.of(folder), library, name, raw, digest, replace=replace)
        parsed = {content_of(name, digest): document} if document else {}
        report = sync(only=[id_], parsed=parsed)
    failed = [f for f in report.failed if held_by(f.path, {id_})]
    infos = [
        info
        for info in library.documents()
        if id_ in info.copies or held_by(info.id, {id_}) is not None
    ]
    if failed and (not infos or failed[0].path == id_):
        raise ReadError(failed[0].reason)
    new = [*report.added, *(now for _, now in report.moved)]
    if outcome is Outcome.ALREADY_THERE and any(held_by(now, {id_}) for now in new):
        outcome = Outcome.ADDED  # to the library; the file was there
    alone = len(infos) == 1 and id_ in (infos[0].id, *infos[0].copies)
    title = infos[0].title if alone else id_  # an archive has none
    return Addition(id_, outcome, title, sum(info.passages for info in infos))


def remove_article(
    folder: Path | Roots, library: LibraryStore, id_: str, *, sync: Sync
) -> Path | None:
    """Move an article's file to `removed/` in the index folder; where it is now.

    `None` where the file is gone already and only the library still had the article.

    Raises:
        RagError: There is no such article, or it is inside an archive.
        FolderError: The file cannot be moved.
        LibraryError: The index cannot be written; nothing is lost.
    """
    roots = Roots.of(folder)
    with library.writing():
        archive = roots.file_id(id_, leave_out=library.folder)
        if archive != id_:
            raise RagError(
                f"{id_} is a file inside {archive}, which is never changed. Take it out of there, "
                f"or remove {archive} from {folder}, and sync."
            )
        path = roots.file_of(id_, leave_out=library.folder)
        if path is None and id_ not in library.rows.states():
            raise RagError(f"There is no article {id_} in {folder}.")
        try:
            kept = _kept_place(library, id_) if path is not None else None
            if path is not None and kept is not None:
                shutil.move(path, kept)
            _let_go(roots, library)
        except OSError as error:
            raise FolderError(
                f"{id_} cannot be taken out of {folder}: {error.strerror}. Check the folder's "
                "permissions."
            ) from error
        sync(only=[id_])
    return kept


def safe_name(name: str) -> str:
    r"""A file name for the folder itself, whatever the name that was given.

    Raises:
        ReadError: Its ending is of no kind that is read.

    >>> safe_name("../../etc/tea\x00 & milk?.MD")
    'tea & milk.md'
    """
    last = re.split(r"[\\/]", name)[-1]
    stem, dot, ending = _UNSAFE.sub(" ", _plain(last)).rpartition(".")
    suffix = dot + ending.lower().strip()
    if suffix not in SUFFIXES:
        raise unknown_kind(_plain(last)[:80] or "A file without a name")
    kept = " ".join(stem.split()).strip(". ").encode()[: _LONGEST_NAME - len(suffix)]
    stem = kept.decode("utf-8", "ignore").strip(". ") or "article"
    return f"_{stem}{suffix}" if _DEVICES.match(stem) else f"{stem}{suffix}"


def _readable(raw: bytes, name: str) -> Document | None:
    """What a file holds; `None` for an archive, of which something can be had.

    Raises:
        ReadError: It cannot be read.
    """
    if suffix_of(name) != ARCHIVE:
        return parse(raw, name=name)
    errors = []
    for _, content in parse_archive(raw, name=name):
        if not isinstance(content, ReadError):
            return None
        errors.append(content)
    raise errors[0]


def _put(
    roots: Roots, library: LibraryStore, name: str, raw: bytes, digest: str, *, replace: bool
) -> tuple[str, Outcome]:
    """The file's id, and what became of it."""
    archive = suffix_of(name) == ARCHIVE
    for id_, state in library.rows.states().items():
        if state.digest == digest or (archive and state.size == len(raw)):
            id_ = roots.file_id(id_, leave_out=library.folder) if archive else id_
            if _holds(roots.file_of(id_, leave_out=library.folder), raw):
                return id_, Outcome.ALREADY_THERE
    if roots.room is not None:
        _check_room(roots, roots.room, library, name, len(raw), replace=replace)
    try:
        put = _written(roots, library, name, raw, replace=replace)
        _let_go(roots, library)
        return put
    except OSError as error:
        raise FolderError(
            f"{name} cannot be written into {roots.first}: {error.strerror}. Free some space, or "
            "check the folder's permissions."
        ) from error


def _check_room(
    roots: Roots, room: Room, library: LibraryStore, name: str, size: int, *, replace: bool
) -> None:
    """Raise `ReadError` where one more article, or one of this size, is more than there may be."""
    states = library.rows.states()
    if replace:
        states.pop(roots.in_first(name), None)
    if len(states) >= room.articles:
        raise ReadError(
            f"{name} was not added: {room.articles:,} articles of your own are allowed, and you "
            f"have {len(states):,}. Remove some, then add it again."
        )
    if sum(state.size for state in states.values()) + size > room.bytes:
        raise ReadError(
            f"{name} was not added: with it your own articles would have more than the "
            f"{room.bytes >> 20:,} MB that are allowed. Remove some, then add it again."
        )


def _let_go(roots: Roots, library: LibraryStore) -> None:
    """Delete of what was removed what was so longest ago, as far as it is more than there is room.

    Else who adds and removes again and again would fill the disk.
    """
    if roots.room is None:
        return
    files = [path for path in (library.folder / REMOVED).rglob("*") if path.is_file()]
    held = 0
    for path in sorted(files, key=lambda path: path.stat().st_ctime_ns, reverse=True):
        held += path.stat().st_size
        if held > roots.room.bytes:
            path.unlink()


def _written(
    roots: Roots, library: LibraryStore, name: str, raw: bytes, *, replace: bool
) -> tuple[str, Outcome]:
    folder = roots.first
    aside = folder / f".{uuid4().hex}.new"  # hidden, so that no sync takes it for an article
    try:
        with aside.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        target = folder / name
        if replace and target.is_file():
            shutil.copy2(target, _kept_place(library, roots.in_first(name)))
            os.replace(aside, target)
            return roots.in_first(name), Outcome.REPLACED
        for path in _numbered(target):
            if _holds(path, raw):
                return roots.in_first(path.name), Outcome.ALREADY_THERE
            if _moved(aside, path):
                return roots.in_first(path.name), Outcome.ADDED
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
    raise AssertionError("the numbers never end")


def _moved(aside: Path, path: Path) -> bool:
    """Give a whole file its name, unless another file has it."""
    try:
        os.link(aside, path)  # unlike a rename, never in place of another
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        if os.path.lexists(path):
            return False
        os.replace(aside, path)
    return True


def _kept_place(library: LibraryStore, id_: str) -> Path:
    wanted = library.folder / REMOVED / id_
    wanted.parent.mkdir(parents=True, exist_ok=True)
    return next(path for path in _numbered(wanted) if not os.path.lexists(path))


def _numbered(path: Path) -> Iterator[Path]:
    """The path itself, then the same name with 2, 3 and so on."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem} {number}{path.suffix}")


def _holds(path: Path | None, raw: bytes) -> bool:
    try:
        return path is not None and not path.is_symlink() and path.read_bytes() == raw
    except OSError:
        return False


def _plain(name: str) -> str:
    """Without control, format and other characters that show nothing or turn the text around."""
    normal = unicodedata.normalize("NFC", name)
    return "".join(c for c in normal if not unicodedata.category(c).startswith("C"))
