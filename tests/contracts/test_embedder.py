"""What every `Embedder` must do, on the fake and on each adapter."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from rag.models import Embedder, SentenceTransformerEmbedder
from rag.models.embedder import bundled_folder
from rag.models.nano import NanoEmbedder
from rag.testing import FakeEmbedder

TEXTS = [
    "Rollo led the Norse to the coast.",
    "Chip exports need a licence.",
    "x",
    "",
    " \n",
    "的 é مر 😀",
    "word " * 300,
    "half \ud800 character",
]


@pytest.fixture(scope="module")
def many_languages() -> NanoEmbedder:
    return NanoEmbedder()


@pytest.fixture(params=["fake", "bundled", "sentence-transformers", "many languages"])
def subject(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "fake":
        return FakeEmbedder()
    if request.param == "many languages":
        nano: NanoEmbedder = request.getfixturevalue("many_languages")
        return nano
    if request.param == "sentence-transformers":
        return SentenceTransformerEmbedder(str(bundled_folder()))
    bundled: Embedder = request.getfixturevalue("embedder")
    return bundled


def test_identity(subject: Embedder) -> None:
    identity = subject.identity
    assert identity == subject.identity
    assert identity.name
    assert identity.dimension > 0
    assert len(identity.digest) == 64
    int(identity.digest, 16)


def test_shape_type_and_length(subject: Embedder) -> None:
    vectors = subject.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), subject.identity.dimension)
    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts(subject: Embedder) -> None:
    vectors = subject.embed([])
    assert vectors.shape == (0, subject.identity.dimension)
    assert vectors.dtype == np.float32


def test_the_same_text_has_the_same_vector_in_any_company(subject: Embedder) -> None:
    together = subject.embed(TEXTS)
    alone = np.concatenate([subject.embed([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    again = subject.embed(TEXTS)
    np.testing.assert_array_equal(together, again)


def test_order_is_kept(subject: Embedder) -> None:
    forwards, backwards = subject.embed(TEXTS), subject.embed(TEXTS[::-1])
    np.testing.assert_allclose(forwards, backwards[::-1], atol=1e-5)


def test_near_texts_are_nearer_than_far_ones(subject: Embedder) -> None:
    question, near, far = subject.embed(
        ["Who led the Norse?", "Rollo led the Norse.", "The price of chips fell on Monday."]
    )
    assert question @ near > question @ far + 0.1


def test_two_threads(subject: Embedder) -> None:
    expected = subject.embed(TEXTS[:4])
    found: list[object] = []

    def work() -> None:
        found.extend(subject.embed(TEXTS[:4]) for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for vectors in found:
        np.testing.assert_allclose(np.asarray(vectors), expected, atol=1e-5)
