"""Every error that a person can cause or meet, and nothing else.

Each message says what failed, the value, and what to do next. Mistakes of the calling
program stay `ValueError` and `TypeError`.
"""


class RagError(Exception):
    """Base of all errors with a message meant for a person."""


class FolderError(RagError):
    """The folder of articles is missing or no folder."""


class ReadError(RagError):
    """One file cannot be read as an article."""


class AddressError(RagError):
    """A web address cannot be fetched, or may not be."""


class LibraryError(RagError):
    """The index folder cannot be opened or written."""


class EmbedderMismatch(LibraryError):
    """The passages are of an embedder that is not there, or is not known; embed them anew."""


class ClusterError(RagError):
    """The Ray cluster that an index is to be made on cannot be started, reached or used."""


class ModelError(RagError):
    """A model is missing, broken or not able to do the job.

    Attributes:
        passing: Whether it may be otherwise soon: a server is away, or has too much to do.
    """

    def __init__(self, said: str = "", *, passing: bool = False) -> None:
        super().__init__(said)
        self.passing = passing


class QuestionError(RagError):
    """The question is empty or too long to be one."""


class QuestionSetError(RagError):
    """A folder given to the evaluation is not shaped like a question set."""


class CalibrationError(RagError):
    """There is too little to fit the refusal line to, or the line cannot be kept."""


class ExportError(RagError):
    """A file is no export of a chat, was changed since, or cannot be written."""


class SettingsError(RagError):
    """A setting has a value that makes no sense."""


class Cancelled(RagError):
    """The work was stopped on request; what was done so far is kept."""
