"""One model file from Hugging Face into the hub's own cache: resumed, counted, verified.

The hub's library finds the file, its size and its checksum; this module fetches the bytes, because
the library's own download keeps nothing of what was broken off and checks no checksum. Other
programs find the file where they expect it. Knows nothing of what is done with it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rag.errors import Cancelled, ModelError

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata

_PATIENCE = 5.0  # seconds until the hub must have told about a file
_TRIES = 5  # in a row that bring nothing new
_PAUSE = 1.0  # seconds between two tries
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a download is, in bytes."""

    done: int
    total: int


def cached(repo: str, file: str) -> Path | None:
    """The file on this disk, if it is there; asks nobody.

    Raises:
        ModelError: No file can have that name.
    """
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(repo, file)
    except ValueError as error:
        raise ModelError(
            f"{repo}:{file} is no name that a file on Hugging Face can have. Copy the name of the "
            "repository and of the file from its page there."
        ) from error
    return Path(found) if isinstance(found, str) else None


def download(
    repo: str,
    file: str,
    *,
    progress: Callable[[DownloadProgress], None] = lambda fetched: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """The file's place on this disk, downloaded first where it is not there yet.

    Raises:
        ModelError: It cannot be found, fetched or stored, or is not what the hub says it is.
        Cancelled: On request.
    """
    if (found := cached(repo, file)) is not None:
        return found
    name = f"{repo}:{file}"
    with _failing_clearly(repo, file):
        known = _look_up(repo, file)
        store = _store(repo)
        partial = store / "blobs" / f"{known.etag}.incomplete"
        partial.parent.mkdir(parents=True, exist_ok=True)
        with alone(partial, name):
            if (found := cached(repo, file)) is not None:
                return found
            have = partial.stat().st_size if partial.exists() else 0
            check_space(partial.parent, (known.size or 0) - have, name)
            _Fetch(repo, file, known, partial, progress, cancelled).run()
            return _put(partial, store, str(known.commit_hash), file)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """Bytes from the hub into a partial file."""

    repo: str
    file: str
    known: HfFileMetadata
    partial: Path
    progress: Callable[[DownloadProgress], None]
    cancelled: Callable[[], bool]

    def run(self) -> None:
        """Fetch what is missing, trying again where the connection breaks, and check the whole."""
        import httpx2

        total, tries = self.known.size or 0, _TRIES
        if self._have() > total:
            self.partial.unlink()
        while (have := self._have()) < total:
            try:
                self._get(have)
            except httpx2.TransportError:
                if self._have() > have:
                    tries = _TRIES
                tries -= 1
                if not tries:
                    raise
                self._pause()
        if sha256(self.partial, self.cancelled) != self.known.etag:
            self.partial.unlink()
            raise ModelError(
                f"What came for {self.repo}:{self.file} is not what Hugging Face says it should "
                "be (the checksum differs), so it was deleted. Download it again."
            )

    def _have(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _get(self, have: int) -> None:
        from huggingface_hub import constants, get_session, hf_hub_url, hf_raise_for_status
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        total = self.known.size or 0
        headers = build_hf_headers() | {"Accept-Encoding": "identity", "Range": f"bytes={have}-"}
        url = hf_hub_url(self.repo, self.file, revision=self.known.commit_hash)
        wait = constants.HF_HUB_DOWNLOAD_TIMEOUT
        with get_session().stream("GET", url, headers=headers, timeout=wait) as response:
            hf_raise_for_status(response)
            if response.status_code != 206:  # all of it, though only the rest was asked for
                have = 0
            with self.partial.open("ab" if have else "wb") as kept:
                for block in response.iter_bytes():
                    stop_if(self.cancelled)
                    kept.write(block[: total - have])
                    have = min(total, have + len(block))
                    self.progress(DownloadProgress(have, total))

    def _pause(self) -> None:
        until = time.monotonic() + _PAUSE
        while time.monotonic() < until:
            stop_if(self.cancelled)
            time.sleep(_PAUSE / 10)


def stop_if(cancelled: Callable[[], bool]) -> None:
    """Raise `Cancelled` where a stop was asked for."""
    if cancelled():
        raise Cancelled("The download was stopped. What was fetched is kept.")


def sha256(file: Path, cancelled: Callable[[], bool]) -> str:
    """The checksum of a file, in hexadecimal; it can be stopped meanwhile."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            stop_if(cancelled)
            digest.update(block)
    return digest.hexdigest()


def _look_up(repo: str, file: str) -> HfFileMetadata:
    """Size, checksum and commit of a file, from the hub."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    known = get_hf_file_metadata(hf_hub_url(repo, file), timeout=_PATIENCE)
    sound = known.size and _SHA256.fullmatch(known.etag or "")
    if not sound or not _COMMIT.fullmatch(known.commit_hash or ""):
        raise ModelError(
            f"Hugging Face gives no size and checksum for {repo}:{file}, so that it could not be "
            "checked. Choose another file."
        )
    return known


def model_folder() -> Path:
    """Where models are kept that are not from the hub, beside the hub's own cache."""
    from huggingface_hub import constants

    return Path(constants.HF_HOME).expanduser() / "quoth"


def _store(repo: str) -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser() / f"models--{repo.replace('/', '--')}"


def _put(partial: Path, store: Path, commit: str, file: str) -> Path:
    """Move a whole file to where the hub's cache has files, and note that it is the newest."""
    place = store.joinpath("snapshots", commit, *PurePosixPath(file).parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(place)
    newest = store / "refs" / "main"
    newest.parent.mkdir(exist_ok=True)
    newest.write_text(commit, encoding="ascii")
    return place


def check_space(folder: Path, needed: int, name: str) -> None:
    """Refuse to begin what there is no room for.

    Raises:
        ModelError: There are not so many bytes free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"{name} needs {needed / 1e9:.1f} GB more and {free / 1e9:.1f} GB are free at "
            f"{folder}. Free some, or set HF_HOME to another disk."
        )


@contextmanager
def alone(partial: Path, name: str) -> Iterator[None]:
    """Nobody else fetches the same file meanwhile. Raises `ModelError`: somebody does."""
    from filelock import FileLock, Timeout

    lock = FileLock(f"{partial}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ModelError(
            f"{name} is being downloaded already, in another tab or program. Wait until it is done."
        ) from error
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):
            Path(f"{partial}.lock").unlink()


@contextmanager
def _failing_clearly(repo: str, file: str) -> Iterator[None]:
    """Every failure of the hub or the disk becomes a message for a person."""
    import httpx2

    try:
        yield
    except (httpx2.HTTPError, OSError) as error:
        raise ModelError(
            f"The model {repo}:{file} cannot be downloaded: {_why(error, repo, file)} "
            "Or give the path of a GGUF file."
        ) from error


def _why(error: Exception, repo: str, file: str) -> str:
    """What is wrong and what to do; the first kind of error that fits, from special to general."""
    import httpx2
    from huggingface_hub import errors

    token = "your token (hf auth login, or HF_TOKEN)"
    status = error.response.status_code if isinstance(error, errors.HfHubHTTPError) else 0
    reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
    rules: tuple[tuple[type[Exception], str], ...] = (
        (
            errors.OfflineModeIsEnabled,
            "downloads are switched off, as HF_HUB_OFFLINE is set. Unset it.",
        ),
        (
            errors.GatedRepoError,
            f"its owners want to know who uses it. Agree to their terms on the page of {repo}, "
            f"then give {token}.",
        ),
        (
            errors.RepositoryNotFoundError,
            f"there is no repository {repo}, or it is private. Check the name, or give {token}.",
        ),
        (
            errors.EntryNotFoundError,
            f"the repository has no file {file}. Check the name.",
        ),
        (
            errors.HfHubHTTPError,
            f"Hugging Face answered with the error {status}. Try again later.",
        ),
        (
            httpx2.HTTPError,
            "Hugging Face cannot be reached, or the connection broke off. Check the network and "
            "try again; what was fetched is kept.",
        ),
        (Exception, f"it cannot be stored: {reason.rstrip('.')}."),
    )
    return next(text for kind, text in rules if isinstance(error, kind))
