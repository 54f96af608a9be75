"""`index`, `documents` and `correct`: the library, what is in it, and what is known of that."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from rag.commands.options import (
    After,
    Articles,
    AsJson,
    Author,
    Before,
    Collection,
    Folder,
    Index,
    Language,
    Source,
    chosen,
    dates,
    open_assistant,
    places,
    remember,
)
from rag.commands.show import (
    documents_rows,
    documents_table,
    show_duplicates,
    show_failures,
    show_remarks,
)
from rag.commands.terminal import (
    Bar,
    duration,
    print_json,
    print_rows,
    stderr,
    stdout,
    stoppable,
)
from rag.errors import QuestionError
from rag.listing import SyncReport
from rag.schema import many
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.library import Workers


def index(
    articles: Articles = None,
    *,
    folder: Folder = None,
    index: Index = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Then follow the folder until Ctrl-C.")
    ] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="[HOST:PORT]",
            help="Read and embed on a Ray cluster; without an address on one of this computer's.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the index in step with a folder of articles.

    New and changed files are read, vanished ones removed. A file that only got another name is
    not indexed again, and of files with the very same content one is. It can be stopped with
    Ctrl-C and goes on the next time.
    """
    if watch and ray is not None:
        raise QuestionError("--watch follows a folder alone. Index with --ray first, then watch.")
    source, place = places(Settings.from_environment(), articles or folder, index)
    settings = Settings.read(place)
    if source.is_dir():
        remember(source, place)
    if watch:
        _watch(source, place, settings, as_json)
    else:
        _show(source, place, _sync(source, place, settings, ray), as_json)


class MayBeBare(TyperCommand):
    """Lets `--ray` stand without an address."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """As typed, with an empty address behind a `--ray` that nothing follows."""
        if "--ray" in args:
            behind = args.index("--ray") + 1
            if behind == len(args) or args[behind].startswith("-"):
                args = [*args[:behind], "", *args[behind:]]
        return super().parse_args(ctx, args)


def documents(
    *,
    folder: Folder = None,
    index: Index = None,
    author: Author = "",
    source: Source = "",
    language: Language = "",
    collection: Collection = "",
    after: After = None,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List the articles in the index, and the files that could not be read.

    Into a pipe go lines of article, date, characters, passages, title and author, tabs between.
    """
    first, last = dates(after, before)
    with open_assistant(folder, index) as assistant:
        listed = assistant.documents(
            author=author,
            source=source,
            language=language,
            collection=collection,
            after=first,
            before=last,
        )
        failures = assistant.failures()
    console = stdout()
    if as_json:
        print_json({"documents": listed, "failures": failures})
    elif console.is_terminal:
        console.print(documents_table(listed))
        show_failures(failures, console)
    else:
        print_rows(documents_rows(listed))
        show_failures(failures, stderr())


def correct(
    article: Annotated[str, typer.Argument(help="Its name, as `documents` lists it.")],
    *,
    folder: Folder = None,
    index: Index = None,
    author: Annotated[str | None, typer.Option("--author", help="Who wrote it.")] = None,
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="When it was published.")
    ] = None,
    modified: Annotated[
        str | None, typer.Option("--modified", metavar="DATE", help="When it was last changed.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Where it comes from.")] = None,
    as_told: Annotated[
        list[str] | None,
        typer.Option("--as-told", help="Take back what was set: author, date, modified, source."),
    ] = None,
) -> None:
    """Set by hand what an article's file tells wrongly or not at all.

    The file stays as it is. An empty text says that there is none.
    """
    told = {"author": author, "date": day, "modified": modified, "source": source}
    facts: dict[str, str | date | None] = {n: v for n, v in told.items() if v is not None}
    facts |= dict.fromkeys(as_told or ())
    if not facts:
        raise QuestionError("Nothing to set. Give --author, --date, --modified or --source.")
    with open_assistant(folder, index) as assistant:
        (id_,) = chosen(assistant, [article]) or [article]
        assistant.correct(id_, **facts)
        info = assistant.info(id_)
    stdout().print(documents_table([info] if info else []))


def _sync(folder: Path, place: Path, settings: Settings, ray: str | None) -> SyncReport:
    with Bar() as bar:
        from rag.library.cluster import ray_workers  # here, so that the bar shows while it loads
        from rag.opening import prepare

        assistant = prepare(folder, index=place, settings=settings)
        with assistant, stoppable() as stop:
            if ray is None:
                return _brought_in_step(assistant, bar, stop)
            with ray_workers(ray, count=settings.threads) as workers:
                return _brought_in_step(assistant, bar, stop, workers)


def _brought_in_step(
    assistant: Assistant, bar: Bar, stop: Event, workers: Workers | None = None
) -> SyncReport:
    """The library made as the settings and the folder say."""
    assistant.reembed(progress=bar.sync, cancelled=stop.is_set)
    sync = assistant.sync if workers is None else partial(assistant.sync_by, workers)
    return sync(progress=bar.sync, cancelled=stop.is_set)


def _watch(folder: Path, place: Path, settings: Settings, as_json: bool) -> None:
    """Sync, and again after every change, until Ctrl-C."""
    with Bar():
        from rag.library.watch import follow  # here, so that the bar shows while it is loaded
        from rag.opening import prepare

        assistant = prepare(folder, index=place, settings=settings)
    shown: list[SyncReport] = []

    def bring_in_step() -> None:
        with Bar("Looking for changes") as bar:
            report = _brought_in_step(assistant, bar, stop)
        if not shown or report.tells_more_than(shown[-1]):
            _show(folder, place, report, as_json)
        if not shown:
            stderr().print(f"Following {folder}. Press Ctrl-C to end.")
        shown.append(report)
        del shown[:-1]

    def tell(hindered: str) -> None:
        stderr().print(hindered or f"Following {folder} again.")

    with assistant, stoppable("Ending. Press Ctrl-C again to end at once.") as stop:
        follow(folder, bring_in_step, leave_out=place, stop=stop, tell=tell)


def _show(folder: Path, place: Path, report: SyncReport, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    console = stdout()
    if not report.changes and not report.unchanged:
        console.print(f"{folder} holds no articles yet. Put some there, or add them on the page.")
    else:
        console.print(_summary(folder, place, report))
    show_duplicates(report.duplicates, console)
    show_remarks(report.remarks, console)
    show_failures(report.failed, console)


def _summary(folder: Path, place: Path, report: SyncReport) -> str:
    counts = report.counts.items()
    done = ", ".join(f"{count:,} {word}" for word, count in counts if count or word != "moved")
    new = ""
    if report.passages:
        new = f" {many(report.passages, 'passage')} indexed in {duration(report.seconds)}."
    return f"{folder} is indexed in {place}. Articles: {done}.{new}"
