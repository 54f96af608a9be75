"""Excel workbooks: values by calamine, shown by their number formats as a person sees them.

Calamine knows values and merged cells, not how they look; the looks are read from the workbook's
XML beside it, one row at a time.
"""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.parsers import expat

from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.facts import named, told_number, xml
from rag.documents.headers import Repeated
from rag.documents.limits import SHEETS, Unreadable, hold_cells, open_zip, unpack
from rag.documents.numbers import BUILT_IN, shown
from rag.documents.office import check_office, office_draft
from rag.documents.table import write_table

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

    from rag.documents.limits import ZipFile

_CHUNK = 1 << 16
_STYLES, _BOOK, _LINKS = "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def read_xlsx(raw: bytes) -> DocumentDraft:
    """A workbook to a draft, each row of a sheet a line."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    check_office(raw, _BOOK)
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    if len(book.sheets_metadata) > SHEETS:
        raise Unreadable(
            f"has more than {SHEETS:,} sheets; that is the limit. Split it into several files."
        )
    text = GrowingText()
    rows = 0
    with open_zip(raw) as opened:
        codes, parts = _codes(opened), _parts(opened)
        for facts in book.sheets_metadata:
            if facts.typ != SheetTypeEnum.WorkSheet:
                continue
            if facts.visible != SheetVisibleEnum.Visible:
                text.hidden += 1
                continue
            sheet = book.get_sheet_by_name(facts.name)
            if sheet.height:
                text.place(f"sheet {facts.name}")
                text.heading(facts.name)
                looks = _looks(opened, parts.get(facts.name, ""), codes)
                rows = write_table(_rows(sheet, looks), text, rows)
    return office_draft(raw, text, title="")


def _rows(sheet: CalamineSheet, looks: Iterator[tuple[int, dict[int, str]]]) -> Iterator[list[str]]:
    """The rows of a sheet as they look, with what merged cells say in each cell they cover."""
    top, left = sheet.start or (0, 0)
    ranges = sheet.merged_cell_ranges or []
    hold_cells(len(ranges))
    merged = sorted(ranges, reverse=True)
    covered: dict[int, tuple[str, int, int]] = {}  # column: what covers it, from which row to which
    at, look = next(looks, (-1, {}))
    for number, values in enumerate(sheet.iter_rows(), top):
        while -1 < at < number:
            at, look = next(looks, (-1, {}))
        here = look if at == number else {}
        row = [shown(value, here.get(left + index, "")) for index, value in enumerate(values)]
        while merged and merged[-1][0][0] <= number:
            (first, start), (last, end) = merged.pop()
            if first == number and left <= start < left + len(row):
                for column in range(start - left, min(end + 1 - left, len(row))):
                    covered[column] = row[start - left], first, last
        for column, (text, first, last) in list(covered.items()):
            if number > last:
                del covered[column]
            elif not row[column] or number > first:
                row[column] = Repeated(text)
        yield row


def _codes(opened: ZipFile) -> list[str]:
    """The number format of each style of cells; "" where it has none."""
    if _STYLES not in opened.namelist():
        return []
    root = xml(unpack(opened, _STYLES))
    own = {e.get("numFmtId", ""): e.get("formatCode", "") for e in named(root, "numFmt")}
    styles = next(named(root, "cellXfs"), None)
    ids = [e.get("numFmtId", "") for e in styles] if styles is not None else []
    return [own.get(number, BUILT_IN.get(number, "")) for number in ids]


def _parts(opened: ZipFile) -> dict[str, str]:
    """The path of each sheet by its name."""
    if _LINKS not in opened.namelist():
        return {}
    paths = {
        link.get("Id"): posixpath.normpath(posixpath.join("/xl", link.get("Target", "")))[1:]
        for link in xml(unpack(opened, _LINKS))
    }
    parts = {}
    for sheet in named(xml(unpack(opened, _BOOK)), "sheet"):
        link = next((v for name, v in sheet.attrib.items() if name.endswith("}id")), "")
        parts[sheet.get("name", "")] = paths.get(link, "")
    return parts


def _looks(
    opened: ZipFile, part: str, codes: Sequence[str]
) -> Iterator[tuple[int, dict[int, str]]]:
    """Rows of a sheet that have cells with number formats, and these by column."""
    if part not in opened.namelist() or not any(codes):
        return
    reader = _Looks(codes)
    with opened.open(part) as file:
        while chunk := file.read(_CHUNK):
            try:
                reader.parser.Parse(chunk)
            except expat.ExpatError:  # calamine has read what there is
                return
            yield from reader.taken()
    yield from reader.found


class _Looks:
    """Takes rows and cells as the parser comes to them."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._starts
        self.found: list[tuple[int, dict[int, str]]] = []
        self._codes = dict(enumerate(codes))
        self._column = -1

    def taken(self) -> list[tuple[int, dict[int, str]]]:
        """The rows that are read to their end."""
        taken, self.found = self.found[:-1], self.found[-1:]
        return [row for row in taken if row[1]]

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "row":
            before = self.found[-1][0] if self.found else -1
            self.found.append((told_number(attributes.get("r"), before + 2) - 1, {}))
            self._column = -1
        elif name == "c" and self.found:
            letters = attributes.get("r", "").rstrip("0123456789")
            self._column = _column(letters) if letters else self._column + 1
            code = self._codes.get(told_number(attributes.get("s")), "")
            if code:
                self.found[-1][1][self._column] = code


def _column(letters: str) -> int:
    """The index of a column.

    >>> _column("A"), _column("AB")
    (0, 27)
    """
    index = 0
    for letter in letters[:4]:
        index = index * 26 + ord(letter.upper()) - 64
    return index - 1
