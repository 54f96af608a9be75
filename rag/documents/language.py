"""The language of a text, by py3langid. The only module that imports it.

English is told by its common words alone, so that the model, 76 MB of memory and a second to load,
is only there where something else is read. What a file says of its language is often that of its
template; it counts where the text itself does not tell.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from rag.languages import ENGLISH, NAMES
from rag.words import STOP, tokens

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 1_500  # characters of each of three places
_LETTERS = 20  # bytes of them; fewer tell nothing
_SURE = 0.6
_COMMON = 0.3  # share of common words in English, and hardly in anything else
_lock = threading.Lock()


def language_of(text: str, told: str = "") -> str:
    """The ISO 639-1 code of a text's language; "" where it cannot be told.

    Args:
        text: The whole text; only parts of a long one are looked at.
        told: The language that the file names, as in `de` or `de-AT`; "" for none.

    >>> language_of("Der Hafen wurde 1932 gebaut, und die Fähre fährt jeden Tag.")
    'de'
    >>> language_of("H20 A100 12"), language_of("H20 A100 12", told="de-AT")
    ('', 'de')
    """
    named = told.strip().replace("_", "-").partition("-")[0].lower()
    named = {"nb": "no", "nn": "no"}.get(named, named)
    named = named if named in NAMES else ""
    sample = _sample(text)
    letters = "".join(filter(str.isalpha, sample))
    if len(letters.encode("utf-8", "replace")) < _LETTERS:
        return named
    words = tokens(sample)
    if sum(word in STOP and word.isascii() for word in words) > _COMMON * len(words):
        return ENGLISH
    with _lock:
        code, sure = _identifier().classify(sample)
    if sure < _SURE:
        return named
    return "no" if code == "nn" else str(code)


def _sample(text: str) -> str:
    if len(text) <= 3 * _SAMPLE:
        return text
    starts = (0, (len(text) - _SAMPLE) // 2, len(text) - _SAMPLE)
    return "\n".join(text[start : start + _SAMPLE] for start in starts)


@functools.cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*NAMES, "nn"])
    return identifier
