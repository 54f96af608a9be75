"""The articles of an assistant: brought in step with the folder, added, corrected, listed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from rag.documents.apart import draw_apart
from rag.documents.kinds import suffix_of
from rag.documents.limits import Unreadable
from rag.documents.read import load_bytes, parse
from rag.errors import RagError, ReadError
from rag.library import (
    Content,
    Given,
    LibraryStore,
    Roots,
    Workers,
    add_article,
    reembed,
    remove_article,
    same_page,
    sync_folder,
)
from rag.listing import (
    Addition,
    DocumentInfo,
    Failure,
    Outcome,
    Progress,
    SyncReport,
    is_collection,
    lies_in,
    named,
    such,
)
from rag.models.memory import give_back
from rag.modelset import ModelSet
from rag.schema import Document
from rag.settings import Settings


class Shelf:
    """A folder of articles with its library; `Assistant` answers from it.

    Args:
        articles: The folder, or several, or articles that are given instead of files.
        library: Where they are indexed.
        models: The embedder among them is the library's.

    Attributes:
        folder: The folder that new articles are written into; the index where they are given.
        folders: All folders; none where they are given.
        index: Where the library is kept.
    """

    def __init__(
        self, articles: Path | Roots | Given, library: LibraryStore, models: ModelSet
    ) -> None:
        self._articles: Roots | Given
        if isinstance(articles, Given):
            self._articles, self.folders = articles, tuple[Path, ...]()
        else:
            self._articles = roots = Roots.of(articles)
            self.folders = roots.folders
        self.folder = self.folders[0] if self.folders else library.folder
        self.index = library.folder
        self._library, self._models = library, models

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._models.settings

    def sync(
        self,
        *,
        only: Collection[str] | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SyncReport:
        """Bring the library in step with its folders; see `rag.library.sync_folder`.

        `only` names the only files to look at, one that failed for example.
        """
        return self._sync(only=only, progress=progress, cancelled=cancelled)

    def sync_by(
        self,
        workers: Workers,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SyncReport:
        """As `sync`, but others read, split and embed; this process alone writes.

        What a program gives instead of files is embedded here all the same.
        """
        return self._sync(workers=workers, progress=progress, cancelled=cancelled)

    def _sync(
        self,
        *,
        only: Collection[str] | None = None,
        parsed: Mapping[Content, Document] | None = None,
        workers: Workers | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SyncReport:
        self._models.embedder.now()  # told before anything is read where it is gone
        articles, longest = self._articles, self.settings.passage_characters
        one = (
            articles.sync
            if isinstance(articles, Given)
            else partial(sync_folder, articles, parsed=parsed, workers=workers)
        )
        run = partial(one, self._library, self._models.embedder, longest=longest)
        try:
            return run(only=only, progress=progress, cancelled=cancelled)
        finally:
            give_back()

    @property
    def outdated(self) -> bool:
        """Whether passages are of another embedder or length than the settings; see `reembed`."""
        longest = self.settings.passage_characters
        return not self._library.is_of(self._models.embedder.wanted.identity, longest)

    def reembed(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Bring passages to the embedder and length of the settings; see `rag.library.reembed`."""
        wanted, longest = self._models.embedder.wanted, self.settings.passage_characters
        return reembed(self._library, wanted, longest, progress=progress, cancelled=cancelled)

    def add(
        self,
        name: str,
        data: bytes,
        *,
        replace: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> Addition:
        """Write an article into the folder and make it searchable.

        One of the same content is left as it is. The file's name is made safe, and is another one
        where a different article has it; with `replace` that one is moved to `removed/` in the
        index folder instead. At most `rag.documents.MAX_BYTES`.

        Raises:
            ReadError: It is too large or cannot be read; nothing is written.
            FolderError: The folder cannot be written.
            LibraryError: The index cannot be written, or another program is writing it.
        """
        return self._put(name, data, replace, progress)

    def _put(
        self,
        name: str,
        data: bytes,
        replace: bool,
        progress: Callable[[Progress], None] | None,
        document: Document | None = None,
    ) -> Addition:
        sync = partial(self._sync, progress=progress)
        articles = self._articles
        put = articles.add if isinstance(articles, Given) else partial(add_article, articles)
        return put(self._library, name, data, sync=sync, replace=replace, document=document)

    def add_address(
        self,
        address: str,
        *,
        replace: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> Addition:
        """Fetch a web page and add its article, which tells the address as its source; or a file.

        Only public pages are fetched. Arguments and errors as for `add`.

        Raises:
            AddressError: The address cannot be fetched, or may not be.
        """
        from rag.documents.saved import fetched  # what fetches is loaded by who fetches

        name, data = fetched(address)
        page = parse(data, name=name) if suffix_of(name) == ".md" else None
        if page is not None and (info := same_page(self._library, page)) is not None:
            return Addition(info.id, Outcome.ALREADY_THERE, info.title, info.passages)
        return self._put(name, data, replace, progress, page)

    def remove(self, id_: str) -> Path | None:
        """Remove an article from library and folder.

        Its file is moved to `removed/` in the index folder, so that a mistake can be undone by
        hand; returned is where. `None` where only the library still had it, and of what is given.

        Raises:
            RagError: There is no such article.
            FolderError: The file cannot be moved.
            LibraryError: The index cannot be written, or another program is writing it.
        """
        if isinstance(self._articles, Given):
            self._articles.remove(id_, sync=self.sync)
            return None
        return remove_article(self._articles, self._library, id_, sync=self._sync)

    def documents(
        self,
        *,
        author: str = "",
        source: str = "",
        language: str = "",
        collection: str = "",
        after: date | None = None,
        before: date | None = None,
    ) -> list[DocumentInfo]:
        """The articles in the library, by id: all, or those that `rag.listing.such` describes."""
        which = {"author": author, "source": source, "language": language, "collection": collection}
        return such(self._library.documents(), **which, after=after, before=before)

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        """The ids of articles that are named, each by its id or all of a folder as `reports/`.

        Raises:
            RagError: No article lies in such a folder.
        """
        folders = [name for name in names if is_collection(name)]
        if not folders:
            return tuple(names)
        infos = self._library.documents()
        for folder in folders:
            if not any(lies_in(info, folder) for info in infos):
                raise RagError(
                    f"There is no article in the collection {folder}. It may have been renamed or "
                    "emptied; the list of articles shows which folders there are."
                )
        return named(infos, names)

    def info(self, id_: str) -> DocumentInfo | None:
        """What is known of one article; `None` where there is none with this id."""
        return next((info for info in self._library.documents() if info.id == id_), None)

    def correct(self, id_: str, **facts: str | date | None) -> None:
        """Set `author`, `date`, `modified` or `source` of an article by hand.

        It is kept apart from the file, stays when that changes, and is taken back by `None`; an
        empty text says that there is none.

        Raises:
            RagError: There is no such article, or a value is none that it can have.
            LibraryError: The index cannot be written, or another program is writing it.
        """
        self._library.correct(id_, facts)

    def document(self, id_: str) -> Document:
        """One article, whole.

        Raises:
            RagError: There is none with this id.
        """
        document = self.find_document(id_)
        if document is None:
            raise RagError(
                f"There is no article {id_} in the library. It may have been renamed or removed; "
                "the list of articles shows those there are."
            )
        return document

    def find_document(self, id_: str) -> Document | None:
        """One article, whole, or `None` where there is none with this id."""
        return self._library.document(id_)

    def digest(self, id_: str) -> str:
        """The SHA-256 of an article's file as it was read; "" where there is none with this id."""
        return self._library.rows.digest_of(id_)

    def drawn(self, id_: str, number: int, quote: str = "") -> bytes:
        """A page of an article that is a PDF, as a PNG, with a quotation marked on it.

        Args:
            id_: The article's.
            number: The page's, counted from 1.
            quote: Marked as far as it is found on the page.

        Raises:
            ReadError: There is no such page, or the file is not here as it was read, or is no PDF.
        """
        roots = self._articles if isinstance(self._articles, Roots) else None
        path = roots.file_of(id_, leave_out=self.index) if roots else None
        if path is None or suffix_of(id_) != ".pdf":
            raise ReadError(f"{id_} is no PDF in the folder, so no page of it can be drawn.")
        raw = load_bytes(path)
        if hashlib.sha256(raw).hexdigest() != self.digest(id_):
            raise ReadError(f"{id_} has changed since it was read. Sync to read it anew.")
        try:
            return draw_apart(raw, number, quote)
        except Unreadable as error:
            raise ReadError(f"{id_} {error}") from error

    def failures(self) -> list[Failure]:
        """The files that could not be read at the last sync, and why."""
        return self._library.failures()

    def counts(self) -> tuple[int, int]:
        """How many articles and passages there are."""
        return self._library.counts()
