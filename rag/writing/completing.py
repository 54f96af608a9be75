"""A follow-up as a question that can be understood alone, written by a model."""

from __future__ import annotations

from rag.models import LLM
from rag.words import terms
from rag.writing import prompts

_LIMIT = 60  # tokens
_KNOWN = 0.75  # least share of its words that were said before
_KEPT = 0.5  # more than this share of the question's own words stand in it


def completed(question: str, before: str, told: str, llm: LLM) -> str:
    """A question with what it leans on put in; "" where the model gives nothing that can be one.

    What it gives must ask where the question does, keep most of it, bring something of what was
    said before, and hardly anything that was not.

    Args:
        question: The follow-up.
        before: The question before it, standing alone.
        told: The answer to that; may be empty.
        llm: A model that writes.
    """
    request = prompts.CONVERSATION.format(before=before, told=told, question=question)
    text = "".join(llm.stream(head=prompts.COMPLETE, request=request, limit=_LIMIT)).strip()
    line = text.split("\n")[0].strip(' "“”')
    own, written = set(terms(question)), set(terms(line))
    said = own | set(terms(f"{before} {told}"))
    asks = line.endswith("?") or not question.rstrip().endswith("?")
    keeps = asks and (not own or len(own & written) > _KEPT * len(own))
    brings = not written <= own
    return line if keeps and brings and len(written & said) >= _KNOWN * len(written) else ""
