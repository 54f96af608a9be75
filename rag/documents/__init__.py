"""From a file to a document, and from a document to sentences and passages.

Owns reading and splitting. Knows nothing of indexes, models or questions. `fetch` and `saved` are
for web addresses, and loaded by who fetches.
"""

from rag.documents.kinds import ARCHIVE, SUFFIXES
from rag.documents.limits import MAX_BYTES
from rag.documents.read import parse, read
from rag.documents.sentences import split_sentences
from rag.documents.split import split_passages

# Raised by one when any document would be read or split otherwise than before: libraries then
# read their files again.
READING = "12"

__all__ = [
    "ARCHIVE",
    "MAX_BYTES",
    "READING",
    "SUFFIXES",
    "parse",
    "read",
    "split_passages",
    "split_sentences",
]
