"""The model writes short claims from numbered evidence; code decides what they prove.

A small model may only copy one sentence and end early, its words that answer kept. One with room
for more writes freely; it is offered several sentences and may write several claims, each with its
numbers. Each way has one head, so that the model evaluates it once, and a grammar that admits
nothing but claims and the numbers offered; which sentence proves a claim is checked, not believed
(see `verify`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence

from rag.events import Draft
from rag.models import LLM, Copying, balanced
from rag.schema import Evidence, Span

HEAD = (
    "Answer the question with one short sentence. Use only the words of the numbered sentences. "
    "End with the number of the sentence that says it.\n\n"
    "[1] The bridge over the Lund, designed by Ada Rehn, opened in May 1932.\n"
    "[2] It cost 40,000 crowns and carries two lanes.\n"
    "Question: When did the Lund bridge open?\n"
    "Answer: The bridge over the Lund opened in May 1932. [1]"
)
SEVERAL = (
    "Answer the question from the numbered sentences alone, each of which may be from another "
    "article. Write short sentences, one a line, and keep to the words, names and figures of the "
    "sources. End each with the numbers of the sentences that say it. Leave out what does not "
    "answer; where the sources differ, say what each says.\n\n"
    "[1] The bridge over the Lund, designed by Ada Rehn, opened in May 1932.\n"
    "[2] Painters work on the steel every seventh summer.\n"
    "[3] The bridge cost 40,000 crowns and carries two lanes, which was thought a waste.\n"
    "Question: What is known of how the Lund bridge was built?\n"
    "Answer: Ada Rehn designed the bridge over the Lund, which opened in May 1932. [1]\n"
    "The bridge cost 40,000 crowns. [3]"
)
FULLER = 4096  # tokens of context from which a model is offered several sentences
_LIMIT = 64  # tokens of one claim
_MOST = 8  # claims; numbers of one digit
_MARKER = re.compile(r"\[([\d ,;–-]*\d[\d ,;–-]*)\]")
_CITED = re.compile(r"(?P<text>.+?)\s*(?P<marks>(?:\[[\d ,;–-]*\d[\d ,;–-]*\][ ]*)+)", re.S)
_FEW = 6  # words of a short answer
_STOPS = re.compile(r"[\s.!?…]+$")
_LONGEST_SENTENCE = 600  # characters of one piece of evidence that the model is shown


def compose(
    question: str, evidence: Sequence[Evidence], llm: LLM, *, copying: Copying | None = None
) -> Generator[Draft]:
    """Stream what the model writes: a claim from one sentence, or several from more.

    Each claim ends in markers such as `[1]`. What does not fit the model's context is left out from
    the end of the evidence. A small model may only copy from the one sentence (`shortened`).
    """
    line: list[int] = []
    offered = list(evidence)[:_MOST]
    head = HEAD if len(offered) == 1 else SEVERAL
    while len(offered) > 1 and not _fits(head, question, offered, llm):
        offered.pop()
    if not _fits(head, question, offered, llm):
        return
    written = ""
    for piece in llm.stream(
        head=head,
        request=request(question, offered),
        grammar=grammar(len(offered)),
        copying=copying,
        limit=_limit(len(offered)),
        ahead=line.append,
    ):
        written += piece
        yield Draft(piece, line.pop() if line else 0)
    if copying and written.endswith((".", '."', ".”")):
        yield Draft(" [1]")


def shortened(evidence: Evidence) -> Copying | None:
    """A sentence that may be shortened and its words that answer, which stay.

    `None` where they are not known, or are so many that a long answer is wanted.

    >>> one = Evidence("a.md", "", None, 5, 28, "It opened in May 1932.", 0.9, words=Span(18, 26))
    >>> shortened(one)
    Copying(text='It opened in May 1932', keep=Span(start=13, end=21))
    """
    text = _STOPS.sub("", _line(evidence.quote))
    if evidence.words is None or not balanced(text):
        return None
    start, end = (at - evidence.start for at in (evidence.words.start, evidence.words.end))
    before, answer = (
        " ".join(part.split()) for part in (evidence.quote[:start], evidence.quote[start:end])
    )
    answer = _STOPS.sub("", answer)
    at = text.find(answer, max(0, len(before) - 1))
    few = 0 < len(answer.split()) <= _FEW
    return Copying(text, Span(at, at + len(answer))) if few and at >= 0 else None


def request(question: str, evidence: Sequence[Evidence]) -> str:
    """The numbered evidence and the question, as the model sees them."""
    lines = [f"[{i}] {_line(e.quote)}" for i, e in enumerate(evidence, 1)]
    return "\n".join([*lines, f"Question: {_line(question)}", "Answer:"])


def grammar(count: int) -> str:
    r"""Sentences, in which `U.S.` and `Dr.` do not end one, each with numbers that were offered.

    From one sentence one claim is written, from several at most as many.

    >>> print(grammar(1).splitlines()[0])
    root ::= claim
    >>> print(grammar(2).splitlines()[0])
    root ::= claim ("\n" claim)?
    """
    inside = r"[^ .!?\n\[\]]"
    more = ""
    for _ in range(count - 1):
        more = f' ("\\n" claim{more})?'
    return (
        f"root ::= claim{more}\n"
        f'claim ::= start (word | short)* "." mark{"+" if count > 1 else ""}\n'
        f'mark ::= " [" [1-{count}] "]"\n'
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
    return without_markers(text)


def split_claims(draft: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    r"""The claims of a draft that are whole, each with the numbers it ends in.

    >>> list(split_claims("Rollo led them. [1]\nHe won. [2][3]\nHe the"))
    [('Rollo led them.', (1,)), ('He won.', (2, 3))]
    >>> list(split_claims("Rollo [2] led them. [1]"))
    [('Rollo led them.', (1,))]
    """
    before = ""
    for match in _CITED.finditer(draft):
        text = f"{before} {match['text']}".strip()
        if text.endswith((".", "!", "?", '."', ".”")):
            numbers = dict.fromkeys(int(n) for n in re.findall(r"\d+", match["marks"]))
            yield without_markers(text), tuple(numbers)
            before = ""
        else:
            before = text


def without_markers(text: str) -> str:
    """The text without anything that looks like a marker, on one line."""
    while _MARKER.search(text):  # taking one out can leave another
        text = _MARKER.sub("", text)
    return " ".join(text.split())


def unmarked(quote: str) -> str:
    """A source's sentence with its own note numbers in round brackets, so that none is a marker.

    >>> unmarked("Rollo led them.[12]")
    'Rollo led them.(12)'
    """
    return _MARKER.sub(r"(\1)", quote)


def _limit(count: int) -> int:
    return _LIMIT * count


def _fits(head: str, question: str, evidence: Sequence[Evidence], llm: LLM) -> bool:
    needed = llm.count(head) + llm.count(request(question, evidence)) + _limit(len(evidence)) + 48
    return needed <= llm.context


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_SENTENCE]
