"""Quoth itself, as `benchmarks/peers/run.py` asks it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers.adapter import FOUND, MODEL, Peer, Told, serve


class Quoth(Peer):
    """By `rag`; the model's questions queue inside it."""

    together = True

    def ingest(self, documents: Path, index: Path) -> int:
        import rag

        with rag.open(documents, index=index) as assistant:
            return sum(one.passages for one in assistant.documents())

    def open(self, index: Path) -> None:
        from rag.assistant import Assistant
        from rag.settings import Settings

        # as it is opened by the page: nothing is synced before a question
        self.assistant = Assistant(
            index.parent / "documents", index, settings=Settings(llm=MODEL or "none")
        )

    def search(self, question: str) -> list[str]:
        return [hit.text for hit in self.assistant.search(question, limit=FOUND)]

    def ask(self, question: str, told: Told) -> str:
        from rag.events import ClaimVerified, EvidenceFound, Finished

        for event in self.assistant.stream(question):
            if isinstance(event, EvidenceFound):
                told("evidence")
            elif isinstance(event, ClaimVerified):
                told("first")
            elif isinstance(event, Finished):
                return event.answer.text or event.answer.reason
        return ""


if __name__ == "__main__":
    serve(Quoth())
