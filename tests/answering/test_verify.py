"""Claims that are true and the same claims falsified in one place.

What the check does not see is not asserted here: who a pronoun stands for, and roles swapped
between common nouns in ways that `doers` does not know. `test_claims` counts over a larger set.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.verify import verify
from rag.schema import Verdict
from rag.words import tokens

BRIDGE = (
    "The bridge over the Lund, designed by Ada Rehn, opened in May 1932 and cost 40,000 crowns."
)
DEAL = (
    "In August 2025 Nvidia and AMD agreed to pay 15 percent of their revenue from chip sales in "
    "China to the US government."
)
CHARGE = "Nvidia said on Monday that it had taken a charge of $4.5 bn on its H20 stock."
FALL = "Sales of the ferry Hanna fell from 1,200 to 900 tickets between March and June 2019."
RULE = "Britain did not approve the sale of the RTX 6000D to three Norwegian buyers."
PLAN = "The ministry may ban up to 20 companies from exporting some rare metals after 2027."
MOST = "Most members of the council voted against the northern road before the election."
WILLIAMS = "William Peters met Anna Edwards of the University of Oslo in Paris."
MAKER = "Nvidia confirmed the A800 in November, a month after Beijing had asked."
TRAIN = "The lab uses Nvidia chips to train and Ascend chips to infer."
HEAT = "The temperature at Vardo dropped to −5 degrees, about half of what was forecast."

TRUE = [
    (BRIDGE, "The bridge over the Lund opened in May 1932."),
    (BRIDGE, "The bridge cost 40,000 crowns."),
    (BRIDGE, "The bridge, designed by Ada Rehn, cost forty thousand crowns."),
    (BRIDGE, "Ada Rehn designed the bridge."),
    (DEAL, "Nvidia and AMD agreed to pay fifteen percent of their revenue to the US government."),
    (DEAL, "Nvidia and AMD agreed to pay 15 % of revenue from chip sales in China."),
    (DEAL, "In August 2025 they agreed to pay the U.S. government 15 percent."),
    (CHARGE, "Nvidia had taken a charge of 4,500 million dollars on its H20 stock."),
    (CHARGE, "On Monday Nvidia said it had taken a $4.5 billion charge."),
    (FALL, "Sales fell from 1,200 to 900 tickets."),
    (FALL, "Sales of the ferry Hanna fell between March and June 2019."),
    (RULE, "Britain did not approve the sale of the RTX 6000D."),
    (PLAN, "The ministry may ban up to 20 companies."),
    (PLAN, "The ministry may ban companies from exporting some rare metals after 2027."),
    (MOST, "Most members voted against the northern road."),
    (WILLIAMS, "William Peters met Anna Edwards in Paris."),
    (HEAT, "The temperature dropped to -5 degrees."),
    (MAKER, "The A800 was confirmed by Nvidia in November."),
    (TRAIN, "The lab uses Nvidia chips to train and Ascend chips to infer."),
    (TRAIN, "The lab uses Ascend chips to infer."),
    (TRAIN, "The lab uses Nvidia chips to train."),
    (HEAT, "The temperature at Vardo dropped to about half of the forecast."),
]

FALSE = [
    (MAKER, "The Nvidia confirmed the A800 in November."),  # not false, but no sentence
    # figures
    (BRIDGE, "The bridge cost 50,000 crowns."),
    (BRIDGE, "The bridge cost 4,000 crowns."),
    (BRIDGE, "The bridge cost forty crowns."),
    (DEAL, "Nvidia and AMD agreed to pay 50 percent of their revenue to the US government."),
    (DEAL, "Nvidia and AMD agreed to pay sixteen percent of their revenue to the US government."),
    (FALL, "Sales of the ferry Hanna fell to 1,900 tickets between March and June 2019."),
    (RULE, "Britain did not approve the sale of the RTX 6000D to four Norwegian buyers."),
    (RULE, "Britain did not approve the sale of 6000 chips to three Norwegian buyers."),
    (CHARGE, "Nvidia said on Monday that it had taken a charge on 20 H20 stock."),
    (HEAT, "The temperature at Vardo dropped to 5 degrees."),
    # units and scales
    (CHARGE, "Nvidia said on Monday that it had taken a charge of $4.5 million on its H20 stock."),
    (CHARGE, "Nvidia said on Monday that it had taken a charge of €4.5 bn on its H20 stock."),
    (CHARGE, "Nvidia said on Monday that it had taken a charge of 4.5 % on its H20 stock."),
    (CHARGE, "Nvidia said on Monday that it had taken a charge of $45 bn on its H20 stock."),
    (DEAL, "Nvidia and AMD agreed to pay 15 dollars of their revenue to the US government."),
    (DEAL, "Nvidia and AMD agreed to pay $15 of their revenue from chip sales in China."),
    (DEAL, "Nvidia and AMD agreed to pay 15 percentage points of their revenue in China."),
    (BRIDGE, "The bridge over the Lund, designed by Ada Rehn, cost 40,000 euros."),
    (FALL, "Sales of the ferry Hanna fell from 1,200 to 900 crowns in June 2019."),
    # dates
    (BRIDGE, "The bridge over the Lund, designed by Ada Rehn, opened in May 1923."),
    (BRIDGE, "The bridge over the Lund, designed by Ada Rehn, opened in June 1932."),
    (BRIDGE, "The bridge over the Lund, designed by Ada Rehn, opened in the 1930s."),
    (BRIDGE, "The bridge over the Lund, designed by Ada Rehn, opened before 1932."),
    (DEAL, "In May 2025 Nvidia and AMD agreed to pay 15 percent of their revenue in China."),
    (CHARGE, "Nvidia said on Tuesday that it had taken a charge of $4.5 bn on its H20 stock."),
    (FALL, "Sales of the ferry Hanna fell between March and July 2019."),
    (FALL, "Sales of the ferry Hanna fell from 1,200 to 900 tickets in May 2019."),
    (PLAN, "The ministry may ban up to 20 companies from exporting some rare metals until 2027."),
    # names
    (BRIDGE, "The bridge over the Lund was designed by Eva Rehn."),
    (BRIDGE, "The bridge over the Rhine, designed by Ada Rehn, opened in May 1932."),
    (DEAL, "Nvidia and Intel agreed to pay 15 percent of their revenue to the US government."),
    (DEAL, "Nvidia and AMD agreed to pay 15 percent of their revenue to the UK government."),
    (DEAL, "Nvidia and AMD agreed to pay 15 percent of their revenue to the WHO government."),
    (CHARGE, "Nvidia said on Monday that it had taken a charge of $4.5 bn on its H200 stock."),
    (CHARGE, "Nvidia said on Monday that it had taken a charge of $4.5 bn on its A20 stock."),
    (RULE, "Britain did not approve the sale of the RTX 6000E to three Norwegian buyers."),
    (WILLIAMS, "Williams Peters met Anna Edwards of the University of Oslo in Paris."),
    (WILLIAMS, "William Peter met Anna Edwards of the University of Oslo in Paris."),
    (WILLIAMS, "William Peters met Anna Edwards of Universal in Oslo."),
    (WILLIAMS, "William Edwards met Anna Peters of the University of Oslo in Paris."),
    (WILLIAMS, "William Peters met Anna Edwards in Oslo Paris."),
    # denial
    (RULE, "Britain did approve the sale of the RTX 6000D to three Norwegian buyers."),
    (RULE, "Britain approved the sale of the RTX 6000D."),
    (DEAL, "Nvidia and AMD never agreed to pay 15 percent of their revenue to the US government."),
    (DEAL, "Nvidia and AMD didn't agree to pay 15 percent of their revenue."),
    (DEAL, "Nvidia and AMD refused to pay 15 percent of their revenue to the US government."),
    # opposites
    (FALL, "Sales of the ferry Hanna rose from 900 to 1,200 tickets between March and June 2019."),
    (FALL, "Sales of the ferry Hanna rose between March and June 2019."),
    (BRIDGE, "The bridge over the Lund, designed by Ada Rehn, closed in May 1932."),
    (PLAN, "The ministry may permit up to 20 companies to export some rare metals after 2027."),
    (PLAN, "The ministry may ban up to 20 companies from importing some rare metals after 2027."),
    (MOST, "Most members of the council voted against the southern road before the election."),
    (MOST, "Most members of the council voted against the northern road after the election."),
    (MOST, "Most members of the council voted for the southern road before the election."),
    # scope
    (MOST, "All members of the council voted against the northern road before the election."),
    (MOST, "Only members of the council voted against the northern road before the election."),
    (PLAN, "The ministry may ban 20 companies from exporting some rare metals after 2027."),
    (PLAN, "The ministry may ban at least 20 companies from exporting metals after 2027."),
    (PLAN, "The ministry may ban up to 20 companies from exporting all rare metals after 2027."),
    (HEAT, "The temperature at Vardo dropped to double of what was forecast."),
    (HEAT, "The temperature at Vardo dropped by −5 degrees."),
    # what is left open
    (PLAN, "The ministry banned up to 20 companies from exporting some rare metals after 2027."),
    (PLAN, "The ministry must ban up to 20 companies from exporting some rare metals after 2027."),
    # roles
    (RULE, "Norwegian buyers did not approve the sale of the RTX 6000D to Britain."),
    (WILLIAMS, "Anna Edwards met William Peters of the University of Oslo in Paris."),
    ("Rollo sold Rouen to Hastein in spring.", "Hastein sold Rouen to Rollo in spring."),
    (MAKER, "Nvidia was confirmed by the A800 in November."),
    (MAKER, "Beijing confirmed the A800 in November, a month after Nvidia had asked."),
    (TRAIN, "The lab uses chips to train Ascend."),
    (TRAIN, "The lab trained on Ascend chips."),
    # other words
    (BRIDGE, "The bridge over the Lund, designed by Ada Rehn, burnt in May 1932."),
    (CHARGE, "Nvidia said on Monday that it had taken a charge of $4.5 bn on its H20 cars."),
    (DEAL, "Nvidia and AMD agreed to pay 15 percent of their profit from chip sales in China."),
]  # fmt: skip


def check(claim: str, *quotes: str, asked: str = "") -> Verdict:
    return verify(claim, quotes, weight=lambda stem: 1.0, asked=asked)


def test_the_tables_are_long_enough() -> None:
    assert len(TRUE) + len(FALSE) >= 60


@pytest.mark.parametrize(("source", "claim"), TRUE)
def test_a_true_claim_stands(source: str, claim: str) -> None:
    assert check(claim, source).supported, check(claim, source).reason


@pytest.mark.parametrize(("source", "claim"), FALSE)
def test_a_falsified_claim_falls(source: str, claim: str) -> None:
    verdict = check(claim, source)
    assert not verdict.supported
    assert verdict.reason.endswith(".")


ODD = [
    "The U.S Naval base said no.",
    "Sofia (Bulgarian: Со́фия) is not the largest.",
    "None.",
    "If not, may most of 15 % of them?",
]


@pytest.mark.parametrize("source", ODD)
def test_an_odd_sentence_bears_itself_out(source: str) -> None:
    assert check(source, source).supported


@pytest.mark.parametrize("source", [BRIDGE, DEAL, CHARGE, FALL, RULE, PLAN, MOST, WILLIAMS, HEAT])
def test_a_sentence_bears_itself_out(source: str) -> None:
    verdict = check(source, source)
    assert verdict.supported, verdict.reason
    assert verdict.coverage == 1.0


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("The bridge cost 50,000 crowns.", "The cited sentence does not say: 50,000."),
        ("The bridge was designed by Eva Rehn.", "The cited sentence does not say: Eva."),
        ("The bridge did not open.", "It denies what the cited sentence does not: not."),
        ("The bridge closed in 1932.", "It says closed where the cited sentence says opened."),
        ("The bridge burnt in May.", "The cited sentence does not say: burnt."),
    ],
)
def test_the_reason_names_what_is_wrong(claim: str, reason: str) -> None:
    assert check(claim, BRIDGE).reason == reason


def test_a_word_of_the_question_may_stand_for_one_of_the_source() -> None:
    source = "The span over the river Lund opened to its first walkers in May 1932."
    claim = "The bridge over the river Lund opened to walkers in May 1932."
    assert not check(claim, source).supported
    assert check(claim, source, asked="When did the bridge open?").supported


def test_a_question_cannot_bring_in_what_is_counted() -> None:
    claim = "The ferry Hanna fell from 1,200 to 900 cars in June 2019."
    assert not check(claim, FALL, asked="How many cars did the ferry Hanna carry?").supported


def test_too_few_of_its_words_are_in_the_source() -> None:
    claim, asked = (
        "The council bought new winter tyres for William.",
        "new winter tyres council bought",
    )
    assert check(claim, WILLIAMS, asked=asked).reason.startswith("The cited sentence does not say:")


def test_quotes_are_taken_together() -> None:
    claim = "The ferry Hanna was built in 1962 and carries 120 passengers."
    one, other = "The ferry Hanna was built in 1962.", "She carries 120 passengers."
    assert check(claim, one, other).supported
    assert not check(claim, one).supported


@pytest.mark.parametrize("claim", ["", " ", ".", "The it.", "???", "[1]", "1932", "…", "😀"])
def test_a_claim_that_says_nothing_falls(claim: str) -> None:
    assert not check(claim, BRIDGE).supported


def test_a_claim_that_goes_on_and_on_falls() -> None:
    assert not check("The bridge opened. " * 50, BRIDGE).supported


# a text of n pieces and one that differs from it, so that every check is gone through
HOSTILE = {
    "figures": lambda n: ("7 men " * n, "7 men and 8 women " * n),
    "names": lambda n: ("Rollo met Anna and " * n, "Anna met Rollo or " * n),
    "initials": lambda n: ("Of The " * n, "Of The " * n + "A B"),
    "denials": lambda n: ("not sold " * n, "may not sold " * n),
    "conditions": lambda n: ("it rains, " * n, "it rains, unless " * n),
    "passives": lambda n: ("is " * n + "sold", "is " * n + "sold by Rollo"),
    "since": lambda n: ("since " + "in 2008 " * n, "since the " + "in 2008 " * n),
    "dates": lambda n: ("5 May 2024 " * n, "5 May 2024 and 6 May 2024 " * n),
    "spelt": lambda n: ("hundred and " * n, "hundred and two " * n),
    "brackets": lambda n: ("(" * n + " a", "(" * n + " a b"),
    "right to left": lambda n: ("\u202eשלום 15 % " * n, "שלום 15 % עולם " * n),
    "accents": lambda n: ("e\u0301" * n, "e\u0301" * n + " x"),
    "blanks": lambda n: ("over" + " " * n + "x", "over" + " " * n + "x y"),
    "one word": lambda n: ("A" * n, "A" * n + " b"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_text_is_about_twice_the_work(name: str) -> None:
    work = []
    for size in (1_000, 2_000):
        claim, source = HOSTILE[name](size)
        work.append(calls(lambda claim=claim, source=source: check(claim, source)))
    assert work[1] < 2.6 * work[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_huge_text_gets_a_verdict(name: str) -> None:
    claim, source = HOSTILE[name](5_000)
    assert check(claim, source).reason


def calls(action: Callable[[], object]) -> int:
    """How many calls an action makes: what it costs, without a clock."""
    count = 0

    def counted(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def test_a_long_claim_is_checked_in_no_time() -> None:
    assert not check("the bridge opened in May 1932 and " * 20_000, BRIDGE).supported


@given(st.text(max_size=200))
def test_every_sentence_bears_itself_out(text: str) -> None:
    assert check(text, text).supported == bool(tokens(text))


WORDS = st.sampled_from(
    """Rollo Anna Oslo Lund the a of in by to from and but not no may will most all only if 15 %
    1932 2,000 three May sold led was ships men , ; . (also) who unless against""".split()
)


@given(st.lists(WORDS, max_size=14), st.lists(WORDS, max_size=14))
def test_no_supported_claim_has_a_figure_or_a_name_of_its_own(
    one: list[str], other: list[str]
) -> None:
    claim, source = " ".join(one), " ".join(other)
    if check(claim, source).supported:
        held = set(tokens(source))
        for word in tokens(claim):
            if word[0].isdigit() or word in ("rollo", "anna", "oslo", "lund"):
                assert word in held


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_gets_a_verdict(claim: str, source: str) -> None:
    verdict = check(claim, source)
    assert 0.0 <= verdict.coverage <= 1.0
    assert verdict.reason


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_changed_number_never_stands(true: int, claimed: int) -> None:
    verdict = check(f"The bridge cost {claimed:,} crowns.", f"The bridge cost {true} crowns.")
    assert verdict.supported == (true == claimed)


def test_the_long_s_of_old_prints_is_an_s() -> None:
    assert not check("Rollo led 5 ships.", "Rollo led ſix ships.").supported
    assert check("Rollo led 6 ships.", "Rollo led ſix ships.").supported
