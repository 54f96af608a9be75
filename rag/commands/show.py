"""Answers, hits and articles drawn as text.

Owns wording and layout on the terminal. Draws what it is given; asks and opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from rag.commands.terminal import one_line, stderr
from rag.events import ClaimVerified, Event, EvidenceFound, Finished
from rag.listing import DocumentInfo, Failure, Remark
from rag.schema import Answer, Citation, Claim, Evidence, Hit, many
from rag.showing import CERTAIN, INSTRUCTS, LIKELY, NEAREST

_LISTED = 20


def confidence_words(confidence: float) -> str:
    """What a confidence means, in words, by the page's lines.

    >>> confidence_words(0.8)
    'probably right'
    """
    if confidence >= CERTAIN:
        return "well supported"
    return "probably right" if confidence >= LIKELY else "uncertain, check the quotes"


def show_stream(events: Iterable[Event], console: Console) -> Answer:
    """Print an answer as its events arrive, and return it.

    On a terminal the evidence comes first, dim; into a pipe goes only what belongs to the answer.
    """
    shown: list[Text] = []
    answer: Answer | None = None
    drawn = Live(console=console, transient=True) if console.is_terminal else None
    with drawn or stderr().status("Searching"):
        for event in events:
            match event:
                case EvidenceFound(evidence=evidence) if drawn and evidence:
                    _show_found(evidence, console)
                case ClaimVerified(claim=claim):
                    shown.append(_said(claim))
                case Finished():
                    answer = event.answer
            if drawn:
                drawn.update(Group(*shown, Spinner("dots", "Writing and checking")))
    if answer is None:
        raise RuntimeError("The stream ended without an answer.")
    for claim in answer.claims:  # in their order, which the last one that came may have changed
        console.print(_said(claim))
    _show_end(answer, console)
    return answer


def _show_found(evidence: Sequence[Evidence], console: Console) -> None:
    """What may answer, a line each, while the answer is on its way."""
    for item in evidence[:NEAREST]:
        line = Text(f"{one_line(item.title, longest=50)}: {_quoted(item.quote)}", style="dim")
        console.print(line, no_wrap=True, overflow="ellipsis")
    console.print()


def _said(claim: Claim) -> Text:
    """One claim with its markers."""
    text = Text(one_line(claim.text))
    for citation in claim.citations:
        text.append(" " if citation is claim.citations[0] else "")
        text.append(f"[{citation.number}]", style="bold cyan")
    return text


def _show_end(answer: Answer, console: Console) -> None:
    """What stands under the claims, or the whole refusal."""
    if answer.refused:
        console.print(Text(one_line(answer.reason), style="bold"))
        for choice in answer.choices:
            console.print(Text(f"  {one_line(choice)}"))
        for item in answer.evidence[:NEAREST]:
            console.print(f"\n{_place(item)}")
            console.print(Text(f"    {_quoted(item.quote)}", style="italic"))
        console.print()
    else:
        for said in answer.remarks:
            console.print(Text(f"\n{one_line(said)}", style="bold"))
        console.print()
        for citation in answer.citations:
            _show_citation(citation, console)
        if answer.confidence is not None:
            sure = f"{confidence_words(answer.confidence)} ({answer.confidence:.2f})"
            console.print(Text(f"\nConfidence: {sure}"))
    console.print(Text(_coverage(answer), style="dim"))


def _show_citation(citation: Citation, console: Console) -> None:
    line = Text(f"[{citation.number}]", style="bold cyan")
    line.append(f" {_place(citation)}", style="not bold default")
    console.print(line)
    console.print(Text(f"    {_quoted(citation.quote)}", style="italic"))


def _place(item: Citation | Evidence) -> str:
    where = f"{one_line(item.document)}:{item.start}-{item.end}"
    if item.place:
        where += f" ({one_line(item.place)})"
    order = INSTRUCTS if item.instructs else ""
    parts = (one_line(item.title), item.date.isoformat() if item.date else "", where, order)
    return ", ".join(part for part in parts if part)


def _quoted(quote: str) -> str:
    return f"“{one_line(quote)}”"


def _coverage(answer: Answer) -> str:
    """How much was searched and used, told honestly."""
    searched = answer.searched
    whole = f"{many(searched.passages, 'passage')} in {many(searched.documents, 'article')}"
    if answer.coverage:
        return f"Searched {whole}. {answer.coverage}"
    more = "at least " if searched.more else ""
    return f"Searched {whole}; {more}{many(searched.matching_passages, 'passage')} match."


def hits_table(hits: Sequence[Hit]) -> Table:
    """Passages found, best first."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("score", justify="right")
    table.add_column("article", max_width=36)
    table.add_column("passage")
    for hit in hits:
        article = Text(one_line(hit.title))
        where = f"{_day(hit.date)} {one_line(hit.document)}:{hit.start}-{hit.end}".strip()
        article.append(f"\n{where}", "dim")
        table.add_row(f"{hit.score:.2f}", article, Text(one_line(hit.text, longest=240)))
        table.add_section()
    return table


def hits_rows(hits: Sequence[Hit]) -> list[list[str]]:
    """The same for other programs: score, document, start, end, date, title, text."""
    return [
        [f"{h.score:.4f}", h.document, str(h.start), str(h.end), _day(h.date), h.title, h.text]
        for h in hits
    ]


def documents_table(documents: Sequence[DocumentInfo]) -> Table:
    """The articles of a library."""
    table = Table(show_edge=False, pad_edge=False)
    for name in ("article", "title", "author", "date", "words", "passages"):
        right = name in ("words", "passages")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for info in documents:
        title = one_line(info.title, longest=80)
        author = one_line(info.author, longest=40)
        counts = f"{info.words:,}", f"{info.passages:,}"
        article = Text(one_line(info.id))
        for said in info.remarks:
            article.append(f"\n{one_line(said)}", "dim")
        for copy in info.copies:
            article.append(f"\nthe same: {one_line(copy)}", "dim")
        table.add_row(article, Text(title), Text(author), _day(info.date), *counts)
    return table


def documents_rows(documents: Sequence[DocumentInfo]) -> list[list[str]]:
    """The same for other programs: id, date, characters, passages, title, author."""
    return [
        [d.id, _day(d.date), str(d.characters), str(d.passages), d.title, d.author]
        for d in documents
    ]


def show_duplicates(duplicates: Sequence[tuple[str, str]], console: Console) -> None:
    """Print which files hold the very same as another one."""
    if not duplicates:
        return
    files = many(len(duplicates), "file")
    console.print(f"{files} with the very same content as another one, which is indexed once:")
    for id_, first in duplicates[:_LISTED]:
        console.print(f"  {one_line(id_)} is the same as {one_line(first)}")
    if len(duplicates) > _LISTED:
        console.print(f"  and {len(duplicates) - _LISTED:,} more")


def show_remarks(remarks: Sequence[Remark], console: Console) -> None:
    """Print what was left out of articles, or not believed."""
    for remark in remarks[:_LISTED]:
        console.print(Text(f"{one_line(remark.path)}: {one_line(remark.said)}"))
    if len(remarks) > _LISTED:
        console.print(
            f"and {len(remarks) - _LISTED:,} more; python -m rag documents tells them all"
        )


def show_failures(failures: Sequence[Failure], console: Console) -> None:
    """Print which files could not be read, and why."""
    if not failures:
        return
    console.print(f"{many(len(failures), 'file')} could not be read:")
    for failure in failures:
        path, reason = one_line(failure.path), one_line(failure.reason)
        console.print(f"  {reason}" if path in reason else f"  {path}: {reason}")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
