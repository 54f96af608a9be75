"""`doctor` over people's own articles: checked and mended as those that all share."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

import rag.opening
from rag.commands.checkup import look
from rag.library.store import Store
from rag.service.private import made, places
from tests.commands import stand_in


def run(*args: str) -> Result:
    return stand_in.run("doctor", *args)


@pytest.fixture
def peoples(indexed: list[str]) -> list[Path]:
    """Where the own articles of two people lie; each has two."""
    with rag.opening.prepare(indexed[1], index=indexed[3]) as assistant:
        for person in "pq":
            place = assistant.index / "people" / person
            with made(assistant, place) as own:
                for name in ("one", "two"):
                    own.add(f"{name}.txt", f"The barge {name} of {person} is old.".encode())
    return places(Path(indexed[3]))


def test_own_articles_are_counted_and_what_is_damaged_is_told(
    indexed: list[str], peoples: list[Path]
) -> None:
    plain = json.loads(run(*indexed, "--json").stdout)
    assert plain["index"]["people"] == "2 with articles of their own"
    assert (plain["problems"], plain["mended"]) == ([], [])
    first, second = peoples
    with closing(Store(first / "index" / "library.sqlite")) as store:
        store._db.all("UPDATE documents SET text = text || '!' WHERE id = '~/one.txt'")
    (second / "index" / "library.sqlite").write_bytes(b"no database at all " * 1000)
    (second / "index" / "vectors.faiss.new").write_bytes(b"half")
    result = run(*indexed, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    problems = told["problems"]
    assert f"in {first}: The article ~/one.txt is damaged: its text" in problems[0]
    assert f"in {second}: The file " in problems[1]
    assert "doctor --repair" in problems[-1]
    assert "vectors.faiss.new is left over" in " ".join(told["advice"])


def test_own_articles_are_mended_and_read_again(indexed: list[str], peoples: list[Path]) -> None:
    first, second = peoples
    with closing(Store(first / "index" / "library.sqlite")) as store:
        store._db.all("UPDATE documents SET text = text || '!' WHERE id = '~/one.txt'")
    for path in (second / "index").glob("library.sqlite*"):
        path.write_bytes(b"no database at all " * 1000)
    mended = "\n".join(json.loads(run(*indexed, "--repair", "--json").stdout)["mended"])
    assert f"in {first}: Took out the article ~/one.txt, to be read again" in mended
    assert f"in {first}: 1 were read again; 1 were whole." in mended
    assert f"in {second}: 2 were read again; 0 were whole." in mended
    assert look(Path(indexed[3])) == ([], [])
    with rag.opening.prepare(indexed[1], index=indexed[3]) as assistant:
        for place, person in zip(peoples, "pq", strict=True):
            with made(assistant, place) as own:
                assert [info.id for info in own.documents()] == ["~/one.txt", "~/two.txt"]
                assert f"of {person} is old." in own.document("~/one.txt").text


def test_what_cannot_be_mended_of_one_keeps_nobody_elses_from_it(
    indexed: list[str], peoples: list[Path]
) -> None:
    first, second = peoples
    with closing(Store(first / "index" / "library.sqlite")) as store:
        store._db.all("PRAGMA user_version=99")
    with closing(Store(second / "index" / "library.sqlite")) as store:
        store._db.all("UPDATE documents SET text = text || '!' WHERE id = '~/one.txt'")
    told = json.loads(run(*indexed, "--repair", "--json").stdout)
    assert f"in {second}: 1 were read again; 1 were whole." in "\n".join(told["mended"])
    assert [line for line in told["problems"] if f"in {first}:" in line and "format 99" in line]
