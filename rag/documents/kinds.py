"""Which endings are read, and by what.

A reader of text takes what `decode` made of the bytes. A reader of packed files takes the bytes,
and is only ever called apart from the program, by `apart`; so are all others, for a long text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from rag.documents.book import read_epub, read_odt
from rag.documents.decode import decode
from rag.documents.delimited import read_csv
from rag.documents.draft import DocumentDraft
from rag.documents.html import read_html, read_page
from rag.documents.light import read_org, read_rst, read_tex
from rag.documents.mail import read_mail
from rag.documents.markdown import read_markdown
from rag.documents.office import read_pptx
from rag.documents.pdf import read_pdf
from rag.documents.plain import read_plain
from rag.documents.records import read_json, read_notebook
from rag.documents.rich import read_rtf
from rag.documents.subtitles import read_subtitles
from rag.documents.word import read_docx
from rag.documents.workbook import read_xlsx
from rag.errors import ReadError

ARCHIVE = ".zip"

READERS: dict[str, Callable[[str], DocumentDraft]] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".srt": read_subtitles,
    ".vtt": read_subtitles,
    ".ipynb": read_notebook,
    ".rst": read_rst,
    ".org": read_org,
    ".tex": read_tex,
    ".json": read_json,
    ".jsonl": read_json,
}
PACKED: dict[str, Callable[[bytes], DocumentDraft]] = {
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".pptx": read_pptx,
    ".xlsx": read_xlsx,
    ".epub": read_epub,
    ".odt": read_odt,
    ".rtf": read_rtf,
    ".eml": lambda raw: read_mail(raw, _attached),
}
SUFFIXES = frozenset({*READERS, *PACKED, ARCHIVE})
PAGE = ".page"  # HTML whose main text is to be Markdown; no file's ending


def suffix_of(name: str) -> str:
    """The ending of a name, as the tables have it.

    >>> suffix_of("papers/Rollo.PDF")
    '.pdf'
    """
    return PurePath(name).suffix.lower()


def unknown_kind(name: str) -> ReadError:
    """What to say of a file with another ending."""
    known = ", ".join(sorted(SUFFIXES))
    return ReadError(f"{name} is not of a kind that is read ({known}).")


def read_whole(raw: bytes, suffix: str) -> DocumentDraft:
    """Read a file of any kind; in the process apart. Raises `Unreadable`: it cannot be read."""
    if suffix in PACKED:
        return PACKED[suffix](raw)
    text = decode(raw)
    return read_page(text) if suffix == PAGE else READERS[suffix](text)


def _attached(name: str, raw: bytes) -> DocumentDraft | None:
    """A file attached to a mail; mails and archives among them are passed over."""
    suffix = suffix_of(name)
    known = suffix in READERS or (suffix in PACKED and suffix != ".eml")
    return read_whole(raw, suffix) if known else None
