"""What is searched for and read, by the kind of question, over articles of our own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.schema import Answer
from rag.settings import Settings
from rag.testing import FakeLLM
from tests.world import check, opened

ARTICLES = {
    "toll-2020.md": (
        "---\ntitle: The toll of 2020\ndate: 2020-05-01\n---\n\n"
        "The toll on the Lund bridge is two crowns. Carts pay nothing.\n"
    ),
    "toll-2024.md": (
        "---\ntitle: The toll of 2024\ndate: 2024-08-09\n---\n\n"
        "The toll on the Lund bridge is three crowns. The council voted for it in May.\n"
    ),
    "hanna.md": (
        "---\ntitle: The ferry Hanna\ndate: 2022-06-01\n---\n\n"
        "Hanna carries 120 passengers. She was built at Skarvik in 1962. "
        "Hanna is painted white. In winter Hanna lies at Skarvik.\n"
    ),
    "maria.md": (
        "---\ntitle: The ferry Maria\ndate: 2023-06-01\n---\n\n"
        "Maria carries 80 passengers. Maria burns coal.\n"
    ),
}
TODAY = date(2024, 9, 10)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("looking")
    lenient = Settings(llm="none", strictness=0.3)  # what is told of a topic is not certain
    with opened(place, articles=ARTICLES, settings=lenient) as assistant:
        yield assistant


def ask(assistant: Assistant, question: str, today: date | None = None) -> Answer:
    answer = assistant.ask(question, today=today)
    check(answer, assistant.document)
    return answer


def cited(answer: Answer) -> list[str]:
    return [citation.document for citation in answer.citations]


def test_a_comparison_has_both_sides(assistant: Assistant) -> None:
    answer = ask(assistant, "Compare Hanna and Maria.")
    assert {"hanna.md", "maria.md"} <= set(cited(answer))
    assert len(answer.claims) > 2
    assert "of" in answer.coverage


def test_a_comparison_with_a_side_that_no_article_has_is_refused(assistant: Assistant) -> None:
    assert ask(assistant, "Compare Hanna and Zeppelin.").confidence < 0.3


def test_a_summary_is_of_one_article_in_its_order(assistant: Assistant) -> None:
    answer = ask(assistant, "Summarise the article on the ferry Hanna.")
    assert set(cited(answer)) == {"hanna.md"}
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert answer.claims[0].text == "Hanna carries 120 passengers."


def test_a_summary_of_what_no_article_is_about_is_refused(assistant: Assistant) -> None:
    assert ask(assistant, "Summarise the article on Zeppelins.").refused


def test_this_article_is_the_one_that_is_chosen(assistant: Assistant) -> None:
    answer = assistant.ask("What is this article about?", documents=["maria.md"])
    assert set(cited(answer)) == {"maria.md"}


def test_a_topic_is_told_from_several_articles_newest_first(assistant: Assistant) -> None:
    answer = ask(assistant, "What do the articles say about the toll on the Lund bridge?")
    assert cited(answer)[:2] == ["toll-2024.md", "toll-2020.md"]


def test_days_in_a_question_choose_the_articles_and_are_told(assistant: Assistant) -> None:
    question = "How much is the toll on the Lund bridge?"
    answer = ask(assistant, f"{question[:-1]} in August?", TODAY)
    assert cited(answer) == ["toll-2024.md"]
    assert answer.remarks == ("Dates read as: articles of 1 to 31 August 2024.",)


def test_only_articles_of_those_days_are_counted_as_searched(assistant: Assistant) -> None:
    whole = ask(assistant, "What is the toll on the Lund bridge?", TODAY)
    month = ask(assistant, "What was the toll on the Lund bridge last month?", TODAY)
    assert (whole.searched.documents, month.searched.documents) == (4, 1)


def test_the_same_asked_of_something_else_has_the_kind_and_the_days(assistant: Assistant) -> None:
    before = "What did the articles say about the toll last month?"
    answer = assistant.ask("And the council?", history=[("user", before)], today=TODAY)
    assert answer.period is not None
    assert cited(answer) == ["toll-2024.md"]


def test_a_sentence_in_the_questions_own_words_can_answer_yes_or_no(assistant: Assistant) -> None:
    answer = ask(assistant, "Is Hanna painted white?")
    assert [c.quote for c in answer.citations] == ["Hanna is painted white."]


def test_what_was_said_is_not_said_again(assistant: Assistant) -> None:
    first = ask(assistant, "How many passengers does Hanna carry?")
    said = [("user", first.question), ("assistant", first.claims[0].text)]
    for question in ("Anything else?", "Tell me more."):
        answer = assistant.ask(question, history=said)
        check(answer, assistant.document)
        assert first.claims[0].text not in answer.text


def test_without_a_today_no_days_are_read(assistant: Assistant) -> None:
    answer = ask(assistant, "How much was the toll on the Lund bridge last month?")
    assert answer.period is None
    assert set(cited(answer)) == {"toll-2020.md", "toll-2024.md"}


def test_where_no_article_of_those_days_answers_all_are_searched(assistant: Assistant) -> None:
    answer = ask(assistant, "How many passengers does Hanna carry last month?", TODAY)
    assert answer.period is None
    assert cited(answer)[0] == "hanna.md"


def test_a_persons_own_dates_go_before_the_questions(assistant: Assistant) -> None:
    answer = assistant.ask("The toll last month?", before=date(2021, 1, 1), today=TODAY)
    assert answer.period is None
    assert set(cited(answer)) <= {"toll-2020.md"}


def test_sources_that_differ_are_both_given_newest_first(tmp_path: Path) -> None:
    articles = {
        name: f"---\ntitle: {name}\ndate: {day}\n---\n\nThe bridge over the Lund cost {n} crowns.\n"
        for name, day, n in (("a.md", "2020-01-01", "400"), ("b.md", "2024-01-01", "500"))
    }
    llm = FakeLLM(context=8192)
    with opened(tmp_path, articles=articles, llm=llm, settings=Settings()) as assistant:
        answer = ask(assistant, "How much did the bridge over the Lund cost?")
    assert cited(answer) == ["b.md", "a.md"]
    assert answer.differing == (1, 2)


def test_a_date_in_a_list_or_in_figures_is_a_date(tmp_path: Path) -> None:
    articles = {
        "years.md": "# The Torp mill year by year\n\n- 1931-04-20: the owners borrow money\n"
        "- 9 Apr 1931: the mill burns down\n- 1932-05-02: a mill of brick opens\n"
        "- 1950: the mill is sold\n",
        "april.md": "# Spring\n\nHens lay most in April. Nobody counted them in 1931\n",
    }
    with opened(tmp_path, articles=articles) as assistant:
        asked = ("in April 1931", "in May 1932", "on 3 May 1932")
        burned, brick, none = (ask(assistant, f"What happened {when}?") for when in asked)
    assert [c.quote for c in burned.citations] == [
        "9 Apr 1931: the mill burns down",
        "1931-04-20: the owners borrow money",
    ]
    assert ["of brick" in c.quote for c in brick.citations] == [True]
    assert none.refused


def test_what_happened_on_a_date_is_told_by_the_sentences_that_name_it(tmp_path: Path) -> None:
    articles = {
        "mill.md": "# The mill at Torp\n\nThe mill burned on 9 April 1931. It had 40 workers.\n"
        "The owners built it anew in brick in May 1932.\n",
        "rail.md": "# The Torp line\n\nThe line to Torp was closed in April 1931.\n"
        "Trains ran again from 2 June 1931. A ticket cost 3 crowns.\n",
    }
    asked = ("in April 1931", "on 9 April 1931", "in 1932", "in April 1932", "before 1932")
    with opened(tmp_path, articles=articles) as assistant:
        month, day, year, none, before = (
            ask(assistant, f"What happened {when}?") for when in asked
        )
        turns = [("user", month.question), ("assistant", month.text)]
        later = assistant.ask("And in June 1931?", history=turns)
    assert [c.quote for c in month.citations] == [
        "The line to Torp was closed in April 1931.",
        "The mill burned on 9 April 1931.",
    ]
    assert [c.quote for c in day.citations] == ["The mill burned on 9 April 1931."]
    assert [c.quote for c in year.citations] == ["The owners built it anew in brick in May 1932."]
    assert none.refused
    assert "The owners built it anew in brick in May 1932." not in before.text
    assert [c.quote for c in later.citations] == ["Trains ran again from 2 June 1931."]


def test_more_of_a_comparison_is_what_was_not_said_yet(tmp_path: Path) -> None:
    articles = {
        "hanna.md": "# Hanna\n\nThe ferry Hanna has 2 masts. The ferry Hanna carries 90 people.\n"
        "The ferry Hanna was built at Torp. The ferry Hanna burns oil.\nShe has a cat.\n",
        "maria.md": "# Maria\n\nThe ferry Maria has 3 masts. The ferry Maria was built at Lund.\n",
        "geese.md": "# Geese\n\nGeese breed in spring.\n",
    }
    with opened(tmp_path, articles=articles) as assistant:
        history: list[tuple[str, str]] = []
        answers = []
        for question in ("Compare Hanna with Maria.", "Tell me more.", "And more?", "And more?"):
            answers.append(assistant.ask(question, history=history))
            history += [("user", question), ("assistant", answers[-1].text)]
    quotes = [c.quote for answer in answers for c in answer.citations]
    assert not answers[0].refused
    assert not answers[1].refused
    assert answers[-1].refused
    assert len(set(quotes)) == len(quotes)
    assert all("Hanna" in quote or "Maria" in quote for quote in quotes)


def test_this_article_is_the_one_that_the_last_answer_is_from(tmp_path: Path) -> None:
    articles = {
        "hanna.md": "# Hanna\n\nThe ferry Hanna has 2 masts. She sails from Torp to Lund.\n"
        "Her crew of 4 lives in Torp.\n",
        "maria.md": "# Maria\n\nThe barge Maria carries coal. Three men built it in 1931.\n",
    }
    with opened(tmp_path, articles=articles) as assistant:
        first = assistant.ask("What does the barge Maria carry?")
        turns = [("user", first.question), ("assistant", first.text)]
        summary = assistant.ask("Summarise this article.", history=turns)
        alone = assistant.ask("Summarise this article.")
        more = assistant.ask(
            "Tell me more.",
            history=[*turns, ("user", summary.question), ("assistant", summary.text)],
        )
    assert [c.quote for c in summary.citations] == [
        "The barge Maria carries coal.",
        "Three men built it in 1931.",
    ]
    assert not alone.claims
    assert more.refused
