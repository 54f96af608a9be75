"""Whether quotes entail a claim, and whether evidence answers a question, by two readers together.

One is a small encoder that was taught to judge, the other the language model, asked for a yes or a
no. Each sees what the other overlooks: the encoder values and negations, the model who does what
to whom. The weights come of logistic regressions (docs/decisions/0017, 0034 and 0035).
"""

from __future__ import annotations

from rag.models.llm import LLM
from rag.models.spelling import spelt_alike
from rag.odds import probability
from rag.writing import prompts

SURE = 0.85  # probability from which a claim stands; a false one costs more than a lost one
_LONGEST = 2000  # characters of what a model reads of a claim's source
_SHEET = 4000  # and of evidence
NEAREST = 1e-4  # to 0 and 1 that a judge's probability is taken for

# of the encoder's or reader's log odds, of the model's, and the bias; by whether it was taught
SUPPORT = {False: (0.35, 1.15, -2.54), True: (0.4, 1.0, 0.0)}
ANSWER = {False: (0.62, 1.41, 0.3), True: (0.26, 0.72, 0.0)}


def supported(llm: LLM, source: str, claim: str, judged: float) -> float:
    """How likely a source, quotes with their titles, says a claim.

    `judged` is the encoder's log odds that the source entails it.
    """
    return _joint(SUPPORT[llm.taught], judged, read(llm, source, claim))


def read(llm: LLM, source: str, claim: str) -> float:
    """The model's log odds that a source says a claim; figures stand in one spelling."""
    source, claim = spelt_alike(source[:_LONGEST], claim)
    request = prompts.SUPPORTED.format(source=source, claim=claim)
    return llm.odds(head=prompts.CHECK, request=request)


def answered(llm: LLM, question: str, sheet: str, read: float) -> float:
    """How likely a sheet of evidence answers a question; `read` is the reader's log odds."""
    return _joint(ANSWER[llm.taught], read, read_answered(llm, question, sheet))


def read_answered(llm: LLM, question: str, sheet: str) -> float:
    """The model's log odds that a sheet of evidence answers a question."""
    request = prompts.ANSWERED.format(sheet=sheet[:_SHEET], question=question)
    return llm.odds(head=prompts.HEAD, request=request)


def _joint(weights: tuple[float, float, float], one: float, other: float) -> float:
    first, second, bias = weights
    return probability(first * one + second * other + bias)
