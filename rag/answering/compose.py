"""The model writes one short claim from numbered evidence; code decides what it proves.

The head is the same for every question, so the model evaluates it once. The grammar admits one
sentence and only the numbers that were offered; which sentence proves the claim is checked, not
believed (see `verify`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

from rag.models import LLM
from rag.schema import Draft, Evidence

HEAD = (
    "Answer the question with one short sentence. Use only the words of the numbered sentences. "
    "End with the number of the sentence that says it.\n\n"
    "[1] The bridge over the Lund, designed by Ada Rehn, opened in May 1932.\n"
    "[2] It cost 40,000 crowns and carries two lanes.\n"
    "Question: When did the Lund bridge open?\n"
    "Answer: The bridge over the Lund opened in May 1932. [1]"
)
_LIMIT = 64
_MARKER = re.compile(r"\[([\d ,;–-]*\d[\d ,;–-]*)\]")
_LONGEST_SENTENCE = 600  # characters of one piece of evidence that the model is shown


def compose(question: str, evidence: Sequence[Evidence], llm: LLM) -> Generator[Draft]:
    """Stream a claim as the model writes it, ending in a marker such as `[1]`.

    What does not fit the model's context is left out from the end of the evidence.
    """
    line: list[int] = []
    offered = list(evidence)
    while len(offered) > 1 and not _fits(question, offered, llm):
        offered.pop()
    if not _fits(question, offered, llm):
        return
    for piece in llm.stream(
        head=HEAD,
        request=request(question, offered),
        grammar=grammar(len(offered)),
        limit=_LIMIT,
        ahead=line.append,
    ):
        yield Draft(piece, line.pop() if line else 0)


def request(question: str, evidence: Sequence[Evidence]) -> str:
    """The numbered evidence and the question, as the model sees them."""
    lines = [f"[{i}] {_line(e.quote)}" for i, e in enumerate(evidence, 1)]
    return "\n".join([*lines, f"Question: {_line(question)}", "Answer:"])


def grammar(count: int) -> str:
    """One sentence, in which `U.S.` and `Dr.` do not end it, then one of the offered numbers.

    >>> grammar(2).splitlines()[0]
    'root ::= start (word | short)* "." " [" [1-2] "]"'
    """
    inside = r"[^ .!?\n\[\]]"
    return (
        f'root ::= start (word | short)* "." " [" [1-{count}] "]"\n'
        f'start ::= [A-Z0-9$"“] {inside}* ("." {inside}+)* | title\n'
        f'word ::= " " {inside}+ ("." {inside}+)*\n'
        'short ::= " " (title | [A-Z] ".")\n'
        'title ::= ("U.S" | "Dr" | "Mr" | "Mrs" | "St") "."'
    )


def split_marker(draft: str) -> str:
    """The claim without its markers; empty where the model did not finish.

    Markers within it go too: code decides what a claim cites, and none may stand without proof.

    >>> split_marker("Rollo [2] led them. [1]")
    'Rollo led them.'
    """
    text, bracket, rest = draft.rpartition(" [")
    if not bracket or not rest.rstrip().endswith("]"):
        return ""
    while _MARKER.search(text):  # taking one out can leave another
        text = _MARKER.sub("", text)
    return " ".join(text.split())


def unmarked(quote: str) -> str:
    """A source's sentence with its own note numbers in round brackets, so that none is a marker.

    >>> unmarked("Rollo led them.[12]")
    'Rollo led them.(12)'
    """
    return _MARKER.sub(r"(\1)", quote)


def _fits(question: str, evidence: Sequence[Evidence], llm: LLM) -> bool:
    needed = llm.count(HEAD) + llm.count(request(question, evidence)) + _LIMIT + 48
    return needed <= llm.context


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_SENTENCE]
