"""What `doctor` finds of machine, packages, models, settings and index; no model is loaded.

Each of the `CHECKS` notes facts, problems and advice.
"""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

from rich.filesize import decimal as size

from rag.errors import ModelError, RagError
from rag.languages import MULTILINGUAL, NAMES, better_embedder
from rag.schema import many
from rag.settings import BUNDLED, NO_MODEL, Settings, variable

_GB = 10**9  # bytes: of disk to keep free; of memory for torch, the index and the program itself
OF_ONE = "One person's own articles, in {}:"
_REPAIR = "Run python -m rag doctor --repair."
_ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?(?:\s*==\s*([^\s;#,]+))?", re.M)

Check = Callable[["Checked", Settings, Path], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one thing: facts by name, what is wrong, what could be better."""

    facts: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """What fails inside is a problem to be told, and what comes after is checked too."""
        try:
            yield
        except ImportError as error:
            self.problems.append(f"The package {error.name} is not installed.")
        except RagError as error:
            self.problems.append(str(error))


def checked(check: Check, settings: Settings, place: Path) -> Checked:
    """What a check finds."""
    found = Checked()
    with found.going_on():
        check(found, settings, place)
    return found


def machine(found: Checked, settings: Settings, place: Path) -> None:
    """Cores, memory and disk, limits of a container counted; the disk is the one of the index."""
    import psutil

    from rag.models.memory import cores, free_memory, group_number

    total, there = psutil.virtual_memory().total, place.absolute()
    disk = shutil.disk_usage(next(p for p in (there, *there.parents) if p.exists())).free
    graphics = _graphics()
    found.facts["system"] = f"{platform.system()} {platform.release()}, {platform.machine()}"
    found.facts["Python"] = platform.python_version()
    found.facts["cores"] = str(cores())
    total = min(total, group_number("memory.max") or total)
    found.facts["memory"] = f"{size(total)}, {size(free_memory())} free"
    found.facts["disk"] = f"{size(disk)} free"
    found.facts["graphics card"] = graphics or "none found"
    if disk < _GB:
        found.advice.append(f"Only {size(disk)} of disk are free where the index is. Free some.")
    if settings.threads > cores():
        found.advice.append(
            f"QUOTH_THREADS is {settings.threads} and there are {cores()} cores: more threads than "
            "cores are slower. Set it to 0."
        )
    here = settings.llm != NO_MODEL and not settings.is_address
    if graphics and here and not settings.gpu_layers:
        found.advice.append(
            f"This machine seems to have an {graphics} graphics card that is not used. Install "
            "llama-cpp-python built for it (README) and set QUOTH_GPU_LAYERS=-1."
        )


def _graphics() -> str:
    """A graphics card that could speed models up, as far as that shows without drivers."""
    if (platform.system(), platform.machine()) == ("Darwin", "arm64"):
        return "Apple"
    return "NVIDIA" if shutil.which("nvidia-smi") else ""


def packages(found: Checked, *_: object, root: Path = _ROOT) -> None:
    """The direct dependencies with their versions, found without importing them.

    `requirements.txt` names them in a checkout, else the installed package's metadata does.
    """
    from importlib import metadata  # not at the top: it slows --help

    if (root / "hatch_build.py").is_file():
        needed = (root / "requirements.txt").read_text(encoding="utf-8")
        mend = "pip install -r requirements.txt"
    else:
        own = metadata.requires("quoth") or ()
        needed, mend = "\n".join(n for n in own if "extra ==" not in n), "install Quoth again"
    missing = []
    for name, tested in _PIN.findall(needed):
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "not installed"
            missing.append(name)
        found.facts[name] = version
        wrong = tested.split("+")[0] not in ("", version.split("+")[0])  # "+cpu" is the same
        if wrong and name not in missing:
            text = f"{name} is {version}; {tested} is the tested version. If something fails:"
            found.advice.append(f"{text} {mend}")
    if missing:
        found.problems.append(f"Not installed: {', '.join(missing)}. To mend it: {mend}")


def models(found: Checked, settings: Settings, _: object) -> None:
    """The models that answering needs, where they are, and whether they fit into memory."""
    from rag.models.catalogue import FETCH, chosen
    from rag.models.embedder import BUNDLED_NAME, bundled_folder
    from rag.models.memory import free_memory

    needed = _GB
    roles: dict[str, Callable[[], tuple[str, Path | None]]] = {
        "embedder": lambda: _network(settings.embedder, BUNDLED_NAME, bundled_folder),
        "language model": lambda: _llm(settings),
        "reader": lambda: _network(settings.reader, BUNDLED, _own_reader),
    }
    for role, find in roles.items():
        found.facts[role] = "cannot be used"
        with found.going_on():
            what, path = find()
            held = _bytes(path) if path else 0
            needed += held
            found.facts[role] = f"{what}, {size(held)}" if path else what
    if (free := free_memory()) < needed:
        found.advice.append(
            f"{size(free)} of memory are free and about {size(needed)} are needed: it may be very "
            "slow or stop. Close other programs, choose a smaller language model, or set "
            "QUOTH_LLM=none to answer with the articles' own sentences."
        )
    if settings.llm == NO_MODEL:
        found.advice.append("No language model is set: answers are the articles' own sentences.")
    elif settings.llm == BUNDLED:
        found.advice.append(
            "The bundled language model is small and only shortens sentences. A larger one writes "
            f"answers: {FETCH} fetches it, and QUOTH_LLM=auto takes it."
        )
    elif why := chosen(settings.llm).why:
        found.advice.append(why)


def _network(name: str, own_name: str, own: Callable[[], Path]) -> tuple[str, Path | None]:
    """An embedder or a reader: our own, one in a folder, or one by its name on Hugging Face."""
    if name == BUNDLED:
        return own_name, own()
    path = Path(name).expanduser()
    if path.exists():
        return name, path
    if path.is_absolute() or name.startswith((".", "~")) or name.endswith("/"):
        raise ModelError(f"The model {name} does not exist. Check the setting.")
    return name, None


def _own_reader() -> Path:
    from rag.models.reader import BUNDLED_READER

    if not (BUNDLED_READER / "reader.safetensors").is_file():
        raise ModelError("The bundled reader is missing. Install Quoth again.")
    return BUNDLED_READER


def _llm(settings: Settings) -> tuple[str, Path | None]:
    """The language model: on a server, which is asked whether it answers, or on this computer."""
    from rag.models.catalogue import chosen
    from rag.models.download import cached
    from rag.models.llamafile import check_file
    from rag.models.loading import hub_parts, llm_file, load
    from rag.models.memory import cores

    if settings.llm == NO_MODEL:
        return NO_MODEL, None
    if settings.is_address and (server := load(settings)) is not None:
        with closing(server):
            return f"{server.name}, on {server.where}", None
    llm = chosen(settings.llm).llm
    path = cached(*on_hub) if (on_hub := hub_parts(llm)) else llm_file(llm)
    if path is None:
        return f"{llm}, not on this disk", None
    check_file(path)
    where = f"{path.name}, on this computer, {many(settings.threads or cores(), 'thread')}"
    if settings.gpu_layers:
        layers = "all" if settings.gpu_layers < 0 else settings.gpu_layers
        where += f", {layers} layers on a graphics card if llama.cpp was built for it"
    return where, path


def _bytes(path: Path) -> int:
    """Of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


def in_force(found: Checked, settings: Settings, _: object) -> None:
    """The settings, by the variables that change them."""
    for each in fields(settings):
        value = getattr(settings, each.name)
        shown = "set, not shown" if value and each.metadata.get("secret") else str(value)
        note = "" if value == each.default else "  (changed)"
        found.facts[variable(each.name)] = f"{shown or 'not set'}{note}"


def look(place: Path) -> tuple[list[str], list[str]]:
    """What is damaged in an index folder, people's own articles too, and what else can be mended.

    In words.

    Raises:
        LibraryError: A newer version wrote the index, for example.
    """
    from rag.chats.salvage import check_chats
    from rag.library.repair import check, exposed, shortened
    from rag.service.private import INDEX, places

    found, chats = shortened(check(place)), check_chats(place)
    damaged = [one.what for one in found if one.serious] + ([chats] if chats else [])
    loose = [one.what for one in found if not one.serious]
    if exposed(place):
        loose.append(f"Others on this computer can look into {place}, conversations included.")
    for own in places(place):
        try:
            for one in shortened(check(own / INDEX)):
                (damaged if one.serious else loose).append(f"{OF_ONE.format(own)} {one.what}")
        except RagError as error:  # the others are checked all the same
            damaged.append(f"{OF_ONE.format(own)} {error}")
    return damaged, loose


def index(found: Checked, settings: Settings, place: Path) -> None:
    """An index, opened as far as its rows, counted, and checked in all that is there."""
    from rag.library.repair import FILE
    from rag.service.private import places

    found.facts["folder"] = str(place)
    if people := len(places(place)):
        found.facts["people"] = f"{people:,} with articles of their own"
    damaged, loose = look(place)
    if damaged:
        found.problems.extend((*damaged, _REPAIR))
    elif settings.library:
        _count_on_server(found, settings, place)
    elif (place / FILE).is_file():
        _count(found, settings, place / FILE)
    else:
        found.facts["articles"] = "nothing is indexed yet"
        text = "Nothing is indexed yet. The first question does it, or: python -m rag index FOLDER"
        found.advice.append(text)
    if loose:
        found.advice.append(" ".join((*loose, _REPAIR)))


def _count_on_server(found: Checked, settings: Settings, place: Path) -> None:
    """What a library on a server says; a problem where it cannot be reached."""
    from rag.library.milvus import MilvusLibrary

    found.facts["library"] = settings.library
    with closing(MilvusLibrary(settings.library, place)) as library:
        articles, passages = library.counts()
        unread, embedder = len(library.failures()), library.identity.name
    found.facts["articles"] = f"{articles:,} in {passages:,} passages"
    found.facts["embedder"] = embedder
    found.facts["files not read"] = str(unread)


def _count(found: Checked, settings: Settings, file: Path) -> None:
    """What the rows of an index say, and what the settings say otherwise."""
    from rag.calibration import RefusalLine
    from rag.evidence.scoring import bundled_weights
    from rag.library.store import Store
    from rag.models import embedder, nano

    with closing(Store(file)) as store:
        (articles, passages), languages = store.counts(), store.languages()
        unread, names = len(store.failures()), ("embedder", "passage_characters")
        held = {name: store.fact(name) for name in names}
    line = RefusalLine(file.parent, bundled_weights(), settings.reader)
    fitted = line.calibration
    spoken = (f"{NAMES.get(code, code) or 'not told'} {n:,}" for code, n in languages.items())
    found.facts["articles"] = f"{articles:,} in {passages:,} passages"
    found.facts["languages"] = ", ".join(spoken) or "none"
    found.facts["files not read"] = str(unread)
    found.facts["size"] = size(_bytes(file.parent))
    made = f"fitted on {fitted.origins.made}" if fitted else "the one that comes with Quoth"
    found.facts["refusal line"] = made
    known = {BUNDLED: embedder.BUNDLED_NAME, MULTILINGUAL: nano.NAME}
    wanted = known.get(settings.embedder, settings.embedder), str(settings.passage_characters)
    for name, value in zip(names, wanted, strict=True):
        if held[name] not in (None, value):
            found.advice.append(
                f"The index is of {name} {held[name]}, the settings say {value}. Opening it embeds "
                f"{many(passages, 'passage')} anew; change {variable(name)} back if that is not "
                "wanted."
            )
    if unread:
        files = many(unread, "file")
        found.advice.append(f"{files} could not be read: python -m rag documents shows why.")
    if stale := line.stale(articles, passages):
        found.advice.append(stale)
    if settings.embedder == BUNDLED and (better := better_embedder(languages)):
        found.advice.append(better)


CHECKS: dict[str, Check] = {
    "machine": machine,
    "packages": packages,
    "models": models,
    "settings": in_force,
    "index": index,
}
