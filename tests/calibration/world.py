"""Articles that many questions can be made of, and an assistant over them with fakes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.assistant import Assistant
from tests.world import opened

_PEOPLE = ("Ada Rehn", "Olga Berg", "Tom Vass", "Mia Lund", "Per Holm", "Eva Strand")
_DEEDS = (
    "designed the stone bridge at the mill in {year}.",
    "opened a small school for the sailors in {year}.",
    "sold {count} wooden boats to the northern islands in {year}.",
    "painted the old lighthouse near Skarvik in {year}.",
    "wrote the first history of the valley in {year}.",
)


def articles() -> dict[str, str]:
    """Six articles of five sentences, one person each; the years tell them apart."""
    found = {}
    for place, person in enumerate(_PEOPLE):
        deeds = (
            f"{person} {deed.format(year=1900 + 10 * place + row, count=12 + 5 * place)}"
            for row, deed in enumerate(_DEEDS)
        )
        found[f"{place}.txt"] = f"A life in letters {place}\n\n" + "\n\n".join(deeds) + "\n"
    return found


@contextmanager
def lives(place: Path) -> Iterator[Assistant]:
    """An assistant over these articles, with fakes in place of every model."""
    with opened(place, articles=articles()) as assistant:
        yield assistant
