"""Bytes to text, whatever the encoding.

What can be told for certain is tried first: byte order marks, UTF-8, UTF-16 without a mark. A text
that is UTF-8 but for a few broken bytes keeps all the rest. Anything else is left to
charset-normalizer, with Windows-1252 where it does about as well as the best guess, because short
texts tell too little.
"""

from __future__ import annotations

import codecs
import re

from rag.documents.limits import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 256 * 1024
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\v\f\r\x1b") + b"\x7f"
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_BROKEN = "has a broken or unknown text encoding. Save it as UTF-8."
_USUAL = "cp1252"
_ABOUT = 0.1  # a difference in charset-normalizer's scores that says little


def decode(raw: bytes) -> str:
    r"""Decode a file's bytes; line ends become `\n`.

    Raises:
        Unreadable: The bytes are not text, or in an encoding that cannot be recognised.

    >>> decode("Müller".encode("utf-16"))
    'Müller'
    """
    text = _marked(raw)
    if text is None:
        text = _unmarked(raw)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


def _marked(raw: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError as error:
                raise Unreadable(_BROKEN) from error
    return None


def _unmarked(raw: bytes) -> str:
    if wide := _wide(raw[:_SAMPLE]):
        try:
            return raw.decode(wide)
        except UnicodeDecodeError:
            pass
    sample = raw[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if b"\x00" in raw or controls > 0.02 * len(sample):
        raise Unreadable("is not a text file. Convert it to text, Markdown or HTML.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        mended = raw.decode("utf-8", "replace")
    if mended.count("\ufffd") <= min(len(_MULTIBYTE.findall(raw)), 0.01 * len(mended)):
        return mended
    return _guessed(raw)


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: nearly every second byte is zero, and no other one."""
    half = len(sample) // 2
    for encoding, zeros, others in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        if sample[zeros::2].count(0) > 0.8 * half and b"\x00" not in sample[others::2]:
            return encoding
    return None


def _guessed(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    guesses = from_bytes(raw[:_SAMPLE])
    best = guesses.best()
    if best is None:
        raise Unreadable(_BROKEN)
    usual = any(
        _USUAL in (guess.encoding, *guess.could_be_from_charset)
        and guess.chaos <= best.chaos + _ABOUT
        and guess.coherence >= best.coherence - _ABOUT
        for guess in guesses
    )
    try:
        return raw.decode(_USUAL if usual else best.encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable(_BROKEN) from error
