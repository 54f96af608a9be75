"""The public fakes: what they promise beside the contracts of their protocols."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rag.errors import ModelError
from rag.testing import FakeEmbedder, FakeLLM, Prompt

EVIDENCE = "From “Rollo”:\nHe won. He lost.\n\nAnswer:"


def test_vectors_are_the_same_in_another_process() -> None:
    code = (
        "from rag.testing import FakeEmbedder; print(FakeEmbedder().embed(['Rollo led']).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(FakeEmbedder().embed(["Rollo led"]).tolist())


def test_each_setting_makes_another_embedder() -> None:
    made = [FakeEmbedder(), FakeEmbedder(seed=1), FakeEmbedder(dimension=8), FakeEmbedder(name="b")]
    assert len({embedder.identity for embedder in made}) == 4
    assert len({embedder.identity.digest for embedder in made}) == 4


def test_an_embedder_that_fails_after_some_calls() -> None:
    embedder = FakeEmbedder(fail_after=1)
    embedder.embed(["a"])
    with pytest.raises(ModelError, match="fake-embedder was told to fail"):
        embedder.embed(["b"])
    assert embedder.calls == [["a"]]


def test_a_script_then_repeating() -> None:
    llm = FakeLLM(["One. [1]", "Two. [2]"])
    texts = ["".join(llm.stream(head="h", request=EVIDENCE, limit=9)) for _ in range(3)]
    assert texts == ["One. [1]", "Two. [2]", "He won."]
    assert llm.prompts[0] == Prompt("h", EVIDENCE, None, 9)
    assert len(llm.prompts) == 3


def test_failing() -> None:
    with pytest.raises(ModelError, match="boom"):
        list(FakeLLM(error=ModelError("boom")).stream(head="h", request=EVIDENCE))
    stream = FakeLLM(breaks_after=1).stream(head="h", request=EVIDENCE)
    assert next(stream) == "He"
    with pytest.raises(ModelError, match="told to break off"):
        next(stream)
