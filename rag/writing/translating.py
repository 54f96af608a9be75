"""A question in the language of the articles."""

from __future__ import annotations

from rag.models import LLM
from rag.writing import prompts

_LIMIT = 80  # tokens
_LONGEST = 3  # times as long as the question a translation may be


def translated(question: str, to: str, llm: LLM) -> str:
    """A question in another language; "" where the model gives nothing that can be one.

    Args:
        question: In whatever language.
        to: The language, in English: `English`, `German`.
        llm: A model that writes.
    """
    head = prompts.TRANSLATE.format(to=to)
    text = "".join(llm.stream(head=head, request=question, limit=_LIMIT)).strip()
    line = text.split("\n")[0].strip(' "“”')
    return line if 0 < len(line) <= _LONGEST * len(question) + _LIMIT else ""
