"""One frozen Settings, and the only reader of the environment and of the settings file.

Every field has a default that works with what the install brings. A setting is read from the
environment as `QUOTH_<NAME>` (for example `QUOTH_LLM=/models/qwen.gguf`), else from
`settings.json` in the index folder, which the page writes. Knows nothing of models.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from rag.errors import SettingsError
from rag.library_address import library_parts

AUTO, WRITER, BUNDLED = "auto", "writer", "bundled"
NO_MODEL = "none"
MARKED, LEFT_OUT = "marked", "left out"
FILE = "settings.json"
_KEY_FOR = "key_for"  # in the file: whose the key is, where the environment names the server
_PLACES = frozenset({"folder", "index", "library"})  # where things are is not said there
_LARGEST_FILE = 1_000_000  # bytes
_LEAST_CONTEXT = 512
_HELP = re.compile(r"^ {8}(\w+): (.+(?:\n {12}.+)*)", re.M)
_ADDRESS = re.compile(r"https?://", re.I)
_WITH_PASSWORD = re.compile(r"https?://[^/]*@", re.I)
OWN_LIMITS = {"own_articles": 1000, "own_megabytes": 500}
_WANTED = {int: "a whole number", float: "a number", str: "text"}


def _number(default: float, least: int, most: int) -> Any:
    """A setting that is a number from `least` to `most`."""
    return field(default=default, metadata={"ends": (least, most)})


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may change.

    Attributes:
        folder: The folder of articles that the page and the commands use.
        index: Where the library is kept; empty means `index/<folder's name>`.
        library: The address of a library on a Milvus server, as in
            `milvus+http://localhost:19530/articles` (https for TLS), which serves in place of the
            one in the index folder; conversations and settings stay in that.
        embedder: `bundled`, `multilingual`, or the name or folder of a sentence-transformers
            model. With another all articles are embedded anew, while the earlier goes on serving.
        reader: What finds the sentences that answer: `bundled`, or the name or folder of a
            sentence-transformers cross-encoder that ranks texts.
        llm: `auto` (`writer` where it is here and fits into memory, else the small `bundled`), one
            of these, a GGUF file, `repo/name:file.gguf` on Hugging Face, addresses of
            OpenAI-compatible servers, or `none` to answer with the articles' own sentences.
        model: The name of the model to ask a server for; empty takes the only one that it has.
        key: The key that a server asks for; never shown. In the environment it counts only beside
            the server's address in `QUOTH_LLM`, so that no other address gets it.
        timeout: Seconds to wait for a server's next piece of text.
        context: Context window of the language model, in tokens; 0 means what the model has, as
            far as that fits into an ordinary computer's memory.
        gpu_layers: Layers of the language model to put on a graphics card; -1 means all.
        threads: Threads for the models on this computer; 0 means one per core.
        passage_characters: Longest passage, in characters; a longer sentence stands alone. With
            another value all articles are split and embedded anew.
        instructions: What becomes of sentences that read like instructions to the program:
            `marked`, where they are quoted, or `left out` of what is searched for quotes.
        strictness: From 0, which answers nearly always, to 1, which refuses nearly always.
    """

    folder: str = "seeds"
    index: str = ""
    library: str = ""
    embedder: str = BUNDLED
    reader: str = BUNDLED
    llm: str = AUTO
    model: str = ""
    key: str = field(default="", repr=False, metadata={"secret": True})
    timeout: int = _number(60, 1, 3600)
    context: int = _number(0, 0, 2**20)
    gpu_layers: int = _number(0, -1, 10_000)
    threads: int = _number(0, 0, 1024)
    passage_characters: int = _number(800, 200, 4000)
    instructions: str = MARKED
    strictness: float = _number(0.5, 0, 1)

    def __post_init__(self) -> None:
        for each in fields(self):
            name, value, wanted = each.name, getattr(self, each.name), ""
            if name in ("llm", "reader") and not value.strip():
                wanted = "a model; see the help of this setting"
            elif (ends := each.metadata.get("ends")) and not ends[0] <= value <= ends[1]:
                wanted = f"from {ends[0]} to {ends[1]}"
            elif name == "instructions" and value not in (MARKED, LEFT_OUT):
                wanted = f"{MARKED} or {LEFT_OUT}"
            elif name == "context" and 0 < value < _LEAST_CONTEXT:
                wanted = f"0, or at least {_LEAST_CONTEXT}"
            if wanted:
                raise SettingsError(f"The setting {name} is {value}; it must be {wanted}.")
        if self.library:
            library_parts(self.library)
        if any(map(_WITH_PASSWORD.match, self.llm.split())):
            raise SettingsError(
                "The address in the setting llm holds a name or password, which would be shown. "
                "Give the address without it and the key in the setting key."
            )
        if not self.key.isascii() or not self.key.isprintable():
            raise SettingsError(
                "The setting key holds characters that no key has. Copy the key again."
            )

    @property
    def is_address(self) -> bool:
        """Whether the language model is on a server."""
        return bool(_ADDRESS.match(self.llm))

    @property
    def place(self) -> Path:
        """The index folder.

        >>> Settings(folder="my/articles").place.as_posix()
        'index/articles'
        """
        return Path(self.index) if self.index else place_of(Path(self.folder))

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings named `QUOTH_…`; everything else keeps its default.

        Raises:
            SettingsError: A value is not of the setting's type or out of its range.

        >>> Settings.from_environment({"QUOTH_CONTEXT": "4096"}).context
        4096
        """
        return Settings(**_from_environment(environment))

    @staticmethod
    def read(index: Path, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings of an index folder: the environment, else its file, else the default.

        Raises:
            SettingsError: A value in the environment or the file makes no sense, or the file
                cannot be read.
        """
        found = _from_environment(environment)
        kept = _from_file(index / FILE)
        whose = kept.pop(_KEY_FOR, kept.get("llm"))
        try:
            Settings(**kept)
        except SettingsError as error:
            raise SettingsError(f"The settings file {index / FILE}: {error}") from None
        if found.get("llm", kept.get("llm")) != whose:
            kept.pop("key", None)  # it was given for another server
        return Settings(**(kept | found))

    def write(self, index: Path, environment: Mapping[str, str] | None = None) -> None:
        """Keep these settings in the file of an index folder, whole or not at all.

        Defaults are left out. Where the environment decides, the file keeps what it says.

        Raises:
            SettingsError: The file cannot be written, or the one that is there cannot be read.
        """
        file = index / FILE
        before, decided = _from_file(file), set(_from_environment(environment))
        values = {
            setting.name: getattr(self, setting.name)
            for setting in _changeable()
            if getattr(self, setting.name) != setting.default
        }
        if "llm" in decided and before.get("llm", self.llm) != self.llm:
            decided.add("key")  # it is for the environment's server, not for the one in the file
        if "key" in decided:
            decided.add(_KEY_FOR)
        elif "llm" in decided and "llm" not in before and self.key:
            values[_KEY_FOR] = self.llm
        for name in decided:
            values.pop(name, None)
            if name in before:
                values[name] = before[name]
        text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
        try:
            index.mkdir(0o700, parents=True, exist_ok=True)
            write_whole(file, text.encode("utf-8", "replace"))
        except OSError as error:
            raise SettingsError(
                f"The settings file {file} cannot be written: {error.strerror or error}. "
                "Check the folder's permissions and the disk's free space."
            ) from error

    @staticmethod
    def decided(environment: Mapping[str, str] | None = None) -> frozenset[str]:
        """The settings that the environment decides, whatever the file says.

        >>> sorted(Settings.decided({"QUOTH_LLM": "none", "PATH": "/bin"}))
        ['llm']
        """
        source = os.environ if environment is None else environment
        return frozenset(_named_in(source))

    @staticmethod
    def help() -> dict[str, str]:
        """One line of help for each setting.

        >>> Settings.help()["threads"]
        'Threads for the models on this computer; 0 means one per core.'
        """
        lines = dict(_HELP.findall(Settings.__doc__ or ""))
        return {f.name: " ".join(lines.get(f.name, "").split()) for f in fields(Settings)}


def variable(name: str) -> str:
    """The environment variable of a setting.

    >>> variable("llm")
    'QUOTH_LLM'
    """
    return f"QUOTH_{name.upper()}"


def serve_keys() -> str:
    """The keys that `serve` lets in, from `QUOTH_SERVE_KEYS` alone: no file of ours keeps them."""
    return os.environ.get(variable("serve_keys"), "")


def library_token() -> str:
    """What a Milvus server asks for, `user:password` or a key; from `QUOTH_LIBRARY_TOKEN` alone."""
    return os.environ.get(variable("library_token"), "")


def open_to_all() -> bool:
    """Whether the page may be reached by others who need not sign in (`QUOTH_OPEN_TO_ALL=1`)."""
    return os.environ.get(variable("open_to_all")) == "1"


def page_names() -> tuple[str, ...]:
    """The host names that the page is opened by (`QUOTH_PAGE_NAMES`), commas between them."""
    return tuple(re.findall(r"[^,\s]+", os.environ.get(variable("page_names"), "").lower()))


def admins() -> tuple[str, ...]:
    """Who may change what all share, where people sign in; from `QUOTH_ADMINS` alone.

    Each is an e-mail address, or issuer and subject with a blank between, as in
    `https://login.example 00u1`; commas stand between them.

    Raises:
        SettingsError: One is neither.
    """
    listed = os.environ.get(name := variable("admins"), "").split(",")
    named = tuple(" ".join(one.split()) for one in listed if one.strip())
    for one in named:
        issuer, _, subject = one.partition(" ")
        if not (issuer.startswith(("https://", "http://")) if subject else "@" in issuer):
            raise SettingsError(
                f"The environment variable {name} names {one!r}, which is neither an e-mail "
                "address nor issuer and subject, as in: https://login.example 00u1. Correct it."
            )
    return named


def own_limits() -> tuple[int, int]:
    """How many articles of their own each person who signs in may have, and of how many MB in all.

    From `QUOTH_OWN_ARTICLES` and `QUOTH_OWN_MEGABYTES`.

    Raises:
        SettingsError: One is no whole number from 0 on.
    """
    found = []
    for name, default in OWN_LIMITS.items():
        count = _parse(variable(name), os.environ.get(variable(name), str(default)), int)
        if count < 0:
            raise SettingsError(
                f"The environment variable {variable(name)} is {count}; it must be 0 or more."
            )
        found.append(count)
    return found[0], found[1]


def prefer(name: str, value: str) -> None:
    """Set an environment variable of a library that is not loaded yet, unless a person has."""
    os.environ.setdefault(name, value)


def exported(**settings: object) -> dict[str, str]:
    """The environment for a process of ours, with these settings in it.

    >>> exported(llm="none")["QUOTH_LLM"]
    'none'
    """
    return dict(os.environ) | {variable(name): str(value) for name, value in settings.items()}


def place_of(folder: Path) -> Path:
    """Where the index of a folder is kept where no other place is set."""
    return Path("index") / (folder.resolve().name or "root")


def _changeable() -> list[Field[Any]]:
    """The settings that the file may hold."""
    return [setting for setting in fields(Settings) if setting.name not in _PLACES]


def _from_environment(environment: Mapping[str, str] | None) -> dict[str, Any]:
    source = os.environ if environment is None else environment
    return {
        name: _parse(variable(name), source[variable(name)], kind)
        for name, kind in _named_in(source).items()
    }


def _named_in(source: Mapping[str, str]) -> dict[str, type]:
    """The settings that an environment decides, each with its type."""
    named = {f.name: type(f.default) for f in fields(Settings) if variable(f.name) in source}
    if "llm" not in named:  # whose key it is nobody knows
        named.pop("key", None)
    return named


def _parse(name: str, text: str, kind: Any) -> Any:
    try:
        return kind(text)
    except ValueError:
        message = f"The environment variable {name} is {text!r}; it must be {_WANTED[kind]}."
        raise SettingsError(message) from None


def _from_file(file: Path) -> dict[str, Any]:
    """What the file says, each value of its setting's type."""
    if file.exists() and not file.is_file():  # of a pipe one would wait for ever
        raise SettingsError(f"The settings file {file} cannot be read: it is no file. Remove it.")
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST_FILE + 1)
        found = json.loads(raw) if len(raw) <= _LARGEST_FILE else None
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(
            f"The settings file {file} cannot be read: {error.strerror or error}. "
            "Check its permissions."
        ) from error
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SettingsError(
            f"The settings file {file} is not JSON{where}. Correct it, or delete it to go back to "
            "the defaults."
        ) from None
    if not isinstance(found, dict):
        raise SettingsError(
            f"The settings file {file} must hold one JSON object with settings. Correct it, or "
            "delete it to go back to the defaults."
        )
    if found.get("key"):  # which is nobody else's, also where a person wrote the file
        with suppress(OSError):
            file.chmod(0o600)
    return {name: _of_type(file, name, value) for name, value in found.items()}


def _of_type(file: Path, name: str, value: object) -> Any:
    known = {setting.name: type(setting.default) for setting in _changeable()} | {_KEY_FOR: str}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Possible are: {', '.join(known)}."
        if name in _PLACES:
            hint = f"It can be set as {variable(name)} only."
        raise SettingsError(f"The settings file {file} has the unknown key {name[:40]!r}. {hint}")
    kind: Any = known[name]
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or isinstance(value, bool):
        shown = "of another kind" if name == "key" else repr(value)[:40]
        raise SettingsError(
            f"The settings file {file}: {name} is {shown}; it must be {_WANTED[kind]}."
        )
    try:
        return kind(value)
    except OverflowError:
        raise SettingsError(f"The settings file {file}: {name} is too large.") from None


def write_whole(file: Path, raw: bytes) -> None:
    """Write a file that only its owner may read, so that readers see the old or the new one."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(raw)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
