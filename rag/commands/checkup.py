"""What this machine, its packages, its models and an index are like, gathered without loading any.

Owns what `doctor` finds, and the rules by which that is wrong or could be better.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path

from rag.commands.mending import REPAIR, look
from rag.commands.options import places
from rag.errors import LibraryError, ModelError, SettingsError
from rag.languages import NAMES, better_embedder
from rag.schema import many
from rag.settings import BUNDLED, NO_MODEL, WRITER, Settings, variable

GIB = 2**30
_BESIDE_MODELS = GIB  # torch, the index and the program itself
_LITTLE_DISK = GIB
_PACKAGE = Path(__file__).parents[1]
_REQUIREMENTS = _PACKAGE.parent / "requirements.txt"
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*\])?\s*(?:==\s*([^\s;#,]+))?")


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one thing: facts by name, what is wrong, what could be better."""

    facts: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def size(number: int) -> str:
    """Bytes in words.

    >>> size(98_362_432), size(3 * 2**30)
    ('94 MB', '3.0 GB')
    """
    if number >= GIB:
        return f"{number / GIB:.1f} GB"
    return f"{number / 2**20:.0f} MB" if number >= 2**20 else f"{number / 2**10:.0f} kB"


def packages(requirements: Path = _REQUIREMENTS) -> Checked:
    """The direct dependencies with their versions, found without importing them.

    Args:
        requirements: Names them, unless Quoth itself is installed as a package, which knows them.
    """
    from importlib import metadata  # not at the top: it slows --help

    found, missing = Checked(), []
    lines, mend = _required(), "install Quoth again"
    if lines is None or requirements != _REQUIREMENTS:
        lines = requirements.read_text(encoding="utf-8").splitlines()
        mend = "pip install -r requirements.txt"
    named = map(_REQUIREMENT.match, lines)
    for name, wanted in (match.groups() for match in named if match):
        try:
            installed = found.facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.facts[name] = "not installed"
            missing.append(name)
            continue
        if wanted and installed.split("+")[0] != wanted.split("+")[0]:  # "+cpu" is the same
            found.advice.append(
                f"{name} is {installed}; {wanted} is the tested version. If something fails: {mend}"
            )
    if missing:
        found.problems.append(f"Not installed: {', '.join(missing)}. To mend it: {mend}")
    return found


def _required() -> list[str] | None:
    """What the installed package needs; `None` where this runs from a checkout."""
    from importlib import metadata

    try:
        package = metadata.distribution("quoth")
    except metadata.PackageNotFoundError:
        return None
    if Path(str(package.locate_file("rag"))).resolve() != _PACKAGE.resolve():
        return None
    return [line for line in package.requires or () if "extra ==" not in line]


def settings_in_force(folder: Path | None, index: Path | None) -> tuple[Settings, Checked]:
    """The settings, by the variables that change them.

    Where something is wrong with them, they are the defaults, so that checking can go on.
    """
    found = Checked()
    try:
        _, place = places(Settings.from_environment(), folder, index)
        settings = Settings.read(place)
    except SettingsError as error:
        settings = Settings()
        found.problems.append(str(error))
    for each in fields(settings):
        value = getattr(settings, each.name)
        shown = "set, not shown" if value and each.metadata.get("secret") else str(value)
        note = "" if value == each.default else "  (changed)"
        found.facts[variable(each.name)] = f"{shown or 'not set'}{note}"
    return settings, found


def models(settings: Settings) -> Checked:
    """The models that answering needs, where they are, and whether they fit into memory."""
    from rag.models.memory import free_memory

    found, needed = Checked(), _BESIDE_MODELS
    for role, find in (("embedder", _embedder), ("language model", _llm), ("reader", _reader)):
        try:
            what, path = find(settings)
        except ImportError as error:
            what, path = "cannot be looked for", None
            found.problems.append(f"The package {error.name} is not installed.")
        except ModelError as error:
            what, path = "cannot be used", None
            found.problems.append(str(error))
        needed += (held := _bytes(path) if path else 0)
        found.facts[role] = f"{what}, {size(held)}" if path else what
    if (free := free_memory()) < needed:
        found.advice.append(
            f"{size(free)} of memory are free and about {size(needed)} are needed: it may be very "
            "slow or stop. Close other programs, choose a smaller language model, or set "
            "QUOTH_LLM=none to answer with the articles' own sentences."
        )
    found.advice.extend(_about_llm(settings))
    return found


def _embedder(settings: Settings) -> tuple[str, Path | None]:
    from rag.models.embedder import BUNDLED_NAME, bundled_folder

    if settings.embedder == BUNDLED:
        return BUNDLED_NAME, bundled_folder()
    return _named("embedder", settings.embedder)


def _reader(settings: Settings) -> tuple[str, Path | None]:
    from rag.models.reader import BUNDLED_READER

    if settings.reader != BUNDLED:
        return _named("reader", settings.reader)
    if not (BUNDLED_READER / "reader.safetensors").is_file():
        raise ModelError("The bundled reader is missing. Install Quoth again.")
    return BUNDLED, BUNDLED_READER


def _llm(settings: Settings) -> tuple[str, Path | None]:
    """The language model: on a server, which is asked whether it answers, or on this computer."""
    from rag.models.catalogue import WRITER_PARTS, chosen
    from rag.models.download import cached
    from rag.models.loading import BUNDLED_FILE, bundled_file, hub_parts, load, writer_file

    if settings.llm == NO_MODEL:
        return NO_MODEL, None
    if settings.is_address and (server := load(settings)) is not None:
        with closing(server):
            return f"{server.name}, on {server.where}", None
    llm, path = chosen(settings.llm).llm, None
    if llm in (BUNDLED, WRITER):
        name = BUNDLED_FILE if llm == BUNDLED else WRITER_PARTS.name
        path = bundled_file() if llm == BUNDLED else writer_file()
    elif on_hub := hub_parts(llm):
        name, path = llm, cached(*on_hub)
    elif (path := Path(llm).expanduser()).is_file():
        name = llm
    else:
        raise ModelError(f"The language model {llm} does not exist. Check the setting.")
    threads = settings.threads or cores()
    where = f"on this computer, {many(threads, 'thread')}"
    if settings.gpu_layers:
        layers = "all" if settings.gpu_layers < 0 else settings.gpu_layers
        where += f", {layers} layers on a graphics card if llama.cpp was built for it"
    return f"{name}, {where}" if path else f"{name}, not on this disk", path


def _named(role: str, name: str) -> tuple[str, Path | None]:
    """A model by its folder, or by its name on Hugging Face."""
    path = Path(name).expanduser()
    if path.exists():
        return name, path
    if path.is_absolute() or name.startswith((".", "~")) or name.endswith("/"):
        raise ModelError(f"The {role} {name} does not exist. Check the setting.")
    return name, None


def _bytes(path: Path) -> int:
    """Of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


def _about_llm(settings: Settings) -> list[str]:
    from rag.models.catalogue import FETCH, chosen

    if settings.llm == NO_MODEL:
        return ["No language model is set: answers are the articles' own sentences, word for word."]
    if settings.llm == BUNDLED:
        return [
            "The bundled language model is small and only shortens sentences. A larger one writes "
            f"answers: {FETCH} fetches it, and QUOTH_LLM=auto takes it."
        ]
    why = chosen(settings.llm).why
    return [why] if why else []


def machine(index: Path, settings: Settings) -> Checked:
    """Cores, memory and disk, limits of a container counted; the disk is the one of the index."""
    import psutil

    from rag.models.memory import free_memory, group_number

    found, total = Checked(), psutil.virtual_memory().total
    place = next(p for p in (index.absolute(), *index.absolute().parents) if p.exists())
    disk, graphics = shutil.disk_usage(place).free, _graphics()
    found.facts.update(
        {
            "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
            "Python": platform.python_version(),
            "cores": str(cores()),
            "memory": f"{size(min(total, group_number('memory.max') or total))}, "
            f"{size(free_memory())} free",
            "disk": f"{size(disk)} free",
            "graphics card": graphics or "none found",
        }
    )
    if disk < _LITTLE_DISK:
        found.advice.append(f"Only {size(disk)} of disk are free where the index is. Free some.")
    if settings.threads > cores():
        found.advice.append(
            f"QUOTH_THREADS is {settings.threads} and there are {cores()} cores: more threads than "
            "cores are slower. Set it to 0."
        )
    local = settings.llm != NO_MODEL and not settings.is_address
    if graphics and local and not settings.gpu_layers:
        found.advice.append(
            f"This machine seems to have an {graphics} graphics card that is not used. Install "
            "llama-cpp-python built for it (README) and set QUOTH_GPU_LAYERS=-1."
        )
    return found


def cores() -> int:
    """Cores that this process may use, a container's share counted."""
    from rag.models.memory import group_number

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota, period = group_number("cpu.max"), group_number("cpu.max", 1)
    share = quota // period if quota and period else usable
    return max(1, min(usable or 1, share or 1))


def _graphics() -> str | None:
    """A graphics card that could speed models up, as far as that shows without drivers."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Apple"
    return "NVIDIA" if shutil.which("nvidia-smi") else None


def index(place: Path, settings: Settings) -> Checked:
    """An index, opened as far as its rows, counted, and checked in all that is there."""
    found, file = Checked({"folder": str(place)}), place / "library.sqlite"
    try:
        damaged, loose = look(place)
        if damaged:
            found.problems.extend((*damaged, REPAIR))
        elif file.is_file():
            _count(file, settings, found)
        else:
            found.facts["articles"] = "nothing is indexed yet"
            found.advice.append(
                "Nothing is indexed yet. The first question does it, or: python -m rag index FOLDER"
            )
    except ImportError as error:
        return Checked(problems=[f"{error.name} is not installed."])
    except LibraryError as error:
        found.problems.append(str(error))
    else:
        found.advice.extend([f"{' '.join(loose)} {REPAIR}"] if loose else [])
    return found


def _count(file: Path, settings: Settings, found: Checked) -> None:
    from rag.library.store import Store

    with closing(Store(file)) as store:
        articles, passages = store.counts()
        languages, unread = store.languages(), len(store.failures())
        found.advice.extend(_outdated(store.fact, passages, settings))
    line, stale = _refusal_line(file.parent, settings, articles, passages)
    found.facts.update(
        {
            "articles": f"{articles:,} in {passages:,} passages",
            "languages": _spoken(languages),
            "files not read": str(unread),
            "size": size(_bytes(file.parent)),
            "refusal line": line,
        }
    )
    if unread:
        files = many(unread, "file")
        found.advice.append(f"{files} could not be read: python -m rag documents shows why.")
    better = better_embedder(languages) if settings.embedder == BUNDLED else ""
    found.advice.extend(filter(None, (stale, better)))


def _outdated(
    fact: Callable[[str], str | None], passages: int, settings: Settings
) -> Iterator[str]:
    """What the settings say otherwise than the index."""
    from rag.models.embedder import BUNDLED_NAME

    wanted = {
        "embedder": BUNDLED_NAME if settings.embedder == BUNDLED else settings.embedder,
        "passage_characters": str(settings.passage_characters),
    }
    for name, value in wanted.items():
        if (held := fact(name)) not in (None, value):
            yield (
                f"The index is of {name} {held}, the settings say {value}. Opening it embeds "
                f"{many(passages, 'passage')} anew; change {variable(name)} back if that is not "
                "wanted."
            )


def _spoken(languages: dict[str, int]) -> str:
    """How many articles are in which language."""
    told = [f"{NAMES.get(code, code)} {count:,}" for code, count in languages.items() if code]
    unknown = [f"not told {languages['']:,}"] if languages.get("") else []
    return ", ".join([*told, *unknown]) or "none"


def _refusal_line(place: Path, settings: Settings, articles: int, passages: int) -> tuple[str, str]:
    """Which refusal line is in force, and why it should be fitted anew, if it should."""
    from rag.calibration import RefusalLine
    from rag.evidence.scoring import bundled_weights

    line = RefusalLine(place, bundled_weights(), settings.reader)
    fitted = line.calibration
    said = f"fitted on {fitted.origins.made}" if fitted else "the one that comes with Quoth"
    return said, line.stale(articles, passages)
