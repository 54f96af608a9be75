"""One folder of articles, or several as one: whose file an id names.

Where there are several, an id begins with its folder's name, so that none is taken for another's.
Knows nothing of what is in the files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.library.folder import FoundFiles, file_id, file_of, find_files, gone, look_at, no_articles
from rag.listing import Failure


@dataclass(frozen=True, slots=True)
class Room:
    """How many articles a folder may get by adding, and how many bytes they may have in all."""

    articles: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Roots:
    """Folders of articles.

    Attributes:
        named: Each with what the ids of its files begin with: nothing for the only one.
        room: What may be added to the first of them; `None` for as much as the disk holds.
    """

    named: tuple[tuple[str, Path], ...]
    room: Room | None = None

    @staticmethod
    def of(folders: Path | Sequence[Path] | Roots) -> Roots:
        """One folder or several; one that is named twice counts once.

        >>> Roots.of([Path("notes"), Path("old/papers"), Path("new/papers")]).prefixes
        ('notes/', 'old/papers/', 'new/papers/')
        """
        if isinstance(folders, Roots):
            return folders
        every = [folders] if isinstance(folders, Path) else list(folders)
        each = list({folder.resolve(): folder for folder in every}.items())
        if len(each) == 1:
            return Roots((("", each[0][1]),))
        parts = [place.parts[1:] or ("root",) for place, _ in each]
        ends = range(1, 1 + max((len(part) for part in parts), default=0))
        names = [
            next(
                ("/".join(own[-n:]) for n in ends if [p[-n:] for p in parts].count(own[-n:]) == 1),
                "/".join(own),
            )
            for own in parts
        ]
        return Roots(tuple((f"{n}/", folder) for n, (_, folder) in zip(names, each, strict=True)))

    @property
    def prefixes(self) -> tuple[str, ...]:
        return tuple(prefix for prefix, _ in self.named)

    @property
    def folders(self) -> tuple[Path, ...]:
        return tuple(folder for _, folder in self.named)

    @property
    def first(self) -> Path:
        """The folder that new articles are written into."""
        return self.named[0][1]

    def in_first(self, name: str) -> str:
        """The id of a file in the first folder."""
        return self.named[0][0] + name

    def __str__(self) -> str:
        return ", ".join(map(str, self.folders))

    def find(self, known: Collection[str], *, leave_out: Path) -> FoundFiles:
        """As `find_files`, of all.

        Raises:
            FolderError: One is missing, or holds no articles although the library knows some.
        """
        found = []
        for prefix, folder in self.named:
            here = find_files(folder, leave_out=leave_out)
            if here.empty and any(self._whose(id_)[0] == prefix for id_ in known):
                raise no_articles(folder)
            found.append(_within(prefix, here))
        return _joined(found)

    def look_at(self, ids: Iterable[str], *, leave_out: Path) -> FoundFiles:
        """As `rag.library.folder.look_at`."""
        whose: dict[str, list[str]] = {prefix: [] for prefix in self.prefixes}
        for id_ in ids:
            prefix, folder, name = self._whose(id_)
            if folder is not None:
                whose[prefix].append(name)
        return _joined(
            _within(prefix, look_at(folder, whose[prefix], leave_out=leave_out))
            for prefix, folder in self.named
        )

    def file_of(self, id_: str, *, leave_out: Path) -> Path | None:
        """As `rag.library.folder.file_of`."""
        _, folder, name = self._whose(id_)
        return None if folder is None else file_of(folder, name, leave_out=leave_out)

    def file_id(self, id_: str, *, leave_out: Path) -> str:
        """As `rag.library.folder.file_id`."""
        prefix, folder, name = self._whose(id_)
        return id_ if folder is None else prefix + file_id(folder, name, leave_out=leave_out)

    def gone(self, id_: str) -> bool:
        """As `rag.library.folder.gone`; what is of another folder is not here."""
        _, folder, name = self._whose(id_)
        return folder is None or gone(folder, name)

    def _whose(self, id_: str) -> tuple[str, Path | None, str]:
        """What an id begins with, its folder, and its name there."""
        fitting = [(prefix, f) for prefix, f in self.named if id_.startswith(prefix)]
        if not fitting:
            return "", None, id_
        prefix, folder = max(fitting, key=lambda one: len(one[0]))
        return prefix, folder, id_[len(prefix) :]


def _within(prefix: str, found: FoundFiles) -> FoundFiles:
    """What was found in a folder, under the ids that it has among others."""
    if not prefix:
        return found
    return FoundFiles(
        {prefix + id_: file for id_, file in found.files.items()},
        tuple(replace(failed, path=prefix + failed.path) for failed in found.failed),
        tuple(prefix + folder for folder in found.closed),
    )


def _joined(parts: Iterable[FoundFiles]) -> FoundFiles:
    files, failed, closed = {}, list[Failure](), list[str]()
    for part in parts:
        files.update(part.files)
        failed += part.failed
        closed += part.closed
    return FoundFiles(dict(sorted(files.items())), tuple(failed), tuple(closed))
