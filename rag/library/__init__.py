"""Documents, passages, vectors and words on disk, and keeping them in step with a folder.

Owns the index folder. SQLite is the truth; the FAISS and tantivy indexes are derived from its
rows and carry the generation they were built from. Knows nothing of questions and answers.
"""

from rag.library.articles import add_article, remove_article, same_page
from rag.library.given import Given
from rag.library.library import Library, opened
from rag.library.plan import Content
from rag.library.reading import Workers
from rag.library.reembed import Matching, reembed
from rag.library.roots import Roots
from rag.library.rows import Stored
from rag.library.seam import ALL, Filters, LibraryStore, Match
from rag.library.sync import sync_folder

__all__ = [
    "ALL",
    "Content",
    "Filters",
    "Given",
    "Library",
    "LibraryStore",
    "Match",
    "Matching",
    "Roots",
    "Stored",
    "Workers",
    "add_article",
    "opened",
    "reembed",
    "remove_article",
    "same_page",
    "sync_folder",
]
