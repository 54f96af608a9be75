from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chats import ChatStore, Turn
from rag.schema import Answer
from tests.chats.made import ANSWER, HOSTILE, REFUSAL, answers, asked, texts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path)
    yield store
    store.close()


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.suffix != ".sqlite-shm")


def test_a_turn_is_a_question_then_its_whole_answer(store: ChatStore) -> None:
    turn = store.begin("a", "When did it open?")
    (waiting,) = store.turns("a")
    assert (waiting.id, waiting.question, waiting.answer, waiting.problem) == (
        turn,
        "When did it open?",
        None,
        "",
    )
    store.finish(turn, ANSWER)
    (done,) = store.turns("a")
    assert done == replace(waiting, answer=ANSWER)
    assert done.answer is not None
    assert done.answer.timings == ANSWER.timings
    assert store.turn(turn) == done
    assert store.turn(turn + 1) is None


def test_times_are_in_utc(store: ChatStore) -> None:
    store.begin("a", "Who?")
    (info,) = store.chats()
    for at in (store.turns("a")[0].at, info.created, info.updated):
        assert at.tzinfo is UTC
        assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_an_answer_is_never_lost_to_a_failure(store: ChatStore) -> None:
    turn = store.begin("a", "Who?")
    store.fail(turn, "Stopped.")
    assert store.turns("a")[0].problem == "Stopped."
    store.finish(turn, ANSWER)
    store.fail(turn, "Stopped.")
    (kept,) = store.turns("a")
    assert (kept.answer, kept.problem) == (ANSWER, "")


def test_a_chat_is_titled_from_its_first_question(store: ChatStore) -> None:
    turn = store.begin("a", "  When did\nit   open? ")
    store.begin("a", "And why?")
    info = store.info("a")
    assert info is not None
    assert (info.title, info.turns, info.documents) == ("When did it open?", 2, None)
    store.cut("a", turn)  # the first question is edited
    store.begin("a", "When did it close?")
    assert [info.title for info in store.chats()] == ["When did it close?"]
    store.begin("b", "word " * 100)
    title = store.chats()[0].title
    assert len(title) <= 80
    assert title.endswith("word…")


def test_a_name_stays(store: ChatStore) -> None:
    turn = store.begin("a", "When?")
    store.rename("a", "  Bridges\nof Lund ")
    store.cut("a", turn)
    store.begin("a", "Why?")
    assert [info.title for info in store.chats()] == ["Bridges of Lund"]
    store.rename("a", " ")
    assert [info.title for info in store.chats()] == ["Why?"]


def test_what_was_last_used_comes_first(store: ChatStore) -> None:
    turns = [store.begin(name, "Who?") for name in ("a", "b", "c")]
    store.finish(turns[0], ANSWER)
    store.rename("b", "renamed")
    assert [info.id for info in store.chats()] == ["a", "c", "b"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b", "c"}),
        ("BRIDGE", {"a"}),  # of the answer
        ("open  june", {"a"}),  # of question and answer
        ("strasse", {"b"}),
        ("straße ÉTÉ", {"b"}),
        ("100%", {"c"}),
        ("%", {"c"}),
        ("_", {"c"}),
        ("a_b", {"c"}),
        ("'; DROP TABLE turns; --", set()),
        ("open 100%", set()),
        ("\ud800 \x00", set()),
        ("named", {"c"}),
        ("x " * 3000, set()),
    ],
)
def test_search(store: ChatStore, query: str, found: set[str]) -> None:
    store.finish(store.begin("a", "When did it open?"), ANSWER)
    store.begin("b", "Welche STRASSE im e\u0301te\u0301?")
    store.begin("c", "Is 100% of a_b right?")
    store.rename("c", "Named")
    assert {info.id for info in store.chats(query)} == found


def test_search_finds_nothing_that_was_cut(store: ChatStore) -> None:
    store.begin("a", "First?")
    store.cut("a", store.begin("a", "Second?"))
    assert store.chats("second") == ()
    assert len(store.chats("first")) == 1


def test_articles_can_be_chosen_before_the_first_question(store: ChatStore) -> None:
    store.restrict("a", ["x.md", "y.md"])
    assert store.chats() == ()
    store.begin("a", "Who?")
    assert store.chats()[0].documents == ("x.md", "y.md")
    store.restrict("a", [])
    assert store.chats()[0].documents == ()
    store.restrict("a", None)
    assert store.chats()[0].documents is None


def test_rating(store: ChatStore) -> None:
    turn = store.begin("a", "Who?")
    store.rate(turn, -1, "It is wrong.")
    assert [(t.rating, t.comment) for t in store.turns("a")] == [(-1, "It is wrong.")]
    store.rate(turn, 0)
    assert [(t.rating, t.comment) for t in store.turns("a")] == [(0, "")]
    with pytest.raises(ValueError, match="rating is 5"):
        store.rate(turn, 5)


def test_what_was_removed_stays_removed(store: ChatStore) -> None:
    turn = store.begin("a", "Who?")
    store.delete("a")
    store.finish(turn, ANSWER)
    store.fail(turn, "x")
    store.rate(turn, 1)
    store.rename("a", "x")
    store.cut("a", turn)
    assert store.turns("a") == ()
    assert store.info("a") is None
    assert store.begin("a", "Who?") != turn  # no late answer lands in another turn


def test_a_cut_is_of_its_own_chat_only(store: ChatStore) -> None:
    first = store.begin("a", "1")
    store.begin("b", "2")
    store.begin("a", "3")
    store.cut("b", first)
    assert (asked(store, "a"), asked(store, "b")) == (["1", "3"], [])
    store.cut("a", first)
    assert asked(store, "a") == []


def test_nothing_of_what_is_removed_stays_on_disk(tmp_path: Path, store: ChatStore) -> None:
    for round_ in range(30):
        for name in ("secret", "plain"):
            turn = store.begin(name, f"{name.upper()}-Q " + "x" * 37 * round_)
            store.finish(turn, replace(REFUSAL, reason=f"{name.upper()}-A " + "y" * 211 * round_))
            store.rate(turn, 1, f"{name.upper()}-C")
    store.rename("secret", "SECRET-T")
    store.restrict("secret", ["SECRET-D"])
    last = store.begin("plain", "SECRET-E")
    assert b"SECRET-" in on_disk(tmp_path)
    store.cut("plain", last)
    store.delete("secret")
    assert b"secret" not in on_disk(tmp_path).lower()
    assert len(store.turns("plain")) == 30


def test_ids_differ(store: ChatStore) -> None:
    assert len({store.new_id() for _ in range(100)}) == 100


def test_many_threads_lose_nothing(store: ChatStore) -> None:
    def talk(name: str) -> None:
        for number in range(20):
            store.finish(store.begin(name, f"{name} {number}"), ANSWER)
            store.turns("chat0"), store.chats("chat")

    threads = [threading.Thread(target=talk, args=(f"chat{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(4):
        turns = store.turns(f"chat{n}")
        assert [turn.question for turn in turns] == [f"chat{n} {i}" for i in range(20)]
        assert all(turn.answer == ANSWER for turn in turns)


def test_hostile_text_is_kept(store: ChatStore) -> None:
    turn = store.begin(HOSTILE, HOSTILE)
    store.finish(turn, replace(REFUSAL, reason=HOSTILE))
    store.rate(turn, 1, HOSTILE)
    store.rename(HOSTILE, HOSTILE)
    (kept,) = store.turns(HOSTILE)
    plain = HOSTILE.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
    assert (kept.question, kept.comment) == (plain, plain)
    assert kept.answer is not None
    assert kept.answer.reason == HOSTILE
    assert [info.id for info in store.chats("</SCRIPT>")] == [plain]


@given(texts, answers)
def test_any_answer_is_kept_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, question: str, answer: Answer
) -> None:
    store = ChatStore(tmp_path_factory.mktemp("any"))
    store.finish(store.begin("a", question), answer)
    (kept,) = store.turns("a")
    assert kept.answer == answer
    store.close()


@dataclass
class Model:
    """What the store promises, in a few lists."""

    turns: dict[str, dict[int, tuple[str, Answer | None, str, int]]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def change(self, turn: int, **given: Any) -> None:
        for turns in self.turns.values():
            if turn in turns:
                question, answer, problem, rating = turns[turn]
                if "answer" in given:
                    answer, problem = given["answer"], ""
                if "problem" in given and answer is None:
                    problem = given["problem"]
                turns[turn] = question, answer, problem, given.get("rating", rating)


names = st.sampled_from(["a", "b", "c"])


nth = st.integers(0, 8)


steps = st.one_of(
    st.tuples(st.just("begin"), names, st.sampled_from(["Who?", "Why?", "When?"])),
    st.tuples(st.just("finish"), nth, st.sampled_from([ANSWER, REFUSAL])),
    st.tuples(st.just("fail"), nth, st.sampled_from(["Stopped.", "Broken."])),
    st.tuples(st.just("rate"), nth, st.sampled_from([-1, 0, 1])),
    st.tuples(st.just("cut"), names, nth),
    st.tuples(st.just("rename"), names, st.sampled_from(["New", "Other"])),
    st.tuples(st.just("delete"), names, st.none()),
    st.tuples(st.just("reopen"), st.none(), st.none()),
)


@given(st.lists(steps, max_size=25))
def test_any_history_equals_a_model(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, Any, Any]]
) -> None:
    folder, model, ids = tmp_path_factory.mktemp("model"), Model(), [0]
    store = ChatStore(folder)
    for step, what, value in history:
        if step == "reopen":
            store.close()
            store = ChatStore(folder)
        elif step in ("finish", "fail", "rate"):
            turn = ids[what % len(ids)]
            getattr(store, step)(turn, value)
            key = {"finish": "answer", "fail": "problem", "rate": "rating"}[step]
            model.change(turn, **{key: value})
        elif step == "begin":
            ids.append(store.begin(what, value))
            turns = model.turns.setdefault(what, {})
            if not turns and what not in model.named:
                model.titles[what] = value
            turns[ids[-1]] = (value, None, "", 0)
        elif step == "cut":
            turn = ids[value % len(ids)]
            store.cut(what, turn)
            kept = {n: t for n, t in model.turns.get(what, {}).items() if n < turn}
            model.turns.update({what: kept} if what in model.turns else {})
        elif step == "rename":
            store.rename(what, value)
            if what in model.turns:
                model.titles[what] = value
                model.named.add(what)
        else:
            store.delete(what)
            model.turns.pop(what, None)
            model.titles.pop(what, None)
            model.named.discard(what)
    assert {i.id: (i.title, i.turns) for i in store.chats()} == {
        name: (model.titles[name], len(turns)) for name, turns in model.turns.items()
    }
    for name in ("a", "b", "c"):
        have = {t.id: (t.question, t.answer, t.problem, t.rating) for t in store.turns(name)}
        assert have == model.turns.get(name, {})
        assert list(have) == sorted(have)
    listed = store.chats()
    assert [i.updated for i in listed] == sorted((i.updated for i in listed), reverse=True)
    store.close()


def test_a_turn_is_a_frozen_value() -> None:
    turn = Turn(1, "Who?", None, "", datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(AttributeError):
        turn.rating = 1  # type: ignore[misc]
