"""Bytes to text, whatever the encoding.

UTF-8 and marked UTF-16/32 are tried first because they can be told for certain; anything else is
left to charset-normalizer.
"""

from __future__ import annotations

import codecs

from rag.errors import ReadError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 256 * 1024


def decode(raw: bytes, *, name: str) -> str:
    """Decode a file's bytes; line ends become `\\n`.

    Raises:
        ReadError: The bytes are not text, or in an encoding that cannot be recognised.

    >>> decode("Müller".encode("utf-16"), name="a.txt")
    'Müller'
    """
    text = _decode(raw, name)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


def _decode(raw: bytes, name: str) -> str:
    broken = ReadError(f"{name} has a broken or unknown text encoding. Save it as UTF-8.")
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError as error:
                raise broken from error
    if b"\x00" in raw[:_SAMPLE]:
        raise ReadError(f"{name} is not a text file. Convert it to text, Markdown or HTML.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    guess = from_bytes(raw[:_SAMPLE]).best()
    if guess is None:
        raise broken
    try:
        return raw.decode(guess.encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise broken from error
