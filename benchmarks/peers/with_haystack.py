"""Haystack: its in-memory store, splitter and embedders, and LlamaCppChatGenerator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import adapter


class Haystack(adapter.Peer):
    """Its components, one after the other, as its pipelines run them."""

    def ingest(self, documents: Path, index: Path) -> int:
        from haystack import Document
        from haystack.components.preprocessors import RecursiveDocumentSplitter
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
        )

        splitter = RecursiveDocumentSplitter(
            split_length=adapter.PASSAGE, split_unit="char", separators=["\n\n", "\n", " "]
        )
        embedder: Any = SentenceTransformersDocumentEmbedder(
            model=adapter.EMBEDDER, progress_bar=False
        )
        for part in (splitter, embedder):
            part.warm_up()
        whole = [
            Document(content=text, meta={"name": name}) for name, text in adapter.texts(documents)
        ]
        passages = embedder.run(splitter.run(whole)["documents"])["documents"]
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents(passages)
        index.mkdir(parents=True)
        store.save_to_disk(str(index / "store.json"))
        return len(passages)

    def open(self, index: Path) -> None:
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersTextEmbedder,
        )
        from haystack_integrations.components.generators.llama_cpp import LlamaCppChatGenerator

        store = InMemoryDocumentStore.load_from_disk(str(index / "store.json"))
        self.retriever = InMemoryEmbeddingRetriever(store, top_k=adapter.FOUND)
        self.embedder: Any = SentenceTransformersTextEmbedder(
            model=adapter.EMBEDDER, progress_bar=False
        )
        self.generator: Any = LlamaCppChatGenerator(
            adapter.MODEL,
            n_ctx=adapter.CONTEXT,
            model_kwargs={"n_threads": adapter.THREADS, "verbose": False},
            generation_kwargs={"max_tokens": adapter.LIMIT, "temperature": 0},
        )
        self.embedder.warm_up()
        self.generator.warm_up()

    def search(self, question: str) -> list[str]:
        vector = self.embedder.run(question)["embedding"]
        found = self.retriever.run(query_embedding=vector)["documents"]
        return [one.content or "" for one in found]

    def ask(self, question: str, told: adapter.Told) -> str:
        from haystack.dataclasses import ChatMessage

        found, heard = self.search(question), list[str]()
        told("evidence")

        def hear(piece: Any) -> None:
            if piece.content and not heard:
                told("first")
                heard.append(piece.content)

        prompt = adapter.PROMPT.format(question=question, context="\n\n".join(found))
        answer = self.generator.run([ChatMessage.from_user(prompt)], streaming_callback=hear)
        return str(answer["replies"][0].text)


if __name__ == "__main__":
    adapter.serve(Haystack())
