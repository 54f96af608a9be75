"""`index`, over a stand-in for the assistant."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

import rag
import rag.evaluation
import rag.opening
from rag.listing import Failure, Progress, SyncReport
from tests.commands.stand_in import FakeAssistant, run


class FakeSyncing(FakeAssistant):
    """An assistant whose sync is given by a test."""

    sync_with: Callable[..., SyncReport]
    did: ClassVar[list[str]] = []

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()

    def reembed(self, **given: Any) -> int:
        self.did.append("reembed")
        return 0

    def sync(self, **given: Any) -> SyncReport:
        self.did.append("sync")
        return type(self).sync_with(**given)


@pytest.fixture
def syncing(monkeypatch: pytest.MonkeyPatch) -> type[FakeSyncing]:
    monkeypatch.setattr(rag.opening, "prepare", FakeSyncing)
    monkeypatch.setattr(FakeSyncing, "did", [])
    return FakeSyncing


def test_index_sums_up(syncing: type[FakeSyncing], tmp_path: Path) -> None:
    def sync(*, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> SyncReport:
        assert not cancelled()
        progress(Progress(1, 3, 10, 20.0, 1.0, "a.md"))
        return SyncReport(
            ("a.md", "b.md"), ("c.md",), (), 1200, (Failure("d.md", "It is empty."),), 1500, 61.0
        )

    syncing.sync_with = sync
    result = run("index", str(tmp_path))
    assert result.exit_code == 0
    assert "Articles: 2 added, 1 changed, 0 removed, 1,200 unchanged." in result.stdout
    assert "1,500 passages indexed in 1 minute." in result.stdout
    assert "1 file could not be read:\n  d.md: It is empty.\n" in result.stdout
    plain = json.loads(run("index", "--folder", str(tmp_path), "--json").stdout)
    assert plain["added"] == ["a.md", "b.md"]
    assert plain["failed"][0]["path"] == "d.md"


def test_index_stops_after_the_batch(syncing: type[FakeSyncing], tmp_path: Path) -> None:
    def sync(*, cancelled: Callable[[], bool], **_: object) -> SyncReport:
        signal.raise_signal(signal.SIGINT)
        assert cancelled()
        raise rag.Cancelled("Stopped. What was indexed so far is kept; index again to go on.")

    syncing.sync_with = sync
    before = signal.getsignal(signal.SIGINT)
    result = run("index", str(tmp_path))
    assert result.exit_code == 130
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("Stopping after this batch.")
    assert second.endswith("index again to go on.")
    assert signal.getsignal(signal.SIGINT) is before


def test_index_stops_at_once_when_asked_twice(syncing: type[FakeSyncing], tmp_path: Path) -> None:
    def sync(**_: object) -> SyncReport:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the second interrupt did not stop it")

    syncing.sync_with = sync
    result = run("index", str(tmp_path))
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == "quoth: Stopped."


def test_index_names_what_moved_and_what_is_there_twice(
    syncing: type[FakeSyncing], tmp_path: Path
) -> None:
    twins = tuple((f"{n:02}.md", "a.md") for n in range(22))
    syncing.sync_with = lambda **_: SyncReport(moved=(("a", "b"),), duplicates=twins, unchanged=1)
    told = run("index", str(tmp_path)).stdout
    assert "0 added, 0 changed, 1 moved, 0 removed, 1 unchanged." in told
    assert "22 files with the very same content as another one" in told
    assert "  00.md is the same as a.md\n" in told
    assert told.endswith("  and 2 more\n")
    plain = json.loads(run("index", str(tmp_path), "--json").stdout)
    assert plain["moved"] == [["a", "b"]]
    assert plain["duplicates"][0] == ["00.md", "a.md"]


def test_index_watches_until_it_is_stopped(
    syncing: type[FakeSyncing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [SyncReport(unchanged=1), SyncReport(unchanged=1), SyncReport(("new.md",))]
    syncing.sync_with = lambda **_: reports.pop(0)

    def follow(
        folder: Path, step: Callable[[], object], *, stop: Any, tell: Any, leave_out: Path
    ) -> None:
        assert folder == tmp_path
        step()
        tell("Another program is writing the index.")
        step()
        tell("")
        step()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()

    monkeypatch.setattr("rag.library.watch.follow", follow)
    result = run("index", str(tmp_path), "--watch")
    assert result.exit_code == 0
    assert syncing.did == ["reembed", "sync"] * 3  # other settings count here too
    assert [line.partition("Articles: ")[2] for line in result.stdout.splitlines()] == [
        "0 added, 0 changed, 0 removed, 1 unchanged.",
        "1 added, 0 changed, 0 removed, 0 unchanged.",
    ]
    assert result.stderr.splitlines() == [
        f"Following {tmp_path}. Press Ctrl-C to end.",
        "Another program is writing the index.",
        f"Following {tmp_path} again.",
        "Ending. Press Ctrl-C again to end at once.",
    ]


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (["FOLDER", "--ray"], ""),
        (["--ray", "--json", "FOLDER"], ""),
        (["FOLDER", "--ray", "10.0.0.5:6379", "--json"], "10.0.0.5:6379"),
        (["--ray=10.0.0.5:6379", "FOLDER"], "10.0.0.5:6379"),
    ],
)
def test_others_read_and_embed(
    syncing: type[FakeSyncing],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    address: str,
) -> None:
    there: list[tuple[str, int]] = []

    @contextmanager
    def workers(address: str, *, count: int) -> Iterator[str]:
        there.append((address, count))
        yield "workers"

    def sync_by(self: FakeSyncing, who: str, **given: Any) -> SyncReport:
        self.did.append(who)
        return SyncReport(("a.md",), (), (), 0, (), 1, 1.0)

    monkeypatch.setattr("rag.library.cluster.ray_workers", workers)
    monkeypatch.setattr(FakeSyncing, "sync_by", sync_by, raising=False)
    monkeypatch.setenv("QUOTH_THREADS", "3")
    result = run("index", *(str(tmp_path) if word == "FOLDER" else word for word in words))
    assert result.exit_code == 0, result.stderr
    assert there == [(address, 3)]
    assert syncing.did == ["reembed", "workers"]


def test_what_is_no_address_of_a_cluster_is_told(
    syncing: type[FakeSyncing], tmp_path: Path
) -> None:
    result = run("index", "--ray", str(tmp_path))
    assert result.exit_code == 1
    assert "is no address of a Ray cluster. Write it as HOST:PORT" in result.stderr
    both = run("index", str(tmp_path), "--watch", "--ray")
    assert both.exit_code == 1
    assert "Index with --ray first, then watch." in both.stderr
    assert syncing.did == []
