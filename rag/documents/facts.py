"""Titles, names, dates and numbers that a file tells, where they are worth something.

Programs fill them with names of templates, of files and of themselves; a date may be the
template's, or of a computer whose clock was wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from xml.etree import ElementTree

from rag.documents.limits import Unreadable

_PROGRAM = re.compile(r"^Microsoft (?:Office )?(?:Word|PowerPoint|Excel|Publisher) ?- ?", re.I)
_NOTHING = re.compile(
    r"^(?:\(?(?:untitled|unspecified|unknown|anonymous|unnamed|none|null|no title|title|author|"
    r"user|owner|admin|administrator|default)\)?(?: ?\d+)?|(?:document|dokument|presentation|"
    r"powerpoint presentation|powerpoint-präsentation|präsentation|book|mappe|workbook|sheet|slide|"
    r"folie|page|layout)(?: ?\d+)?|python-docx|openpyxl|steve canny|word document|temp|test)$",
    re.I,
)
_FILE = re.compile(
    r"\.(?:docx?|dotx?|pptx?|xlsx?|odt|ods|odp|rtf|pdf|indd|qxd|tex|dvi|e?ps|txt|html?|pages|pub|"
    r"cdr|ai|fm|p65|pmd|wpd)$",
    re.I,
)
_DAY = re.compile(r"^(?:D:)?\s*(\d{4})-?(\d{2})-?(\d{2})", re.A)
_FIRST_YEAR = 1985
_TEMPLATES = frozenset({date(2013, 12, 23), date(2013, 1, 27), date(2006, 9, 16)})
_LONGEST = 300


def told_number(told: str | None, otherwise: int = 0) -> int:
    """The number that a file tells, where it is one of at most eight digits.

    >>> told_number("12"), told_number("1e9", 1)
    (12, 1)
    """
    return int(told) if told and told.isascii() and told.isdigit() and len(told) < 9 else otherwise


def told_name(text: str | None) -> str:
    """A title or an author as metadata tell it, or "" where it says nothing.

    >>> told_name("Microsoft Word - Document1"), told_name("  The ferries of Skarvik ")
    ('', 'The ferries of Skarvik')
    """
    name = " ".join(_PROGRAM.sub("", " ".join((text or "").split())).split())
    telling = any(letter.isalpha() for letter in name) and len(name) <= _LONGEST
    printable = name.replace("\ufffd", "\x00").isprintable()
    useless = _NOTHING.match(name) or _FILE.search(name)
    return name if telling and printable and not useless else ""


def told_date(text: str | None) -> date | None:
    """A day as metadata tell it, where a program has not set it; it may be yet to come.

    >>> told_date("D:20240305101500Z"), told_date("0001-01-01")
    (datetime.date(2024, 3, 5), None)
    """
    found = _DAY.match(text or "")
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return None if day is None or day in _TEMPLATES or day.year < _FIRST_YEAR else day


def xml(raw: bytes) -> ElementTree.Element:
    """The root of a small XML part. Entities from elsewhere are never read.

    Raises:
        Unreadable: It is broken, or made to grow without end.
    """
    try:
        return ElementTree.fromstring(raw)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable("is damaged inside. Open it in its program and save it anew.") from error


def told(root: ElementTree.Element | None, name: str) -> str:
    """The text of the first element of a name, whatever its namespace; "" where there is none."""
    element = None if root is None else next(named(root, name), None)
    return "" if element is None else " ".join("".join(element.itertext()).split())


def named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """The elements of a name, whatever its namespace, in order."""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == name:
            yield element
