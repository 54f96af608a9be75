"""What is counted and timed of questions: for Prometheus, and as spans for OpenTelemetry.

Holds counts, seconds and kinds of outcomes, never a text. Spans go nowhere unless the process has
an OpenTelemetry SDK set up.
"""

from __future__ import annotations

import time

from opentelemetry import trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from rag.schema import Answer
from rag.server.line import QuestionLine

CANCELLED, FAILED = "cancelled", "failed"  # outcomes beside those of an answer
_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class Measures:
    """The counts of one service and the length of its line; `text` tells them."""

    def __init__(self, line: QuestionLine) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._questions = Counter(
            "quoth_questions", "Questions by what came of them.", ["outcome"], registry=registry
        )
        self._refusals = Counter(
            "quoth_refusals", "Questions that were answered by a refusal.", registry=registry
        )
        self._seconds = Histogram(
            "quoth_step_seconds",
            "Seconds from the question to the end of each step; waiting is before it.",
            ["step"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._requests = Counter(
            "quoth_requests",
            "Requests by route and status.",
            ["route", "status"],
            registry=registry,
        )
        for name, about, length in (
            ("quoth_waiting", "Questions that wait.", lambda: line.waiting),
            ("quoth_working", "Questions that are worked on.", lambda: line.working),
        ):
            Gauge(name, about, registry=registry).set_function(length)
        self._tracer = trace.get_tracer("quoth")

    def waited(self, seconds: float) -> None:
        """Note how long a question waited."""
        self._seconds.labels("waiting").observe(seconds)
        self._span("waiting", time.time() - seconds, seconds)

    def finished(self, answer: Answer) -> None:
        """Note the steps of an answer that has just been made."""
        took = answer.timings
        began = time.time() - took.total
        for step, seconds in (
            ("evidence", took.evidence),
            ("first_claim", took.first_claim),
            ("total", took.total),
        ):
            if seconds is not None:
                self._seconds.labels(step).observe(seconds)
                self._span(step, began, seconds)
        if answer.refused:
            self._refusals.inc()

    def ended(self, outcome: str) -> None:
        """Count a question that has come to its end, whatever that is."""
        self._questions.labels(outcome.replace(" ", "_")).inc()

    def request(self, route: str, status: int) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()

    def text(self) -> str:
        """All counts in Prometheus' text format."""
        return generate_latest(self._registry).decode()

    def _span(self, step: str, began: float, seconds: float) -> None:
        start = int(began * 1e9)
        span = self._tracer.start_span(f"quoth.{step}", start_time=start)
        span.end(end_time=start + int(seconds * 1e9))
