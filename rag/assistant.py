"""The assistant: the only place that wires library, models and answering together."""

from __future__ import annotations

import copy
import shutil
import time
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from rag.asking import query_of
from rag.awaiting import awaited
from rag.calibration import NEUTRAL, Calibration, Means, RefusalLine, calibrate
from rag.chats import Chat, ChatStore
from rag.events import Event, EvidenceFound, Finished
from rag.evidence import EvidenceSet, Sources
from rag.evidence.catalogue import Catalogue
from rag.evidence.instructing import between_them, marked, without_them
from rag.evidence.scoring import Weights
from rag.library import Given, LibraryStore, Roots, opened
from rag.library.joined import OWN, JoinedLibrary
from rag.library.roots import Room
from rag.listing import DocumentInfo
from rag.models import LLM, Embedder
from rag.models.judge import Judge
from rag.models.memory import give_back
from rag.models.reader import Reader
from rag.modelset import ModelSet, embedder_of
from rag.pipeline import Pipeline
from rag.query import check_question, clarification, understand
from rag.retrieval import Filters, search
from rag.schema import Answer, Evidence, Hit, Period
from rag.settings import LEFT_OUT, NO_MODEL, Settings, own_limits
from rag.shelf import Shelf
from rag.writing import Wish, pace, wish_for


class Assistant(Shelf):
    """Answers questions about articles. Made by `open`; safe to share.

    Args:
        articles: A folder of them, or several, or articles that are given instead of files.
        index: Where the library is kept.
        settings: What a person may change.
        embedder: Serves instead of the one in the settings.
        llm: Serves instead of the one in the settings.
        reader: Serves instead of the one that comes with the install.
        judge: Likewise.
        weights: Of evidence and confidence; another reader has its own.
        temporary: Whether the index folder goes when it is closed.

    Raises:
        LibraryError: The index cannot be opened.
        ModelError: The embedding model cannot be loaded.
    """

    def __init__(
        self,
        articles: Path | Roots | Given,
        index: Path,
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        llm: LLM | None = None,
        reader: Reader | None = None,
        judge: Judge | None = None,
        weights: Weights | None = None,
        temporary: bool = False,
    ) -> None:
        remove = partial(shutil.rmtree, index, ignore_errors=True)
        self._remove = weakref.finalize(self, remove) if temporary else None
        settings = settings or Settings.read(index)
        wanted = embedder or embedder_of(settings)
        longest = settings.passage_characters
        address = "" if temporary else settings.library
        library = opened(address, index, identity=wanted.identity, longest=longest)
        models = ModelSet(
            library,
            settings,
            embedder=wanted,
            given=embedder is not None,
            llm=llm,
            reader=reader,
            judge=judge,
            weights=weights,
        )
        super().__init__(articles, library, models)
        self._own: Callable[[], AbstractContextManager[Assistant]] | None = None

    def ask(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str | DocumentInfo] | None = None,
        after: date | None = None,
        before: date | None = None,
        today: date | None = None,
        write: bool | None = None,
    ) -> Answer:
        """Answer a question, or refuse it.

        Args:
            question: In plain words, at most 2,000 characters.
            history: Earlier turns, oldest first, as (role, text).
            documents: The only documents to search, or their ids; one that ends in "/", as
                "reports/", stands for all that lie in that folder then.
            after: Only documents of this date or later.
            before: Only documents of this date or earlier.
            today: The day that "last month" counts from; without it no dates are read.
            write: Whether the language model writes, and may be asked; without it, where it would
                not take long on this computer.

        Raises:
            QuestionError: The question is empty, has no words, or is too long.
            ModelError: A model cannot be loaded or fails.
            RagError: No document lies in a folder that is named.
        """
        check_question(question, history)
        filters = Filters.of(documents, after, before)
        events = self._stream(question, history, filters, today, write)
        return next(event.answer for event in events if isinstance(event, Finished))

    def stream(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str | DocumentInfo] | None = None,
        after: date | None = None,
        before: date | None = None,
        today: date | None = None,
        write: bool | None = None,
    ) -> Iterator[Event]:
        """As `ask`, but event by event; closing the iterator stops the work.

        What is no question is an error at once, before the first event.
        """
        check_question(question, history)
        filters = Filters.of(documents, after, before)
        return self._stream(question, history, filters, today, write)

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str | DocumentInfo] | None = None,
        after: date | None = None,
        before: date | None = None,
        today: date | None = None,
        write: bool | None = None,
    ) -> Answer:
        """As `ask`, awaited; cancelling the task stops the work."""
        check_question(question, history)
        filters = Filters.of(documents, after, before)
        events = awaited(self._stream(question, history, filters, today, write))
        async with aclosing(events):
            return [event.answer async for event in events if isinstance(event, Finished)][-1]

    def astream(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        documents: Sequence[str | DocumentInfo] | None = None,
        after: date | None = None,
        before: date | None = None,
        today: date | None = None,
        write: bool | None = None,
    ) -> AsyncIterator[Event]:
        """As `stream`, with `async for`; cancelling the task, or closing it, stops the work.

        The work goes on in a thread, so that the loop is free; stopped, it ends with its next
        event, which nobody waits for.
        """
        check_question(question, history)
        filters = Filters.of(documents, after, before)
        return awaited(self._stream(question, history, filters, today, write))

    def evidence(
        self, question: str, *, documents: Sequence[str | DocumentInfo] | None = None
    ) -> tuple[Evidence, ...]:
        """What would answer a question, as in `ask`, by the reader alone; no model is asked."""
        check_question(question)
        pipeline = self._pipeline(None, self._resolved(Filters.of(documents)))
        events = pipeline.answer(understand(question), began=time.monotonic())
        return next(event.evidence for event in events if isinstance(event, EvidenceFound))

    def _stream(
        self,
        question: str,
        history: Sequence[tuple[str, str]],
        filters: Filters,
        day: date | None,
        write: bool | None,
    ) -> Generator[Event]:
        began = time.monotonic()
        filters = self._resolved(filters)
        dates, languages = self._library.dates, self._library.languages()
        with self._models.llm.model() as llm:
            wait = pace.too_long(llm) if write is None else None
            llm = None if wait or write is False else llm
            query = query_of(question, history, llm, today=day, dates=dates, languages=languages)
            back = partial(clarification, query, history)
            events = self._pipeline(llm, filters).answer(query, began=began, back=back)
            wish = wish_for(query)
            held = wait if wish not in (None, Wish.ONE) else None
            if not held:
                yield from events
                return
            try:
                yield from pace.offered(events, held)
            finally:
                self._models.time_again()

    def _resolved(self, filters: Filters) -> Filters:
        """With collections as the articles that they hold now."""
        among = filters.documents
        return filters if among is None else replace(filters, documents=self.named(among))

    def _pipeline(self, llm: LLM | None, filters: Filters) -> Pipeline:
        library = self._library
        find = partial(search, library=library, embedder=self._models.embedder, boilerplate=False)
        sources = Sources(
            search=without_them(find) if self.settings.instructions == LEFT_OUT else find,
            reader=self._models.reader(),
            weight=library.weight,
            weights=self._models.weights,
            line=self.line.at(NEUTRAL),
            documents=library.documents,
            dated=library.dates,
            polyglot=self._models.polyglot,
            judge=self._models.judge(),
        )

        def counts(found: EvidenceSet) -> tuple[int, int]:
            days = found.period or Period(filters.after, filters.before)
            return library.counts(replace(filters, after=days.start, before=days.end))

        catalogue = Catalogue(sources, library.document, filters)
        return Pipeline(sources, catalogue, llm, self.refuse_below, counts)

    def search(
        self,
        query: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        limit: int = 10,
        documents: Sequence[str | DocumentInfo] | None = None,
        after: date | None = None,
        before: date | None = None,
    ) -> list[Hit]:
        """The passages nearest to a query, best first. History, filters, errors as in `ask`.

        Sentences that read like instructions to the program are named by `Hit.instructs`; where
        they are left out, a passage is cut to its longest stretch without one.
        """
        check_question(query, history)
        if limit < 1:
            raise ValueError(f"limit is {limit}; it must be 1 or more")
        filters = self._resolved(Filters.of(documents, after, before))
        wanted = understand(query, history)
        find = partial(search, wanted.standalone, self._library, self._models.embedder, limit=limit)
        hits = find(filters=filters, parts=wanted.parts).hits
        if self.settings.instructions == LEFT_OUT:
            return [hit for hit in map(between_them, hits) if hit is not None]
        return list(map(marked, hits))

    def chat(self, id_: str | None = None) -> Chat:
        """A conversation whose turns are kept on disk; an id continues an earlier one."""
        return Chat(self, self.chats, id_ or self.chats.new_id())

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
    def line(self) -> RefusalLine:
        """The refusal line as it is fitted or comes with the install."""
        return self._models.line

    @property
    def model(self) -> LLM | None:
        """The language model that answers, once it is loaded; `None` where there is none.

        It is to be looked at: another may take its place, and then it is closed.
        """
        return self._models.llm.loaded

    def close(self) -> None:
        """Close the library and free the models, for good."""
        self._library.close()
        self._models.close()
        if "chats" in self.__dict__:
            self.chats.close()
        if self._remove is not None:
            self._remove()
        give_back()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def private(self, articles: Path, index: Path) -> Assistant:
        """One person's own articles, with the models of this; see `beside`."""
        most, megabytes = own_limits()
        roots = Roots(((OWN, articles),), Room(most, megabytes << 20))
        settings = replace(self.settings, library="", llm=NO_MODEL)
        return Assistant(roots, index, settings=settings, embedder=self._models.embedder.wanted)

    def beside(self, own: Callable[[], AbstractContextManager[Assistant]]) -> Assistant:
        """What is shared here and one person's own articles, asked as one with the models of this.

        Each is added to, removed from and closed by itself; `own` lends the person's as often as it
        is needed.
        """

        @contextmanager
        def lent() -> Iterator[LibraryStore]:
            with own() as opened:
                yield opened._library

        both = copy.copy(self)
        both._library, both._own = JoinedLibrary(self._library, lent), own
        both.__dict__["chats"] = self.chats.of("", document_of=both._library.document)
        return both

    def drawn(self, id_: str, number: int, quote: str = "") -> bytes:
        """As `Shelf.drawn`, of one's own too."""
        if self._own is not None and id_.startswith(OWN):
            with self._own() as own:
                return own.drawn(id_, number, quote)
        return super().drawn(id_, number, quote)

    def digest(self, id_: str) -> str:
        """As `Shelf.digest`, of one's own too."""
        if self._own is not None and id_.startswith(OWN):
            with self._own() as own:
                return own.digest(id_)
        return super().digest(id_)

    @cached_property
    def chats(self) -> ChatStore:
        """The conversations kept in the index folder."""
        return ChatStore(self.index, document_of=self.find_document)
