"""The encoders in plain torch, held to those of transformers with the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

from rag.models.transformer import MINILM, MPNET, Encoder, Size


def theirs(size: Size) -> Any:
    common = {
        "vocab_size": size.words,
        "hidden_size": size.width,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": 4 * size.width,
        "max_position_embeddings": size.positions,
        "layer_norm_eps": size.epsilon,
    }
    if size.near:
        return MPNetModel(MPNetConfig(**common), add_pooling_layer=False)
    return BertModel(BertConfig(**common), add_pooling_layer=False)


@pytest.mark.parametrize("size", [MINILM, MPNET], ids=["BERT", "MPNet"])
def test_states_are_those_of_transformers(size: Size) -> None:
    torch.manual_seed(0)
    model, encoder = theirs(size).eval(), Encoder(size).eval()
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.05)
    encoder.load_state_dict(model.state_dict())
    ids = torch.randint(1000, 30000, (2, 300))
    types = (torch.arange(300) > 12).long().expand(2, -1)
    mask = torch.ones_like(ids)
    mask[1, 200:] = 0
    if size.near:  # which tells padding by its token
        ids = torch.where(mask > 0, ids, 1)
    told = {"input_ids": ids, "attention_mask": mask}
    with torch.inference_mode():
        wanted = model(**told, **({} if size.near else {"token_type_ids": types})).last_hidden_state
        found = encoder(ids, types, mask)
    torch.testing.assert_close(found[mask > 0], wanted[mask > 0], atol=1e-4, rtol=1e-4)


def test_in_training_it_drops_and_learns_in_half_precision() -> None:
    size = Size(words=50, positions=16, width=24, layers=2, heads=2, epsilon=1e-12)
    encoder = Encoder(size).train()
    ids, mask = torch.randint(0, 50, (3, 9)), torch.ones(3, 9)
    with torch.autocast("cpu", torch.bfloat16):
        first, second = (encoder(ids, torch.zeros_like(ids), mask) for _ in range(2))
    assert not torch.equal(first, second)
    first.float().square().sum().backward()
    assert all(one.grad is not None for one in encoder.parameters())
