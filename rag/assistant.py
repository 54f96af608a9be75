"""The assistant: the only place that wires library, models and answering together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from rag.asking import query_of
from rag.calibration import NEUTRAL, Calibration, Means, RefusalLine, calibrate
from rag.chats import Chat, ChatStore
from rag.documents import parse
from rag.errors import RagError, SettingsError
from rag.events import Event, EvidenceFound, Finished
from rag.evidence import EvidenceSet, Sources
from rag.evidence.catalogue import Catalogue
from rag.evidence.scoring import Weights, bundled_weights
from rag.library import Library, Matching, add_article, reembed, remove_article, sync_folder
from rag.listing import Addition, DocumentInfo, Failure, Outcome, Progress, SyncReport
from rag.models import LLM, Embedder, SentenceTransformerEmbedder, load, load_judge, load_reader
from rag.models.embedder import load_embedder, set_threads
from rag.models.llm import Running
from rag.models.reader import Reader
from rag.models.serving import Once, Serving
from rag.pipeline import Pipeline
from rag.query import check_question, clarification, understand
from rag.retrieval import Filters, search
from rag.schema import Answer, Document, Evidence, Hit, Period
from rag.settings import Settings
from rag.verification import Entails

_OF_THE_LIBRARY = ("folder", "index")
_OF_THE_MODEL = ("llm", "model", "key", "timeout", "context", "gpu_layers", "threads")


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
        self.settings = settings or Settings.read(index)
        threads = self.settings.threads
        wanted = embedder or load_embedder(self.settings.embedder, threads=threads)
        self._given = llm, reader, embedder
        self._reader = Once(lambda: reader or load_reader(self.settings.reader))
        self._judge = Once(lambda: judge or load_judge())
        self._weights = weights or bundled_weights()
        self.line = RefusalLine(index, self._weights, reader or self.settings.reader)
        self._using = threading.Lock()
        self._serving = Serving(lambda: llm or load(self.settings), given=llm is not None)
        longest = self.settings.passage_characters
        self._library = Library(index, identity=wanted.identity, longest=longest)
        self._embedder = Matching(self._library, wanted, partial(load_embedder, threads=threads))

    def ask(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
        today: date | None = None,
    ) -> Answer:
        """Answer a question, or refuse it.

        Args:
            question: In plain words, at most 2,000 characters.
            history: Earlier turns, oldest first, as (role, text).
            documents: Ids of the only documents to search.
            after: Only documents of this date or later.
            before: Only documents of this date or earlier.
            today: The day that "last month" counts from; without it no dates are read.

        Raises:
            QuestionError: The question is empty, has no words, or is too long.
            ModelError: A model cannot be loaded or fails.
        """
        check_question(question)
        events = self._stream(question, history, Filters.of(documents, after, before), today)
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
    ) -> Iterator[Event]:
        """As `ask`, but event by event; closing the iterator stops the work.

        What is no question is an error at once, before the first event.
        """
        check_question(question)
        filters = Filters.of(documents, after, before)
        return self._stream(question, history, filters, today)

    def evidence(
        self, question: str, *, documents: Sequence[str] | None = None
    ) -> tuple[Evidence, ...]:
        """What would answer a question, as in `ask`, by the reader alone; no model is asked."""
        check_question(question)
        pipeline = self._pipeline(None, Filters.of(documents, None, None))
        events = pipeline.answer(understand(question), began=time.monotonic())
        return next(event.evidence for event in events if isinstance(event, EvidenceFound))

    def _stream(
        self, question: str, history: Sequence[tuple[str, str]], filters: Filters, day: date | None
    ) -> Iterator[Event]:
        began = time.monotonic()
        dates, languages = self._library.dates, self._library.languages()
        with self._serving.model() as llm:
            query = query_of(question, history, llm, today=day, dates=dates, languages=languages)
            back = partial(clarification, query, history)
            yield from self._pipeline(llm, filters).answer(query, began=began, back=back)

    def _pipeline(self, llm: LLM | None, filters: Filters) -> Pipeline:
        library = self._library
        sources = Sources(
            search=partial(search, library=library, embedder=self._embedder, boilerplate=False),
            reader=self._reader(),
            weight=library.weight,
            weights=self._weights,
            line=self.line.at(NEUTRAL),
            documents=library.documents,
            dated=library.dates,
        )

        def counts(found: EvidenceSet) -> tuple[int, int]:
            days = found.period or Period(filters.after, filters.before)
            return library.counts(documents=filters.documents, after=days.start, before=days.end)

        catalogue = Catalogue(sources, library.document, filters)
        return Pipeline(sources, catalogue, self._judge(), llm, self.refuse_below, counts)

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
        find = partial(search, wanted.standalone, self._library, self._embedder, limit=limit)
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
        self._embedder.now()  # told before anything is read where it is gone
        longest = self.settings.passage_characters
        run = partial(sync_folder, self.folder, self._library, self._embedder, longest=longest)
        return run(only=only, progress=progress, cancelled=cancelled)

    @property
    def outdated(self) -> bool:
        """Whether passages are of another embedder or length than the settings; see `reembed`."""
        longest = self.settings.passage_characters
        return not self._library.is_of(self._embedder.wanted.identity, longest)

    def reembed(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int:
        """Bring passages to the embedder and length of the settings; see `rag.library.reembed`."""
        wanted, longest = self._embedder.wanted, self.settings.passage_characters
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
        page = parse(data, name=name) if name.endswith(".md") else None
        for info in self.documents() if page else ():
            if page and info.source == page.source and self.document(info.id).text == page.text:
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
        """How many articles and passages the library holds."""
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
        means = Means(self._library, self._embedder, self._reader(), self._weights, self.line)

        def stop() -> bool:
            return cancelled() or self.line is not means.line  # the reader is another one now

        return calibrate(means, refuse, seed=seed, progress=progress, cancelled=stop)

    def warm(self) -> None:
        """Load the models now rather than at the first question."""
        self._embedder.wanted.embed(["warm"])
        self._reader()
        self._judge()
        self._serving.ready()

    def use(self, settings: Settings) -> None:
        """Answer with other settings from now on; the library stays open.

        Another language model is loaded while the present one goes on answering, and that one is
        freed once the questions that it is at are done. Another embedder or passage length serves
        once `reembed` has brought the library to it.

        Raises:
            SettingsError: A setting differs that the library was opened with.
            ModelError: A model cannot be loaded or reached; all stays as it was.
        """
        with self._using:
            before = self.settings
            for name in _OF_THE_LIBRARY:
                if getattr(settings, name) != getattr(before, name):
                    raise SettingsError(
                        f"The setting {name} cannot change while the articles are open. Index them "
                        "in another place: python -m rag index FOLDER --index PLACE."
                    )
            wanted = self._embedder.wanted
            if settings.embedder != before.embedder and not self._given[2]:
                wanted = load_embedder(settings.embedder, threads=settings.threads)
            another = settings.reader != before.reader and not self._given[1]
            reader = load_reader(settings.reader) if another else None
            if any(getattr(settings, name) != getattr(before, name) for name in _OF_THE_MODEL):
                self._serving.exchange(lambda: load(settings))
            if reader is not None:
                self._reader.put(reader)
                self.line = RefusalLine(self.index, self._weights, settings.reader)
            if isinstance(wanted, SentenceTransformerEmbedder):
                set_threads(settings.threads)
            self._embedder.want(wanted)
            self.settings = settings

    @property
    def model(self) -> Running | None:
        """The language model that answers, once it is loaded; `None` where there is none."""
        llm = self._serving.loaded
        return Running(llm.name, llm.where, llm.context, llm.speed) if llm else None

    def close(self) -> None:
        """Close the library and free the models, for good."""
        self._library.close()
        self._serving.close()
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
