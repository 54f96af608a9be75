"""Near-duplicates of articles with another figure: for how many wordings that is told.

    python benchmarks/differing.py [--half a|b] [--show]

Four made-up articles, each with a copy in which one figure, date or amount is another one, and
fourteen wordings that ask for it; and for each, four that ask for something on which both agree,
where nothing is to be told. Quotes alone. Half b was only counted until dates were told too.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag

PAIRS = {
    "a": [
        (
            "The Marrow bridge crosses the river Lund near Skarvik. It was designed by Ida Vann. "
            "The bridge cost {} crowns to build. It carries carts and trams on two levels. "
            "A toll house of brick stands at its east end.",
            ("40,000", "55,000"),
            "What did the Marrow bridge cost?|How much did the Marrow bridge cost to build?|"
            "How expensive was the Marrow bridge?|What was paid for building the Marrow bridge?|"
            "The Marrow bridge cost how many crowns?|How many crowns did the Marrow bridge cost?|"
            "Tell me what the Marrow bridge cost.|What were the costs of the Marrow bridge?|"
            "Give me the cost of the Marrow bridge.|Cost of the Marrow bridge?|"
            "What did building the Marrow bridge cost?|For how much was the Marrow bridge built?|"
            "Do you know what the Marrow bridge cost?|Which sum did the Marrow bridge cost?",
            "Who designed the Marrow bridge?|Which river does the Marrow bridge cross?|"
            "What does the Marrow bridge carry?|What stands at the east end of the Marrow bridge?",
        ),
        (
            "Trolle tablets are taken against seasickness. An adult takes {} mg of Trolle before "
            "a voyage. They are made by Berg and Sons in Halden. Children under six must not take "
            "Trolle. The tablets are kept in a dry and dark place.",
            ("25", "250"),
            "What is the dose of Trolle for an adult?|How much Trolle does an adult take?|"
            "How many mg of Trolle does an adult take?|What dose of Trolle should I take?|"
            "Which amount of Trolle does an adult take before a voyage?|Dose of Trolle?|"
            "What does an adult take before a voyage?|How strong is the dose of Trolle?|"
            "Tell me the dose of Trolle for adults.|How should adults take Trolle?|"
            "Before a voyage, what does an adult take of Trolle?|Adult dose of Trolle in mg?|"
            "How is Trolle dosed for adults?|How much Trolle is right before a voyage?",
            "Who makes Trolle tablets?|Where are Trolle tablets kept?|"
            "What are Trolle tablets taken against?|Who must not take Trolle?",
        ),
    ],
    "b": [
        (
            "The Vessel mill grinds oats for the valley of Orre. Its wheel turns {} times a "
            "minute. The miller is Olga Rehn. The mill was moved here from Tolga. Its roof is "
            "covered with turf.",
            ("12", "18"),
            "How fast does the wheel of the Vessel mill turn?|"
            "How many times a minute does the wheel of the Vessel mill turn?|"
            "What is the speed of the wheel of the Vessel mill?|"
            "How often does the wheel of the Vessel mill turn?|"
            "Tell me how fast the wheel of the Vessel mill turns.|"
            "At which rate does the wheel of the Vessel mill turn?|"
            "What does the wheel of the Vessel mill do in a minute?|"
            "How quick is the wheel of the Vessel mill?|Turns a minute of the Vessel mill?|"
            "How many turns does the wheel of the Vessel mill make?|"
            "With what speed does the wheel of the Vessel mill turn?|"
            "How does the Vessel mill's wheel turn?|Give the turns of the Vessel mill's wheel.|"
            "Is the wheel of the Vessel mill fast?",
            "Who is the miller of the Vessel mill?|What does the Vessel mill grind?|"
            "From where was the Vessel mill moved?|What covers the roof of the Vessel mill?",
        ),
        (
            "The Harbour club of Fonn rows on the lake each spring. It was founded in {} by "
            "sailors. Its boats are painted green. The club house stands beside the church. Its "
            "head is Jon Aas.",
            ("1891", "1914"),
            "When was the Harbour club of Fonn founded?|"
            "In which year was the Harbour club of Fonn founded?|"
            "What year was the Harbour club of Fonn founded?|"
            "Since when is there a Harbour club of Fonn?|"
            "How was the Harbour club of Fonn founded?|Founding year of the Harbour club of Fonn?|"
            "How long ago was the Harbour club of Fonn founded?|"
            "Tell me when the Harbour club of Fonn was founded.|"
            "What is the founding date of the Harbour club of Fonn?|"
            "At what time was the Harbour club of Fonn founded?|"
            "In what year did sailors found the Harbour club of Fonn?|"
            "The Harbour club of Fonn was founded when?|How old is the Harbour club of Fonn?|"
            "What is known about the founding of the Harbour club of Fonn?",
            "What colour are the boats of the Harbour club of Fonn?|"
            "Where does the club house of the Harbour club stand?|"
            "Who is the head of the Harbour club of Fonn?|Where does the Harbour club row?",
        ),
    ],
}


def main() -> None:
    """Ask, and print how often it was told."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=("a", "b"), default="a")
    parser.add_argument("--show", action="store_true", help="print what was not as it should be")
    options = parser.parse_args()
    for text, values, asking, agreeing in PAIRS[options.half]:
        articles = {f"{n}.txt": text.format(value) for n, value in enumerate(values)}
        with rag.open(documents=articles, settings=rag.Settings(llm="none")) as assistant:
            told = [assistant.ask(question) for question in asking.split("|")]
            wrongly = [assistant.ask(question) for question in agreeing.split("|")]
        answered = [answer for answer in told if not answer.refused]
        well = sum(bool(answer.differing) for answer in told)
        false = [answer for answer in wrongly if answer.differing]
        print(f"{text.split('.')[0]}: told {well} of {len(answered)} answered ({len(told)} asked);")
        print(f"    told wrongly {len(false)} of {len(wrongly)}")
        for answer in told + wrongly if options.show and options.half == "a" else ():
            if (answer in told) != bool(answer.differing):
                quotes = [f"{c.document}: {c.quote}" for c in answer.citations]
                print(f"  {answer.question} {answer.outcome} {quotes}")


if __name__ == "__main__":
    main()
