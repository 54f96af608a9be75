"""Question and passage to the probability that each sentence answers, and that none does.

One encoder pass per passage; a sentence scores by its mean token, its best token and its best
start and end, against a score for "no answer". Owns the network and its file format. The span
scores follow Devlin et al. 2019 (https://arxiv.org/abs/1810.04805, section 4.3).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rag.errors import ModelError
from rag.models.embedder import bundled_folder
from rag.schema import Span

if TYPE_CHECKING:
    import torch

BUNDLED_READER = Path(__file__).parent / "reader"
LONGEST = 288  # tokens of question, title and passage together
LONGEST_QUESTION = 64
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


class Reader(Protocol):
    """Scores the sentences of passages against a question."""

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        """Read passages given as (title, text, sentence spans within the text)."""
        ...


class EncoderReader:
    """The `Reader` that comes with the install; safe to share between threads.

    Raises:
        ModelError: The model's files are missing or broken.
    """

    def __init__(self, folder: Path = BUNDLED_READER) -> None:
        try:
            self._network = load_network(folder)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"The reader in {folder} is missing or broken. Install Quoth again."
            ) from error
        self._tokenizer = load_tokenizer()
        self._lock = threading.Lock()

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        import torch

        if not passages:
            return []
        pairs = [encode(self._tokenizer, question, *passage) for passage in passages]
        with self._lock, torch.inference_mode():
            none, sentences, tokens = (t.numpy() for t in self._network(*collate(pairs)))
        return [
            Reading(
                tuple(sentences[row, : len(pair.sentences)].tolist()),
                float(none[row]),
                tuple(
                    answering_words(text, sentence, pair, inside, tokens[row])
                    for sentence, inside in zip(spans, pair.sentences, strict=True)
                ),
            )
            for row, (pair, (_, text, spans)) in enumerate(zip(pairs, passages, strict=True))
        ]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids and types of one pair, and the token range of each sentence."""

    ids: list[int]
    types: list[int]
    sentences: list[Span]
    offsets: list[Span]


def encode(
    tokenizer: Any, question: str, title: str, text: str, sentences: Sequence[Span]
) -> Encoded:
    """Lay out `[CLS] question [SEP] title. text [SEP]`; what does not fit is cut at the end."""
    head = tokenizer.encode(question, add_special_tokens=False).ids[:LONGEST_QUESTION]
    lead = tokenizer.encode(title, add_special_tokens=False).ids[:32]
    body = tokenizer.encode(text, add_special_tokens=False)
    start, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    prefix = [start, *head, sep, *lead, *([tokenizer.token_to_id(".")] if lead else [])]
    room = LONGEST - len(prefix) - 1
    ids = [*prefix, *body.ids[:room], sep]
    offsets = [Span(*o) for o in body.offsets[:room]]
    ranges = []
    for sentence in sentences:
        inside = [
            i for i, o in enumerate(offsets) if o.start < sentence.end and sentence.start < o.end
        ]
        first = len(prefix) + inside[0] if inside else 0
        ranges.append(Span(first, len(prefix) + inside[-1] + 1 if inside else 0))
    types = [0] * (len(head) + 2) + [1] * (len(ids) - len(head) - 2)
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


def collate(pairs: Sequence[Encoded]) -> tuple[torch.Tensor, ...]:
    """Pad pairs to (ids, types, mask, members); members is (pairs, sentences, tokens)."""
    import torch

    length = max(len(p.ids) for p in pairs)
    count = max(1, max(len(p.sentences) for p in pairs))
    ids = torch.zeros(len(pairs), length, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    members = torch.zeros(len(pairs), count, length, dtype=torch.bool)
    for row, pair in enumerate(pairs):
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        types[row, : len(pair.types)] = torch.tensor(pair.types)
        mask[row, : len(pair.ids)] = 1
        for index, span in enumerate(pair.sentences):
            members[row, index, span.start : span.end] = True
    return ids, types, mask, members


def build_network() -> Any:
    """The untrained network around the bundled all-MiniLM-L6-v2 encoder."""
    import torch
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()

    class Network(torch.nn.Module):
        """Encoder and two small heads: three scores a token, two a first token."""

        def __init__(self) -> None:
            super().__init__()
            config = AutoConfig.from_pretrained(bundled_folder(), local_files_only=True)
            self.encoder = AutoModel.from_config(config, add_pooling_layer=False)
            width = config.hidden_size
            self.token = torch.nn.Linear(width, 3)
            self.sentence = torch.nn.Linear(width, 1)
            self.none = torch.nn.Linear(width, 1)
            self.dropout = torch.nn.Dropout(0.1)

        def forward(
            self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor, members: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            states = self.encoder(
                input_ids=ids, token_type_ids=types, attention_mask=mask
            ).last_hidden_state
            states = self.dropout(states)
            tokens = self.token(states).float()
            weights = members.to(states.dtype)
            counts = weights.sum(-1, keepdim=True).clamp(min=1)
            mean = self.sentence(torch.bmm(weights, states) / counts).squeeze(-1).float()
            inside = tokens.unsqueeze(1).masked_fill(~members.unsqueeze(-1), -1e4)
            best = inside.amax(2).sum(-1)
            scores = (mean + best).masked_fill(~members.any(-1), float("-inf"))
            none = self.none(states[:, 0]).squeeze(-1).float()
            return none, scores, tokens

    return Network()


def load_tokenizer() -> Any:
    """The bundled encoder's tokenizer, without padding or cutting."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def save_network(network: Any, folder: Path, facts: dict[str, object]) -> None:
    """Write the weights as int8 with one scale a row (small vectors as float32)."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    stored: dict[str, np.ndarray[Any, Any]] = {}
    for name, value in network.state_dict().items():
        array = value.detach().cpu().float().numpy()
        if array.ndim < 2:
            stored[name] = array
            continue
        scale = np.abs(array).max(1, keepdims=True) / 127 + 1e-12
        stored[name] = np.round(array / scale).astype(np.int8)
        stored[f"{name}.scale"] = scale.astype(np.float32)
    save_file(stored, folder / "reader.safetensors")
    (folder / "reader.json").write_text(json.dumps(facts, indent=1) + "\n")


def load_network(folder: Path) -> Any:
    """Read the weights back into a network that is ready to use."""
    import torch
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        stored = load_file(folder / "reader.safetensors")
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    network = build_network()
    state = {}
    for name in network.state_dict():
        array = stored[name]
        scale = stored.get(f"{name}.scale")
        state[name] = torch.from_numpy(array if scale is None else array * scale)
    network.load_state_dict(state)
    return network.eval()
