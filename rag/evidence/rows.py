"""Rows of tables and fields of forms: which of them speak of what a question names.

All rows of a table look alike to a reader, and a name that differs by a letter hardly counts. So
whatever a question names (names, figures, and words that fill a cell) must stand in the row itself,
in the line above it, or in what tells where it stands; else the row is another one's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rag.documents.mail import HEADERS
from rag.documents.table import CELL, is_row
from rag.evidence.kinds import lacking
from rag.evidence.named_cells import HALF, cell_of, columns_meant, is_named, within
from rag.evidence.names import names_in
from rag.evidence.parts import is_part, own_words, words
from rag.evidence.selection import worth_quoting
from rag.schema import Hit, Span
from rag.words import STOP, WHETHER, stem

_MOST = 5  # words of a cell that a question can name
FIELD = re.compile(r"^\w[^:|\n]{0,40}:[ \t]+\S[^|\n]{0,120}$")
_ASKING = STOP | {"many", "much"}
_FIELDS = 3  # in a passage, that make it a form's

_ASKED_OF_ALL = {
    "most": """most highest largest biggest greatest longest tallest deepest widest heaviest newest
        latest youngest fastest strongest dearest priciest busiest maximum""",
    "least": """least fewest lowest smallest shortest lightest cheapest oldest earliest slowest
        narrowest shallowest weakest minimum""",
    "sum": "total sum altogether combined",
    "mean": "average mean",
}
OF_ALL = {word: kind for kind, some in _ASKED_OF_ALL.items() for word in some.split()}

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Cells:
    """Those cells of a row that a question asks for: their text, and where the answer stands in it.

    Attributes:
        text: The cells that are named and the one that answers, as a row; "" in a form.
        answer: What is in the one that answers, as a span of the whole row's text.
    """

    text: str = ""
    answer: Span = field(default_factory=lambda: Span(0, 0))


@dataclass(frozen=True)
class Row:
    """A row of a table, or a field of a form.

    Attributes:
        text: As it stands in the document.
        beside: What else tells whose it is.
        form: The fields of the form that it is one of; none of a table's row.
    """

    text: str
    beside: str = ""
    form: tuple[str, ...] = ()

    @cached_property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """The name of each column, which may be empty, and what is in it.

        >>> Row("Ferry: Malm | Adult: 60").cells
        (('Ferry', 'Malm'), ('Adult', '60'))
        """
        return tuple(cell_of(part) for part in self.form or self.text.split(CELL))

    @cached_property
    def values(self) -> frozenset[tuple[str, ...]]:
        """What is in its cells, as words, where it is short."""
        found = [words(value) for _, value in self.cells]
        if not self.form and is_part(self.cells[0][1]):
            found.append(own_words(self.cells[0][1]))
        return frozenset(one for one in found if 0 < len(one) <= _MOST and not STOP.issuperset(one))

    @cached_property
    def held(self) -> frozenset[str]:
        """All words that it has or that tell whose it is."""
        return frozenset(words(" ".join((self.text, self.beside, *self.form))))

    @cached_property
    def of(self) -> frozenset[str]:
        """The stems of its first column's name, which tells what the rows are."""
        return frozenset(map(stem, words(self.cells[0][0])))

    def is_beside(self, keys: Collection[tuple[str, ...]], asked: Sequence[str]) -> bool:
        """Whether a question names other rows' keys, which it has in a column not asked of."""
        mine, stems = words(self.cells[0][1]), set(map(stem, asked))
        held = [(head, words(value)) for head, value in self.cells[1:]]
        return mine not in keys and any(
            value in keys and stems.isdisjoint(map(stem, words(head))) for head, value in held
        )

    def is_passed_over(self, asked: Sequence[str], prose: Collection[str]) -> bool:
        """Whether no cell has a word of the question, and the text beside the table has one.

        "What did the museum cost?" is not told by another's row where the text names the museum.
        """
        heads = " ".join((self.beside, *(head for head, _ in self.cells)))
        own = " ".join(value for _, value in self.cells)
        told = {stem(word) for word in asked if word not in _ASKING}
        told -= set(map(stem, words(heads)))
        return told.isdisjoint(map(stem, words(own))) and not told.isdisjoint(map(stem, prose))

    def is_of_others(
        self, names: Iterable[Sequence[str]], asked: Sequence[str], called: Collection[str]
    ) -> bool:
        """Whether its columns are things with names, and the one that is asked for is none of them.

        "Memory | H20: 96 GB | H100: 80 GB" tells nothing of the H200, which the text names as well.

        Args:
            names: Of the question.
            asked: Its words.
            called: Words of names in what was found beside tables.
        """
        heads = [
            head
            for name, _ in self.cells[1:]
            if (head := words(name)) and all(_is_model(w) or w in called for w in head)
        ]
        if not heads or any(within(head, asked) for head in heads):
            return False
        return any(self.held.isdisjoint(name) for name in names)

    def answers(self, asked: Sequence[str], cells: Iterable[tuple[str, ...]]) -> bool:
        """Whether it is the one that is asked for: it has a cell that is named, and all else.

        Args:
            asked: The words of the question.
            cells: Those of them that name cells.
        """
        if self.values.isdisjoint(cells):
            return False
        stems = {stem(word) for word in self.held}
        label = words(cell_of(self.text)[0]) if self.form else ()
        told = all(stem(word) in stems for word in asked if word not in _ASKING)
        return told and {stem(word) for word in asked}.issuperset(map(stem, label))

    def asked_for(self, asked: Sequence[str], cells: Sequence[tuple[str, ...]]) -> Cells | None:
        """Those of its cells that a question names and the one it mostly names the column of."""
        named = {i for i, (_, value) in enumerate(self.cells) if words(value) in cells}
        columns = columns_meant(self.cells, named, asked, None, HALF) if named else []
        if len(columns) != 1:
            return None
        if self.form:
            return Cells()
        parts, at = self.text.split(CELL), columns[0]
        end = len(CELL.join(parts[: at + 1]))
        shown = CELL.join(parts[i] for i in sorted((*named, at)))
        return Cells(shown, Span(end - len(self.cells[at][1]), end))

    @cached_property
    def is_header(self) -> bool:
        """Whether it is a line of a mail that tells who sent it when: it is of that mail."""
        fields = {name for name, _ in self.cells}
        return bool(self.form) and {"From", "Date", cell_of(self.text)[0]} <= fields & set(HEADERS)

    def cell_at(self, at: int) -> tuple[str, str]:
        """The name of the column and the value of the cell that has a character of its text."""
        return cell_of(
            self.text if self.form else self.text.split(CELL)[self.text.count(CELL, 0, at)]
        )

    def shown(self, question: str, at: int) -> str:
        """The key, the cells that a question names and the one at a character of its text.

        Of a line of a mail it is that line with its sender's.

        >>> Row("Ferry: Malm | Adult: 60 | Child: 30").shown("How much is it?", 16)
        'Ferry: Malm | Adult: 60'
        """
        if self.form:
            sender = next((one for one in self.form if cell_of(one)[0] == "From"), self.text)
            return "\n".join(dict.fromkeys((sender, self.text)))
        asked, parts, marked = words(question), self.text.split(CELL), self.text.count(CELL, 0, at)
        named = {i for i, (_, value) in enumerate(self.cells) if is_named(words(value), asked)}
        return CELL.join(parts[i] for i in sorted(named.union((0, marked))))


@dataclass(frozen=True, slots=True)
class Named:
    """What a question's names say of the rows found.

    Attributes:
        others: Where rows stand that are of something else.
        sure: Where rows stand that have all that is asked for.
        likely: Where rows stand that have a cell and a column that are asked for, and these.
    """

    others: frozenset[Place] = frozenset()
    sure: frozenset[Place] = frozenset()
    likely: Mapping[Place, Cells] = field(default_factory=dict)


def wanted_of_all(asked: Sequence[str]) -> str:
    """The word of a question that asks something of all rows of a table; "" for none."""
    return next((word for word in asked if word in OF_ALL), "")


def counted_in(asked: Sequence[str]) -> frozenset[str]:
    """The stems of what a question asks the number of, as in "how many wells"; empty for none.

    >>> counted_in(("how", "many", "of", "the", "wells", "are")) >= {"well"}
    True
    """
    if tuple(asked[:2]) != ("how", "many"):
        return frozenset()
    return frozenset(map(stem, asked[3:6] if tuple(asked[2:3]) == ("of",) else asked[2:3]))


def rows_named(question: str, hits: Sequence[Hit]) -> Named:
    """Which rows and fields are not of what a question names, and which surely are."""
    found = {place: row for hit in hits for place, row in rows_of(hit)}
    wanted = [words(name) for name in names_in(question)]
    others, sure = set(), set(_numbered(wanted, hits))
    likely: dict[Place, Cells] = {}
    if not found:
        return Named(sure=frozenset(sure))
    asked = words(question)
    tables: dict[str, list[Row]] = {}  # all forms are one table, whose rows they are
    for (document, _), row in found.items():
        tables.setdefault("" if row.form else document, []).append(row)
    cells = {table: _named_cells(asked, rows) for table, rows in tables.items()}
    every = frozenset(cell for some in cells.values() for cell in some)
    of_all, counted = wanted_of_all(asked), counted_in(asked)  # a row alone cannot tell
    prose, called = _prose(hits, found)
    keys = {
        table: frozenset(words(row.cells[0][1]) for row in rows if not row.form)
        for table, rows in tables.items()
    }
    for place, row in found.items():
        named = cells["" if row.form else place[0]]
        alone = row.form or not (counted & row.of or (of_all and of_all not in row.held))
        subjects = prose.get(place[0], frozenset())
        its = alone and _is_of(row, wanted, named, every, subjects)
        if not row.form:
            its = its and not row.is_passed_over(asked, subjects)
            its = its and not row.is_of_others(wanted, asked, called)
        its = its and not row.is_beside(keys.get(place[0], frozenset()).intersection(named), asked)
        if not its or _is_circular(row, asked, wanted, named, subjects):
            others.add(place)
            continue
        shown = row.asked_for(asked, named)
        if shown and shown.text and lacking(question, "", row.text[slice(*shown.answer)]):
            continue
        if row.answers(asked, named):
            sure.add(place)
        elif shown:
            likely[place] = shown
    return Named(frozenset(others), frozenset(sure), likely)


def _prose(
    hits: Iterable[Hit], rows: Collection[Place]
) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """By document the words beside its rows and headings: its subjects; and all names in these."""
    told: dict[str, frozenset[str]] = {}
    called = set[str]()
    for hit in hits:
        for span in hit.sentences:
            text = _text(hit, span)
            if (hit.document, span.start) not in rows and worth_quoting(text):
                told[hit.document] = told.get(hit.document, frozenset()).union(words(text))
                called.update(word for name in names_in(text) for word in words(name))
    return told, frozenset(called)


def _numbered(names: Sequence[tuple[str, ...]], hits: Iterable[Hit]) -> Iterator[Place]:
    """Where sentences stand under a heading whose number is asked for, as in "rule 3.1"."""
    for hit in hits:
        number = words(hit.context.rpartition(" › ")[2])[:1]
        if number and not number[0].isalnum() and number in names:
            yield from ((hit.document, span.start) for span in hit.sentences[1:])


def rows_of(hit: Hit) -> Iterator[tuple[Place, Row]]:
    """The rows and fields of a passage with their places."""
    spans = [(span, _text(hit, span)) for span in hit.sentences]
    fields = tuple(text for _, text in spans if FIELD.match(text))
    form = (*fields, *re.split(r"; | › ", hit.context)) if len(fields) >= _FIELDS else ()
    above, lead, all_of = "", True, ""
    whose = f"{hit.above} {hit.date:%d %B %Y}" if hit.date else hit.above
    for span, text in spans:
        if is_row(text):
            key = cell_of(text.split(CELL)[0])[1]
            all_of = all_of if is_part(key) else key
            beside = f"{whose} {above} {all_of}" if is_part(key) else f"{whose} {above}"
            yield (hit.document, span.start), Row(text, beside)
            lead = True
        elif form and text in fields:
            inside = hit.text[: span.start - hit.start], hit.text[span.end - hit.start :]
            yield (hit.document, span.start), Row(text, " ".join((whose, *inside)), form)
        else:  # only captions that stand right above a row are of it
            caption = "" if worth_quoting(text) else text
            above, lead = caption if lead else f"{above} {caption}", False


def _text(hit: Hit, span: Span) -> str:
    return hit.text[span.start - hit.start : span.end - hit.start]


def _named_cells(asked: tuple[str, ...], rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """The cells that a question names whole, without those that are a part of longer ones."""
    values = {value for row in rows for value in row.values}
    told = {
        asked[at : at + size]
        for size in range(1, _MOST + 1)
        for at in range(len(asked) - size + 1)
        if asked[at : at + size] in values
    }
    return [one for one in told if not any(one != other and within(one, other) for other in told)]


def _is_of(
    row: Row,
    names: Iterable[Sequence[str]],
    cells: Iterable[tuple[str, ...]],
    every: frozenset[tuple[str, ...]],
    prose: frozenset[str],
) -> bool:
    held = row.held if row.form else row.held | prose
    for name in names:
        small = len(name) == 1 and name[0].isdigit() and len(name[0]) == 1 and name not in every
        if not small and not all(_has(held, word) for word in name if word not in STOP):
            return False
    heads = frozenset(word for head, _ in row.cells for word in words(head))
    beside = frozenset(() if row.form else words(row.beside))
    for cell in cells:
        if cell in row.values or heads.issuperset(cell) or beside.issuperset(cell):
            continue
        return False
    return True


def _is_circular(
    row: Row,
    asked: Sequence[str],
    names: Iterable[tuple[str, ...]],
    cells: Sequence[tuple[str, ...]],
    prose: frozenset[str],
) -> bool:
    """Whether a name of the question stands in nothing of a row but the cell that would answer.

    "Who owns the Falinsund?" is not answered by "Owner: Ada Falinsund" of another boat.
    """
    if not WHETHER.isdisjoint(asked[:1]):
        return False
    at = [0]
    parts = [row.text] if row.form else row.text.split(CELL)
    if not row.form:
        named = {i for i, (_, value) in enumerate(row.cells) if words(value) in cells}
        at = columns_meant(row.cells, named, asked, None, HALF)
    if len(at) != 1:
        return False
    head, value = cell_of(parts[at[0]])
    if words(value) in cells:
        return False
    rest = (row.beside, head, *parts[: at[0]], *parts[at[0] + 1 :])
    around, own = prose.union(words(" ".join(rest))), frozenset(words(value))
    return any(own.issuperset(name) and around.isdisjoint(name) for name in names if name)


def _is_model(word: str) -> bool:
    """Whether a word is of letters and digits, as H20 is."""
    return any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def _has(held: frozenset[str], word: str) -> bool:
    return word in held or word.removesuffix("s") in held
