"""The judge: its layout of tokens, its file, what it says, and what stands beside not mattering."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ModelError
from rag.models.encoder import load_tokenizer
from rag.models.judge import (
    BUNDLED_JUDGE,
    LONGEST,
    LONGEST_CLAIM,
    EncoderJudge,
    build_network,
    collate,
    encode,
    load_network,
)
from training.weights import save_network

HANNA = "The ferry Hanna was built in 1962 at the Skarvik yard, and she carries 120 passengers."
STAGED = "Officials said that the ferry may be sold in May."


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer()


@pytest.fixture(scope="module")
def judge() -> EncoderJudge:
    return EncoderJudge()


# layout


def test_layout(tokenizer: Any) -> None:
    pair = encode(tokenizer, "Geese fly.", "Birds fly.")
    assert pair is not None
    words = [tokenizer.id_to_token(token) for token in pair.ids]
    assert words == ["[CLS]", "birds", "fly", ".", "[SEP]", "geese", "fly", ".", "[SEP]"]
    assert pair.claim == 3


def test_a_long_premise_is_cut_at_its_end(tokenizer: Any) -> None:
    pair = encode(tokenizer, "geese " * 1000, "Birds fly.")
    assert pair is not None
    assert len(pair.ids) == LONGEST
    assert tokenizer.id_to_token(pair.ids[-1]) == "[SEP]"


@pytest.mark.parametrize("claim", ["", " ", "\u200b", "fly " * (LONGEST_CLAIM + 1)])
def test_a_claim_that_cannot_be_judged_has_no_layout(tokenizer: Any, claim: str) -> None:
    assert encode(tokenizer, "Geese fly.", claim) is None


def test_collate_pads_and_marks_the_claim(tokenizer: Any) -> None:
    short, long = encode(tokenizer, "Who.", "One."), encode(tokenizer, HANNA, "She was built.")
    assert short is not None
    assert long is not None
    ids, types, mask, claim = collate([short, long])
    assert ids.shape == types.shape == mask.shape == claim.shape == (2, len(long.ids))
    assert mask.sum(1).tolist() == [len(short.ids), len(long.ids)]
    assert claim[0].nonzero().flatten().tolist() == [1, 2]
    assert types[0].tolist()[: len(short.ids)] == [0, 0, 0, 0, 1, 1, 1]


# judging


def test_one_probability_a_pair_in_order(judge: EncoderJudge) -> None:
    pairs = [(HANNA, "Geese fly."), (HANNA, "The ferry Hanna was built in 1962."), ("", "")]
    likely = judge.entails(pairs)
    assert all(0 <= p <= 1 for p in likely)
    assert likely[1] > 0.5 > likely[0]
    assert likely[2] == 0
    assert judge.entails([]) == []


@pytest.mark.parametrize(
    ("premise", "true", "false"),
    [
        (HANNA, "The ferry Hanna was built at the Skarvik yard.", "Hanna was built in Oslo."),
        (HANNA, "The Hanna carries 120 passengers.", "The Hanna does not carry passengers."),
        (STAGED, "The ferry may be sold, officials said.", "The ferry was sold in May."),
        (f"{HANNA} {STAGED}", "Hanna was built in 1962.", "Hanna was sold in 1962."),
        ("Lena Aro hired Tom Berg.", "Lena Aro hired Tom Berg.", "Tom Berg hired Lena Aro."),
    ],
)
def test_what_follows_is_likelier_than_what_does_not(
    judge: EncoderJudge, premise: str, true: str, false: str
) -> None:
    likely = judge.entails([(premise, true), (premise, false)])
    assert likely[0] > likely[1]


def test_a_pair_is_judged_the_same_whatever_stands_beside_it(judge: EncoderJudge) -> None:
    pair = (HANNA, "The ferry Hanna carries 120 passengers.")
    beside = [(f"{HANNA} " * n, "Geese fly. " * n) for n in range(1, 40)]
    (alone,) = judge.entails([pair])
    among = judge.entails([*beside, pair])[-1]
    assert np.isclose(alone, among, rtol=0, atol=1e-4)


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=4))
@settings(deadline=None, max_examples=25)
def test_any_text_has_a_probability(judge: EncoderJudge, pairs: list[tuple[str, str]]) -> None:
    likely = judge.entails(pairs)
    assert len(likely) == len(pairs)
    assert all(0 <= p <= 1 for p in likely)


def test_threads_may_share_a_judge(judge: EncoderJudge) -> None:
    pairs = [(HANNA, "The ferry Hanna carries 120 passengers."), (STAGED, "Geese fly.")]
    alone, found = judge.entails(pairs), list[list[float]]()
    threads = [
        threading.Thread(target=lambda: found.append(judge.entails(pairs))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.allclose(found, [alone] * 4, rtol=0, atol=1e-5)


# its file


def test_saving_and_loading_keeps_the_weights(tmp_path: Path) -> None:
    network = build_network()
    save_network(network, tmp_path / "new" / "judge.safetensors", {"trained": "never"})
    loaded = load_network(tmp_path / "new")
    assert not loaded.training
    for name, value in network.state_dict().items():
        have, wanted = loaded.state_dict()[name].numpy(), value.numpy()
        step = np.abs(wanted).max(1, keepdims=True) / 127 if wanted.ndim > 1 else 0
        assert (np.abs(have - wanted) <= step * 0.51 + 1e-9).all()


@pytest.mark.parametrize("how", ["missing", "cut", "no such format", "another network"])
def test_files_that_are_missing_or_broken_are_told(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "judge"
    shutil.copytree(BUNDLED_JUDGE, folder)
    file = folder / "judge.safetensors"
    data = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif how == "no such format":
        file.write_bytes(b"what is this " * 1000)
    else:
        from safetensors.numpy import save_file

        save_file({"another.weight": np.zeros((2, 2), np.float32)}, file)
    with pytest.raises(ModelError, match="missing or broken") as caught:
        EncoderJudge(folder)
    assert str(folder) in str(caught.value)


def test_the_weights_stay_small() -> None:
    assert (BUNDLED_JUDGE / "judge.safetensors").stat().st_size <= 23_000_000
