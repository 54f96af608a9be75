"""Ingest against sentence-transformers' own `encode`, on the same passages, in one run.

    python benchmarks/ingest.py FOLDER [--rounds 3]

FOLDER holds articles. Each round syncs them into an empty library and then encodes the same texts
(title and passage) in one call of `encode`; the order changes from round to round. Prints the
medians in passages a second and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from sentence_transformers import SentenceTransformer

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.documents import read, split_passages
from rag.library import Library, sync_folder
from rag.library.rows import embedded
from rag.models import Embedder
from rag.models.embedder import bundled_embedder, bundled_folder

LONGEST = 800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    texts = passages(options.folder)
    embedder = bundled_embedder()
    plain = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    plain.encode(texts[:32])
    embedder.embed(texts[:32])
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(options.rounds):
        steps = [
            lambda: ours.append(len(texts) / ingest(options.folder, embedder)),
            lambda: theirs.append(len(texts) / encode(plain, texts)),
        ]
        for step in steps if number % 2 == 0 else reversed(steps):
            step()
    mine, plainly = statistics.median(ours), statistics.median(theirs)
    print(f"{len(texts)} passages, {options.rounds} rounds")
    print(f"ingest {mine:.1f} a second, encode {plainly:.1f}, ratio {mine / plainly:.3f}")


def passages(folder: Path) -> list[str]:
    """The texts that an ingest embeds."""
    documents = [read(path, folder=folder) for path in sorted(folder.glob("*.txt"))]
    return [
        embedded(d, p.start, p.end) for d in documents for p in split_passages(d, longest=LONGEST)
    ]


def ingest(folder: Path, embedder: Embedder) -> float:
    """Seconds to read, split, embed and store the folder in an empty library."""
    with tempfile.TemporaryDirectory() as place:
        library = Library(Path(place) / "index", identity=embedder.identity, longest=LONGEST)
        began = time.perf_counter()
        sync_folder(folder, library, embedder, longest=LONGEST)
        spent = time.perf_counter() - began
        library.close()
    return spent


def encode(model: SentenceTransformer, texts: list[str]) -> float:
    """Seconds for the library's own call on the same texts."""
    began = time.perf_counter()
    model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
