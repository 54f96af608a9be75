"""The keys that callers show, and how many questions each may ask a minute.

Keys are kept and compared as digests. Knows nothing of requests.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from rag.errors import SettingsError

SHORTEST = 16  # characters of a key
_LARGEST = 1_000_000  # bytes of a file of keys
_MAKE = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


class KeyRing:
    """The keys that are known, each with its questions a minute; without any, all are let in."""

    def __init__(
        self,
        keys: Iterable[str],
        *,
        per_minute: int = 60,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._digests = [_digest(key) for key in keys]
        self._most, self._now = float(per_minute), now
        self._left = {digest[:8]: (self._most, now()) for digest in self._digests}

    @property
    def needed(self) -> bool:
        """Whether a caller needs a key."""
        return bool(self._digests)

    def holder(self, key: str) -> str | None:
        """A short name of who holds a key, for the log; `None` where the key is not known."""
        shown = _digest(key)
        found = [digest for digest in self._digests if hmac.compare_digest(digest, shown)]
        return found[0][:8] if found else None

    def spend(self, holder: str) -> int:
        """Count a question; 0 where it may be asked, else in how many seconds it may."""
        left, since = self._left[holder]
        now = self._now()
        left = min(self._most, left + (now - since) * self._most / 60)
        may = left >= 1
        self._left[holder] = (left - may, now)
        return 0 if may else max(1, math.ceil((1 - left) * 60 / self._most))


def read_keys(file: Path | None, listed: str) -> tuple[str, ...]:
    """The keys in a file, a line each, and in a list with commas between.

    Blank lines and what follows a `#` are passed over.

    Raises:
        SettingsError: The file cannot be read, or a key is too short or has other characters.

    >>> read_keys(None, "a-key-of-the-newsroom, another-key-of-16")
    ('a-key-of-the-newsroom', 'another-key-of-16')
    """
    found = [("QUOTH_SERVE_KEYS", key) for key in listed.split(",")]
    if file is not None:
        found += [(str(file), line.partition("#")[0]) for line in _lines(file)]
    keys = tuple(dict.fromkeys(key.strip() for _, key in found if key.strip()))
    if file is not None and not keys:
        raise SettingsError(f"The file of keys {file} holds none. {_MAKE}")
    for place, key in found:
        if key.strip() and not _is_key(key.strip()):
            raise SettingsError(
                f"A key in {place} is too short or has characters that no key has: it must have "
                f"{SHORTEST} letters, digits and signs or more, and no blanks. {_MAKE}"
            )
    return keys


def _lines(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST)
        return raw.decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise SettingsError(
            f"The file of keys {file} cannot be read: {why}. Give a text with a key a line."
        ) from None


def _is_key(key: str) -> bool:
    return len(key) >= SHORTEST and key.isascii() and key.isprintable() and " " not in key


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
