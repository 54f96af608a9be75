"""The assistant: the only place that wires library, models and answering together."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from rag.asking import query_of
from rag.calibration import NEUTRAL, Calibration, Means, RefusalLine, calibrate
from rag.chats import Chat, ChatStore
from rag.errors import RagError
from rag.events import Event, EvidenceFound, Finished
from rag.evidence import EvidenceSet, Sources
from rag.evidence.catalogue import Catalogue
from rag.evidence.scoring import Weights
from rag.library import Library, add_article, reembed, remove_article, same_page, sync_folder
from rag.listing import Addition, DocumentInfo, Failure, Outcome, Progress, SyncReport
from rag.models import LLM, Embedder
from rag.models.llm import Running
from rag.models.reader import Reader
from rag.modelset import ModelSet, embedder_of
from rag.pipeline import Pipeline
from rag.query import check_question, clarification, understand
from rag.retrieval import Filters, search
from rag.schema import Answer, Document, Evidence, Hit, Period
from rag.settings import Settings
from rag.verification import Entails
from rag.writing import Wish, pace, wish_for


class Assistant:
    """Answers questions about a folder of articles. Made by `open`; safe to share.

    Args:
        folder: The articles.
        index: Where the library is kept.
        settings: What a person may change.
        embedder: Serves instead of the one in the settings.
        llm: Serves instead of the one in the settings.
        reader: Serves instead of the one that comes with the install.
        judge: Likewise.
        weights: Of evidence and confidence; another reader has its own.

    Raises:
        LibraryError: The index cannot be opened.
        ModelError: The embedding model cannot be loaded.
    """

    def __init__(
        self,
        folder: Path,
        index: Path,
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        llm: LLM | None = None,
        reader: Reader | None = None,
        judge: Entails | None = None,
        weights: Weights | None = None,
    ) -> None:
        self.folder, self.index = folder, index
        settings = settings or Settings.read(index)
        wanted = embedder or embedder_of(settings)
        longest = settings.passage_characters
        self._library = Library(index, identity=wanted.identity, longest=longest)
        self._models = ModelSet(
            self._library,
            settings,
            embedder=wanted,
            given=embedder is not None,
            llm=llm,
            reader=reader,
            judge=judge,
            weights=weights,
        )

    def ask(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
        today: date | None = None,
        write: bool | None = None,
    ) -> Answer:
        """Answer a question, or refuse it.

        Args:
            question: In plain words, at most 2,000 characters.
            history: Earlier turns, oldest first, as (role, text).
            documents: Ids of the only documents to search.
            after: Only documents of this date or later.
            before: Only documents of this date or earlier.
            today: The day that "last month" counts from; without it no dates are read.
            write: Whether the language model writes, and may be asked; without it, where it would
                not take long on this computer.

        Raises:
            QuestionError: The question is empty, has no words, or is too long.
            ModelError: A model cannot be loaded or fails.
        """
        check_question(question)
        filters = Filters.of(documents, after, before)
        events = self._stream(question, history, filters, today, write)
        return next(event.answer for event in events if isinstance(event, Finished))

    def stream(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
        today: date | None = None,
        write: bool | None = None,
    ) -> Iterator[Event]:
        """As `ask`, but event by event; closing the iterator stops the work.

        What is no question is an error at once, before the first event.
        """
        check_question(question)
        filters = Filters.of(documents, after, before)
        return self._stream(question, history, filters, today, write)

    def evidence(
        self, question: str, *, documents: Sequence[str] | None = None
    ) -> tuple[Evidence, ...]:
        """What would answer a question, as in `ask`, by the reader alone; no model is asked."""
        check_question(question)
        pipeline = self._pipeline(None, Filters.of(documents, None, None))
        events = pipeline.answer(understand(question), began=time.monotonic())
        return next(event.evidence for event in events if isinstance(event, EvidenceFound))

    def _stream(
        self,
        question: str,
        history: Sequence[tuple[str, str]],
        filters: Filters,
        day: date | None,
        write: bool | None,
    ) -> Iterator[Event]:
        began = time.monotonic()
        dates, languages = self._library.dates, self._library.languages()
        with self._models.llm.model() as llm:
            wait = pace.too_long(llm) if write is None else None
            llm = None if wait or write is False else llm
            query = query_of(question, history, llm, today=day, dates=dates, languages=languages)
            back = partial(clarification, query, history)
            events = self._pipeline(llm, filters).answer(query, began=began, back=back)
            wish = wish_for(query)
            held = wait if wish not in (None, Wish.ONE) else None
            yield from pace.offered(events, held) if held else events

    def _pipeline(self, llm: LLM | None, filters: Filters) -> Pipeline:
        library = self._library
        sources = Sources(
            search=partial(
                search, library=library, embedder=self._models.embedder, boilerplate=False
            ),
            reader=self._models.reader(),
            weight=library.weight,
            weights=self._models.weights,
            line=self.line.at(NEUTRAL),
            documents=library.documents,
            dated=library.dates,
        )

        def counts(found: EvidenceSet) -> tuple[int, int]:
            days = found.period or Period(filters.after, filters.before)
            return library.counts(documents=filters.documents, after=days.start, before=days.end)

        catalogue = Catalogue(sources, library.document, filters)
        return Pipeline(sources, catalogue, self._models.judge(), llm, self.refuse_below, counts)

    def search(
        self,
        query: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        limit: int = 10,
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
    ) -> list[Hit]:
        """The passages nearest to a query, best first. History, filters, errors as in `ask`."""
        check_question(query)
        if limit < 1:
            raise ValueError(f"limit is {limit}; it must be 1 or more")
        filters = Filters.of(documents, after, before)
        wanted = understand(query, history)
        find = partial(search, wanted.standalone, self._library, self._models.embedder, limit=limit)
        return list(find(filters=filters, parts=wanted.parts).hits)

    def chat(self, id_: str | None = None) -> Chat:
        """A conversation whose turns are kept on disk; an id continues an earlier one."""
        return Chat(self, self.chats, id_ or self.chats.new_id())

    def sync(
        self,
        *,
        only: Collection[str] | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SyncReport:
        """Bring the library in step with the folder; see `rag.library.sync_folder`.

        `only` names the only files to look at, one that failed for example.
        """
        self._models.embedder.now()  # told before anything is read where it is gone
        longest = self.settings.passage_characters
        run = partial(
            sync_folder, self.folder, self._library, self._models.embedder, longest=longest
        )
        return run(only=only, progress=progress, cancelled=cancelled)

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
        sync = partial(self.sync, progress=progress)
        return add_article(self.folder, self._library, name, data, sync=sync, replace=replace)

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
        if (info := same_page(self._library, name, data)) is not None:
            return Addition(info.id, Outcome.ALREADY_THERE, info.title, info.passages)
        return self.add(name, data, replace=replace, progress=progress)

    def remove(self, id_: str) -> Path | None:
        """Remove an article from library and folder.

        Its file is moved to `removed/` in the index folder, so that a mistake can be undone by
        hand; returned is where. `None` where only the library still had it.

        Raises:
            RagError: There is no such article.
            FolderError: The file cannot be moved.
            LibraryError: The index cannot be written, or another program is writing it.
        """
        return remove_article(self.folder, self._library, id_, sync=self.sync)

    def documents(self) -> list[DocumentInfo]:
        """The articles in the library, by id."""
        return self._library.documents()

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

    def failures(self) -> list[Failure]:
        """The files that could not be read at the last sync, and why."""
        return self._library.failures()

    def counts(self) -> tuple[int, int]:
        """How many articles and passages there are."""
        return self._library.counts()

    @property
    def refuse_below(self) -> float:
        """The confidence below which a question is refused."""
        return self.line.at(self.settings.strictness)

    def calibrate(
        self,
        *,
        refuse: float | None = None,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Calibration:
        """Fit the refusal line to these articles; it is used from now on, and kept.

        Arguments and errors as for `rag.calibration.calibrate`. `line.forget()` goes back.
        """
        models = self._models
        reader, weights = models.reader(), models.weights
        means = Means(self._library, models.embedder, reader, weights, models.line)

        def stop() -> bool:
            return cancelled() or self.line is not means.line  # the reader is another one now

        return calibrate(means, refuse, seed=seed, progress=progress, cancelled=stop)

    def warm(self) -> None:
        """Load the models now rather than at the first question."""
        self._models.warm()

    def use(self, settings: Settings) -> None:
        """Answer with other settings from now on; the library stays open.

        Another language model is loaded while the present one goes on answering, and that one is
        freed once the questions that it is at are done. Another embedder or passage length serves
        once `reembed` has brought the library to it.

        Raises:
            SettingsError: A setting differs that the library was opened with.
            ModelError: A model cannot be loaded or reached; all stays as it was.
        """
        self._models.use(settings)

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._models.settings

    @property
    def line(self) -> RefusalLine:
        """The refusal line as it is fitted or comes with the install."""
        return self._models.line

    @property
    def model(self) -> Running | None:
        """The language model that answers, once it is loaded; `None` where there is none."""
        return self._models.running

    def close(self) -> None:
        """Close the library and free the models, for good."""
        self._library.close()
        self._models.close()
        if "chats" in self.__dict__:
            self.chats.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def chats(self) -> ChatStore:
        """The conversations kept in the index folder."""
        return ChatStore(self.index, document_of=self.find_document)
