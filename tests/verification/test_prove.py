"""What is written stands only with the smallest set of quotes that entails it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.schema import Evidence
from rag.testing import FakeJudge, FakeLLM
from rag.verification import Proof, Prover

SENTENCES = (
    "The bridge over the Lund opened in May 1932.",
    "Ada Rehn designed the bridge over the Lund.",
    "It cost 40,000 crowns and carries two lanes.",
    "The council did not approve a second bridge.",
)
WORDS = sorted({word for sentence in SENTENCES for word in sentence.split()})


def evidence(*quotes: str) -> list[Evidence]:
    found, at = [], 0
    for quote in quotes:
        found.append(
            Evidence("bridge.md", "The Lund bridge", None, at, at + len(quote), quote, 0.9)
        )
        at += len(quote) + 1
    return found


def proven(
    sentence: str, *quotes: str, judge: object = None, yes: float | Callable[[str], float] = 5.0
) -> Proof:
    judging, llm = judge or FakeJudge(), FakeLLM(yes=yes)
    found = evidence(*(quotes or SENTENCES))
    return Prover(found, judging, llm, lambda stem: 1.0).prove(sentence)  # type: ignore[arg-type]


def quotes(proof: Proof) -> list[str]:
    return [one.quote for one in proof.evidence]


class Script:
    """A judge that lets stand what a test says, and notes what it was asked."""

    def __init__(self, *entailing: str) -> None:
        self.entailing, self.asked = entailing, list[tuple[str, str]]()

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        self.asked += pairs
        return [0.9 if all(e in premise for e in self.entailing) else 0.1 for premise, _ in pairs]


def test_one_sentence_proves_what_it_says() -> None:
    assert quotes(proven("The bridge opened in May 1932.")) == [SENTENCES[0]]


def test_the_sources_own_sentence_needs_no_judge() -> None:
    judge = Script("nothing has this")
    assert quotes(proven(SENTENCES[2], judge=judge)) == [SENTENCES[2]]
    assert not judge.asked


def test_the_same_words_in_another_order_are_not_the_sources_own_sentence() -> None:
    judge = Script("nothing has this")
    proof = proven("Rollo paid Ada.", "Ada paid Rollo.", judge=judge, yes=-9.0)
    assert not proof.verdict.supported
    assert judge.asked


def test_sentences_of_two_articles_prove_nothing_together() -> None:
    first, second = evidence(*SENTENCES[:2])
    said = "The bridge that Ada Rehn designed opened in May 1932."
    for other, holds in ((second, True), (replace(second, document="other.md"), False)):
        prover = Prover([first, other], FakeJudge(), FakeLLM(yes=5.0), lambda stem: 1.0)
        assert prover.prove(said).verdict.supported is holds


def test_two_sentences_prove_together_what_neither_says_alone() -> None:
    proof = proven("The bridge that Ada Rehn designed opened in May 1932.")
    assert quotes(proof) == [SENTENCES[0], SENTENCES[1]]
    assert proof.verdict.supported


def test_a_value_that_no_set_has_is_told_and_no_judge_is_asked() -> None:
    judge = Script()
    proof = proven("The bridge over the Lund opened in May 1933.", judge=judge)
    assert not proof.verdict.supported
    assert not proof.evidence
    assert "1933" in proof.verdict.reason
    assert not judge.asked


def test_what_the_judge_does_not_let_stand_is_not_proven() -> None:
    nobody = Script("nothing has this")
    proof = proven("The council approved a second bridge.", judge=nobody, yes=-3.0)
    assert not proof.verdict.supported
    assert proof.verdict.reason == "The sentences found do not say this."


def test_yes_and_no_are_replies_and_not_part_of_what_is_proven() -> None:
    judge = Script("second bridge")
    proof = proven("No, the council did not approve a second bridge.", judge=judge)
    assert quotes(proof) == [SENTENCES[3]]


def test_of_sets_of_one_size_the_surest_is_cited() -> None:
    assert quotes(proven("A bridge stands over the Lund.", judge=Script("Ada"))) == [SENTENCES[1]]


def test_the_judge_reads_the_title_too() -> None:
    judge = Script("The Lund bridge. It cost")
    assert quotes(proven("The bridge carries two lanes.", judge=judge)) == [SENTENCES[2]]


def test_the_model_has_a_say_in_what_the_judge_lets_stand_and_in_what_it_does_not() -> None:
    sentence = "The bridge opened in May 1932."
    assert not proven(sentence, yes=-9.0).verdict.supported
    assert proven(sentence, judge=Script("nothing has this"), yes=9.0).verdict.supported


def test_the_model_is_asked_once_and_of_the_likeliest_set() -> None:
    asked: list[str] = []

    def yes(request: str) -> float:
        asked.append(request)
        return 5.0

    proven("The bridge that Ada Rehn designed opened in May 1932.", yes=yes)
    assert len(asked) == 1
    assert [sentence in asked[0] for sentence in SENTENCES] == [True, True, False, False]


def test_nothing_near_and_no_words_prove_nothing() -> None:
    assert not proven("Geese winter here.").verdict.supported
    assert not proven("…").verdict.supported
    assert not proven("Yes.").verdict.supported


@given(st.lists(st.sampled_from([*WORDS, "1999", "Olga", "not"]), min_size=1, max_size=12))
def test_no_figure_or_name_stands_that_its_quotes_lack(words: list[str]) -> None:
    proof = proven(" ".join(words), judge=Script())
    held = " ".join(quotes(proof))
    if proof.verdict.supported:
        assert proof.evidence
        assert not {"1999", "Olga"} & set(words)
        assert len(proof.evidence) <= 3
        assert all(word.strip(".,") in held for word in words if word[0].isdigit())


def test_a_name_that_stands_above_is_quoted_with_the_sentence() -> None:
    found = evidence("The old pier of Lund", "It fell into the lake on Monday.")
    head, fell = found[0], found[1]
    alone = Prover([fell], FakeJudge(), FakeLLM(yes=5.0), lambda stem: 1.0)
    said = "The old pier of Lund fell into the lake on Monday."
    assert alone.prove(said).verdict.reason == "The quotes do not say: Lund."
    known = replace(alone, heads=lambda document: [head])
    assert quotes(known.prove(said)) == [head.quote, fell.quote]


def test_a_word_of_the_question_that_opens_a_sentence_is_no_name() -> None:
    found = evidence("Some call it a tax on widows.")
    prover = Prover(found, Script("tax"), FakeLLM(yes=5.0), lambda stem: 1.0)  # type: ignore[arg-type]
    said = "Critics call it a tax on widows."
    assert prover.prove(said).verdict.reason == "The quotes do not say: Critics."
    asked = replace(prover, question="What do critics say?")
    assert asked.prove(said).verdict.supported


def test_the_sentence_that_has_all_words_is_asked_before_one_that_the_judge_likes() -> None:
    copy = "In economics, tax incidence or tax burden is the study of who pays a tax."
    beside = "The tax burden falls on whoever can least avoid it, say economists."

    class Strict:
        """A judge that takes each small change for a falsehood."""

        def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
            return [0.3 if beside in premise else 0.01 for premise, _ in pairs]

    proof = proven("Tax incidence is the study of who pays a tax.", beside, copy, judge=Strict())
    assert copy in quotes(proof)
