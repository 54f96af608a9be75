"""Heads of GGUF files that tell of more than is there are refused before llama.cpp sees them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models.gguf import check_head
from rag.models.llamacpp import LlamaCpp
from rag.models.loading import bundled_file


def text(value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(value) if length is None else length) + value


def head(*parts: bytes, tensors: int = 0, values: int = 1, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, values) + b"".join(parts)


def array(kind: int, count: int, items: bytes = b"") -> bytes:
    return text(b"k") + struct.pack("<IIQ", 9, kind, count) + items


def tensor(*axes: int, offset: int = 0) -> bytes:
    told = struct.pack(f"<I{len(axes)}QIQ", len(axes), *axes, 2, offset)
    return text(b"blk.0.attn_q.weight") + told


HUGE = 2**63
HOSTILE = {
    "empty": b"GGUF",
    "of another version": head(version=0x03000000, values=0),
    "values without end": head(text(b"k"), values=HUGE),
    "tensors without end": head(values=0, tensors=HUGE),
    "a long name": head(text(b"k", HUGE)),
    "a long text": head(text(b"k") + struct.pack("<I", 8) + text(b"x", HUGE)),
    "many texts": head(array(8, HUGE, text(b""))),
    "many numbers": head(array(4, HUGE)),
    "numbers that go round": head(array(10, 2**61 + 1)),
    "arrays in arrays": head(array(9, 1, struct.pack("<IQ", 9, 1) * 9)),
    "an unknown kind": head(text(b"k") + struct.pack("<I", 99)),
    "many axes": head(tensor(*[1] * 5), tensors=1, values=0),
    "axes that go round": head(tensor(2**32, 2**32), tensors=1, values=0),
    "a tensor beyond the end": head(tensor(8, offset=HUGE), tensors=1, values=0),
    "a cut value": head(text(b"k") + struct.pack("<I", 10)),
}


@pytest.fixture(scope="module", params=[check_head, LlamaCpp])
def load(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    loading: Callable[[Path], object] = request.param
    return loading


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_head_is_refused(
    kind: str, load: Callable[[Path], object], tmp_path: Path
) -> None:
    (tmp_path / "model.gguf").write_bytes(HOSTILE[kind])
    with pytest.raises(ModelError, match="incomplete or damaged, since its head tells of more"):
        load(tmp_path / "model.gguf")


def test_items_that_are_there_are_still_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.models.gguf._ITEMS", 10)
    file = tmp_path / "model.gguf"
    file.write_bytes(head(array(8, 10, text(b"") * 10)))
    check_head(file)
    file.write_bytes(head(array(8, 11, text(b"") * 11)))
    with pytest.raises(ModelError, match="head tells of more"):
        check_head(file)


def test_another_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"PK\3\4" + b"\0" * 99)
    with pytest.raises(ModelError, match="is not a GGUF file"):
        check_head(tmp_path / "model.gguf")


def test_heads_of_models_pass() -> None:
    check_head(bundled_file())


def test_a_head_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    values = array(4, 3, b"\0" * 12) + text(b"n") + struct.pack("<I", 8) + text(b"words")
    whole = head(values, tensor(4, 2), values=2, tensors=1)
    file = tmp_path / "model.gguf"
    file.write_bytes(whole)
    check_head(file)
    for length in range(4, len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(ModelError, match="head tells of more"):
            check_head(file)
