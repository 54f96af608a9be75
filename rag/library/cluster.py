"""Workers on a Ray cluster: one of this computer's own, or one that is there.

The only module that knows Ray. Articles go there as bytes, so that no machine needs the folder or
the library.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

from rag.errors import ClusterError
from rag.library.reading import VERSION, Handed, ToRead, WasRead, read_and_embed
from rag.library.spread import spread
from rag.models.embedder import EmbedderIdentity
from rag.settings import prefer

PACKAGE = "ray==2.60.0"
_PLACE = "quoth-ray"
_STORE = 256 << 20  # bytes of a cluster of our own for what is on its way
_REACHED = 5.0  # seconds in which a machine must answer
_OFTEN = 1.0  # seconds between two looks how many workers there are
# Read by Ray when it is loaded. What it tells its makers stays off; what it logs stays small; what
# it has to say of machines that went is no part of our output; a port that is not Ray's is told in
# seconds where it would take minutes.
_ALWAYS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ROTATION_MAX_BYTES": str(8 << 20),
    "RAY_ROTATION_BACKUP_COUNT": "1",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "$",  # of any line
    "RAY_NUM_REDIS_GET_RETRIES": "1",
    "RAY_py_gcs_connect_timeout_s": "5",
}


@contextmanager
def ray_workers(address: str = "", *, count: int = 0) -> Iterator[RayWorkers]:
    """Workers on Ray, let go of in the end.

    Args:
        address: HOST:PORT of a cluster that this machine is part of; empty for one that is
            started on this computer, listens on loopback only, and is ended again.
        count: Workers of a local one; 0 means one per core.

    Raises:
        ClusterError: Ray is not installed, or no cluster is at the address.
    """
    with ExitStack() as ends:
        if address:
            ray = _connected(address)
        else:
            place = _own_place()
            ends.callback(shutil.rmtree, place, ignore_errors=True)
            ray = _started(place, count)
        ends.callback(ray.shutdown)
        yield RayWorkers(ray)


class RayWorkers:
    """`Workers` over a Ray that is connected; made by `ray_workers`."""

    def __init__(self, ray: ModuleType) -> None:
        self._ray: Any = ray

    def make(
        self, tasks: Iterable[ToRead], identity: EmbedderIdentity, check: Callable[[], None]
    ) -> Iterator[tuple[ToRead, WasRead]]:
        """See `rag.library.reading.Workers`."""
        hands = _Hands(self._ray, identity)
        try:
            yield from spread(tasks, hands, check)
        finally:
            hands.drop()


class _Hands:
    """One run on a Ray cluster; Ray's own retries are off, since `spread` counts them."""

    def __init__(self, ray: Any, identity: EmbedderIdentity) -> None:
        self._ray, self._identity = ray, identity
        self._work = ray.remote(num_cpus=1, max_retries=0)(read_and_embed)
        self._out: set[Any] = set()
        self._count, self._asked = 0, float("-inf")

    def count(self) -> int:
        """Cores of the machines that are there."""
        if time.monotonic() - self._asked > _OFTEN:
            self._count = int(self._ray.cluster_resources().get("CPU", 0))
            self._asked = time.monotonic()
        return self._count

    def hand_out(self, tasks: Sequence[ToRead]) -> Any:
        """See `rag.library.spread.Hands`, as the next two."""
        ref = self._work.remote(list(tasks), self._identity)
        self._out.add(ref)
        return ref

    def finished(self, out: Collection[Any], seconds: float) -> Collection[Any]:
        ready: list[Any] = self._ray.wait(list(out), num_returns=1, timeout=seconds)[0]
        return ready

    def taken(self, piece: Any) -> Sequence[WasRead] | None:
        self._out.discard(piece)
        try:
            handed: Handed = self._ray.get(piece)
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ModuleNotFoundError):
                raise ClusterError(
                    f"A machine of the Ray cluster lacks something: {error.cause}. Install Quoth "
                    "there as it is here."
                ) from error
            raise
        except self._ray.exceptions.RayError:  # the worker, its machine or its memory
            return None
        return made_of(handed)

    def drop(self) -> None:
        """Have nobody work for a run that is over."""
        for ref in self._out:
            with suppress(Exception):  # whatever Ray makes of one that is just done
                self._ray.cancel(ref, force=True)


def made_of(handed: Handed) -> Sequence[WasRead]:
    """What a worker made, where it is what would be made here. Raises `ClusterError`: it is not."""
    if handed.version != VERSION:
        raise ClusterError(
            f"The machine {handed.where} of the Ray cluster has Quoth {handed.version}; here it is "
            f"{VERSION}. Install the same on both."
        )
    if handed.wrong:
        raise ClusterError(f"The machine {handed.where} cannot embed for Ray. {handed.wrong}")
    return handed.made


def _own_place() -> str:
    """A folder for sockets and logs, after those of processes that were killed are removed."""
    short = Path("/tmp")  # the names of sockets have to be short
    shared = short if short.is_dir() else Path(tempfile.gettempdir())
    for left in shared.glob(f"{_PLACE}-*-*"):
        owner = left.name.split("-")[-2]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{_PLACE}-{os.getpid()}-", dir=shared)


def _loaded(**more: str) -> Any:
    for name, value in (_ALWAYS | more).items():
        prefer(name, value)
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise ClusterError(
            f"Indexing with --ray needs Ray, which is not here ({error}). Run: pip install "
            f"{PACKAGE}"
        ) from error
    return ray


def _started(place: str, count: int) -> Any:
    ray = _loaded(
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",  # on any system: it listens on loopback only
        RAY_AUTH_MODE="token",  # and nobody else on this computer may use it
        RAY_AUTH_TOKEN=secrets.token_hex(32),
    )
    own = {"num_cpus": count or None, "include_dashboard": False, "_temp_dir": place}
    return _begun(ray, "", "Ray cannot be started here", object_store_memory=_STORE, **own)


def _connected(address: str) -> Any:
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ClusterError(
            f"{address!r} is no address of a Ray cluster. Write it as HOST:PORT, like "
            "10.0.0.5:6379, or leave it out to use this computer alone."
        )
    ray = _loaded()
    why = f"No Ray cluster can be used at {address}"
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED).close()
    except OSError as error:
        raise ClusterError(
            f"{why}: {error.strerror or error}. Start it there with: ray start --head"
        ) from error
    return _begun(ray, address, why)


def _begun(ray: Any, address: str, why: str, **more: Any) -> Any:
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **more)
    except (Exception, SystemExit) as error:  # Ray raises many kinds
        said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        hint = f". Let this machine join it first: ray start --address {address}"
        raise ClusterError(f"{why}: {said}{hint if address else ''}.") from error
    return ray
