"""Where a passage stands."""

from __future__ import annotations

from rag.documents import parse, split_passages
from rag.documents.context import context_of
from rag.library.rows import embedded


def contexts(name: str, text: str) -> dict[str, str]:
    document = parse(text.encode(), name=name)
    return {
        document.text[p.start : p.end]: context_of(document, p.start)
        for p in split_passages(document)
    }


def test_headings_above_a_passage_by_their_levels() -> None:
    text = "# Ferries\n\n## Sunna\n\n### Prices\n\nAdults: 60.\n\n## Torvo\n\nIt is new.\n"
    found = contexts("ferries.md", text)
    assert found["Prices\n\nAdults: 60."] == "Sunna › Prices"
    assert found["Torvo\n\nIt is new."] == "Torvo"


def test_headings_of_web_pages_have_levels_too() -> None:
    page = "<h1>Ferries</h1><h2>Sunna</h2><h3>Prices</h3><p>It costs an adult 60 crowns.</p>"
    text = f"<html><head><title>Ferries</title></head><body><article>{page * 3}</article></body>"
    assert "Sunna › Prices" in contexts("ferries.html", text).values()


def test_folders_and_file_as_words_that_the_title_lacks() -> None:
    assert list(contexts("tolvik/harbour-notes.md", "# Notes\n\nOne.\n").values()) == [
        "tolvik harbour"
    ]
    assert list(contexts("2024/12.md", "# Notes\n\nOne.\n").values()) == [""]


def test_a_form_is_told_by_its_first_fields() -> None:
    fields = "Vessel: Sunna\nHome port: Tolvik\nBuilt: 1987\n"
    rest = "\n\n".join(f"Remark {n} of the surveyor is long. " + "It is so. " * 60 for n in (1, 2))
    found = contexts("f.txt", f"Registration\n\n{fields}\n{rest}\n")
    assert [c for t, c in found.items() if t.startswith("Remark 2")] == [
        "Vessel: Sunna; Home port: Tolvik; Built: 1987"
    ]
    assert next(iter(found.values())) == ""


def test_rows_are_told_by_the_line_over_their_table() -> None:
    rows = "".join(f"| Stop {n} | {n}:15 | {n * 3} |\n" for n in range(1, 60))
    table = f"| Stop | First boat | Fare |\n|---|---|---|\n{rows}"
    text = f"# Boats\n\nAll boats of the Lund line.\n\n{table}\n## Summer\n\n{table}"
    found = [(t.split(":")[0], c) for t, c in contexts("boats.md", text).items()]
    rows_of = [context for key, context in found if key == "Stop"]
    assert set(rows_of) == {"All boats of the Lund line.", "Summer"}
    plain = "Boats of the Lund line;;\nStop;First boat;Fare\n"
    plain += "".join(f"Stop {n};{n}:15;{n * 3}\n" for n in range(1, 60))
    first, *later = contexts("boats.csv", plain).values()
    assert first == ""
    assert set(later) == {"Boats of the Lund line"}


def test_what_is_embedded_begins_with_title_and_context() -> None:
    document = parse(b"# Notes\n\nOne.\n", name="tolvik/a.md")
    assert embedded(document, 0, len(document.text)).startswith("Notes\ntolvik")
