"""Which questions get a question back, and with what to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag
from rag.assistant import Assistant
from rag.chats import asked_back
from rag.chats.export import Format, export, read_export
from rag.chats.saved import saved_chat
from rag.jsonable import answer_from_json, to_json
from rag.models import SentenceTransformerEmbedder
from rag.schema import Hit
from rag.settings import Settings

ARTICLES = {
    "orla.txt": (
        "The Orla clinic\n\nThe Orla clinic opened in 2014 and treats burns. "
        "It cost 3 million crowns and has 40 beds.\n"
    ),
    "vann.txt": (
        "The Vann clinic\n\nThe Vann clinic treats children with asthma. "
        "It was built in 1988 and cost 900,000 crowns.\n"
    ),
    "pier.txt": (
        "Storm takes the old pier of Skarvik for the third time\n\n"
        "The storm of May took the old pier. Mending it cost 12,000 crowns.\n"
    ),
}


def opened(place: Path, embedder: SentenceTransformerEmbedder, names: list[str]) -> Assistant:
    """An assistant with the bundled reader and embedder over some of the articles."""
    folder = place / "articles"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(ARTICLES[name], encoding="utf-8")
    assistant = Assistant(folder, place / "i", settings=Settings(llm="none"), embedder=embedder)
    assistant.sync()
    return assistant


@pytest.fixture(scope="module")
def assistant(
    tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder
) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("vague"), embedder, list(ARTICLES)) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "back", "choice"),
    [
        ("What does the clinic treat?", "Which clinic", "What does the Orla clinic treat?"),
        ("When was this clinic built?", "Which clinic", "When was the Vann clinic built?"),
        ("How much was it?", "“it”", "How much was the Vann clinic?"),
        ("Tell me more.", "more about", "Tell me more about The Orla clinic"),
        (
            "What did it cost?",
            "“it”",
            "What did it cost, in “Storm takes the old pier of Skarvik for the third time”?",
        ),
    ],
)
def test_too_vague_a_question_is_asked_back(
    assistant: Assistant, question: str, back: str, choice: str
) -> None:
    answer = assistant.ask(question)
    assert answer.refused
    assert back in answer.reason == answer.text
    assert choice in answer.choices
    assert len(set(answer.choices)) == len(answer.choices) > 1
    assert not answer.claims


def test_each_choice_is_clear_and_the_right_article_answers(assistant: Assistant) -> None:
    vague = assistant.ask("When was this clinic built?")
    history = [("user", vague.question), ("assistant", vague.text)]
    for choice in vague.choices:
        assert not assistant.ask(choice, history=history).choices
    (vann,) = [choice for choice in vague.choices if "Vann" in choice]
    answer = assistant.ask(vann, history=history)
    assert answer.citations[0].document == "vann.txt"


@pytest.mark.parametrize(
    ("question", "history"),
    [
        ("What does the Vann clinic treat?", []),
        ("what does the clinic in Vann treat?", []),
        ("How much was it?", [("user", "When did the Orla clinic open?"), ("assistant", "2014.")]),
        ("What does the clinic treat?", [("user", "Tell me of the Orla clinic.")]),
        ("Tell me more.", [("user", "What took the old pier?"), ("assistant", "A storm. [1]")]),
        ("What did mending the old pier cost?", []),
    ],
)
def test_a_clear_question_or_follow_up_is_not(
    assistant: Assistant, question: str, history: list[tuple[str, str]]
) -> None:
    assert not assistant.ask(question, history=history).choices


@pytest.mark.parametrize("question", ["How much was it?", "What does the clinic treat?"])
def test_where_there_is_one_article_nothing_is_asked_back(
    question: str, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    with opened(tmp_path, embedder, ["orla.txt"]) as one:
        assert not one.ask(question).choices


def test_only_the_articles_let_through_are_offered(assistant: Assistant) -> None:
    some = ["orla.txt", "pier.txt"]
    assert "Vann" not in " ".join(assistant.ask("How much was it?", documents=some).choices)
    assert not assistant.ask("What does the clinic treat?", documents=some).choices


def test_choices_stay_in_json_in_kept_chats_and_in_exports(assistant: Assistant) -> None:
    chat = assistant.chat()
    answer = chat.ask("How much was it?")
    assert answer_from_json(to_json(answer)) == answer
    assert chat.turns[0].answer == answer
    saved = saved_chat(assistant.chats, chat.id)
    for to in Format:
        text = export(saved, to)
        turn = read_export(text).turns[0]
        assert turn.answer == answer
    plain = to_json(answer)
    del plain["choices"]  # as an earlier version wrote it
    assert answer_from_json(plain).choices == ()


def hit(title: str, text: str) -> Hit:
    return Hit(title, title, None, 0, len(text), text, (), 1.0, 0.5, 1.0)


@given(
    st.text(max_size=80),
    st.lists(st.tuples(st.sampled_from(["user", "assistant", "x"]), st.text(max_size=40))),
    st.lists(st.tuples(st.text(max_size=300), st.text(max_size=40)), max_size=8),
)
def test_choices_are_few_different_and_bounded(
    question: str, history: list[tuple[str, str]], found: list[tuple[str, str]]
) -> None:
    hits = [hit(*one) for one in found]
    for asked in (question, "How much was it?", "Tell me more"):
        back, choices = asked_back(asked, history, hits)
        assert bool(back) == bool(choices)
        assert len(choices) != 1
        assert len(set(choices)) == len(choices) <= 4
        assert all(len(choice) < len(asked) + 120 for choice in choices)


def test_the_promised_names_hold() -> None:
    assert "choices" in rag.Answer.__dataclass_fields__
