"""The learned model of what questions want, as a file and as a decision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.query.intents import BUCKETS, IntentModel, bundled_model, decided, load_model, save_model
from rag.query.query import Aspect, Intent

FILE = Path(__file__).parents[2] / "rag" / "query" / "intents.npz"


def test_every_intent_has_its_weights() -> None:
    labels = bundled_model().labels
    assert {Intent(label.split()[0]) for label in labels} == set(Intent)
    assert {Aspect(label.split()[1]) for label in labels if " " in label} == set(Aspect) - {
        Aspect.NONE
    }


def test_the_file_is_small_and_holds_no_objects() -> None:
    assert FILE.stat().st_size <= 300_000
    with np.load(FILE, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_a_model_is_written_and_read(tmp_path: Path) -> None:
    weights = np.linspace(-1, 1, 2 * (4 + BUCKETS), dtype=np.float32).reshape(2, -1)
    bias = np.array([0.5, -0.5], np.float32)
    model = IntentModel(("direct", "talk thanks"), weights, bias, frozenset("ab"), frozenset("b"))
    save_model(tmp_path / "m.npz", model)
    read = load_model(tmp_path / "m.npz")
    assert (read.labels, read.frame, read.asking) == (model.labels, model.frame, model.asking)
    np.testing.assert_allclose(read.weights, weights, atol=0.01)


@pytest.mark.parametrize(
    ("shares", "intent", "aspect"),
    [
        ({"direct": 0.4, "open": 0.6}, Intent.OPEN, Aspect.NONE),
        ({"direct": 0.33, "several": 0.31, "open": 0.36}, Intent.DIRECT, Aspect.NONE),
        ({"direct": 0.45, "library any": 0.55}, Intent.DIRECT, Aspect.NONE),
        ({"direct": 0.1, "library any": 0.5, "library which": 0.4}, Intent.LIBRARY, Aspect.ANY),
        ({"direct": 0.2, "several": 0.3, "talk thanks": 0.5}, Intent.SEVERAL, Aspect.NONE),
    ],
)
def test_what_is_not_sure_is_answered_directly(
    shares: dict[str, float], intent: Intent, aspect: Aspect
) -> None:
    assert decided(shares) == (intent, aspect)
