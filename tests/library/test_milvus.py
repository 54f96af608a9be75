"""A library on a Milvus server: what can go wrong there, and what it shares with other machines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rag.errors import EmbedderMismatch, FolderError, LibraryError, SettingsError
from rag.library import Filters, LibraryStore, opened, reembed
from rag.library.milvus import MilvusLibrary
from rag.library.milvus_server import MilvusServer
from rag.library.rows import Settlement
from rag.testing import FakeEmbedder
from tests.library.place import MakePlace, Place
from tests.milvus_door import MilvusDoor
from tests.milvus_process import MilvusProcess


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def shared(place: Place, milvus: str) -> Place:
    """Four articles, whose library is on the server."""
    place.store = on(milvus)
    return place


def on(address: str) -> Callable[[Place], LibraryStore]:
    def opens(place: Place) -> LibraryStore:
        return opened(address, place.index, identity=place.embedder.identity, longest=place.longest)

    return opens


def away(place: Place, make_place: MakePlace, name: str = "away") -> Place:
    """The same articles on another machine, which has an index folder of its own."""
    other = make_place(name, store=place.store)
    other.folder = place.folder
    return other


def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def dies_at(monkeypatch: pytest.MonkeyPatch, write: int) -> None:
    """Let the process end before its nth write, and write nothing from then on."""
    left = write

    def instead(real: Callable[..., None]) -> Callable[..., None]:
        def method(self: MilvusServer, what: Any) -> None:
            nonlocal left
            what = list(what)
            left -= bool(what)
            if left < 0:
                raise Killed
            real(self, what)

        return method

    for name in ("put", "drop", "forget", "put_passages"):
        monkeypatch.setattr(MilvusServer, name, instead(getattr(MilvusServer, name)))


def changed(place: Place) -> None:
    """Do to the articles all that a sync has to settle."""
    place.write("rollo.txt", "Rollo\n\nRollo lost the town again, and drank tea.")
    place.write("new.txt", "A new article about chips and tea.")
    shutil.copy2(place.folder / "chips.md", place.folder / "chips_too.md")
    (place.folder / "deep/tea.html").rename(place.folder / "deep/tea-tea.html")
    (place.folder / "deep/er/old.md").unlink()


def synced_and_set(place: Place, library: LibraryStore) -> None:
    place.sync(library)
    library.correct("rollo.txt", {"date": "2001-02-03"})


def kept_to(place: Place, library: LibraryStore, *ids: str) -> set[str]:
    """What is found among these articles alone."""
    vector = place.embedder.embed(["tea"])[0]
    matches = library.match(vector, ["tea"], limit=50, filters=Filters(ids))
    stored = library.passages([match.number for match in matches])
    return {one.passage.document for one in stored.values()}


@pytest.mark.parametrize("parted", [False, True])
def test_a_whole_collection_is_asked_for_by_its_number(
    shared: Place, monkeypatch: pytest.MonkeyPatch, parted: bool
) -> None:
    if parted:  # as on a cluster
        monkeypatch.setattr("rag.library.milvus_server._LITE", "another server")
    shared.sync()
    library: Any = shared.open()
    fields = library._server._client.describe_collection(library._server.name)["fields"]
    keys = [field["name"] for field in fields if field.get("is_partition_key")]
    assert keys == ["collection"] * parted
    for ids, listed in (
        (["deep/tea.html", "deep/er/old.md"], False),
        (["deep/tea.html"], True),
        (["chips.md", "rollo.txt"], False),
        (["chips.md", "deep/tea.html", "deep/er/old.md"], True),
    ):
        assert ("document in" in library._within(Filters(tuple(ids)))) is listed
        assert kept_to(shared, library, *ids) == set(ids)
    (shared.folder / "other").mkdir()
    (shared.folder / "deep/tea.html").rename(shared.folder / "other/tea.html")
    shared.sync(library)
    assert "document in" not in library._within(Filters(("other/tea.html",)))
    assert kept_to(shared, library, "other/tea.html") == {"other/tea.html"}
    assert kept_to(shared, library, "deep/er/old.md") == {"deep/er/old.md"}
    assert kept_to(shared, library, "deep/tea.html") == set()
    counted = library._server._ask(
        "query", library._server.name, filter="", output_fields=["count(*)"]
    )
    assert counted[0]["count(*)"] == library.counts()[1]


def test_killed_at_any_write_nothing_is_lost_or_doubled(
    make_place: MakePlace, milvus_process: MilvusProcess
) -> None:
    whole = make_place("whole").fill()
    changed(whole)
    built = whole.open()
    synced_and_set(whole, built)
    wanted, counts = whole.answers(built), built.counts()
    write, ended = 0, False
    while not ended:
        store = on(milvus_process.library(f"killed{write}"))
        place = make_place(f"killed{write}", store=store).fill()
        place.sync()
        changed(place)
        library: Any = place.open()
        library._lease._me["pid"] = dead()
        with pytest.MonkeyPatch.context() as patch:
            dies_at(patch, write)
            try:
                synced_and_set(place, library)
                ended = True
            except Killed:
                pass
        survivor = away(place, make_place, f"survivor{write}")
        now: Any = survivor.open()
        synced_and_set(survivor, now)
        assert survivor.answers(now) == wanted, write
        assert now.counts() == counts
        server = now._server
        rows = server._ask("query", server.name, filter="", output_fields=["count(*)"])
        assert rows[0]["count(*)"] == counts[1], f"orphans after write {write}"
        assert now.rows.pending == []
        write += 1
    assert write > 10


def test_killed_at_any_write_of_a_move_an_article_is_found_in_its_collection(
    make_place: MakePlace, milvus_process: MilvusProcess
) -> None:
    write, ended = 0, False
    while not ended:
        store = on(milvus_process.library(f"moving{write}"))
        place = make_place(f"moving{write}", store=store).fill()
        place.sync()
        (place.folder / "other").mkdir()
        (place.folder / "deep/tea.html").rename(place.folder / "other/tea.html")
        library: Any = place.open()
        library._lease._me["pid"] = dead()
        with pytest.MonkeyPatch.context() as patch:
            dies_at(patch, write)
            with suppress(Killed):
                place.sync(library)
                ended = True
        survivor = away(place, make_place, f"finding{write}")
        now: Any = survivor.open()
        survivor.sync(now)
        assert kept_to(survivor, now, "other/tea.html") == {"other/tea.html"}, write
        assert now.rows.pending == []
        write += 1
    assert write > 4


def test_one_machine_writes_at_a_time(
    shared: Place, make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.library.milvus_lease._PATIENCE", 0.2)
    shared.sync()
    one: Any = shared.open()
    other = away(shared, make_place).open()
    with one.writing():
        with pytest.raises(LibraryError, match=r"Another program is writing: .*Wait until"):
            other.settle(Settlement(removed=["rollo.txt"]))
        monkeypatch.setattr("rag.library.milvus_lease.LEASE", -1.0)  # it worked for too long
        one._lease._until = 0.0
        with pytest.raises(LibraryError, match="for so long"):
            one.settle(Settlement(removed=["rollo.txt"]))
    monkeypatch.undo()
    with one.writing():  # its process ends before it can say so
        one._lease._me["pid"] = dead()
        one._lease._note(one._lease._until)
        other.settle(Settlement(removed=["rollo.txt"]))
    other.refresh()
    assert other.counts()[0] == 3


def test_the_articles_of_another_folder_are_refused_wherever_that_is(
    shared: Place, make_place: MakePlace
) -> None:
    shared.sync()
    other = make_place("other", store=shared.store)
    other.write("tea.txt", "Tea grows.")
    shutil.move(shared.folder, shared.root / "gone")
    with pytest.raises(FolderError, match=r"belongs to the folder .*library of another name"):
        other.sync()
    assert other.open().counts()[0] == 4


def test_another_embedder_or_length_is_not_mixed_in(shared: Place) -> None:
    shared.sync()
    library = shared.open()
    assert reembed(library, shared.embedder, shared.longest) == 0
    for embedder, longest in ((FakeEmbedder(seed=7), 200), (shared.embedder, 400)):
        with pytest.raises(EmbedderMismatch, match="library of another name"):
            reembed(library, embedder, longest)
    shared.embedder = FakeEmbedder(seed=7)
    with pytest.raises(EmbedderMismatch, match="passages embedded with"):
        shared.sync(library)
    assert library.counts()[0] == 4


def test_a_server_that_is_away_is_told_and_found_again(
    tmp_path: Path, make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.library.milvus_server.CONNECT", 1.0)
    monkeypatch.setattr("rag.library.milvus_server.ANSWER", 1.0)
    with MilvusProcess(tmp_path / "server") as server:
        place = make_place(store=on(server.library("articles"))).fill()
        place.sync()
        library, before = place.open(), place.answers()
        server.pause()
        with pytest.raises(LibraryError, match="has not answered for 1 second"):
            place.answers(library)
        server.go_on()
        assert place.answers(library) == before
        server.stop()
        with pytest.raises(LibraryError, match=r"cannot be reached\. Check that Milvus runs"):
            place.answers(library)
        with pytest.raises(LibraryError, match=r"cannot be reached\. Check that Milvus runs"):
            place.open()
        server.start()
        end = time.monotonic() + 30
        while time.monotonic() < end:  # a connection waits a moment before it is tried again
            with suppress(LibraryError):
                assert place.answers(library) == before
                break
        assert place.answers(library) == before


def test_what_is_no_library_of_this_version_is_left_alone(shared: Place, milvus: str) -> None:
    library: Any = shared.open()
    library.rows.set_facts({"format": "9"})
    with pytest.raises(LibraryError, match=r"of the format 9, which .* Use the version"):
        shared.open()
    client = library._server._client
    client.create_collection("others", dimension=4)
    with pytest.raises(LibraryError, match=r"others .* Choose another name"):
        on(milvus.rpartition("/")[0] + "/others")(shared)
    with pytest.raises(LibraryError, match=r"no library nowhere .* yet"):
        MilvusLibrary(milvus.rpartition("/")[0] + "/nowhere", shared.index)
    with pytest.raises(SettingsError, match="no address of a Milvus library"):
        MilvusLibrary("milvus://x", shared.index)


def test_without_the_package_it_says_what_to_install(
    shared: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(LibraryError, match=r"pip install 'quoth\[milvus\]'"):
        shared.open()


@pytest.mark.parametrize("version", ["2.5.12", "v2.4.0-dev"])
def test_a_server_that_would_tell_other_scores_is_refused(
    shared: Place, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("pymilvus.MilvusClient.get_server_version", lambda *_, **__: version)
    with pytest.raises(LibraryError, match=rf"is Milvus {version}. Quoth needs 2.6 or later"):
        shared.open()


def test_without_words_the_nearest_are_found(shared: Place) -> None:
    shared.sync()
    library: Any = shared.open()
    asked = shared.embedder.embed(["tea"])[0]
    near, both = (library.match(asked, words, limit=2) for words in ([], ["chip"]))
    assert len(near) == 2
    assert {m.lexical for m in near} == {0.0}
    assert {(m.number, m.dense) for m in near} < {(m.number, m.dense) for m in both}


def test_what_does_not_fit_is_told_by_name(shared: Place) -> None:
    library = shared.open()
    with pytest.raises(LibraryError, match="fact/wide does not fit"):
        library.rows.set_facts({"wide": "x" * 70_000})


def test_a_long_article_comes_back_whole(shared: Place, make_place: MakePlace) -> None:
    text = "".join(f"Sätze über 谁 und 😀 Nummer {n}. " for n in range(4000))
    other = make_place("other")
    for place in (shared, other):
        place.write("long.txt", f"Lang\n\n{text}")
        place.sync()
    document = shared.open().document("long.txt")
    assert document is not None
    assert len(document.text) > 100_000
    assert document == other.open().document("long.txt")


def test_a_library_lies_in_another_database(
    shared: Place, make_place: MakePlace, milvus: str
) -> None:
    library: Any = shared.open()
    server, _, name = milvus.rpartition("/")
    library._server._client.create_database(f"of_{name}")
    shared.sync(library)
    other = make_place("other", store=on(f"{server}/of_{name}/{name}"))
    other.write("tea.txt", "Tea grows.")
    other.sync()
    assert (library.counts()[0], other.open().counts()[0]) == (4, 1)  # of the same name
    with pytest.raises(LibraryError, match="no_such"):
        on(f"{server}/no_such/{name}")(other)


def test_only_who_knows_the_user_comes_in_and_nobody_is_told_it(
    tmp_path: Path, milvus_process: MilvusProcess
) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles/tea.txt").write_text("Tea\n\nTea grows on hills.\n")
    index = ("--index", str(tmp_path / "index"))
    with MilvusDoor(tmp_path, milvus_process.port, "ann:s3cret") as door:
        address = door.library("locked")

        def quoth(token: str, *words: str) -> subprocess.CompletedProcess[str]:
            own = {"QUOTH_LIBRARY": address, "QUOTH_LIBRARY_TOKEN": token, "QUOTH_LLM": "none"}
            trusts = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(door.certificate)}
            command = [sys.executable, "-m", "rag", *words, *index]
            more = {"capture_output": True, "text": True, "timeout": 300}
            return subprocess.run(command, env=os.environ | own | trusts, **more)  # type: ignore[call-overload,no-any-return]

        done = quoth("ann:s3cret", "index", str(tmp_path / "articles"))
        assert "1 added" in done.stdout, done.stderr
        assert door.refused == 0
        told = [done, quoth("ann:s3cret", "doctor", "--json")]
        facts = json.loads(told[1].stdout)["index"]
        assert (facts["library"], facts["articles"]) == (address, "1 in 1 passages")
        for token in ("ann:wr0ng", ""):
            told.append(quoth(token, "doctor", "--json"))
            assert "did not let us in. Set QUOTH_LIBRARY_TOKEN" in told[-1].stdout
            assert door.refused > 0
        for one in told:
            assert not [t for t in ("s3cret", "wr0ng") if t in one.stdout + one.stderr]
