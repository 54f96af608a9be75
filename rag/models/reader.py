"""Question and passage to the probability that each sentence answers, and that none does.

One encoder pass per passage; a sentence scores by its mean token, its best token and its best
start and end, against a score for "no answer". Owns the layout, in two sizes. The span scores
follow Devlin et al. 2019 (https://arxiv.org/abs/1810.04805, section 4.3).
"""

from __future__ import annotations

import copy
import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rag.errors import ModelError
from rag.models.encoder import load_tokenizer, stored_weights
from rag.schema import Span

if TYPE_CHECKING:
    import torch

BUNDLED_READER = Path(__file__).parent / "reader"
LARGER = "large"  # the folder of the large network within that of the small one
AGAIN = 2  # passages that the large one reads: with two, evidence comes within 0.6 s
KNOWN = 64  # readings that are not made again
BEGUN = 8  # passages of which the states that both ends stand on are kept
LONGEST = 288  # tokens of question, title and passage together
LONGEST_QUESTION = 64
SHAPE = "reader.json"
ENDS = "open.safetensors"  # the last layers for open questions, beside the large network
SHARED = 9  # layers of the large network that both its ends stand on
WEIGHTS = "reader.safetensors"
SURE = 0.45  # share of the best span among a sentence's, from which its words are marked
LONGEST_ANSWER = 24  # tokens of the words that are marked in a sentence


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of one passage.

    Attributes:
        answers: A logit for each sentence, in order; -inf for one that did not fit.
        none: The logit of "this passage does not answer", on the same scale.
        words: For each sentence the words most likely to be the answer, as a span of the passage's
            text; `None` where none stand out, and empty where a reader cannot tell.
    """

    answers: tuple[float, ...]
    none: float
    words: tuple[Span | None, ...] = ()

    @property
    def odds(self) -> float:
        """The logit of "one of its sentences answers"; -inf where none was read.

        >>> round(Reading((1.0, 1.0), 0.0).odds, 2)
        1.69
        """
        top = max(self.answers, default=-math.inf)
        if top == -math.inf:
            return top
        return top + math.log(sum(math.exp(a - top) for a in self.answers)) - self.none

    def held_below(self, odds: float) -> Reading:
        """The same with its odds brought down to these, where they are above.

        >>> abs(Reading((3.0, 1.0), 0.0).held_below(0.0).odds) < 1e-9
        True
        """
        by = max(0.0, self.odds - odds)
        return replace(self, answers=tuple(answer - by for answer in self.answers)) if by else self


@dataclass(frozen=True, slots=True)
class Shape:
    """What an encoder is made of, and how question and passage are laid out for it.

    Both sizes have BERT's vocabulary, which MPNet's holds after four signs of its own; so one
    tokenizer serves both.

    Attributes:
        start: The token that a pair begins with.
        between: The tokens between question and passage.
        end: The token that it ends with.
        pad: The token that stands beyond the end.
        shift: What is added to the tokenizer's ids.
    """

    start: int
    between: tuple[int, ...]
    end: int
    pad: int
    shift: int


SMALL = Shape(start=101, between=(102,), end=102, pad=0, shift=0)
LARGE = Shape(start=0, between=(2, 2), end=2, pad=1, shift=4)
SHAPES = {"all-MiniLM-L6-v2": SMALL, "all-mpnet-base-v2": LARGE}


class Reader(Protocol):
    """Scores the sentences of passages against a question."""

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        """Read passages given as (title, text, sentence spans within the text)."""
        ...


def for_open(reader: Reader) -> Reader:
    """The reader of open questions, where a reader has learned them apart; else itself."""
    apart: Reader = getattr(reader, "open", reader)
    return apart


class EncoderReader:
    """The `Reader` that comes with the install; safe to share between threads.

    A small network reads every passage, and a large one, where its folder has it under `LARGER`,
    reads those again that answer best by the small one. A passage that only the small one has
    read is held below them, since it is less to be trusted. `open` reads open questions: with
    other last layers of the large one, where its folder has them under `ENDS`.

    Raises:
        ModelError: The model's files are missing or broken.
    """

    def __init__(self, folder: Path = BUNDLED_READER) -> None:
        try:
            self._small = packed_network(folder)
            larger = folder / LARGER
            self._large = packed_network(larger) if larger.is_dir() else None
            ends = larger / ENDS
            openly = with_ends(self._large, ends) if ends.is_file() else self._large
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"The reader in {folder} is missing or broken. Install Quoth again."
            ) from error
        self._tokenizer = load_tokenizer()
        self._lock = threading.Lock()
        self._known: dict[tuple[object, ...], Reading] = {}
        self._begun: dict[tuple[object, ...], torch.Tensor] = {}
        if openly is not self._large:
            self.open = copy.copy(self)  # the copy has none: no circle holds the networks
            self.open._large = openly

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        # One at a time: as quick as together on a processor, and no passage sways another.
        found = [self._read(self._small, question, *passage) for passage in passages]
        if self._large is None:
            return found
        order = sorted(range(len(found)), key=lambda place: -found[place].odds)
        again = {i: self._read(self._large, question, *passages[i]) for i in order[:AGAIN]}
        least = min((reading.odds for reading in again.values()), default=0.0)
        return [again.get(i) or reading.held_below(least) for i, reading in enumerate(found)]

    def _read(
        self, network: Any, question: str, title: str, text: str, spans: Sequence[Span]
    ) -> Reading:
        """What a network says of a passage; of the last ones it is known.

        A question that nothing answers in short is gathered again as an open one.
        """
        asked = id(network), question, title, text, tuple(spans)
        if (known := self._known.get(asked)) is None:
            known = self._reading(network, question, title, text, spans)
            with self._lock:
                _keep(self._known, asked, known, KNOWN)
        return known

    def _reading(
        self, network: Any, question: str, title: str, text: str, spans: Sequence[Span]
    ) -> Reading:
        import torch

        pair = encode(self._tokenizer, question, title, text, spans, network.shape)
        ids, types, mask, members = collate([pair], network.shape)
        with self._lock, torch.inference_mode():
            begun = network.shared, *pair.ids
            if (states := self._begun.get(begun)) is None:
                states = network.begun(ids, types, mask)
                if network.shared:
                    _keep(self._begun, begun, states, BEGUN)
            found = network.ended(states, mask, members)
        none, sentences, tokens = (values[0].numpy() for values in found)
        return Reading(
            tuple(sentences[: len(pair.sentences)].tolist()),
            float(none),
            tuple(
                answering_words(text, sentence, pair, inside, tokens)
                for sentence, inside in zip(spans, pair.sentences, strict=True)
            ),
        )


def _keep(known: dict[Any, Any], key: object, value: object, most: int) -> None:
    """Put a value behind those that are known, and leave out the oldest of too many."""
    known[key] = value
    while len(known) > most:
        del known[next(iter(known))]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids and types of one pair, and the token range of each sentence."""

    ids: list[int]
    types: list[int]
    sentences: list[Span]
    offsets: list[Span]


def encode(
    tokenizer: Any,
    question: str,
    title: str,
    text: str,
    sentences: Sequence[Span],
    shape: Shape = SMALL,
) -> Encoded:
    """Lay out `[CLS] question [SEP] title. text [SEP]`; what does not fit is cut at the end."""
    head = tokenizer.encode(question, add_special_tokens=False).ids[:LONGEST_QUESTION]
    lead = tokenizer.encode(title, add_special_tokens=False).ids[:32]
    body = tokenizer.encode(text, add_special_tokens=False)
    lead = [*lead, *([tokenizer.token_to_id(".")] if lead else [])]
    asked = [shape.start, *(token + shape.shift for token in head), *shape.between]
    prefix = [*asked, *(token + shape.shift for token in lead)]
    room = LONGEST - len(prefix) - 1
    ids = [*prefix, *(token + shape.shift for token in body.ids[:room]), shape.end]
    offsets = [Span(*o) for o in body.offsets[:room]]
    ranges = []
    for sentence in sentences:
        inside = [
            i for i, o in enumerate(offsets) if o.start < sentence.end and sentence.start < o.end
        ]
        first = len(prefix) + inside[0] if inside else 0
        ranges.append(Span(first, len(prefix) + inside[-1] + 1 if inside else 0))
    types = [0] * len(asked) + [1] * (len(ids) - len(asked))
    return Encoded(ids, types, ranges, [Span(0, 0)] * len(prefix) + offsets + [Span(0, 0)])


def answering_words(
    text: str, sentence: Span, pair: Encoded, inside: Span, scores: np.ndarray[Any, Any]
) -> Span | None:
    """The span of whole words in a sentence with the best first and last token, if one stands out.

    Args:
        text: The passage.
        sentence: Characters of the passage.
        pair: The passage's tokens.
        inside: The sentence's tokens; an empty range has no words.
        scores: (tokens, 2 or more): how likely each token is the first, and the last.
    """
    first, last = scores[inside.start : inside.end, :2].T
    if not len(first):
        return None
    both = first[:, None] + last[None, :]
    length = np.arange(len(first))[None, :] - np.arange(len(first))[:, None]
    both[(length < 0) | (length >= LONGEST_ANSWER)] = -np.inf
    likely = np.exp(both - both.max())
    if 1 / likely.sum() < SURE:
        return None
    begin, end = np.unravel_index(int(both.argmax()), both.shape)
    start = max(sentence.start, pair.offsets[inside.start + int(begin)].start)
    stop = min(sentence.end, pair.offsets[inside.start + int(end)].end)
    while start > sentence.start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while stop < sentence.end and text[stop].isalnum() and text[stop - 1].isalnum():
        stop += 1
    return Span(start, stop) if any(map(str.isalnum, text[start:stop])) else None


def collate(pairs: Sequence[Encoded], shape: Shape = SMALL) -> tuple[torch.Tensor, ...]:
    """Pad pairs to (ids, types, mask, members); members is (pairs, sentences, tokens)."""
    import torch

    length = max(len(p.ids) for p in pairs)
    count = max(1, max(len(p.sentences) for p in pairs))
    ids = torch.full((len(pairs), length), shape.pad)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    members = torch.zeros(len(pairs), count, length, dtype=torch.bool)
    for row, pair in enumerate(pairs):
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        types[row, : len(pair.types)] = torch.tensor(pair.types)
        mask[row, : len(pair.ids)] = 1
        for index, span in enumerate(pair.sentences):
            members[row, index, span.start : span.end] = True
    return ids, types, mask, members


def build_network(shape: Shape = SMALL) -> Any:
    """The untrained network around an encoder of this shape."""
    from rag.models.network import ReaderNetwork
    from rag.models.transformer import MINILM, MPNET

    return ReaderNetwork(shape, *((MINILM, 0) if shape is SMALL else (MPNET, SHARED)))


def packed_network(folder: Path) -> Any:
    """The network with its weights in eight bits as they are stored: to read with only."""
    import torch

    from rag.models.packed import pack

    with torch.device("meta"):  # no values are made that are then thrown away
        network = build_network(shape_of(folder))
    return pack(network, stored_weights(folder / WEIGHTS))


def with_ends(network: Any, file: Path) -> Any:
    """A packed network that shares all but its last layers and its heads with another.

    Raises:
        ValueError: The file has not all of their values.
    """
    import torch

    from rag.models.packed import pack

    with torch.device("meta"):
        ended = build_network(network.shape)
    ended.stand_on(network)
    pack(ended, stored_weights(file), whole=False)
    if any(value.is_meta for value in ended.state_dict().values()):
        raise ValueError(f"{file} is not whole.")
    return ended


def shape_of(folder: Path) -> Shape:
    """The shape that a reader's facts name."""
    facts = json.loads((folder / SHAPE).read_text())
    return SHAPES[facts.get("encoder", "all-MiniLM-L6-v2")]
