from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.server.keys import KeyRing, read_keys

KEY, OTHER = "a-key-of-the-newsroom", "a-key-of-somebody-else"


def test_only_known_keys_have_a_holder() -> None:
    ring = KeyRing([KEY, OTHER])
    assert ring.needed
    assert ring.holder(KEY) != ring.holder(OTHER)
    assert KEY not in repr(vars(ring))
    for wrong in ("", KEY[:-1], KEY + " ", KEY.upper(), "\ud800"):
        assert ring.holder(wrong) is None
    assert not KeyRing([]).needed


def test_questions_come_back_with_time() -> None:
    now = 0.0
    ring = KeyRing([KEY, OTHER], per_minute=3, now=lambda: now)
    holder, other = ring.holder(KEY), ring.holder(OTHER)
    assert holder is not None
    assert other is not None
    assert [ring.spend(holder) for _ in range(4)] == [0, 0, 0, 20]
    assert ring.spend(other) == 0
    now = 19.5
    assert ring.spend(holder) == 1
    now = 20.5
    assert [ring.spend(holder), ring.spend(holder)] == [0, 20]
    now = 10_000.0  # never more than a minute's
    assert [ring.spend(holder) for _ in range(4)][:3] == [0, 0, 0]


def test_keys_are_read_from_a_file_and_a_list(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# of the newsroom\n{KEY}  # Anna\n\n{OTHER}\n{KEY}\n", "utf-8")
    assert read_keys(file, "") == (KEY, OTHER)
    assert read_keys(file, f"{OTHER}, another-key-of-16,") == (OTHER, "another-key-of-16", KEY)
    assert read_keys(None, "") == ()


def test_what_is_wrong_with_them_is_told(tmp_path: Path) -> None:
    for weak in ("too-weak", "a key with some blanks", "ein-schlüssel-für-alle"):
        with pytest.raises(SettingsError, match="16 letters, digits and signs or more") as error:
            read_keys(None, weak)
        assert weak not in str(error.value)
    with pytest.raises(SettingsError, match=r"cannot be read: No such file"):
        read_keys(tmp_path / "gone", "")
    (tmp_path / "none").write_text("# to come\n")
    with pytest.raises(SettingsError, match="holds none"):
        read_keys(tmp_path / "none", "")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="it is no text"):
        read_keys(tmp_path / "bytes", "")
