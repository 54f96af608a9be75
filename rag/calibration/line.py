"""The refusal line of an index folder: the one that comes with the install, or a fitted one.

Owns the file that a calibration is kept in, and when it no longer fits. Another reader or other
weights give other confidences, so a line that was fitted to them is not used.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.calibration.calibration import Calibration, line_at
from rag.errors import CalibrationError
from rag.evidence.scoring import Weights
from rag.jsonable import from_json
from rag.models.reader import BUNDLED_READER, Reader
from rag.plain import to_json
from rag.settings import BUNDLED, write_whole

FILE = "calibration.json"
COMMAND = "python -m rag calibrate"
_VERSION = 1  # raised when the file gets another meaning
_LARGEST_FILE = 1_000_000  # bytes
_MUCH = 0.2  # share by which the passages may have become more or fewer


class RefusalLine:
    """Below which confidence questions are refused; safe to share between threads.

    Args:
        index: The index folder.
        weights: Those in force; their line serves where none was fitted.
        reader: The one in force, or what the setting says of it.

    Attributes:
        calibration: The one in force, if any.
        problem: Why the one that is kept is not in force, for a person; empty if it is.
    """

    def __init__(self, index: Path, weights: Weights, reader: Reader | str = BUNDLED) -> None:
        self._file, self._weights, self._reader = index / FILE, weights, reader
        self.calibration: Calibration | None = None
        self.problem = ""
        self._read()

    @cached_property
    def made_with(self) -> tuple[str, str]:
        """Which reader and weights are in force: digests, or the name of the reader's kind."""
        reader = self._reader if isinstance(self._reader, str) else type(self._reader).__qualname__
        if reader == BUNDLED:
            try:
                with (BUNDLED_READER / "reader.safetensors").open("rb") as opened:
                    reader = _digest(opened.read())
            except OSError:
                reader = "missing"
        return reader, _digest(repr(self._weights).encode())

    def at(self, strictness: float) -> float:
        """The line at a strictness."""
        fitted = self.calibration
        return line_at(strictness, fitted.line if fitted else self._weights.refuse)

    def stale(self, articles: int, passages: int) -> str:
        """Why the line should be fitted anew to a library of this size; empty if it need not."""
        if self.problem or self.calibration is None:
            return self.problem
        then = self.calibration.origins
        if abs(passages - then.passages) <= _MUCH * then.passages:
            return ""
        return (
            f"The articles have changed much since the refusal line was fitted: {then.articles:,} "
            f"in {then.passages:,} passages then, {articles:,} in {passages:,} now. Fit it anew: "
            f"{COMMAND}."
        )

    def keep(self, calibration: Calibration) -> None:
        """Use this one from now on, and keep it in the index folder.

        Raises:
            CalibrationError: It cannot be written; all stays as it was.
        """
        text = json.dumps({"version": _VERSION, **to_json(calibration)}, indent=1)
        try:
            write_whole(self._file, f"{text}\n".encode())
        except OSError as error:
            raise self._unwritable(error) from error
        self.calibration, self.problem = calibration, ""

    def forget(self) -> bool:
        """Go back to the line that comes with the install; whether there was another.

        Raises:
            CalibrationError: The file cannot be removed.
        """
        try:
            self._file.unlink()
            found = True
        except FileNotFoundError:
            found = False
        except OSError as error:
            raise self._unwritable(error) from error
        self.calibration, self.problem = None, ""
        return found

    def _unwritable(self, error: OSError) -> CalibrationError:
        return CalibrationError(
            f"The refusal line cannot be kept in {self._file}: {error.strerror or error}. Check "
            "the folder's permissions and the disk's free space."
        )

    def _read(self) -> None:
        """Take over what the file says, if it is sound and was made with what is in force."""
        try:
            with self._file.open("rb") as opened:
                raw = opened.read(_LARGEST_FILE + 1)
        except FileNotFoundError:
            return
        except OSError as error:
            self.problem = self._ignored(f"cannot be read ({error.strerror or error})")
            return
        try:
            plain: Any = json.loads(raw) if len(raw) <= _LARGEST_FILE else None
            version = plain["version"]
            found = from_json(Calibration, plain) if version == _VERSION else None
        except (ValueError, TypeError, KeyError, RecursionError):
            self.problem = self._ignored("is broken or was written by another program")
            return
        if found is None:
            self.problem = self._ignored("was written by another version of Quoth")
        elif (found.origins.reader, found.origins.weights) != self.made_with:
            self.problem = self._ignored("was made with another reader, which rates otherwise")
        else:
            self.calibration = found

    def _ignored(self, why: str) -> str:
        return (
            f"The fitted refusal line in {self._file} {why}, so it is not used. Fit it anew: "
            f"{COMMAND}. Or remove it: {COMMAND} --reset."
        )


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
