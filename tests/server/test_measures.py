from __future__ import annotations

from typing import Any

import pytest

from rag.server.line import QuestionLine
from rag.server.measures import Measures
from tests.commands.stand_in import ANSWER


class Tracer:
    """Notes the spans that are made."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, float]] = []

    def start_span(self, name: str, *, start_time: int) -> Any:
        tracer = self

        class Open:
            def end(self, *, end_time: int) -> None:
                tracer.spans.append((name, round((end_time - start_time) / 1e9, 3)))

        return Open()


def test_each_step_is_a_span_and_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    tracer = Tracer()
    monkeypatch.setattr("opentelemetry.trace.get_tracer", lambda _: tracer)
    measures = Measures(QuestionLine(1, 1))
    measures.waited(0.5)
    measures.finished(ANSWER)
    measures.ended("not said")
    measures.request("/v1/ask", 200)
    assert tracer.spans == [
        ("quoth.waiting", 0.5),
        ("quoth.evidence", 0.1),
        ("quoth.first_claim", 0.2),
        ("quoth.total", 0.3),
    ]
    text = measures.text()
    assert 'quoth_questions_total{outcome="not_said"} 1.0' in text
    assert 'quoth_requests_total{route="/v1/ask",status="200"} 1.0' in text
    assert ANSWER.question not in text
