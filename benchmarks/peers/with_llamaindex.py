"""LlamaIndex: its CitationQueryEngine over its own vector store, and its LlamaCPP."""

from __future__ import annotations

from pathlib import Path

import adapter

CHARACTERS = 4  # of a token, about: it counts passages in tokens


class LlamaIndex(adapter.Peer):
    """A vector index and the engine that cites."""

    def ingest(self, documents: Path, index: Path) -> int:
        from llama_index.core import Document, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        splitter = SentenceSplitter(chunk_size=adapter.PASSAGE // CHARACTERS, chunk_overlap=0)
        whole = [Document(text=text, id_=name) for name, text in adapter.texts(documents)]
        nodes = splitter.get_nodes_from_documents(whole)
        built = VectorStoreIndex(nodes, embed_model=_embeddings())
        built.storage_context.persist(str(index))
        return len(nodes)

    def open(self, index: Path) -> None:
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.core.query_engine import CitationQueryEngine
        from llama_index.llms.llama_cpp import LlamaCPP

        stored = StorageContext.from_defaults(persist_dir=str(index))
        loaded = load_index_from_storage(stored, embed_model=_embeddings())
        llm = LlamaCPP(
            model_path=adapter.MODEL,
            temperature=0.0,
            max_new_tokens=adapter.LIMIT,
            context_window=adapter.CONTEXT,
            model_kwargs={"n_threads": adapter.THREADS},
            completion_to_prompt=_as_chat,
            verbose=False,
        )
        self.retriever = loaded.as_retriever(similarity_top_k=adapter.FOUND)
        self.engine = CitationQueryEngine.from_args(
            loaded, llm=llm, similarity_top_k=adapter.FOUND, streaming=True
        )

    def search(self, question: str) -> list[str]:
        return [found.node.get_content() for found in self.retriever.retrieve(question)]

    def ask(self, question: str, told: adapter.Told) -> str:
        from llama_index.core import QueryBundle

        found = self.engine.retrieve(QueryBundle(question))
        told("evidence")
        answer, text = self.engine.synthesize(QueryBundle(question), found), ""
        for piece in answer.response_gen:
            if piece and not text:
                told("first")
            text += piece
        return text


def _embeddings() -> object:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=adapter.EMBEDDER, device="cpu")


def _as_chat(prompt: str) -> str:
    """The model's own template (ChatML), which the library leaves to whoever sets the model."""
    return f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"


if __name__ == "__main__":
    adapter.serve(LlamaIndex())
