"""A LlamaIndex retriever over an open `Assistant`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.assistant import Assistant
from rag.integrations.found import metadata_of


class QuothRetriever(BaseRetriever):
    """Finds the passages nearest to a question, as LlamaIndex's nodes.

    Args:
        assistant: Whose articles are searched; it stays its opener's to close.
        limit: Most passages.
        documents: The only documents to search, or all.
        after: Only documents of this date or later.
        before: Only documents of this date or earlier.
    """

    def __init__(
        self,
        assistant: Assistant,
        *,
        limit: int = 8,
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
    ) -> None:
        super().__init__()
        self._assistant, self._limit = assistant, limit
        self._documents, self._after, self._before = documents, after, before

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.search(
            query_bundle.query_str,
            limit=self._limit,
            documents=self._documents,
            after=self._after,
            before=self._before,
        )
        return [
            NodeWithScore(
                node=TextNode(
                    id_=f"{hit.document}:{hit.start}-{hit.end}",
                    text=hit.text,
                    metadata=metadata_of(hit),
                    start_char_idx=hit.start,
                    end_char_idx=hit.end,
                ),
                score=hit.score,
            )
            for hit in hits
        ]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)
