"""Stand-ins for the models, for tests that must be quick and know every answer beforehand.

Owns fakes of the `Embedder`, `LLM`, `Reader` and `Judge` protocols; the first two pass the same
contract tests as the real adapters (`tests/contracts`). Knows nothing of the library or of answers.
"""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import ModelError
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.models.llm import Ahead, Speed, too_long
from rag.models.reader import Reading
from rag.odds import probability
from rag.schema import Span
from rag.words import terms

_FIGURE = re.compile(r"\d[\d,.]*\d|\d")
_SHOWN = re.compile(r"^From “.*:\n(.+?(?:[.!?](?=\s|$)|$))", re.M)
_PIECE = re.compile(r"\s*\S+|\s+$")


class FakeEmbedder:
    """An `Embedder` whose cosine is word overlap: a hashed bag of stemmed words.

    The same text has the same vector in every process. A text without words gets a vector of
    its own.

    Args:
        dimension: Length of the vectors.
        name: Part of the identity, together with the dimension and the seed.
        seed: Another seed is another embedder, with another digest and other vectors.
        fail_after: Calls that succeed before every further one raises `ModelError`.

    Attributes:
        calls: The texts of every call so far.

    >>> embedder = FakeEmbedder()
    >>> question, near, far = embedder.embed(["Who led Rollo?", "Rollo leads", "cheap chips"])
    >>> bool(question @ near > question @ far)
    True
    >>> FakeEmbedder(seed=1).identity == embedder.identity
    False
    """

    def __init__(
        self,
        *,
        dimension: int = 64,
        name: str = "fake-embedder",
        seed: int = 0,
        fail_after: int | None = None,
    ) -> None:
        key = f"{name}/{dimension}/{seed}"
        digest = hashlib.sha256(key.encode()).hexdigest()
        self.identity = EmbedderIdentity(name, dimension, digest)
        self._key = digest.encode()[:16]
        self._fail_after = fail_after
        self.calls: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self._fail_after is not None and len(self.calls) >= self._fail_after:
            raise ModelError(f"The model {self.identity.name} was told to fail. Tell it not to.")
        self.calls.append(list(texts))
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.identity.dimension), np.float32)

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self.identity.dimension, np.float32)
        for word in terms(text) or ["\x00no words", text]:
            data = word.encode("utf-8", "replace")
            hashed = hashlib.blake2b(data, digest_size=8, key=self._key).digest()
            place, sign = int.from_bytes(hashed[:7], "little"), hashed[7] & 1
            vector[place % len(vector)] += 1.0 if sign else -1.0
        length = float(np.linalg.norm(vector))
        if not length:  # two words that cancel each other out
            vector[0] = length = 1.0
        return np.asarray(vector / length, np.float32)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What an `LLM` was asked."""

    head: str
    request: str
    grammar: str | None
    limit: int


class FakeLLM:
    r"""An `LLM` that answers from a script, and without one repeats what it was shown.

    Repeating means the first sentence that it was shown under the name of an article, or else the
    last line of the request. A token is a word. Safe to share between threads.

    Args:
        replies: The replies to the first requests, in order; after them it repeats.
        context: Words that the prompt and the answer may have together.
        writes: Whether it may write answers freely.
        taught: Whether it was taught what it is asked.
        yes: The log odds that it says yes, or what gives them for a request.
        points: How likely it points at each character, as logarithms, for a request and characters;
            else at the last as likely as it says no, and at the others alike.
        error: Raised by every request in place of a reply.
        breaks_after: Words of every reply before `ModelError` breaks it off.
        speed: How fast it says that it was.

    Attributes:
        prompts: Everything it was asked.

    >>> llm = FakeLLM(["Rollo led them. [1]"])
    >>> list(llm.stream(head="Answer.", request="Who led them?"))
    ['Rollo', ' led', ' them.', ' [1]']
    >>> "".join(llm.stream(head="Answer.", request="From “Rollo”:\nHe won. He left.\nWell?"))
    'He won.'
    >>> llm.prompts[0].request
    'Who led them?'
    """

    where = "this computer, in a test"

    def __init__(
        self,
        replies: Sequence[str] = (),
        *,
        context: int = 2048,
        yes: float | Callable[[str], float] = 1.2,
        points: Callable[[str, str], list[float]] | None = None,
        error: Exception | None = None,
        breaks_after: int | None = None,
        writes: bool = True,
        taught: bool = False,
        speed: Speed = Speed(),  # noqa: B008  # it cannot be changed
        name: str = "fake-llm",
    ) -> None:
        self.speed = speed
        self._replies = list(replies)
        self.context, self.name = context, name
        self._yes, self._points = yes, points
        self._error, self._breaks_after = error, breaks_after
        self.writes, self.taught = writes, taught
        self._lock = threading.Lock()
        self.prompts: list[Prompt] = []

    def count(self, text: str) -> int:
        return len(text.split())

    def stream(
        self,
        *,
        head: str,
        request: str,
        grammar: str | None = None,
        limit: int = 256,
        ahead: Ahead | None = None,
    ) -> Iterator[str]:
        needed = self.count(head) + self.count(request) + limit
        if needed > self.context:
            raise too_long(needed, self.context)
        with self._lock:
            reply = self._reply(request, len(self.prompts))
            self.prompts.append(Prompt(head, request, grammar, limit))
        if self._error is not None:
            raise self._error
        for count, piece in enumerate(_PIECE.findall(reply)[:limit]):
            if self._breaks_after is not None and count >= self._breaks_after:
                raise ModelError(f"The model {self.name} was told to break off. Tell it not to.")
            yield piece

    def odds(self, *, head: str, request: str) -> float:
        """As the argument `yes` says; a number for all requests, or a function of each."""
        if self._error is not None:
            raise self._error
        return self._yes(request) if callable(self._yes) else self._yes

    def point(self, *, head: str, request: str, at: str) -> list[float]:
        """As the argument `points` says, or `yes`."""
        if (needed := self.count(head) + self.count(request)) > self.context:
            raise too_long(needed, self.context)
        likely = probability(self.odds(head=head, request=request))
        if self._points is not None:
            return self._points(request, at)
        return [math.log(likely / max(1, len(at) - 1))] * (len(at) - 1) + [math.log(1 - likely)]

    def _reply(self, request: str, turn: int) -> str:
        if turn < len(self._replies):
            return self._replies[turn]
        if shown := _SHOWN.search(request):
            return shown[1]
        return request.strip().rsplit("\n", 1)[-1]


class FakeReader:
    """A `Reader` that scores a sentence by the share of the question's words it holds.

    All of the words give a logit of 6 above "none", half of them 0, none of them 6 below. The words
    that answer are a sentence's first figure.

    Attributes:
        questions: What it was asked so far.

    >>> reading = FakeReader().read("Who led them?", [("", "Rollo led.", [Span(0, 10)])])[0]
    >>> reading.answers[0] - reading.none
    6.0
    """

    def __init__(self) -> None:
        self.questions: list[str] = []

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        self.questions.append(question)
        asked = set(terms(question))
        return [
            Reading(
                tuple(_overlap(asked, text[s.start : s.end]) for s in sentences),
                6.0,
                tuple(_figure(text, s) for s in sentences),
            )
            for _, text, sentences in passages
        ]


def _figure(text: str, sentence: Span) -> Span | None:
    found = _FIGURE.search(text, sentence.start, sentence.end)
    return Span(*found.span()) if found else None


def _overlap(asked: set[str], sentence: str) -> float:
    return 12.0 * len(asked & set(terms(sentence))) / max(1, len(asked))


class FakeJudge:
    """A `Judge` to whom a claim is entailed where the premise has all of its words.

    >>> FakeJudge().entails([("Rollo led 20 ships.", "Rollo led ships."), ("He won.", "He lost.")])
    [1.0, 0.0]
    """

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """1 for a claim whose words its premise has, else 0."""
        return [float(set(terms(claim)) <= set(terms(premise))) for premise, claim in pairs]
