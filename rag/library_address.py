"""The address of a library on a server, in its parts."""

from __future__ import annotations

import re

from rag.errors import SettingsError

_NAME = r"([A-Za-z_][A-Za-z0-9_]{0,99})"
_ADDRESS = re.compile(rf"milvus\+(https?://[^/@\s]+)/(?:{_NAME}/)?{_NAME}")


def library_parts(address: str) -> tuple[str, str, str]:
    """The server, the database, "" for its default one, and the name.

    Raises:
        SettingsError: It is no such address, or holds a password.

    >>> library_parts("milvus+https://milvus.example:19530/news/articles")
    ('https://milvus.example:19530', 'news', 'articles')
    """
    if "@" in address:
        raise SettingsError(
            "The address in QUOTH_LIBRARY holds a user or password, which would be shown. Give it "
            "without, and user:password in QUOTH_LIBRARY_TOKEN."
        )
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise SettingsError(
            f"{address} is no address of a Milvus library. Write it like "
            "milvus+http://localhost:19530/articles, with a name of letters, digits and _ at its "
            "end."
        )
    server, database, name = found.groups(default="")
    return server, database, name
