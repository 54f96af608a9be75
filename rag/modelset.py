"""The models that serve an assistant, and how others take their place while it answers.

Owns when embedder, reader, judge and language model are loaded, exchanged and freed. Knows nothing
of questions.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from rag.calibration import RefusalLine
from rag.errors import ModelError, SettingsError
from rag.evidence.meaning import ReaderByMeaning
from rag.evidence.scoring import Weights, bundled_weights
from rag.library import LibraryStore, Matching
from rag.models import LLM, Embedder, load, load_judge, load_reader
from rag.models.embedder import load_embedder, set_threads
from rag.models.judge import Judge
from rag.models.llamacpp import LlamaCpp
from rag.models.nano import NanoEmbedder
from rag.models.reader import Reader
from rag.models.serving import Once, Serving
from rag.settings import Settings
from rag.writing import pace

_OF_THE_LIBRARY = ("folder", "index", "library")
_OF_THE_MODEL = ("llm", "model", "key", "timeout", "context", "gpu_layers", "threads")


class ModelSet:
    """Embedder, reader, judge and language model; safe to share between threads.

    What is given serves in place of what the settings name, and is its giver's to close; of the
    embedder `given` tells that. The reader and the judge are loaded when they are first needed, and
    another reader has its own weights and refusal line.
    """

    def __init__(
        self,
        library: LibraryStore,
        settings: Settings,
        *,
        embedder: Embedder,
        given: bool,
        llm: LLM | None,
        reader: Reader | None,
        judge: Judge | None,
        weights: Weights | None,
    ) -> None:
        self.settings = settings
        self._given = llm, reader, given
        self._using = threading.Lock()
        self._index = library.folder
        self.weights = weights or bundled_weights()
        load_as = partial(load_embedder, threads=settings.threads)
        self.embedder = Matching(library, embedder, load_as)
        self._reader = Once(lambda: reader or load_reader(self.settings.reader))
        self.judge = Once(lambda: judge or load_judge())
        self.llm = Serving(lambda: llm or _loaded(self.settings), given=llm is not None)
        self.line = RefusalLine(self._index, self.weights, reader or settings.reader)

    def reader(self) -> Reader:
        """The reader, loaded when it is first needed."""
        reader, wanted = self._reader(), self.embedder.wanted
        return ReaderByMeaning(reader, wanted) if isinstance(wanted, NanoEmbedder) else reader

    @property
    def polyglot(self) -> bool:
        """Whether the reader reads other languages than English too."""
        return isinstance(self.embedder.wanted, NanoEmbedder)

    def warm(self) -> None:
        """Load all now rather than at the first question, the language model beside the others."""
        with ThreadPoolExecutor(1, thread_name_prefix="quoth-load") as beside:
            llm = beside.submit(self.llm.ready)
            self.embedder.wanted.embed(["warm"])
            self.reader()
            self.judge()
            llm.result()

    def time_again(self) -> None:
        """Measure the language model's speed anew, beside: a busy moment is no measure."""

        def timed() -> None:
            with suppress(ModelError), self.llm.model() as llm:
                if llm is not None:
                    pace.warm(llm)

        threading.Thread(target=timed, name="quoth-pace", daemon=True).start()

    def use(self, settings: Settings) -> None:
        """Serve by other settings from now on; see `Assistant.use`."""
        with self._using:
            before = self.settings
            for name in _OF_THE_LIBRARY:
                if getattr(settings, name) != getattr(before, name):
                    raise SettingsError(
                        f"The setting {name} cannot change while the articles are open. Index them "
                        "in another place: python -m rag index FOLDER --index PLACE."
                    )
            given_reader, given_embedder = self._given[1:]
            wanted = self.embedder.wanted
            if settings.embedder != before.embedder and not given_embedder:
                wanted = embedder_of(settings)
            another = settings.reader != before.reader and not given_reader
            reader = load_reader(settings.reader) if another else None
            if any(getattr(settings, name) != getattr(before, name) for name in _OF_THE_MODEL):
                self.llm.exchange(lambda: _loaded(settings))
            if reader is not None:
                self._reader.put(reader)
                self.line = RefusalLine(self._index, self.weights, settings.reader)
            set_threads(settings.threads)
            self.embedder.want(wanted)
            self.settings = settings

    def close(self) -> None:
        """Free the models, the language model once its last user is done."""
        self.llm.close()
        self._reader.close()
        self.judge.close()


def embedder_of(settings: Settings) -> Embedder:
    """The embedder that the settings name. Raises `ModelError` where it cannot be loaded."""
    return load_embedder(settings.embedder, threads=settings.threads)


def _loaded(settings: Settings) -> LLM | None:
    """The language model of the settings, its speed known where it runs on this computer."""
    llm = load(settings)
    if isinstance(llm, LlamaCpp) and llm.writes:
        pace.warm(llm)
    return llm
