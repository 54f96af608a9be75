"""Ask the sample articles, with and without an answer in them: times, and what comes back.

    python benchmarks/seeds.py [--read] [--several]

`--several` asks the questions that want several claims (lists, comparisons, courses of events,
summaries, topics) in place of those with one answer. Prints the median and the 95th percentile of
the seconds to the evidence and to the first claim, how many answers hold what they should, and how
many questions that the articles do not answer were refused. `--read` prints every answer, to be
read by a person.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag

SEEDS = Path(__file__).parents[1] / "seeds"
ANSWERED = (
    ("When did Nvidia confirm the A800?", "November 2022"),
    ("How much did Nvidia write down for the H20?", "$4.5 billion"),
    ("How fast does the A800 move data between chips?", "400 GB/s"),
    ("By how many votes did the committee approve the Chip Security Act?", "42"),
    ("Who introduced the Senate version of the Chip Security Act?", "Tom Cotton"),
    ("What memory does the H20 have?", "96 GB"),
    ("How much power does CloudMatrix 384 draw?", "559 kW"),
    ("What did Gina Raimondo warn companies about?", "redesigning"),
    ("Which products did Nvidia's filing of 17 October 2023 name?", "L40S"),
    ("When did Huang meet President Trump at the White House?", "10 July 2025"),
    ("What did Jensen Huang call the export controls?", "a failure"),
    ("How many Ascend chips can Huawei make in 2025 according to Kessler?", "200,000"),
    ("What did the CAC tell ByteDance and Alibaba?", "suspend"),
    ("Who is Nvidia's chief financial officer?", "Kress"),
    ("What was Nvidia's revenue for fiscal 2026?", "$215.9 billion"),
    ("What share of the Chinese market does Nvidia have now?", "0%"),
    ("Which chips were found in samples of the 910C?", "TSMC"),
    ("When did TSMC stop serving Huawei?", "2020"),
    ("What did Trump say about the H200 on 8 December 2025?", "approved customers"),
    ("How much of the H200 sales goes to the United States?", "25%"),
    ("Which senators wrote to Lutnick?", "Warren"),
    ("What is the bottleneck according to SemiAnalysis?", "memory"),
    ("How did Lutnick explain the H20 decision?", "rare earths"),
    ("Who called the A800 a repackaged A100?", "Wayne Lam"),
    ("What does the October 2022 rule require?", "licence"),
    ("How much revenue did China bring Nvidia in fiscal 2025?", "$17 billion"),
    ("What is performance density?", "die area"),
    ("Why did the US stop the H20?", "supercomputer"),
    ("What did Alan Estevez say the goal was?", "military"),
    ("How many sponsors did the Chip Security Act have?", "hirty"),
    ("What did Nvidia write about backdoors?", "backdoor"),
    ("How many H200 orders did China approve?", "400,000"),
)
SEVERAL: tuple[
    tuple[str, tuple[str, ...]], ...
] = (  # several claims are wanted, and what they should hold between them
    ("Which companies were told to suspend Nvidia purchases?", ("ByteDance", "Alibaba", "Tencent")),
    ("List all chips named in Nvidia's filing of 17 October 2023.", ("L40S", "RTX 4090")),
    ("Which senators are behind the Chip Security Act?", ("Cotton", "Warren")),
    ("List the estimates of Huawei's Ascend output in 2025.", ("200,000", "400,000", "805,000")),
    (
        "Which members of Congress criticised the return of the H20?",
        ("Krishnamoorthi", "Moolenaar"),
    ),
    ("What reasons were given for restricting the H20?", ("supercomputer",)),
    ("Which chips did Nvidia make for China?", ("A800", "H800", "H20")),
    (
        "List all sums that DeepSeek's training is said to have cost.",
        ("$5.576 million", "$294,000"),
    ),
    ("Name all bills about chips in Congress.", ("Overwatch", "GAIN")),
    ("What objections were raised against the 15% deal?", ("Constitution", "incoherent")),
    ("Which companies supplied parts of the 910C?", ("TSMC", "Samsung")),
    ("What are the views on whether the H20 is weak?", ("6.68", "Moolenaar")),
    ("Compare the A100 and the A800.", ("600 GB/s", "400 GB/s")),
    ("Compare CloudMatrix 384 and the GB200 NVL72.", ("300 petaflops", "559 kW")),
    ("What is the difference between the H20 and the H100?", ("15% of the compute",)),
    ("How do the H20 and the H200 differ?", ("15,840",)),
    (
        "Compare what Bloomberg and Reuters reported about the H20.",
        ("outright ban", "not told to stop"),
    ),
    ("How do Nvidia and the CAC differ on backdoors?", ("no backdoors", "unnamed")),
    ("A800 versus H800", ("A800", "H800")),
    ("What is the difference between SMIC and TSMC?", ("SMIC", "TSMC")),
    ("How did Nvidia's share of the Chinese market change?", ("95%", "0%")),
    ("What happened to the H20 in 2025?", ("licence", "July 2025")),
    ("When did the export rules change?", ("October 2022", "October 2023")),
    ("How did H20 sales develop in fiscal 2026?", ("$4.6 billion", "$50 million")),
    ("What happened to the H200 after December 2025?", ("400,000",)),
    ("What is the history of the Chip Security Act?", ("8 May 2025", "26 March 2026")),
    ("What is the latest on the H200?", ("May 2026",)),
    ("Summarise the article on the Chip Security Act.", ("42 votes",)),
    ("What is the article on Huawei's answer to Nvidia about?", ("Huawei",)),
    ("Summarize the DeepSeek article.", ("DeepSeek",)),
    ("Give me an overview of the article on the RTX Pro 6000D.", ("ByteDance",)),
    ("What do the articles say about the RTX 4090?", ("17 November 2023",)),
    ("What do the articles say about SMIC?", ("7 nm",)),
    ("What do the articles say about DeepSeek?", ("H800", "Moolenaar")),
    ("What is known about the MI308?", ("restricted",)),
    ("What do the sources say about Jensen Huang and export controls?", ("failure",)),
)
REFUSED = (
    "What is the capital of France?",
    "How do I bake bread?",
    "asdf",
    "Wer ist der Bundeskanzler von Deutschland?",
    "What is the price of an H100 in Germany?",
    "How many employees does Nvidia have?",
    "When was Jensen Huang born?",
    "Who is the chief executive of AMD?",
    "What did Apple say about export controls?",
    "How many transistors does the Ascend 960 have?",
    "When did Intel confirm the A800?",
    "Which university did Gina Raimondo attend?",
    "How much did Nvidia write down for the RTX 4090?",
    "What did the Dutch government say about ASML?",
    "When will the Chip Security Act take effect in Japan?",
    "Who won the 2024 election?",
    "Summarise the article on the Treaty of Versailles.",
    "Compare Zen 5 and Lunar Lake.",
    "List all French presidents.",
    "What do the articles say about whales?",
    "What is the latest on the Rubin chip in Brazil?",
    "How did the price of gold change?",
    "What is the difference between a crocodile and an alligator?",
    "Which companies make electric cars?",
)


def main() -> None:
    """Ask every question once, after the models are warm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", action="store_true", help="print every answer")
    parser.add_argument("--several", action="store_true", help="ask what wants several claims")
    chosen = parser.parse_args()
    read = chosen.read
    asked: Sequence[tuple[str, str | tuple[str, ...]]] = SEVERAL if chosen.several else ANSWERED
    with tempfile.TemporaryDirectory() as index, rag.open(SEEDS, index=index) as assistant:
        assistant.warm()
        assistant.ask(asked[0][0])
        answers = [assistant.ask(question) for question, _ in asked]
        others = [assistant.ask(question) for question in REFUSED]
    held = [
        all(part in a.text for part in ((wanted,) if isinstance(wanted, str) else wanted))
        for a, (_, wanted) in zip(answers, asked, strict=True)
    ]
    if read:
        print("\n".join(_lines([*answers, *others])))
    given = [a for a in answers if not a.refused]
    print(f"{sum(held)} of {len(answers)} answers hold what they should; {len(given)} were given")
    print(f"{sum(a.refused for a in others)} of {len(others)} others were refused")
    claims = [a.timings.first_claim for a in given if a.timings.first_claim is not None]
    _print("evidence", [a.timings.evidence for a in [*answers, *others]])
    _print("first claim", claims)


def _lines(answers: list[rag.Answer]) -> Iterator[str]:
    for answer in answers:
        kind = "refused " if answer.refused else "answered"
        yield f"{kind} {answer.confidence:.2f}  {answer.question}"
        shown = [c.marked for c in answer.claims] or [e.quote for e in answer.evidence[:1]]
        yield from (f"    {line}" for line in shown)
        yield from (f"    {line}" for line in (answer.coverage, *answer.remarks) if line)
        yield from (f"    left out: {c.text} ({c.verdict.reason})" for c in answer.rejected)


def _print(what: str, seconds: list[float]) -> None:
    median, late = np.percentile(seconds, [50, 95])
    print(f"{what}: median {median:.2f} s, 95th percentile {late:.2f} s")


if __name__ == "__main__":
    main()
