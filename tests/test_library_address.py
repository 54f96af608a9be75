from __future__ import annotations

import pytest

from rag.errors import SettingsError
from rag.library_address import library_parts
from rag.settings import Settings


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("milvus+http://localhost:19530/articles", ("http://localhost:19530", "", "articles")),
        ("milvus+https://m.example/a_1", ("https://m.example", "", "a_1")),
        ("milvus+https://m.example:1/news/a", ("https://m.example:1", "news", "a")),
    ],
)
def test_the_parts_of_an_address(address: str, parts: tuple[str, str, str]) -> None:
    assert library_parts(address) == parts
    assert Settings(library=address).library == address


@pytest.mark.parametrize(
    "address", ["http://x/a", "milvus+http://x", "milvus+http://x/a/b/c", "milvus+http://x/1a", " "]
)
def test_what_is_no_address_is_told(address: str) -> None:
    for read in (library_parts, lambda text: Settings(library=text)):
        with pytest.raises(SettingsError, match=r"no address of a Milvus library\. Write it like"):
            read(address)


@pytest.mark.parametrize("user", ["me:secret", "me:se@cret", "secret"])
def test_a_password_is_not_repeated(user: str) -> None:
    with pytest.raises(SettingsError, match="user:password in QUOTH_LIBRARY_TOKEN") as raised:
        Settings(library=f"milvus+http://{user}@host:19530/articles")
    assert "secret" not in str(raised.value)
