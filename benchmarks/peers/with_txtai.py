"""txtai: its embeddings database with texts, and its LLM pipeline over llama.cpp."""

from __future__ import annotations

from pathlib import Path

import adapter


class Txtai(adapter.Peer):
    """The database and the model, joined by a prompt as its RAG pipeline joins them."""

    def ingest(self, documents: Path, index: Path) -> int:
        from txtai import Embeddings

        passages = [part for _, text in adapter.texts(documents) for part in _split(text)]
        built = Embeddings(path=adapter.EMBEDDER, content=True, gpu=False)
        built.index(passages)
        built.save(str(index))
        return len(passages)

    def open(self, index: Path) -> None:
        from txtai import LLM, Embeddings

        self.embeddings = Embeddings()
        self.embeddings.load(str(index))
        self.llm = LLM(adapter.MODEL, n_ctx=adapter.CONTEXT, n_threads=adapter.THREADS, gpu=False)

    def search(self, question: str) -> list[str]:
        return [found["text"] for found in self.embeddings.search(question, adapter.FOUND)]

    def ask(self, question: str, told: adapter.Told) -> str:
        found = self.search(question)
        told("evidence")
        said = adapter.PROMPT.format(question=question, context="\n\n".join(found))
        messages, text = [{"role": "user", "content": said}], ""
        for piece in self.llm(messages, maxlength=adapter.LIMIT, stream=True, temperature=0.0):
            if piece and not text:
                told("first")
            text += piece
        return text


def _split(text: str) -> list[str]:
    """Paragraphs, joined while they fit; it brings no splitter by length of its own."""
    parts = [""]
    for paragraph in filter(str.strip, text.split("\n\n")):
        if parts[-1] and len(parts[-1]) + len(paragraph) > adapter.PASSAGE:
            parts.append("")
        parts[-1] += ("\n\n" if parts[-1] else "") + paragraph
    return [part for part in parts if part]


if __name__ == "__main__":
    adapter.serve(Txtai())
