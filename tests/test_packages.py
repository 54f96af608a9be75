"""What is installed with Quoth may be passed on, and is told as a bill of materials."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("packages", ROOT / ".ci" / "packages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages of the test are installed into."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(place: Path, name: str, *said: str) -> None:
    folder = place / f"{name}-1.dist-info"
    folder.mkdir()
    lines = ("Metadata-Version: 2.4", f"Name: {name}", "Version: 1", *said, "", "")
    (folder / "METADATA").write_text("\n".join(lines), "utf-8")


def test_all_that_is_installed_may_be_passed_on_and_stands_in_the_bill(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--sbom", str(tmp_path / "bill.json")]) == 0
    bill = json.loads((tmp_path / "bill.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    told = {part["purl"]: part for part in bill["components"]}
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    for name, version in pins:
        purl = f"pkg:pypi/{re.sub('[-_.]+', '-', name).lower()}@{version}"
        assert (name == "pytest") or any(known.startswith(purl) for known in told)  # torch's +cpu
    assert "pkg:pypi/markupsafe@" in "".join(told)  # jinja2 brings it
    assert all(part["licenses"] for part in told.values())
    assert len(capsys.readouterr().out.splitlines()) == len(told)


@pytest.mark.parametrize(
    "said",
    [
        "License-Expression: GPL-3.0-only",
        "License-Expression: MIT AND AGPL-3.0-or-later",
        "License: all rights reserved",
        "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
        "Summary: says nothing",
    ],
)
def test_what_may_not_be_passed_on_is_named(
    said: str,
    script: ModuleType,
    installing: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install(installing, "bound", said)
    install(installing, "bringing", "License-Expression: MIT", "Requires-Dist: bound>=1")
    monkeypatch.setattr(script, "roots", lambda: ["bringing==1"])
    assert script.main([]) == 1
    assert "free to pass on: bound. " in capsys.readouterr().err


def test_what_an_extra_or_another_system_asks_for_is_looked_at_where_it_is_asked_for(
    script: ModuleType, installing: Path
) -> None:
    other = "win32" if sys.platform != "win32" else "linux"
    asks = ("far; extra == 'more'", f"away; sys_platform == '{other}'", "not-there")
    install(installing, "near", *(f"Requires-Dist: {one}" for one in asks))
    install(installing, "far")
    install(installing, "away")
    assert [p.name for p in script.packages(["near"])] == ["near"]
    assert [p.name for p in script.packages(["near[more]"])] == ["far", "near"]


HASHES = r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+"


def locked() -> dict[str, str]:
    """The versions in requirements.lock; each line of it is a pin with checksums, or a remark."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    assert re.fullmatch(rf"(?:[a-z0-9.-]+==[\w.+]+{HASHES}\n)+", body)
    return dict(re.findall(r"^([a-z0-9.-]+)==([\w.+]+)", body, re.M))


def test_the_lock_file_is_of_these_requirements() -> None:
    text = (ROOT / "requirements.txt").read_text("utf-8")
    pins = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.M)
    wanted = {canonicalize_name(name): version for name, version in pins}
    lock = locked()
    assert {name: lock.get(name, "").removesuffix("+cpu") for name in wanted} == wanted
    assert lock["torch"].endswith("+cpu")  # or it would bring gigabytes for GPUs


def test_the_lock_file_has_all_that_they_bring(script: ModuleType) -> None:
    pins = script.pins(ROOT / "requirements.txt").values()
    brought = {canonicalize_name(package.name) for package in script.packages(pins)}
    assert "markupsafe" in brought  # jinja2 brings it
    elsewhere = {"pywin32", "colorama"}  # what other systems than Linux need beside
    assert brought - elsewhere <= set(locked())
