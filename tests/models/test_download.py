"""Downloads from a hub on loopback: whole, broken off and resumed, wrong, refused, stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from rag.errors import Cancelled, ModelError
from rag.models.download import DownloadProgress, cached, download
from tests.models.hub import COMMIT, FILE, REPO, Hub, running

CONTENT = b"GGUF" + bytes(range(256)) * 4000


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and a person who is online and not logged in."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr("rag.models.download._PAUSE", 0.01)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return tmp_path / "hub"


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running(Hub(CONTENT)) as hub:
        use(hub, monkeypatch)
        yield hub


def use(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.address)
    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)


def partial(cache: Path) -> bytes | None:
    found = list(cache.rglob("*.incomplete"))
    return found[0].read_bytes() if found else None


def test_a_file_comes_whole_and_is_then_asked_of_nobody(hub: Hub, cache: Path) -> None:
    told: list[DownloadProgress] = []
    assert cached(REPO, FILE) is None
    path = download(REPO, FILE, progress=told.append)
    assert path.read_bytes() == CONTENT
    assert [fetched.done for fetched in told] == sorted(fetched.done for fetched in told)
    assert told[-1] == DownloadProgress(len(CONTENT), len(CONTENT))
    assert hub.downloads() == ["bytes=0-"]
    asked = len(hub.asked)
    assert download(REPO, FILE) == cached(REPO, FILE) == path
    assert len(hub.asked) == asked
    assert {file.name for file in cache.rglob("*") if file.is_file()} == {"main", "tiny.gguf"}


def test_other_programs_find_it(hub: Hub) -> None:
    from huggingface_hub import hf_hub_download

    path = download(REPO, FILE)
    assert Path(hf_hub_download(REPO, FILE, local_files_only=True)) == path
    assert Path(hf_hub_download(REPO, FILE)) == path
    assert len(hub.downloads()) == 1


def test_a_connection_that_breaks_is_gone_on_with(hub: Hub) -> None:
    hub.cuts = [300_000, 0, 500_000]
    assert download(REPO, FILE).read_bytes() == CONTENT
    assert hub.downloads() == [
        "bytes=0-",
        "bytes=300000-",
        "bytes=300000-",
        "bytes=800000-",
    ]


def test_a_hub_that_goes_away_keeps_what_came(hub: Hub, cache: Path) -> None:
    hub.cuts = [300_000, *[0] * 9]
    with pytest.raises(ModelError, match=r"cannot be reached.*try again; what was fetched is kept"):
        download(REPO, FILE)
    assert partial(cache) == CONTENT[:300_000]
    assert cached(REPO, FILE) is None
    hub.cuts = []
    told: list[DownloadProgress] = []
    assert download(REPO, FILE, progress=told.append).read_bytes() == CONTENT
    assert hub.downloads()[-1] == "bytes=300000-"
    assert told[0].done > 300_000
    assert partial(cache) is None


def test_a_stop_keeps_what_came(hub: Hub, cache: Path) -> None:
    told: list[DownloadProgress] = []
    hub.hold = 200_000
    with pytest.raises(Cancelled, match=r"stopped\. What was fetched is kept"):
        download(REPO, FILE, progress=told.append, cancelled=lambda: bool(told))
    kept = partial(cache)
    assert kept
    assert len(kept) <= 200_000
    hub.hold = None
    assert download(REPO, FILE).read_bytes() == CONTENT
    assert hub.downloads()[-1] == f"bytes={len(kept)}-"


def test_a_stop_between_two_tries(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.download._PAUSE", 60.0)
    monkeypatch.setattr("rag.models.download.time.sleep", lambda _: None)
    hub.cuts = [0]
    with pytest.raises(Cancelled):
        download(REPO, FILE, cancelled=lambda: bool(hub.downloads()))


def test_a_hub_that_cannot_send_the_rest_sends_it_all_again(hub: Hub) -> None:
    hub.cuts, hub.ranges = [300_000], False
    assert download(REPO, FILE).read_bytes() == CONTENT


def test_a_wrong_checksum(hub: Hub, cache: Path) -> None:
    hub.promised = b"something else"
    with pytest.raises(ModelError, match=r"checksum differs\), so it was deleted\. Download it"):
        download(REPO, FILE)
    assert partial(cache) is None
    assert cached(REPO, FILE) is None
    hub.promised = None
    assert download(REPO, FILE).read_bytes() == CONTENT


def test_a_partial_file_that_was_damaged(hub: Hub, cache: Path) -> None:
    hub.cuts = [300_000, *[0] * 9]
    with pytest.raises(ModelError):
        download(REPO, FILE)
    (damaged,) = cache.rglob("*.incomplete")
    damaged.write_bytes(b"x" * 300_000)
    hub.cuts = []
    with pytest.raises(ModelError, match="checksum differs"):
        download(REPO, FILE)
    damaged.write_bytes(b"x" * 2 * len(CONTENT))
    assert download(REPO, FILE).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("repo", "file", "message"),
    [
        ("nobody/nothing", FILE, "there is no repository nobody/nothing, or it is private"),
        (REPO, "other.gguf", r"has no file other\.gguf\. Check the name"),
        ("a/b/c", FILE, "a/b/c:sub/tiny.gguf is no name that a file on Hugging Face can have"),
        (REPO, "../../x.gguf", "is no name"),
        (REPO, "/etc/x.gguf", "is no name"),
        (REPO, "C:x.gguf", "is no name"),
    ],
)
def test_what_is_not_there(hub: Hub, repo: str, file: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        download(repo, file)


def test_a_gated_repository(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated = True
    with pytest.raises(ModelError, match=r"want to know who uses it\. Agree .* HF_TOKEN"):
        download(REPO, FILE)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert download(REPO, FILE).read_bytes() == CONTENT


def test_the_token_does_not_leave_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.gated = True
    with running(Hub(CONTENT)) as elsewhere:
        hub.elsewhere = elsewhere.address
        assert download(REPO, FILE).read_bytes() == CONTENT
        assert {token for _, _, _, token in elsewhere.asked} == {""}
    assert {token for _, _, _, token in hub.asked} == {"Bearer hf_secret"}


@pytest.mark.parametrize("etag", ["a" * 40, "../../../etc/passwd", "W/abc"])
def test_a_file_without_a_checksum(hub: Hub, etag: str) -> None:
    hub.etag = etag
    with pytest.raises(ModelError, match="gives no size and checksum"):
        download(REPO, FILE)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_in_trouble(hub: Hub, status: int) -> None:
    hub.status = status
    with pytest.raises(ModelError, match=rf"the error {status}\. Try again later"):
        download(REPO, FILE)


def test_a_disk_without_room(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("rag.models.download.shutil.disk_usage", lambda _: usage)
    with pytest.raises(ModelError, match=r"needs 0\.0 GB more and 0\.0 GB are free at .*HF_HOME"):
        download(REPO, FILE)
    assert hub.downloads() == []


def test_a_cache_that_cannot_be_written(hub: Hub, cache: Path) -> None:
    cache.write_bytes(b"a file, no folder")
    with pytest.raises(ModelError, match="cannot be stored: "):
        download(REPO, FILE)


def test_one_download_of_a_file_at_a_time(hub: Hub, cache: Path) -> None:
    hub.cuts = [300_000, *[0] * 9]
    with pytest.raises(ModelError):
        download(REPO, FILE)
    (kept,) = cache.rglob("*.incomplete")
    with FileLock(f"{kept}.lock"), pytest.raises(ModelError, match="being downloaded already"):
        download(REPO, FILE)


def test_offline_it_says_so_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="switched off, as HF_HUB_OFFLINE is set"):
        download(REPO, FILE)
    assert hub.asked == []


def test_no_route(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    use(Hub(b"", address="http://127.0.0.1:9"), monkeypatch)
    with pytest.raises(ModelError, match="Hugging Face cannot be reached"):
        download(REPO, FILE)


def test_the_hubs_own_variables_are_obeyed(hub: Hub, tmp_path: Path) -> None:
    code = f"from rag.models.download import download; print(download({REPO!r}, {FILE!r}))"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    mine = {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=kept | mine, check=False
    )
    assert done.stderr == ""
    path = Path(done.stdout.strip())
    assert path.read_bytes() == CONTENT
    assert path.is_relative_to(tmp_path / "home")
    assert COMMIT in path.parts
