"""From facts about a machine to plain words: what is wrong, what would be slow, what would help.

Pure rules; gathers nothing and prints nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.commands.checkup import Index, Machine, Model, Package
from rag.commands.measure import Speeds
from rag.commands.mending import REPAIR
from rag.commands.terminal import count, duration
from rag.languages import better_embedder
from rag.settings import BUNDLED, Settings

GIB = 2**30
_BESIDE_MODELS = GIB  # torch, the index and the program itself
_LARGE_MODEL = 2 * GIB
_LITTLE_DISK = GIB
_SLOW_TOKENS = 8.0
_SAMPLE_ARTICLES, _PASSAGES_EACH = 1000, 10


def size(number: int) -> str:
    """Bytes in words.

    >>> size(98_362_432), size(3 * 2**30)
    ('94 MB', '3.0 GB')
    """
    if number >= GIB:
        return f"{number / GIB:.1f} GB"
    return f"{number / 2**20:.0f} MB" if number >= 2**20 else f"{number / 2**10:.0f} kB"


def problems(
    packages: Sequence[Package],
    models: Sequence[Model],
    index: Index,
    trouble: str | None,
) -> Iterator[str]:
    """What keeps questions from being answered."""
    if trouble:
        yield trouble
    missing = [package.name for package in packages if package.installed is None]
    if missing:
        yield f"Not installed: {', '.join(missing)}. Run: pip install -r requirements.txt"
    yield from (model.problem for model in models if model.problem)
    if index.damaged:
        yield from index.damaged
        yield REPAIR
    elif index.problem:
        yield index.problem


def _outdated(index: Index, settings: Settings) -> Iterator[str]:
    """What the settings say otherwise than the index."""
    from rag.models.embedder import BUNDLED_NAME

    wanted = BUNDLED_NAME if settings.embedder == BUNDLED else settings.embedder
    length = settings.passage_characters
    anew = f"Opening the index embeds {count(index.passages, 'passage')} anew"
    if index.embedder not in (None, wanted):
        yield (
            f"The index is of the embedder {index.embedder}, the settings say {wanted}. {anew}; "
            "change QUOTH_EMBEDDER back if that is not wanted."
        )
    if index.passage_characters not in (None, length):
        yield (
            f"The index has passages of {index.passage_characters} characters, the settings say "
            f"{length}. {anew}; change QUOTH_PASSAGE_CHARACTERS back if that is not wanted."
        )


def advice(
    packages: Sequence[Package],
    models: Sequence[Model],
    machine: Machine,
    index: Index,
    settings: Settings,
    speeds: Speeds | None,
) -> Iterator[str]:
    """What would be slow or could be better, and how."""
    for package in packages:
        if package.installed and package.wanted and not _same(package.installed, package.wanted):
            yield (
                f"{package.name} is {package.installed}; {package.wanted} is the tested version. "
                "If something fails, run: pip install -r requirements.txt"
            )
    if not index.found:
        yield "Nothing is indexed yet. The first question does it, or: python -m rag index FOLDER"
    yield from _outdated(index, settings)
    if index.loose:
        yield f"{' '.join(index.loose)} {REPAIR}"
    if index.unread:
        files = count(index.unread, "file")
        yield f"{files} could not be read: python -m rag documents shows why."
    if index.stale:
        yield index.stale
    if settings.embedder == BUNDLED and (better := better_embedder(index.languages)):
        yield better
    yield from _about_machine(models, machine, settings)
    yield from _about_model(models, machine, settings)
    if speeds is not None:
        yield from _about_speed(speeds)


def _same(installed: str, wanted: str) -> bool:
    """Equal but for a local part such as `+cpu`."""
    return installed.split("+")[0] == wanted.split("+")[0]


def _about_machine(models: Sequence[Model], machine: Machine, settings: Settings) -> Iterator[str]:
    needed = _BESIDE_MODELS + sum(model.bytes or 0 for model in models)
    if machine.memory_free < needed:
        yield (
            f"{size(machine.memory_free)} of memory are free and about {size(needed)} are needed: "
            "it may be very slow or stop. Close other programs, choose a smaller language model, "
            "or set QUOTH_LLM=none to answer with the articles' own sentences."
        )
    if machine.disk_free < _LITTLE_DISK:
        yield f"Only {size(machine.disk_free)} of disk are free where the index is. Free some."
    if settings.threads > machine.cores:
        yield (
            f"QUOTH_THREADS is {settings.threads} and there are {machine.cores} cores: more "
            "threads than cores are slower. Set it to 0."
        )
    if not machine.vectors:
        yield "The processor lacks AVX2: models run several times slower than on a newer one."
    elif machine.cores <= 2:
        yield (
            "With so few cores, indexing large folders takes long. It can be stopped with Ctrl-C "
            "and goes on the next time; a machine with more cores is quicker."
        )


def _about_model(models: Sequence[Model], machine: Machine, settings: Settings) -> Iterator[str]:
    llm = next((model for model in models if model.role == "language model"), None)
    if llm is None:
        yield "No language model is set: answers are the articles' own sentences, word for word."
        return
    if settings.is_address:
        return
    if llm.why:
        yield llm.why
    elif settings.llm == BUNDLED:
        from rag.models.catalogue import FETCH  # here, so that --help answers at once

        yield (
            "The bundled language model is small and only shortens sentences. A larger one writes "
            f"answers: {FETCH} fetches it, and QUOTH_LLM=auto takes it."
        )
    elif llm.bytes and llm.bytes > _LARGE_MODEL and not settings.gpu_layers:
        yield (
            f"The language model has {size(llm.bytes)} and runs on the processor, which takes "
            "several seconds an answer. A smaller one or a graphics card is quicker."
        )
    if machine.graphics and not settings.gpu_layers:
        yield (
            f"This machine seems to have an {machine.graphics} graphics card that is not used. "
            "Install llama-cpp-python built for it (README) and set QUOTH_GPU_LAYERS=-1."
        )
    if settings.gpu_layers and not machine.graphics:
        yield "QUOTH_GPU_LAYERS is set and no graphics card was found; it may have no effect."


def _about_speed(speeds: Speeds) -> Iterator[str]:
    seconds = _SAMPLE_ARTICLES * _PASSAGES_EACH / speeds.passages_per_second
    yield (
        f"At this speed, {_SAMPLE_ARTICLES:,} articles of about {_PASSAGES_EACH} passages take "
        f"{duration(seconds)} to index."
    )
    tokens = speeds.tokens_per_second
    if tokens is not None and tokens < _SLOW_TOKENS:
        yield (
            "The language model writes slowly here. A smaller one, more cores or a graphics card "
            "is quicker; QUOTH_LLM=none answers at once with the articles' own sentences."
        )
