"""What a question wants and what it is about, understood once."""

from rag.query.clarification import clarification
from rag.query.query import LONGEST_QUESTION, SURE, Aspect, Intent, Moment, Query, check_question
from rag.query.topic import ASKING, as_definition, as_question, as_reason, topic_of
from rag.query.understand import parts_of, understand

__all__ = [
    "ASKING",
    "LONGEST_QUESTION",
    "SURE",
    "Aspect",
    "Intent",
    "Moment",
    "Query",
    "as_definition",
    "as_question",
    "as_reason",
    "check_question",
    "clarification",
    "parts_of",
    "topic_of",
    "understand",
]
