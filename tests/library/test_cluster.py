"""Indexing on a Ray cluster of several machines, some of which are killed at it.

Each machine is a Ray node of its own on this computer's loopback. What comes out is what a sync
without Ray makes of the same folder.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from rag.errors import ClusterError
from rag.library import Library, LibraryStore, opened, sync_folder
from rag.library.cluster import made_of, ray_workers
from rag.library.reading import VERSION, Handed
from rag.listing import SyncReport
from rag.models.embedder import bundled_embedder

ROOT = Path(__file__).parents[2]
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}
STORE = 80 << 20  # bytes; the least that Ray takes
LONGEST = 400
COUNT = 24
BROKEN = ("empty.txt", "odd.xyz")
CHILD = """
import signal, sys
from pathlib import Path
from rag.library import ingest, opened, spread, sync_folder
from rag.library.cluster import ray_workers
from rag.models.embedder import bundled_embedder

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
folder, index, address, library = sys.argv[1:]
ingest.BATCH_PASSAGES, spread.PIECE_BYTES = 8, 3000
embedder = bundled_embedder()
def told(progress):
    print(progress.documents, flush=True)
with ray_workers(address, count=1) as workers:
    there = opened(library, Path(index), identity=embedder.identity, longest=400)
    sync_folder(Path(folder), there, embedder, longest=400, workers=workers, progress=told)
    there.close()
print("finished", flush=True)
"""


@dataclass
class Machines:
    """The nodes of a cluster; the first one does no work."""

    cluster: Any
    nodes: list[Any]

    def join(self) -> None:
        self.nodes.append(self.cluster.add_node(num_cpus=1, object_store_memory=STORE))

    def lose(self) -> None:
        """One goes without a word."""
        self.cluster.remove_node(self.nodes.pop(), allow_graceful=False)

    def kill_worker(self) -> None:
        """One that is at work."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for process in psutil.Process().children(recursive=True):
                if process.name().startswith("ray::read_and"):
                    process.kill()
                    return
            time.sleep(0.01)
        raise AssertionError("no worker was at work")


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in LOOPBACK.items():
            patch.setenv(name, value)
        place = tmp_path_factory.mktemp("ray", numbered=False)
        short = Path("/tmp") / f"quoth-test-{os.getpid()}"  # a socket's name has to be short
        short.symlink_to(place)
        patch.setenv("RAY_TMPDIR", str(short))
        utils = pytest.importorskip("ray.cluster_utils", reason="no Ray is installed")
        cluster = utils.Cluster()
        try:
            cluster.add_node(num_cpus=0, object_store_memory=STORE, include_dashboard=False)
            there = Machines(cluster, [])
            there.join()
            there.join()
            yield there
        finally:
            cluster.shutdown()
            short.unlink()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("articles")
    for n in range(COUNT):
        text = f"Hill {n} stands above the town. Tea number {n} grows on its slopes. " * 16
        (place / f"{n:02}.txt").write_text(f"Article {n}\n\n{text}")
    (place / "copy.txt").write_bytes((place / "03.txt").read_bytes())
    (place / "page.html").write_text("<html><title>Page</title><p>Tea grows on hills.</p></html>")
    (place / BROKEN[0]).write_text("")
    (place / BROKEN[1]).write_text("of no kind")
    return place


@pytest.fixture(scope="module")
def plain(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryStore]:
    """The library that a sync without Ray makes."""
    embedder = bundled_embedder()
    library = Library(tmp_path_factory.mktemp("plain"), identity=embedder.identity, longest=LONGEST)
    sync_folder(folder, library, embedder, longest=LONGEST)
    yield library
    library.close()


def child(folder: Path, index: Path, address: str, library: str = "") -> subprocess.Popen[str]:
    """A process that indexes with Ray, and tells how many documents are stored."""
    command = [sys.executable, "-c", CHILD, str(folder), str(index), address, library]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | LOOPBACK,
        start_new_session=True,
    )


def stored_by(process: subprocess.Popen[str], count: int) -> None:
    """Wait until so many documents are stored."""
    assert process.stdout is not None
    while line := process.stdout.readline().strip():
        assert line != "finished", "it was over before it was disturbed"
        if line.isdigit() and int(line) >= count:
            return
    raise AssertionError(process.communicate()[1][-2000:])


def finished(process: subprocess.Popen[str]) -> None:
    out, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors[-2000:]
    *rest, last = out.splitlines()
    assert last == "finished"
    assert all(map(str.isdecimal, rest)), out  # Ray says nothing there


def check_same(library: LibraryStore, plain: LibraryStore, folder: Path) -> None:
    """All of a library is as in the other, and one more sync finds nothing to do."""
    ids = [info.id for info in plain.documents()]
    assert [info.id for info in library.documents()] == ids
    assert library.counts() == plain.counts()
    assert library.rows.states() == plain.rows.states()
    assert library.failures() == plain.failures()
    assert [failure.path for failure in plain.failures()] == list(BROKEN)
    pairs = zip(library.rows.entries(ids), plain.rows.entries(ids), strict=True)
    for one, other in pairs:
        assert (one.document, one.state) == (other.document, other.state)
        assert list(one.passages) == list(other.passages)
        assert np.allclose(one.vectors, other.vectors, atol=1e-3)  # kept in half precision
    again: SyncReport = sync_folder(folder, library, bundled_embedder(), longest=LONGEST)
    assert (again.added, again.changed, again.removed, again.passages) == ((), (), (), 0)


def test_workers_and_machines_die_and_nothing_is_lost_or_doubled(
    machines: Machines, folder: Path, plain: LibraryStore, tmp_path: Path
) -> None:
    process = child(folder, tmp_path, machines.cluster.address)
    stored_by(process, 1)
    machines.kill_worker()
    stored_by(process, 4)
    machines.lose()
    machines.join()
    finished(process)
    library = opened("", tmp_path, identity=bundled_embedder().identity, longest=LONGEST)
    check_same(library, plain, folder)
    library.close()


def test_who_writes_dies_too_and_another_goes_on_into_milvus(
    machines: Machines, folder: Path, plain: LibraryStore, milvus: str, tmp_path: Path
) -> None:
    process = child(folder, tmp_path, machines.cluster.address, milvus)
    stored_by(process, 4)
    process.kill()
    process.communicate()
    finished(child(folder, tmp_path, machines.cluster.address, milvus))
    library = opened(milvus, tmp_path, identity=bundled_embedder().identity, longest=LONGEST)
    check_same(library, plain, folder)
    library.close()


def test_a_cluster_of_its_own_listens_on_loopback_only_and_leaves_nothing(
    folder: Path, tmp_path: Path
) -> None:
    """Ctrl-C in the middle ends it as well."""
    pytest.importorskip("ray", reason="no Ray is installed")
    before = set(Path("/tmp").glob("quoth-ray-*"))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = Path("/tmp") / f"quoth-ray-{gone.pid}-killed"  # by a process that was killed
    left.mkdir()
    process = child(folder, tmp_path, "")
    stored_by(process, 1)
    own = psutil.Process(process.pid)
    own.suspend()  # or all may be stored before it is looked at
    family = [own, *own.children(recursive=True)]
    assert any(one.name().startswith("ray::") for one in family)
    heard = [c for one in family for c in one.net_connections() if c.status == "LISTEN"]
    assert heard
    assert {c.laddr.ip.removeprefix("::ffff:") for c in heard} == {"127.0.0.1"}
    assert 8265 not in [c.laddr.port for c in heard]  # no page of Ray's
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it, to all of them
    own.resume()
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert not psutil.wait_procs(family[1:], timeout=30)[1]
    assert set(Path("/tmp").glob("quoth-ray-*")) == before


def test_a_cluster_that_is_not_there_is_told_soon() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with (
            pytest.raises(ClusterError, match=f"No Ray cluster can be used at 127.0.0.1:{port}: "),
            ray_workers(f"127.0.0.1:{port}"),
        ):
            pass
    for address in ("seeds", "ray://127.0.0.1:10001", "127.0.0.1:", "127.0.0.1:99999"):
        with pytest.raises(ClusterError, match="is no address"), ray_workers(address):
            pass


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match="pip install ray=="), ray_workers():
        pass


def test_what_another_quoth_or_embedder_made_is_not_taken() -> None:
    handed = Handed("far", VERSION)
    assert made_of(handed) == ()
    with pytest.raises(ClusterError, match=r"The machine far of the Ray cluster has Quoth 0.0.1"):
        made_of(replace(handed, version="0.0.1, readers 1"))
    with pytest.raises(ClusterError, match=r"The machine far cannot embed for Ray. It is broken."):
        made_of(replace(handed, wrong="It is broken."))
