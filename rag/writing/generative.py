"""A model writes an answer from the passages it is shown; its sentences are told as they are whole.

The markers that it writes are taken out: code decides what a sentence cites. Writing is given up
where the model repeats itself, and ends with the tokens that it may use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from rag.documents.sentences import split_sentences
from rag.events import Draft
from rag.models import LLM
from rag.schema import Evidence
from rag.writing import prompts
from rag.writing.sheet import Sheet
from rag.writing.wish import Wish

_MARKER = re.compile(r"\s*\[[\d ,;–-]*\d[\d ,;–-]*\]")
_LEAD = re.compile(r"^\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+|\**Answer:?\**:?\s*|[a-z]:\s+)+", re.I)
_WHOLE = re.compile(r"[.!?…][\"'”’)\]]*$")
_TOLD = 60  # words of the answer before that are shown
_SPARE = 48  # tokens of a chat template


@dataclass(frozen=True, slots=True)
class Written:
    """A whole sentence of the model, without markers."""

    text: str


def write(
    asked: str, evidence: Sequence[Evidence], llm: LLM, wish: Wish
) -> Iterator[Draft | Written]:
    """What the model writes, piece by piece, and each sentence as soon as it is whole.

    Args:
        asked: The question, as `rag.writing.asked_of` puts it.
        evidence: What it is shown, in order; what does not fit its context is left out.
        llm: The model.
        wish: How the answer is wanted.
    """
    told, limit = wish.value
    bare = prompts.REQUEST.format(sheet="", asked=asked, wish=told)
    room = llm.context - llm.count(prompts.HEAD) - llm.count(bare) - limit - _SPARE
    sheet = Sheet.of(evidence, llm, room, lettered=llm.taught)
    shown = sheet.told(lettered=llm.taught)
    if not sheet.evidence or llm.count(shown) > room:
        return
    request = prompts.REQUEST.format(sheet=shown, asked=asked, wish=told)
    line: list[int] = []
    draft, done, said = "", 0, set[str]()
    stream = llm.stream(head=prompts.HEAD, request=request, limit=limit, ahead=line.append)
    with closing(stream) as pieces:  # type: ignore[type-var]  # a generator, which can be closed
        for piece in pieces:
            draft += piece
            yield Draft(piece, line.pop() if line else 0)
            if not piece.strip() or piece[-1].isalnum():
                continue  # no sentence can have ended
            for sentence in sentences(draft)[done:-1]:
                done += 1
                if sentence in said:
                    return  # it goes round in a circle
                said.add(sentence)
                yield Written(sentence)
    for sentence in sentences(draft)[done:]:
        if sentence not in said and _WHOLE.search(sentence):
            said.add(sentence)
            yield Written(sentence)


def asked_of(question: str, before: Sequence[str] = ()) -> str:
    """A question as a model is asked; of a conversation with the question before and its answer.

    >>> print(asked_of("And why?", ("Who left Normandy?", "Rollo left it. [1]")))
    Question before: Who left Normandy?
    Answer: Rollo left it.
    Question: And why?
    """
    if not before:
        return prompts.ASKED.format(question=question)
    question_before, told = (" ".join(_MARKER.sub("", text).split()) for text in before)
    words = told.split() or prompts.NOT_TOLD.split()
    told = " ".join(words[:_TOLD]) + (" …" if len(words) > _TOLD else "")
    return prompts.AFTER.format(before=question_before, told=told, question=question)


def sentences(draft: str) -> list[str]:
    r"""The sentences of a draft in order, without markers, letters of a sheet and signs of lists.

    >>> sentences("A: Rollo led them. [1]\n- He had 3.5 ships [2][3]. He w")
    ['Rollo led them.', 'He had 3.5 ships.', 'He w']
    """
    found = []
    for line in _MARKER.sub("", draft).splitlines():
        plain = _LEAD.sub("", line).strip()
        found += [plain[s.span.start : s.span.end] for s in split_sentences(plain)]
    return found
