"""What the page says, in the language of the browser that shows it.

A text of the page is written in English where it is used, and looked up here; the catalogues lie in
`locale`. A browser of another language gets English. Texts from the core come as they are.
"""

from __future__ import annotations

import gettext
import io
from datetime import date
from functools import cache
from pathlib import Path

import streamlit as st
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from rag.languages import ENGLISH, NAMES

LANGUAGES = ("de", "es", "fr", "zh")  # beside English
_CATALOGUES = Path(__file__).parent / "locale"


def language() -> str:
    """The language of this session's browser where the page speaks it, otherwise English."""
    code = (st.context.locale or "").replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else ENGLISH


def _(text: str, **values: object) -> str:
    """A text of the page in the browser's language, with values for its `{names}`.

    A text that is in no catalogue stays as it is.

    >>> _("Ask {which}", which="it")
    'Ask it'
    """
    told = _catalogue(language()).gettext(text) if text else ""
    return told.format(**values) if values else told


def n_(one: str, many: str, count: int, **values: object) -> str:
    """As `_`, for a text that depends on a number, which is its `{count}`.

    >>> n_("{count} article", "{count} articles", 1200)
    '1,200 articles'
    """
    told = _catalogue(language()).ngettext(one, many, count)
    return told.format(count=number(count), **values)


def number(value: float, digits: int = 0) -> str:
    """A number as it is written in the browser's language.

    >>> number(1200), number(2.46, 1)
    ('1,200', '2.5')
    """
    decimals = f".{'0' * digits}" if digits else ""
    return format_decimal(value, f"#,##0{decimals}", locale=language())


def day(when: date | None) -> str:
    """A day, or nothing.

    >>> day(date(2025, 7, 2))
    '2 July 2025'
    """
    if when is None:
        return ""
    spoken = language()
    pattern = "d MMMM y" if spoken == ENGLISH else "long"
    return format_date(when, pattern, locale=spoken)


def month_in_words(day: date) -> str:
    """The month of a day.

    >>> month_in_words(date(2025, 7, 2))
    'July 2025'
    """
    return format_skeleton("yMMMM", day, locale=language())


def language_name(code: str) -> str:
    """What a language is called; its code where nobody knows.

    >>> language_name("de")
    'German'
    """
    spoken = language()
    if spoken == ENGLISH:
        return NAMES.get(code, code)
    return str(Locale.parse(spoken).languages.get(code, code))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """The translations into a language, compiled from its catalogue when first needed."""
    if language not in LANGUAGES:
        return gettext.NullTranslations()
    with (_CATALOGUES / language / "LC_MESSAGES" / "quoth.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
