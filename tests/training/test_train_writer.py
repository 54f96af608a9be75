"""How the writer is taught: branches side by side are as each alone."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from training.train_writer import LowRank, go_on_from, save, side_by_side

COMMON = [5, 6, 7, 8]
BRANCHES = [([9, 10], [11], 8.0, False), ([12, 13, 14], [15, 16], 1.0, False)]


def test_each_branch_sees_what_is_common_and_itself() -> None:
    made = side_by_side(COMMON, BRANCHES)
    assert made.ids.tolist() == [[5, 6, 7, 8, 9, 10, 12, 13, 14, 15]]
    assert made.places.tolist() == [[0, 1, 2, 3, 4, 5, 4, 5, 6, 7]]
    assert made.at.tolist() == [5, 8, 9]
    assert made.follows.tolist() == [11, 15, 16]
    assert made.weight.tolist() == [8.0, 1.0, 1.0]
    seen = made.seen[0, 0]
    assert seen[5].nonzero().flatten().tolist() == [0, 1, 2, 3, 4, 5]
    assert seen[8].nonzero().flatten().tolist() == [0, 1, 2, 3, 6, 7, 8]
    assert torch.equal(seen[:4, :4], torch.ones(4, 4).tril().bool())


def test_any_of_some_letters_may_follow_at_one_place() -> None:
    made = side_by_side(COMMON, [([9, 10], [11, 12], 4.0, True), *BRANCHES[:1]])
    assert made.ids.tolist() == [[5, 6, 7, 8, 9, 10, 9, 10]]
    assert made.at.tolist() == [5, 5, 7]
    assert made.follows.tolist() == [11, 12, 11]
    assert made.weight.tolist() == [4.0, 4.0, 8.0]


def test_a_network_says_of_branches_together_what_it_says_of_each_alone() -> None:
    torch.manual_seed(0)
    from transformers import Qwen2Config, Qwen2ForCausalLM

    small = Qwen2Config(
        vocab_size=32,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    network = Qwen2ForCausalLM(small).eval()
    together = side_by_side(COMMON, BRANCHES)
    alone = [side_by_side(COMMON, [branch]) for branch in BRANCHES]

    def logits(made: object) -> torch.Tensor:
        found = network(made.ids, position_ids=made.places, attention_mask=made.seen)  # type: ignore[attr-defined]
        return found.logits[0, made.at]  # type: ignore[attr-defined,no-any-return]

    with torch.no_grad():
        assert torch.allclose(
            logits(together), torch.cat([logits(one) for one in alone]), atol=1e-5
        )


def test_what_was_not_taught_yet_changes_nothing() -> None:
    layer, x = nn.Linear(4, 3), torch.randn(2, 4)
    assert torch.equal(LowRank(layer)(x), layer(x))


def test_it_goes_on_from_what_was_learned_before(tmp_path: Path) -> None:
    earlier, later = ({"blk.0.attn_q.weight": LowRank(nn.Linear(4, 3))} for _ in range(2))
    nn.init.normal_(earlier["blk.0.attn_q.weight"].b)
    save(earlier, tmp_path / "taught.gguf")
    go_on_from(tmp_path / "taught.gguf", later)
    for one, other in zip(earlier.values(), later.values(), strict=True):
        assert torch.equal(one.a.half(), other.a.half())
        assert torch.equal(one.b.half(), other.b.half())
