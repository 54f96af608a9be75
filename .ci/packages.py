"""All that is installed with Quoth, with its licences: checked, or as a bill of materials.

    .venv/bin/python .ci/packages.py                    lists all; one not allowed is an error
    .venv/bin/python .ci/packages.py --sbom FILE.json   also writes a CycloneDX file of them

What is looked at are the packages of requirements.txt and of the extras as they are installed, and
all that those bring. What only tests and training need is not passed on, so it is left out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hatch_build import EXTRAS, NOT_NEEDED_TO_RUN, pins  # noqa: E402

# Code under these may be passed on with code under MIT; Mozilla's bind their own files alone.
ALLOWED = set(
    "0BSD Apache-2.0 BSD BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 CNRI-Python ISC LLVM-exception "
    "MIT MIT-0 MIT-CMU MPL-1.1 MPL-2.0 PSF-2.0 Zlib".split()
)
# What packages without an expression say in their classifiers.
CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# What the texts of packages say that tell neither, or offer a choice.
READ = {
    "click-default-group": "CC0-1.0",  # "Public Domain"
    "protobuf": "BSD-3-Clause",
    "pydeck": "Apache-2.0",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # pdfium's own parts are of such kinds too
    "ray": "Apache-2.0",
    "sqlite-fts4": "Apache-2.0",
    "tiktoken": "MIT",
    "tld": "MPL-1.1",  # or GPL, or LGPL
    "tqdm": "MPL-2.0 AND MIT",
    "transformers": "Apache-2.0",
}


class Package:
    """One that is installed."""

    def __init__(self, found: Distribution) -> None:
        self.name, self.version = found.name, found.version
        self.licence = licence(found)

    @property
    def allowed(self) -> bool:
        """Whether all that its licence names is allowed."""
        named = set(re.findall(r"[\w.-]+", self.licence)) - {"AND", "OR", "WITH"}
        return bool(named) and named <= ALLOWED

    def component(self) -> dict[str, object]:
        """As CycloneDX has it."""
        kind = "name" if self.licence in ("", "BSD") else "id"  # "BSD" names more than one
        whole = re.search(r" (AND|OR|WITH) ", self.licence)
        told = {"license": {kind: self.licence or "unknown"}}
        purl = f"pkg:pypi/{canonicalize_name(self.name)}@{self.version}"
        return {
            "type": "library",
            "bom-ref": purl,
            "name": self.name,
            "version": self.version,
            "licenses": [{"expression": self.licence}] if whole else [told],
            "purl": purl,
        }


def licence(found: Distribution) -> str:
    """An SPDX expression, or empty where the package says nothing that is one."""
    told = found.metadata
    if expression := READ.get(canonicalize_name(found.name)) or told.get("License-Expression"):
        return expression
    classifiers = (c.split(" :: ")[-1] for c in told.get_all("Classifier") or ())
    if classes := sorted({CLASSIFIED[c] for c in classifiers if c in CLASSIFIED}):
        return " AND ".join(classes)
    short = (told.get("License") or "").strip()
    return short if re.fullmatch(r"[\w.-]+", short) else ""


def roots() -> list[str]:
    """What the package and its extras ask for."""
    needed, beside = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    extras = sorted(set().union(*EXTRAS.values()))
    return [p for n, p in needed.items() if n not in NOT_NEEDED_TO_RUN] + [
        beside[name] for name in extras
    ]


def packages(wanted: Iterable[str]) -> list[Package]:
    """What is wanted and all that it brings here, by name; what is not installed is left out."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(line), "") for line in wanted]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            found.setdefault(name, distribution(name))
        except PackageNotFoundError:
            continue
        for asked in {"", *requirement.extras}:
            if (name, asked) not in seen:
                seen.add((name, asked))
                waiting += [(Requirement(line), asked) for line in found[name].requires or ()]
    return [Package(found[name]) for name in sorted(found)]


def bill(installed: Iterable[Package]) -> dict[str, object]:
    """A bill of materials in CycloneDX 1.6."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "quoth"}},
        "components": [package.component() for package in installed],
    }


def main(options: list[str]) -> int:
    """List, write and check; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sbom", type=Path, help="where to write the bill of materials")
    sbom = parser.parse_args(options).sbom
    installed = packages(roots())
    for package in installed:
        print(f"{package.name} {package.version}: {package.licence or 'says no licence'}")
    if sbom:
        sbom.write_text(json.dumps(bill(installed), indent=2) + "\n", encoding="utf-8")
    wrong = [package.name for package in installed if not package.allowed]
    if wrong:
        print(
            f"Not known to be free to pass on: {', '.join(wrong)}. Read what each says of its "
            f"licence, and write it down in {Path(__file__).name}, or leave the package out.",
            file=sys.stderr,
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
