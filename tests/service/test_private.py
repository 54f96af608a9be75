"""What is one person's own is found by them alone, whatever way another tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.library.joined import OWN
from rag.page.people import OWN as PAGES
from rag.service.engine import Engine
from rag.service.private import PrivateShelves, places
from rag.service.suggest import answers, candidates
from rag.service.tasks import Task, TaskStage, Unpacked, adding, removing
from rag.testing import FakeEmbedder, FakeLLM
from tests.documents.made import archive
from tests.world import opened

ANN, BOB = '["https://login.example", "ann"]', '["https://login.example", "bob"]'
SECRET = (
    b"---\ntitle: The merger with Zephyrine\nauthor: Quirina Vex\ndate: 2024-05-06\n---\n\n"
    b"The harbour of Skarvik will be sold to Zephyrine in October for 77 million crowns. "
    b"Quirina Vex signed the papers in Zephyrine's office on Monday.\n"
)
MARKS = ("zephyrine", "quirina", "merger", "2024")
ASKED = "Who will the harbour of Skarvik be sold to?"
QUESTIONS = (
    ASKED,
    "Who signed the papers in Zephyrine's office?",
    "Which articles mention Zephyrine?",
    "Which articles are by Quirina Vex?",
    "How many articles are there?",
    "Which article is the newest?",
    "What is the article “The merger with Zephyrine” about?",
    "List all articles.",
    "What happened in October?",
)


@contextmanager
def begun(place: Path) -> Iterator[Engine]:
    """An engine that is open, with what the environment allows now."""
    with opened(place, llm=FakeLLM()) as assistant:
        engine = Engine(lambda: assistant)
        engine.start()
        assert engine.wait(60)
        yield engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with begun(tmp_path) as engine:
        yield engine


def done(engine: Engine, task: Task, owner: str = "") -> Task:
    engine.submit([task], owner=owner)
    assert engine.wait(60)
    return task


def of(engine: Engine, owner: str) -> Assistant:
    found = engine.assistant_of(owner)
    assert found is not None
    return found


@pytest.fixture
def hers(engine: Engine) -> str:
    """The id of an article that is Ann's alone."""
    task = done(engine, adding("secret.md", SECRET), ANN)
    assert task.stage is TaskStage.DONE, task.error
    return task.added[0]


def test_who_added_it_finds_cites_and_opens_it(engine: Engine, hers: str) -> None:
    assert hers == f"{OWN}secret.md" == f"{PAGES}secret.md"
    ann = of(engine, ANN)
    answer = ann.ask(ASKED)
    assert "Zephyrine" in answer.text
    for citation in answer.citations:
        text = ann.document(citation.document).text
        assert text[citation.start : citation.end] == citation.quote
    assert hers in {citation.document for citation in answer.citations}
    assert ann.counts()[0] == of(engine, BOB).counts()[0] + 1
    assert "1962" in ann.ask("When was the ferry Hanna built?").text  # and all that is shared
    assert {hit.document for hit in ann.search(ASKED, documents=[OWN])} == {hers}
    with pytest.raises(RagError, match="no article in the collection ~/"):
        of(engine, BOB).search(ASKED, documents=[OWN])
    ann.correct(hers, author="Ann")
    assert [i.author for i in ann.documents() if i.id == hers] == ["Ann"]


WAYS: list[Callable[[Assistant, str], object]] = [
    *(lambda bob, hers, q=q: bob.ask(q).to_dict() for q in QUESTIONS),
    lambda bob, hers: bob.ask(ASKED, documents=[hers]).evidence,
    lambda bob, hers: [hit.text for q in ("Zephyrine", ASKED) for hit in bob.search(q)],
    lambda bob, hers: [hit.text for hit in bob.search("Zephyrine", documents=[hers])],
    lambda bob, hers: [bob.find_document(id_) for id_ in (hers, hers.removeprefix(OWN))],
    lambda bob, hers: [bob.info(hers), bob.documents(), bob.failures(), bob.digest(hers)],
    lambda bob, hers: bob.documents(author="Quirina"),
    lambda bob, hers: list(candidates(bob.documents())),
    lambda bob, hers: answers("Who signed the papers with Quirina Vex?", bob) or "",
]


@pytest.mark.parametrize("owner", [BOB, "", "ann"])
@pytest.mark.parametrize("way", WAYS)
def test_another_learns_nothing_of_it(
    engine: Engine, way: Callable[[Assistant, str], object], owner: str
) -> None:
    """All that another is told is what they were told before it was there."""
    before = plain(way(of(engine, owner), f"{OWN}secret.md"))
    hers = done(engine, adding("secret.md", SECRET), ANN).added[0]
    after = plain(way(of(engine, owner), hers))
    assert after == before
    asked = " ".join(QUESTIONS).lower()
    assert not [m for m in MARKS if m in after.lower() and m not in asked]


def plain(told: object) -> str:
    """What was told, less how long it took."""
    if isinstance(told, dict):
        told = {name: value for name, value in told.items() if name not in ("timings", "speed")}
    return repr(told)


@pytest.mark.parametrize("owner", [BOB, ""])
def test_another_changes_nothing_of_it(engine: Engine, hers: str, owner: str) -> None:
    before = of(engine, ANN).document(hers)
    assert done(engine, removing(hers, "x"), owner).stage is TaskStage.FAILED
    with pytest.raises(RagError):
        of(engine, owner).correct(hers, author="Bob")
    done(engine, adding("secret.md", b"Something else of Bob's, whole.", replace=True), BOB)
    assert of(engine, ANN).document(hers) == before
    assert "Bob" not in repr(of(engine, ANN).document(hers))


def test_the_same_file_of_two_people_is_each_ones_own(engine: Engine, hers: str) -> None:
    task = done(engine, adding("secret.md", SECRET), BOB)
    assert repr(task.result).startswith("Addition(id='~/secret.md', outcome=<Outcome.ADDED")
    assert done(engine, removing(hers, "x"), ANN).stage is TaskStage.DONE
    assert of(engine, ANN).find_document(hers) is None
    assert of(engine, BOB).find_document(hers) is not None


def test_the_first_questions_and_the_line_are_each_ones_own(engine: Engine, hers: str) -> None:
    for owner, theirs in ((ANN, True), (BOB, False)):
        while (found := engine.followups.first(owner=owner)) is None:
            pass
        assert any("Zephyrine" in question for question in found) is theirs
        turn = engine.questions.ask("a" + owner[-4], ASKED, owner=owner).turn
        while engine.questions.queued(turn) is not None:
            pass
        kept = of(engine, owner).chats.of(owner).turn(turn)
        assert kept is not None
        assert kept.answer is not None
        assert ("Zephyrine" in kept.answer.text) is theirs
        assert (hers in kept.digests) is theirs


def test_it_follows_another_embedder_once_it_is_asked(engine: Engine, hers: str) -> None:
    assistant = of(engine, "")
    assistant._models.embedder.want(FakeEmbedder(dimension=32))
    shelves(engine).anew()
    assert not opened_now(engine)
    ann = of(engine, ANN)
    assert "Zephyrine" in ann.ask(ASKED).text
    assert engine.wait(60)
    assert ann._own is not None
    with ann._own() as own:
        assert own._library.identity.dimension == 32 != assistant._library.identity.dimension
    assert "Zephyrine" in ann.ask(ASKED).text  # by its words, until the shared ones follow
    assistant.reembed()
    assert "Zephyrine" in ann.ask(ASKED).text


def shelves(engine: Engine) -> PrivateShelves:
    assert engine._private is not None
    return engine._private


def opened_now(engine: Engine) -> list[Assistant]:
    return [one.own for one in shelves(engine)._open.values()]


def is_open(own: Assistant) -> bool:
    try:
        own.counts()
    except RagError:
        return False
    return True


def test_none_is_opened_before_it_is_asked_and_files_are_taken_up_then(
    tmp_path: Path, engine: Engine, hers: str
) -> None:
    (place,) = places(of(engine, "").index)
    (place / "articles" / "by hand.txt").write_text("The barge Nora was sold to Ottoline Brack.")
    again = Engine(lambda: of(engine, ""))
    again.start()
    assert again.wait(60)
    assert not opened_now(again)
    assert of(again, BOB) is of(again, "")  # who has none is asked for nothing
    assert of(again, ANN).counts()[0] == of(again, BOB).counts()[0] + 1
    assert again.wait(60)
    assert "Ottoline" in of(again, ANN).ask("Who was the barge Nora sold to?").text
    for own in opened_now(again):
        own.close()


def test_few_stay_open_and_those_that_are_closed_answer_as_before(
    engine: Engine, hers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.service.private.MOST_OPEN", 2)
    people = [f"person {number}" for number in range(5)]
    for number, owner in enumerate(people):
        text = f"The barge of dock {number} is called Zephyrine{number}.".encode()
        done(engine, adding("barge.txt", text), owner)
    held = [of(engine, owner) for owner in people]  # as a page that stays open holds them
    for number, one in enumerate(held):
        assert f"Zephyrine{number}" in one.ask(f"What is the barge of dock {number} called?").text
        assert engine.wait(60)
        assert len(opened_now(engine)) <= 3
    assert "Zephyrine in" in of(engine, ANN).ask(ASKED).text


def test_one_that_is_in_use_is_not_closed(
    engine: Engine, hers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shelves(engine).own(ANN) as own:
        monkeypatch.setattr("rag.service.private.MOST_OPEN", 0)
        monkeypatch.setattr("rag.service.private.IDLE", 0.0)
        done(engine, adding("a.txt", b"Bob's barge is green."), BOB)
        shelves(engine).anew()
        assert is_open(own)
    assert not is_open(own)


def test_who_was_not_asked_for_long_is_closed(
    engine: Engine, hers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own,) = opened_now(engine)
    monkeypatch.setattr("rag.service.private.IDLE", 0.0)
    done(engine, adding("a.txt", b"Bob's barge is green."), BOB)
    assert not is_open(own)
    assert "Zephyrine" in of(engine, ANN).ask(ASKED).text


def test_many_who_ask_at_once_are_each_answered_from_their_own(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.service.private.MOST_OPEN", 1)
    monkeypatch.setattr("rag.service.private.IDLE", 0.0)
    people = [f"person {number}" for number in range(4)]
    for number, owner in enumerate(people):
        text = f"The barge of dock {number} is called Zephyrine{number}.".encode()
        done(engine, adding("barge.txt", text), owner)

    def ask(turn: int) -> None:
        number = turn % len(people)
        one = of(engine, people[number])
        if turn % 13 == 0:
            shelves(engine).anew()
        assert len([info for info in one.documents() if info.id.startswith(OWN)]) == 1
        found = [hit.text for hit in one.search("What is the barge called?")]
        assert [text for text in found if "Zephyrine" in text] == [
            f"The barge of dock {number} is called Zephyrine{number}."
        ]

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(ask, range(120)))
    assert engine.wait(60)
    assert len(opened_now(engine)) <= 2


def test_each_person_may_add_so_many_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_OWN_ARTICLES", "2")
    monkeypatch.setenv("QUOTH_OWN_MEGABYTES", "1")
    with begun(tmp_path) as engine:
        for name in ("a.txt", "b.txt"):
            assert done(engine, adding(name, f"{name} is here.".encode()), ANN).result
        third = adding("c.txt", b"One more is here.")
        assert (
            "2 articles of your own are allowed, and you have 2." in done(engine, third, ANN).error
        )
        same = done(engine, adding("b.txt", b"b.txt is here."), ANN)
        assert same.added == (f"{OWN}b.txt",)  # it was there already
        other = done(engine, adding("b.txt", b"Another text of b.", replace=True), ANN)
        assert other.added == (f"{OWN}b.txt",)
        packed = done(engine, adding("c.zip", archive({"x.txt": b"X.", "y.txt": b"Y."})), BOB)
        assert isinstance(packed.result, Unpacked)
        assert packed.result.added == 2
        assert done(engine, adding("z.txt", b"Z is here."), "").result  # of all there may be more
        assert of(engine, ANN).counts()[0] == of(engine, "").counts()[0] + 2
        done(engine, removing(f"{OWN}a.txt", "a"), ANN)
        assert done(engine, adding("c.txt", b"One more is here."), ANN).result


def test_an_archive_gives_as_many_as_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_OWN_ARTICLES", "2")
    with begun(tmp_path) as engine:
        files = {f"{name}.txt": f"The barge {name} is old.".encode() for name in "abcd"}
        did = done(engine, adding("all.zip", archive(files)), ANN).result
        assert isinstance(did, Unpacked)
        assert (did.added, len(did.failed)) == (2, 2)
        assert "are allowed" in did.failed[0]


def test_the_size_of_all_and_of_what_is_removed_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_OWN_MEGABYTES", "1")
    with begun(tmp_path) as engine:
        large = [f"The barge {n} is old. ".encode() + b"x " * 300_000 for n in range(4)]
        assert done(engine, adding("0.txt", large[0]), ANN).result
        assert "more than the 1 MB" in done(engine, adding("1.txt", large[1]), ANN).error
        for n in range(1, 4):  # as somebody would who fills the disk
            assert done(engine, removing(f"{OWN}{n - 1}.txt", ""), ANN).stage is TaskStage.DONE
            assert done(engine, adding(f"{n}.txt", large[n]), ANN).result
        (place,) = places(engine.assistant.index)
        kept = [path.name for path in (place / "index" / "removed").rglob("*.txt")]
        assert kept == ["2.txt"]


def test_nothing_of_a_person_stands_in_the_name_of_their_folder(
    engine: Engine, hers: str, tmp_path: Path
) -> None:
    done(engine, adding("a.txt", b"An odd owner has an article too."), "../../x\udce9")
    places = [place.name for place in (of(engine, "").index / "people").iterdir()]
    assert len(places) == 2
    assert all(len(name) == 64 and name.isalnum() for name in places)
