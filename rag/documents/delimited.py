"""Tables of text (CSV, TSV), whatever sign stands between their cells."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.limits import Unreadable
from rag.documents.table import write_table

_SIGNS = ",;\t|^~"
_LOOKED_AT = 40  # rows that tell which sign stands between cells
_SAMPLE = 1 << 16
_LONGEST_CELL = 1 << 20


def read_csv(text: str) -> DocumentDraft:
    r"""A table of text to a draft, each row a line; the first row names the columns, if it does.

    >>> read_csv("Town;Cost\nLund;40,000\nSkarvik;12,500").text
    'Town: Lund | Cost: 40,000\nTown: Skarvik | Cost: 12,500'
    """
    csv.field_size_limit(_LONGEST_CELL)
    first, _, rest = text.partition("\n")
    told = first.strip().removeprefix("sep=") if first.startswith("sep=") else ""
    if len(told) == 1 or first.startswith("sep=\t"):  # how spreadsheets tell it each other
        text, sign = rest, told or "\t"
    else:
        sign = _sign(text)
    written = GrowingText()
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign, skipinitialspace=True)
    try:
        write_table(([cell.strip() for cell in row] for row in rows), written, sure=True)
    except csv.Error as error:
        raise Unreadable(
            f"is no table that can be read: {error}. Open it in a spreadsheet and save it as CSV."
        ) from error
    return written.draft()


def _sign(text: str) -> str:
    """The sign between cells: the one that parts most rows into the same number of them."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample

    def evenness(sign: str) -> tuple[float, int]:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=sign, skipinitialspace=True)
        try:
            widths = [len(row) for row in islice(rows, _LOOKED_AT) if row]
        except csv.Error:
            return 0.0, 0
        usual, times = Counter(widths).most_common(1)[0] if widths else (1, 0)
        return (times / len(widths), usual) if usual > 1 else (0.0, 0)

    return max(_SIGNS, key=evenness)
