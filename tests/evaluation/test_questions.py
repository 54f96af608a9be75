"""Reading a question set: what is accepted, what is refused and in which words, what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionSetError
from rag.evaluation.metrics import Located
from rag.evaluation.questions import EvalQuestion, draw, load

from .conftest import TEXTS, lines, span

WriteSet = Callable[..., Path]
kinds = st.lists(st.sampled_from([True, False, None]), max_size=30)


def test_a_set_is_read_with_its_gold(write_set: WriteSet) -> None:
    breed, _, follow, captain, vague = load(write_set())
    assert breed.gold == (Located("geese.txt", *span("geese.txt", "Greenland")),)
    assert breed.answers == ("Greenland",)
    assert follow.gold == (Located("geese.txt", 0, len(TEXTS["geese.txt"])),)
    assert follow.history == (("user", "Do geese fly?"), ("assistant", "They do."))
    assert (captain.answerable, captain.document) == (False, "boats.txt")
    assert vague.answerable is None


def test_facts_and_intent(write_set: WriteSet) -> None:
    row = lines()[0] | {"facts": [["Greenland", ["far", "north"]], ["geese"]], "intent": "where"}
    (question,) = load(write_set([row]))
    assert question.facts == ((("Greenland",), ("far", "north")), (("geese",),))
    assert question.intent == "where"
    assert load(write_set([lines()[0] | {"facts": None, "intent": None}]))[0].facts == ()


def test_a_turn_names_the_one_before_it(write_set: WriteSet) -> None:
    first, second = lines()[:2]
    rows = [first, second | {"after": first["id"]}]
    assert [q.after for q in load(write_set(rows))] == ["", first["id"]]
    with pytest.raises(QuestionSetError, match="line 1: 'after' must be the id of an earlier line"):
        load(write_set(rows[::-1]))


def test_the_turns_before_one_are_drawn_with_it() -> None:
    turns = [EvalQuestion("0", "?", True), EvalQuestion("1", "?", None, after="0")]
    turns.append(EvalQuestion("2", "?", False, after="1"))
    assert draw([*turns, EvalQuestion("3", "?", None)], limit=1, seed=0) == tuple(turns)


def test_keys_that_are_not_known_and_blank_lines_do_not_matter(write_set: WriteSet) -> None:
    row = lines()[0] | {"paragraph": [1, 2]}
    assert len(load(write_set([row, "", "  "]))) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ""}, "'id' must be a text"),
        ({"id": 7}, "'id' must be a text"),
        ({"question": "  "}, "'question' must be a text"),
        ({"answerable": "yes"}, "true, false or null"),
        ({"answers": "Greenland"}, "'answers' must be a list"),
        ({"answers": [""]}, "'answers' must be a list of texts"),
        ({"document": ["geese.txt"]}, "'document' must be a file name or null"),
        ({"document": "ducks.txt"}, "no document 'ducks.txt'"),
        ({"document": "../questions.jsonl"}, "no document '../questions.jsonl'"),
        ({"documents": ["ducks.txt"]}, "no document 'ducks.txt'"),
        ({"document": None}, "'evidence' needs a 'document'"),
        ({"evidence": [[5, 5]]}, "lies outside geese.txt"),
        ({"evidence": [[-1, 5]]}, "lies outside geese.txt"),
        ({"evidence": [[0, 9999]]}, "lies outside geese.txt, which has 78 characters"),
        ({"evidence": [[0, True]]}, "list of [start, end]"),
        ({"evidence": [3, 5]}, "list of [start, end]"),
        ({"evidence": {"start": 1}}, "'evidence' must be a list"),
        ({"facts": "Greenland"}, "'facts' must be a list"),
        ({"facts": ["Greenland"]}, "This one is not: 'Greenland'"),
        ({"facts": [[]]}, "This one is not: []"),
        ({"facts": [["Greenland", []]]}, "This one is not: ['Greenland', []]"),
        ({"facts": [["…"]]}, "a text with words or figures"),
        ({"facts": [[["Greenland", 7]]]}, "This one is not"),
        ({"facts": [["Greenland"]], "answerable": False}, "must be answerable"),
        ({"intent": ["why"]}, "'intent' must be a text"),
        ({"history": ["hello"]}, "'history' must be a list of"),
        ({"history": [{"role": "system", "content": "x"}]}, "'history' must be a list of"),
    ],
)
def test_a_bad_line_is_named(write_set: WriteSet, change: dict[str, Any], said: str) -> None:
    good, *_ = lines()
    folder = write_set([good | {"id": "other"}, good | change])
    with pytest.raises(QuestionSetError) as told:
        load(folder)
    assert f"{folder / 'questions.jsonl'}, line 2: " in str(told.value)
    assert said in str(told.value)


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"id": "a"} extra', "[" * 100_000])
def test_a_line_that_is_no_object_is_named(write_set: WriteSet, line: str) -> None:
    with pytest.raises(QuestionSetError, match="line 2: not"):
        load(write_set([lines()[0], line]))


def test_a_missing_answerable_is_not_taken_for_null(write_set: WriteSet) -> None:
    row = {key: value for key, value in lines()[0].items() if key != "answerable"}
    with pytest.raises(QuestionSetError, match="line 1: 'answerable' must be"):
        load(write_set([row]))


def test_the_same_id_twice_is_named(write_set: WriteSet) -> None:
    with pytest.raises(QuestionSetError, match="line 2: the id 'breed' is already taken"):
        load(write_set([lines()[0], lines()[0]]))


def test_a_document_that_cannot_be_read_is_named(write_set: WriteSet) -> None:
    folder = write_set()
    (folder / "documents" / "boats.txt").write_bytes(b"")
    with pytest.raises(QuestionSetError, match="line 2: the document cannot be read"):
        load(folder)


@pytest.mark.parametrize("missing", ["documents", "questions.jsonl", "."])
def test_a_folder_of_another_shape_is_named(tmp_path: Path, missing: str) -> None:
    if missing != "documents":
        (tmp_path / "documents").mkdir()
    if missing == "documents":
        (tmp_path / "questions.jsonl").write_text("{}")
    folder = tmp_path / "nowhere" if missing == "." else tmp_path
    with pytest.raises(QuestionSetError, match="is not a question set"):
        load(folder)


def test_questions_in_another_encoding_or_none_at_all(write_set: WriteSet) -> None:
    folder = write_set()
    (folder / "questions.jsonl").write_bytes("{'é'}".encode("latin-1"))
    with pytest.raises(QuestionSetError, match="not UTF-8"):
        load(folder)
    (folder / "questions.jsonl").write_text("\n\n")
    with pytest.raises(QuestionSetError, match="holds no questions"):
        load(folder)


def _some(kinds: list[bool | None]) -> list[EvalQuestion]:
    return [EvalQuestion(id=str(i), text="?", answerable=kind) for i, kind in enumerate(kinds)]


@given(kinds, st.integers(1, 8), st.integers(0, 5))
def test_a_draw_has_so_many_of_each_kind(kinds: list[bool | None], limit: int, seed: int) -> None:
    questions = _some(kinds)
    drawn = draw(questions, limit=limit, seed=seed)
    for kind in (True, False):
        assert sum(q.answerable is kind for q in drawn) == min(limit, kinds.count(kind))
    assert all(q.answerable is not None for q in drawn)
    assert [q.id for q in drawn] == [q.id for q in questions if q in drawn]


@given(kinds, st.integers(0, 5), st.randoms())
def test_a_draw_depends_on_ids_and_seed_only(
    kinds: list[bool | None], seed: int, random: Random
) -> None:
    questions = _some(kinds)
    shuffled = random.sample(questions, len(questions))
    small = {q.id for q in draw(questions, limit=2, seed=seed)}
    assert small == {q.id for q in draw(shuffled, limit=2, seed=seed)}
    assert small <= {q.id for q in draw(questions, limit=3, seed=seed)}


def test_another_seed_draws_others_and_no_limit_takes_all() -> None:
    questions = _some([True] * 50 + [None])
    assert draw(questions, limit=5, seed=0) != draw(questions, limit=5, seed=1)
    assert draw(questions, limit=None, seed=0) == tuple(questions)
