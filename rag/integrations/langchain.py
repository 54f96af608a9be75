"""A LangChain retriever over an open `Assistant`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.assistant import Assistant
from rag.integrations.found import metadata_of


class QuothRetriever(BaseRetriever):
    """Finds the passages nearest to a question, as LangChain's documents.

    Attributes:
        assistant: Whose articles are searched; it stays its opener's to close.
        limit: Most passages.
        documents: The only documents to search, or all.
        after: Only documents of this date or later.
        before: Only documents of this date or earlier.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    limit: int = 8
    documents: Sequence[str] | None = None
    after: date | None = None
    before: date | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        hits = self.assistant.search(
            query,
            limit=self.limit,
            documents=self.documents,
            after=self.after,
            before=self.before,
        )
        return [
            Document(
                page_content=hit.text,
                metadata=metadata_of(hit),
                id=f"{hit.document}:{hit.start}-{hit.end}",
            )
            for hit in hits
        ]
