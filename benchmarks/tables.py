"""Ask made-up tables and forms for cells: how often the right one comes, and how often another's.

    python benchmarks/tables.py [--half a|b] [--tables 40] [--seed 0] [--model] [--show]

Tables of 5 to 5,000 rows and folders of forms, with names one or two letters apart, as CSV,
Markdown, HTML and XLSX, twenty to a library. Each is asked for a cell, for a name by its cell, for
the row with the most of something, for how many rows meet a condition, and for a name that is not
in it (to be refused, or read as one that is a letter or two away, and told). Half b has other kinds
of tables, whose answers nobody looked at while the tables were worked on. Quotes alone, unless
`--model`.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import xlsxwriter

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag
from rag.settings import Settings

SIZES = (5, 12, 40, 200, 1000, 5000)
SHARES = (30, 30, 20, 12, 6, 2)  # of the tables, by size
FORMATS = (".csv", ".md", ".html", ".xlsx")
_STARTS = "Bre Tol Hal Lun Ost Gri Ska Vin Kor Mal San Hav Ter Nor Fal Ros Ste Dra Mol Ulf".split()
_MIDDLES = "n l v m r d s st nd rk ld rv lm".split()
_ENDS = "a vik sund holm by dal heim stad ness fjord wick berg land mark".split()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table: what its key, its columns and the questions for their cells are called."""

    title: str
    key: str
    columns: tuple[tuple[str, str, str], ...]  # name, what is in it, the question with {key}
    reverse: tuple[int, str] | None = None  # a column and the question for the key by its cell
    most: tuple[int, str] | None = None  # a column and the question for the key with the most of it
    over: tuple[int, str] | None = None  # a column and the question how many have more than {bound}
    under: tuple[int, str] | None = None  # and how many have less
    form: bool = False


KINDS = {
    "a": (
        Kind(
            "Tickets of the {place} ferries",
            "Ferry",
            (
                ("Adult in crowns", "40-300", "What does an adult pay on the {key}?"),
                ("Child in crowns", "10-150", "How many crowns is a child's ticket on the {key}?"),
                ("Length in m", "18-140", "How long is the {key}?"),
            ),
            most=(2, "Which of the {place} ferries is the longest?"),
            over=(2, "How many of the {place} ferries are longer than {bound} m?"),
            under=(0, "How many of the {place} ferries cost an adult less than {bound} crowns?"),
        ),
        Kind(
            "Residents of the county of {place}",
            "Municipality",
            (
                ("2021", "900-99000", "How many residents did {key} have in 2021?"),
                ("2022", "900-99000", "How many residents did {key} have in 2022?"),
                ("2023", "900-99000", "How many residents lived in {key} in 2023?"),
            ),
            most=(1, "Which municipality in the county of {place} had most residents in 2022?"),
            over=(
                2,
                "How many municipalities of the county of {place} had more than {bound} residents"
                " in 2023?",
            ),
        ),
        Kind(
            "Stations of the {place} line",
            "Station",
            (
                ("Opened", "1850-1999", "When was {key} station opened?"),
                ("Keeper", "person", "Who is the keeper of {key}?"),
                ("Platforms", "1-12", "How many platforms does {key} have?"),
            ),
            (1, "Which station is kept by {cell}?"),
            (2, "Which station of the {place} line has the most platforms?"),
            over=(0, "How many stations of the {place} line were opened after {bound}?"),
            under=(2, "How many stations of the {place} line have fewer than {bound} platforms?"),
        ),
        Kind(
            "Registration of a vessel",
            "Vessel",
            (
                ("Home port", "place", "What is the home port of the {key}?"),
                ("Year of build", "1950-2020", "In which year was the {key} built?"),
                ("Owner", "person", "Who owns the {key}?"),
            ),
            form=True,
        ),
    ),
    "b": (
        Kind(
            "Samples from the {place} lakes",
            "Sample",
            (
                ("Depth (cm)", "10-900", "At what depth was sample {key} taken?"),
                ("pH", "4.0-9.0", "What is the pH of sample {key}?"),
                ("Taken by", "person", "Who took sample {key}?"),
            ),
            most=(0, "Which sample from the {place} lakes was taken at the greatest depth?"),
            over=(0, "How many samples from the {place} lakes were taken deeper than {bound} cm?"),
            under=(1, "How many samples from the {place} lakes have a pH below {bound}?"),
        ),
        Kind(
            "Staff of {place} hospital",
            "Name",
            (
                ("Extension", "2000-9999", "What is the extension of {key}?"),
                ("Ward", "place", "On which ward does {key} work?"),
                ("Employed since", "1985-2024", "Since when has {key} been employed?"),
            ),
            (0, "Whose extension is {cell}?"),
            under=(
                2,
                "How many people have been employed at {place} hospital since before {bound}?",
            ),
        ),
        Kind(
            "Branches of the {place} library",
            "Branch",
            (
                ("Books", "900-99000", "How many books are there in the {key} branch?"),
                ("Librarian", "person", "Who is the librarian of the {key} branch?"),
                ("Visitors a day", "20-900", "How many visitors a day does the {key} branch have?"),
            ),
            most=(0, "Which branch of the {place} library has the most books?"),
            over=(0, "How many branches of the {place} library have more than {bound} books?"),
            under=(
                2,
                "How many branches of the {place} library have under {bound} visitors a day?",
            ),
        ),
        Kind(
            "Permit to fish",
            "Boat",
            (
                ("Licence number", "100000-999999", "What is the licence number of the {key}?"),
                ("Nets", "1-40", "How many nets may the {key} set?"),
                ("Skipper", "person", "Who is the skipper of the {key}?"),
            ),
            form=True,
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A table, or the forms of a folder: its keys are its first column."""

    kind: Kind
    place: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def title(self) -> str:
        """What it is called."""
        return self.kind.title.format(place=self.place)


@dataclass(frozen=True, slots=True)
class Question:
    """A question for a cell; without `right` nothing answers it. `wrong` are the other rows'."""

    text: str
    right: str
    wrong: frozenset[str]
    sort: str


def main() -> None:
    """Make the tables, ask and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--half", choices=list(KINDS), default="a")
    parser.add_argument("--tables", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", action="store_true", help="with the model that writes")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    settings = Settings.from_environment()
    if not options.model:
        settings = replace(settings, llm="none")
    counts: Counter[tuple[str, str]] = Counter()
    seconds: list[float] = []
    sizes = chance.choices(SIZES, SHARES, k=options.tables)
    for part in range(0, options.tables, 20):  # a library of twenty tables each
        tables = [make(options.half, size, chance) for size in sizes[part : part + 20]]
        with tempfile.TemporaryDirectory(prefix="quoth-tables-") as place:
            folder = Path(place) / "articles"
            for number, table in enumerate(tables):
                write(table, folder, number)
            taken = {row[0].lower() for table in tables for row in table.rows}
            with rag.open(folder, index=Path(place) / "index", settings=settings) as assistant:
                for table in tables:
                    for question in questions(table, taken, chance):
                        began = time.perf_counter()
                        answer = assistant.ask(question.text)
                        seconds.append(time.perf_counter() - began)
                        came = outcome(question, answer)
                        counts[question.sort, came] += 1
                        if options.show and came in (
                            "wrong row",
                            "both rows",
                            "answered, though nothing is there",
                            "refused",
                        ):
                            print(f"{came}: {question.text} → {question.right or 'nothing'}")
                            print(*(f"    {c.text[:200]}" for c in answer.claims), sep="\n")
    print(f"\n{options.tables} tables of half {options.half}, seed {options.seed}")
    for (sort, came), count in sorted(counts.items()):
        print(f"{sort:8} {came:16} {count}")
    late = sorted(seconds)[len(seconds) * 95 // 100]
    print(f"median {median(seconds):.2f} s, 95 % within {late:.2f} s")


def outcome(question: Question, answer: rag.Answer) -> str:
    """What came of a question."""
    said = " ".join(claim.text for claim in answer.claims)
    if answer.refused:
        return "refused" if question.right else "refused rightly"
    if not question.right:
        told = any("was read as" in note for note in answer.notes)
        return "read as a near name, told" if told else "answered, though nothing is there"
    held = says(said, question.right)
    others = any(says(said, cell) for cell in question.wrong)
    return "right" if held and not others else "both rows" if held else "wrong row"


def says(text: str, cell: str) -> bool:
    """Whether a text has a cell as words of its own."""
    at = text.find(cell)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(cell) : at + len(cell) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        at = text.find(cell, at + 1)
    return False


def make(half: str, size: int, chance: random.Random) -> Made:
    """A table of so many rows; forms are at most forty."""
    kind = chance.choice(KINDS[half])
    size = min(size, 40) if kind.form else size
    keys = sorted(names(size, chance), key=lambda _: chance.random())
    rows = tuple((key, *(filled(what, chance) for _, what, _ in kind.columns)) for key in keys)
    return Made(kind, name(chance), rows)


def names(count: int, chance: random.Random) -> list[str]:
    """Names, many of them near each other: one letter another, two changed, a common beginning."""
    found: dict[str, None] = {}
    while len(found) < count:
        first = name(chance)
        found[first] = None
        if chance.random() < 0.5:
            at = chance.randrange(1, len(first))
            found[first[:at] + chance.choice("aeiourstln") + first[at + 1 :]] = None
        if chance.random() < 0.3:
            found[f"{first} {chance.choice(('North', 'South', 'Nova', 'Minor'))}"] = None
    return list(found)[:count]


def name(chance: random.Random) -> str:
    """A name that no map has."""
    middle = "".join(
        chance.choice("aeiou") + chance.choice(_MIDDLES) for _ in range(chance.choice((1, 1, 2)))
    )
    return chance.choice(_STARTS) + middle + chance.choice(_ENDS)


def filled(what: str, chance: random.Random) -> str:
    """A cell."""
    if what == "person":
        return f"{name(chance)} {name(chance)}"
    if what == "place":
        return name(chance)
    low, _, high = what.partition("-")
    if "." in low:
        return f"{chance.uniform(float(low), float(high)):.1f}"
    return str(chance.randint(int(low), int(high)))


def write(table: Made, folder: Path, number: int) -> None:
    """The file of a table, or a file for each form."""
    head = [table.kind.key, *(column for column, _, _ in table.kind.columns)]
    place = folder / f"{number:02}"
    place.mkdir(parents=True)
    if table.kind.form:
        for count, row in enumerate(table.rows):
            lines = "\n".join(f"{n}: {cell}" for n, cell in zip(head, row, strict=True))
            text = f"{table.title}\n\n{lines}\n\nFiled in the office on the quay.\n"
            (place / f"{count:03}.txt").write_text(text, encoding="utf-8")
        return
    ending = FORMATS[number % len(FORMATS)]
    path = place / f"{table.title.replace(' ', '-').lower()}{ending}"
    if ending == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *table.rows])
    elif ending == ".md":
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *table.rows)]
        path.write_text(f"# {table.title}\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    elif ending == ".html":
        rows = ["".join(f"<td>{cell}</td>" for cell in row) for row in table.rows]
        heads = "".join(f"<th>{one}</th>" for one in head)
        body = f"<tr>{heads}</tr>" + "".join(f"<tr>{row}</tr>" for row in rows)
        path.write_text(
            f"<html><head><title>{table.title}</title></head><body><h1>{table.title}</h1>"
            f"<table>{body}</table></body></html>",
            encoding="utf-8",
        )
    else:
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet(table.kind.key)
        for number_of, cells in enumerate((head, *table.rows)):
            sheet.write_row(number_of, 0, [int(one) if one.isdigit() else one for one in cells])
        book.close()


def questions(table: Made, taken: set[str], chance: random.Random) -> Iterator[Question]:
    """For a cell, a name by its cell, the name with the most, a name that is not there."""
    row = chance.choice(table.rows)
    at = chance.randrange(len(table.kind.columns))
    asked = table.kind.columns[at][2]
    cells = frozenset(other[at + 1] for other in table.rows) - set(row)
    yield Question(asked.format(key=row[0]), row[at + 1], cells, "cell")
    if table.kind.reverse:
        by, words = table.kind.reverse
        if sum(other[by + 1] == row[by + 1] for other in table.rows) == 1:
            keys = frozenset(other[0] for other in table.rows if other[0] not in row[0])
            yield Question(words.format(cell=row[by + 1]), row[0], keys, "reverse")
    if table.kind.most:
        by, words = table.kind.most
        best = max(float(other[by + 1]) for other in table.rows)
        found = [other for other in table.rows if float(other[by + 1]) == best]
        keys = frozenset(other[0] for other in table.rows if other[0] not in found[0][0])
        if len(found) == 1:
            yield Question(words.format(place=table.place), found[0][0], keys, "most")
    for sign, asked_of in (("over", table.kind.over), ("under", table.kind.under)):
        if asked_of:
            by, words = asked_of
            bound = float(chance.choice(table.rows)[by + 1])
            cells_of = [float(other[by + 1]) for other in table.rows]
            meet = sum(cell > bound if sign == "over" else cell < bound for cell in cells_of)
            said = f"{bound:g}" if bound < 10_000 else f"{bound:,.0f}"
            right = f"{meet:,} of {len(table.rows):,} rows"
            yield Question(words.format(place=table.place, bound=said), right, frozenset(), "where")
    missing = near(row[0], taken, chance)
    yield Question(asked.format(key=missing), "", cells, "missing")


def near(one: str, taken: set[str], chance: random.Random) -> str:
    """A name that is not among some but looks like one of them, or like none."""
    while True:
        other = name(chance)
        if chance.random() < 0.5:
            at = chance.randrange(1, len(one))
            other = one[:at] + chance.choice("bdgkmpz") + one[at + 1 :]
        if other.lower() not in taken:
            return other


if __name__ == "__main__":
    main()
