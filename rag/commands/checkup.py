"""What this machine, its packages, its models and an index are like, gathered without loading any.

Owns the facts that `doctor` prints. Advice about them is in `rag.commands.advice`.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rag.commands.mending import look
from rag.commands.options import places
from rag.errors import LibraryError, ModelError, SettingsError
from rag.settings import BUNDLED, NO_MODEL, WRITER, Settings, variable

DISTRIBUTION = "quoth"
REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*\])?\s*(?:==\s*([^\s;#,]+))?")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is needed; `wanted` is the tested version, `installed` what is here."""

    name: str
    wanted: str | None
    installed: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in force, and the environment variable that changes it."""

    variable: str
    value: str
    default: bool


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the settings name, and where it runs, where they say so.

    `bytes` is `None` where it is not on this disk; `why` is why `auto` came to the small one.
    """

    role: str
    name: str
    bytes: int | None
    problem: str | None = None
    where: str = ""
    on_server: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory and disk are in bytes; limits of a container count."""

    system: str
    python: str
    cores: int
    memory: int
    memory_free: int
    disk_free: int
    graphics: str | None
    vectors: bool


@dataclass(frozen=True, slots=True)
class Index:
    """The index of a folder; `found` is false where nothing was indexed yet.

    `damaged` says what only a repair mends, `loose` what mends itself.
    """

    folder: str
    found: bool
    documents: int = 0
    passages: int = 0
    unread: int = 0
    bytes: int = 0
    embedder: str | None = None
    passage_characters: int | None = None
    problem: str | None = None
    refusal_line: str = ""
    stale: str = ""
    damaged: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    languages: dict[str, int] = field(default_factory=dict)


def packages(requirements: Path = REQUIREMENTS) -> tuple[Package, ...]:
    """The direct dependencies with their versions, found without importing them."""
    from importlib import metadata  # not at the top: it slows --help

    if requirements.is_file():
        lines = requirements.read_text(encoding="utf-8").splitlines()
    else:  # installed from a package, which carries its own list
        try:
            required = metadata.requires(DISTRIBUTION) or []
        except metadata.PackageNotFoundError:
            required = []
        lines = [line for line in required if "extra ==" not in line]
    matches = (_REQUIREMENT.match(line) for line in lines)
    return tuple(Package(m[1], m[2], _installed(m[1])) for m in matches if m)


def _installed(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def settings_in_force(
    folder: Path | None = None, index: Path | None = None
) -> tuple[Settings, tuple[Setting, ...], str | None]:
    """The settings, each with its variable, and what is wrong with them if anything.

    Where something is wrong, the settings are the defaults, so that checking can go on.
    """
    trouble = None
    try:
        _, place = places(Settings.from_environment(), folder, index)
        settings = Settings.read(place)
    except SettingsError as error:
        settings, trouble = Settings(), str(error)
    listed = tuple(
        Setting(
            variable(field.name),
            _shown(field, getattr(settings, field.name)),
            getattr(settings, field.name) == field.default,
        )
        for field in fields(settings)
    )
    return settings, listed, trouble


def _shown(field: Field[Any], value: object) -> str:
    return "set, not shown" if value and field.metadata.get("secret") else str(value)


def models(settings: Settings) -> tuple[Model, ...]:
    """The models that answering needs, by file where they are on this disk."""
    try:
        from rag.models.embedder import BUNDLED_NAME, bundled_folder
        from rag.models.reader import BUNDLED_READER
    except ImportError as error:
        return (Model("all", "", None, f"The package {error.name} is not installed."),)
    bundled = settings.embedder == BUNDLED
    embedder = BUNDLED_NAME if bundled else settings.embedder
    found = [_model("embedder", embedder, bundled_folder if bundled else None)]
    if settings.llm != NO_MODEL:
        found.append(_llm(settings))
    reader = _size(BUNDLED_READER / "reader.safetensors")
    missing = None if reader else "The bundled reader is missing. Install Quoth again."
    found.append(Model("reader", "bundled", reader, missing))
    return tuple(found)


def _llm(settings: Settings) -> Model:
    """The language model: on a server, which is asked whether it answers, or on this computer."""
    from rag.models.catalogue import WRITER_PARTS, chosen
    from rag.models.download import cached
    from rag.models.loading import BUNDLED_FILE, bundled_file, hub_parts, load, writer_file

    role, choice = "language model", chosen(settings.llm)
    try:
        if settings.is_address and (server := load(settings)) is not None:
            server.close()
            return Model(role, server.name, None, where=server.where, on_server=True)
        if choice.llm == BUNDLED:
            found = _model(role, BUNDLED_FILE, bundled_file)
        elif choice.llm == WRITER:
            found = _model(role, WRITER_PARTS.name, writer_file)
        elif on_hub := hub_parts(settings.llm):
            file = cached(*on_hub)
            found = Model(role, settings.llm, _size(file) if file else None)
        else:
            found = _model(role, settings.llm, None)
    except ModelError as error:
        return Model(role, settings.llm, None, str(error), on_server=settings.is_address)
    return replace(found, where=_here(settings), why=choice.why)


def _here(settings: Settings) -> str:
    threads = settings.threads or os.cpu_count() or 1
    where = f"this computer, {threads} thread{'' if threads == 1 else 's'}"
    if not settings.gpu_layers:
        return where
    layers = "all" if settings.gpu_layers < 0 else settings.gpu_layers
    return f"{where}, {layers} layers on a graphics card if llama.cpp was built for it"


def _model(role: str, name: str, bundled: object) -> Model:
    """A model by the function that finds its bundled file, or by its name."""
    if callable(bundled):
        try:
            return Model(role, name, _size(bundled()))
        except ModelError as error:
            return Model(role, name, None, str(error))
    path = Path(name).expanduser()
    if path.exists():
        return Model(role, name, _size(path))
    looks_local = path.is_absolute() or name.startswith((".", "~")) or name.endswith("/")
    is_file = role == "language model" and ":" not in name
    if looks_local or is_file:
        return Model(role, name, None, f"The {role} {name} does not exist. Check the setting.")
    return Model(role, name, None)


def _size(path: Path) -> int | None:
    """Bytes of a file, or of all files in a folder."""
    try:
        if path.is_dir():
            return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        return path.stat().st_size
    except OSError:
        return None


def machine(index: Path) -> Machine:
    """Cores, memory and disk; the disk is the one that the index is on."""
    import psutil

    from rag.models.memory import free_memory, group_number

    memory, limit = psutil.virtual_memory(), group_number("memory.max")
    place = next(p for p in (index.absolute(), *index.absolute().parents) if p.exists())
    return Machine(
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        python=platform.python_version(),
        cores=cores(),
        memory=min(memory.total, limit or memory.total),
        memory_free=free_memory(),
        disk_free=shutil.disk_usage(place).free,
        graphics=_graphics(),
        vectors=_has_vectors(),
    )


def cores() -> int:
    """Cores that this process may use, a container's share counted."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    from rag.models.memory import group_number

    quota, period = group_number("cpu.max"), group_number("cpu.max", 1)
    share = quota // period if quota and period else usable
    return max(1, min(usable or 1, share or 1))


def _graphics() -> str | None:
    """A graphics card that could speed models up, as far as that shows without drivers."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Apple"
    return "NVIDIA" if shutil.which("nvidia-smi") else None


def _has_vectors() -> bool:
    """Whether the processor has AVX2, where the system tells; models crawl without it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return True
    return platform.machine() not in {"x86_64", "AMD64"} or " avx2" in text


def index_state(folder: Path) -> Index:
    """Open an index as far as its rows, count them, and check all that is there."""
    try:
        damaged, loose = look(folder)
    except ImportError as error:
        return Index(str(folder), True, problem=f"{error.name} is not installed.")
    return replace(_counted(folder), damaged=damaged, loose=loose)


def _counted(folder: Path) -> Index:
    file = folder / "library.sqlite"
    if not file.is_file():
        return Index(str(folder), found=False)
    size = _size(folder) or 0
    try:
        from rag.library.store import Store

        store = Store(file)
    except LibraryError as error:
        return Index(str(folder), True, bytes=size, problem=str(error))
    try:
        documents, passages = store.counts()
        longest = store.fact("passage_characters")
        return Index(
            str(folder),
            True,
            documents,
            passages,
            len(store.failures()),
            size,
            store.fact("embedder"),
            int(longest) if longest else None,
            None,
            *_refusal_line(folder, documents, passages),
            languages=store.languages(),
        )
    except LibraryError as error:
        return Index(str(folder), True, bytes=size, problem=str(error))
    finally:
        store.close()


def _refusal_line(folder: Path, documents: int, passages: int) -> tuple[str, str]:
    """Which refusal line is in force, and why it should be fitted anew, if it should."""
    try:
        from rag.calibration import RefusalLine
        from rag.evidence.scoring import bundled_weights

        reader = Settings.read(folder).reader
    except (ImportError, SettingsError):  # is told by itself
        return "", ""
    line = RefusalLine(folder, bundled_weights(), reader)
    fitted = line.calibration
    said = f"fitted on {fitted.origins.made}" if fitted else "the one that comes with Quoth"
    return said, line.stale(documents, passages)
