"""The tokenizer that the bundled networks share."""

from __future__ import annotations

import pytest

from rag.models.encoder import load_tokenizer


@pytest.mark.parametrize("word", ["[SEP]", "[CLS]", "[MASK]", "[PAD]", "[UNK]"])
def test_what_an_article_writes_is_no_sign_of_the_network(word: str) -> None:
    tokenizer = load_tokenizer()
    sign = tokenizer.token_to_id(word)
    assert sign is not None
    written = tokenizer.encode(f"geese {word} fly", add_special_tokens=False).ids
    assert sign not in written
    assert len(written) > 3  # it is read, as letters


def test_the_signs_of_the_network_still_stand_around_a_text() -> None:
    tokenizer = load_tokenizer()
    ids = tokenizer.encode("geese fly").ids
    assert ids[0] == tokenizer.token_to_id("[CLS]")
    assert ids[-1] == tokenizer.token_to_id("[SEP]")
