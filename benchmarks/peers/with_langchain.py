"""LangChain: FAISS and ChatLlamaCpp, with the prompt of its tutorial."""

from __future__ import annotations

from pathlib import Path

import adapter


class LangChain(adapter.Peer):
    """A vector store's retriever, a prompt and a model, piped together."""

    def ingest(self, documents: Path, index: Path) -> int:
        from langchain_community.vectorstores import FAISS
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(chunk_size=adapter.PASSAGE, chunk_overlap=0)
        whole = [
            Document(text, metadata={"source": name}) for name, text in adapter.texts(documents)
        ]
        passages = splitter.split_documents(whole)
        FAISS.from_documents(passages, _embeddings()).save_local(str(index))
        return len(passages)

    def open(self, index: Path) -> None:
        from langchain_community.chat_models import ChatLlamaCpp
        from langchain_community.vectorstores import FAISS
        from langchain_core.prompts import ChatPromptTemplate

        store = FAISS.load_local(str(index), _embeddings(), allow_dangerous_deserialization=True)
        self.retriever = store.as_retriever(search_kwargs={"k": adapter.FOUND})
        self.chain = ChatPromptTemplate.from_template(adapter.PROMPT) | ChatLlamaCpp(
            model_path=adapter.MODEL,
            temperature=0,
            max_tokens=adapter.LIMIT,
            n_ctx=adapter.CONTEXT,
            n_batch=512,  # its own 8 would make prompts several times slower
            n_threads=adapter.THREADS,
            verbose=False,
        )

    def search(self, question: str) -> list[str]:
        return [found.page_content for found in self.retriever.invoke(question)]

    def ask(self, question: str, told: adapter.Told) -> str:
        found = self.search(question)
        told("evidence")
        text = ""
        for piece in self.chain.stream({"question": question, "context": "\n\n".join(found)}):
            if piece.content and not text:
                told("first")
            text += piece.content
        return text


def _embeddings() -> object:
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(model_name=adapter.EMBEDDER, model_kwargs={"device": "cpu"})


if __name__ == "__main__":
    adapter.serve(LangChain())
