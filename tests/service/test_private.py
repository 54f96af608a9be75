"""What is one person's own is found by them alone, whatever way another tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.library.joined import OWN
from rag.page.people import OWN as PAGES
from rag.service.engine import Engine
from rag.service.suggest import answers, candidates
from rag.service.tasks import Task, TaskStage, adding, removing
from rag.testing import FakeEmbedder, FakeLLM
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


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        engine = Engine(lambda: assistant)
        engine.start()
        assert engine.wait(60)
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


def test_it_is_there_again_and_follows_another_embedder(
    tmp_path: Path, engine: Engine, hers: str
) -> None:
    assistant = of(engine, "")
    assistant._models.embedder.want(FakeEmbedder(dimension=32))
    engine._private.renew()  # type: ignore[union-attr]
    ann = of(engine, ANN)
    assert ann._own is not None
    assert ann._own._library.identity.dimension == 32 != assistant._library.identity.dimension
    assert "Zephyrine" in ann.ask(ASKED).text  # by its words, until the shared ones follow
    assistant.reembed()
    assert "Zephyrine" in ann.ask(ASKED).text


def test_nothing_of_a_person_stands_in_the_name_of_their_folder(
    engine: Engine, hers: str, tmp_path: Path
) -> None:
    done(engine, adding("a.txt", b"An odd owner has an article too."), "../../x\udce9")
    places = [place.name for place in (of(engine, "").index / "people").iterdir()]
    assert len(places) == 2
    assert all(len(name) == 64 and name.isalnum() for name in places)
