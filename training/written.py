"""What was written to learn from, and the sentences of articles that it rests on.

`answers.jsonl`: answers to questions, sentence by sentence, pruned from the articles' own; over
documents of the question sets they are kept as which words stand where. `falsified.jsonl`:
sentences, each with one that is wrong in a named way; those in free words also with one that says
the same otherwise and one that says more, those pruned with one that is pruned wrongly.
`said.jsonl`: what the taught writer said over the passages that it was shown, read word by word:
each with the sentences that state it together, or none and why (`wrong` or `more`). They are of
articles of our own and of documents of the question sets, none of them of the benchmarks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rag.documents import read
from rag.documents.split import split_passages
from rag.words import STOP, stem, tokens

HERE = Path(__file__).parent
ANSWERS, FALSIFIED, SAID = (HERE / f"{name}.jsonl" for name in ("answers", "falsified", "said"))
OWN = ("near", "articles")  # folders of articles beside this file

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Article:
    """Title and sentences of an article, by where they start and end."""

    title: str
    sentences: dict[Span, str]

    def source(self, spans: Collection[Sequence[int]]) -> str:
        """Sentences in their order under the title, as they are read when a claim is checked."""
        quotes = [self.sentences[start, end] for start, end in sorted(spans)]
        titles = [self.title] * (self.title not in ("", *quotes))
        return ". ".join([*titles, " ".join(quotes)])

    def nearest(self, claim: str, most: int) -> list[Span]:
        """The sentences that share most words with a claim, as they stand in the article."""
        wanted = _stems(claim)
        order = sorted(self.sentences, key=lambda span: -len(wanted & _stems(self.sentences[span])))
        return sorted(order[:most])


def with_texts(line: dict[str, Any], article: Article) -> dict[str, Any]:
    """A line of answers with the text of each sentence, where only its pieces are kept.

    A piece is words, or which sentence of those that it rests on, its first word and the one behind
    its last.
    """
    answer = []
    for one in line["answer"]:
        if "pieces" in one:
            words = [article.sentences[start, end].split() for start, end in one["from"]]
            pieces = (
                piece if isinstance(piece, str) else " ".join(words[piece[0]][piece[1] : piece[2]])
                for piece in one["pieces"]
            )
            one = {"text": " ".join(pieces), "from": one["from"]}
        answer.append(one)
    return {**line, "answer": answer}


def article_of(line: dict[str, Any], data: Path, leave_out: Collection[str] = ()) -> Article | None:
    """The article of a line, where it is here and not of an author of `near/` to be left out."""
    if line["sets"] == "near" and line["document"][0] in leave_out:
        return None
    for name in line["sets"].split("+"):
        folder = HERE / name if name in OWN else data / name / "documents"
        if (folder / line["document"]).exists():
            return read_article(folder / line["document"])
    return None


@cache
def read_article(file: Path) -> Article:
    """The article of a file."""
    document = read(file, folder=file.parent)
    spans = {(s.start, s.end) for p in split_passages(document) for s in p.sentences}
    return Article(
        document.title,
        {(a, b): " ".join(document.text[a:b].split()) for a, b in sorted(spans)},
    )


@cache
def _stems(text: str) -> frozenset[str]:
    return frozenset({stem(word) for word in tokens(text)} - STOP)
