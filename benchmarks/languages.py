"""How often a question in another language finds its article, and is answered.

Eight invented articles and thirteen questions in each of six languages, three of them without an
answer, written for this (`languages.jsonl`). All articles lie in one library, with the English
seeds beside them, as they would for a person who reads several languages. For each language:
how often the article that answers is the first hit, or among the first five; how many questions are
answered, and rightly (the words that answer are in the answer); and how many of those without an
answer are refused.

    python benchmarks/languages.py
    python benchmarks/languages.py --embedder multilingual

Answers are the articles' own sentences (no language model). Prints a Markdown table.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag
from rag.settings import NO_MODEL, Settings

HERE = Path(__file__).parent
COLUMNS = ("first", "first five", "answered", "right", "refused rightly")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--embedder", default=Settings().embedder)
    parser.add_argument("--alone", action="store_true", help="a library for each language")
    options = parser.parse_args()
    lines = (HERE / "languages.jsonl").read_text(encoding="utf-8").splitlines()
    sets = [json.loads(line) for line in lines]
    print(f"| language | {' | '.join(COLUMNS)} |\n|---{'|---' * len(COLUMNS)}|")
    for group in [[one] for one in sets] if options.alone else [sets]:
        with tempfile.TemporaryDirectory() as place:
            folder = written(Path(place, "articles"), group)
            settings = Settings(llm=NO_MODEL, embedder=options.embedder)
            index = Path(place, "index")
            with rag.open(folder, index=index, settings=settings) as assistant:
                for one in group:
                    print(row(one["language"], measured(assistant, one)))


def written(folder: Path, sets: list[dict]) -> Path:
    """The articles as files, with the seeds beside them."""
    folder.mkdir()
    for seed in (HERE.parent / "seeds").glob("*.md"):
        (folder / seed.name).write_bytes(seed.read_bytes())
    for one in sets:
        for number, (title, text) in enumerate(one["articles"]):
            file = folder / f"{one['language']}-{number}.md"
            file.write_text(f"# {title}\n\n{text}\n", encoding="utf-8")
    return folder


def measured(assistant: rag.Assistant, one: dict) -> dict[str, tuple[int, int]]:
    """For each column how many, of how many."""
    found: Counter[str] = Counter()
    for question, number, words in one["questions"]:
        wanted = f"{one['language']}-{number}.md"
        hits = [hit.document for hit in assistant.search(question, limit=5)]
        answer = assistant.ask(question)
        found["first"] += hits[:1] == [wanted]
        found["first five"] += wanted in hits
        found["answered"] += not answer.refused
        found["right"] += not answer.refused and words in answer.text
    for question in one["unanswerable"]:
        found["refused rightly"] += assistant.ask(question).refused
    of = dict.fromkeys(COLUMNS, len(one["questions"]))
    of["refused rightly"] = len(one["unanswerable"])
    return {name: (found[name], of[name]) for name in COLUMNS}


def row(name: str, cells: dict[str, tuple[int, int]]) -> str:
    return f"| {name} | " + " | ".join(f"{have} of {of}" for have, of in cells.values()) + " |"


if __name__ == "__main__":
    main()
