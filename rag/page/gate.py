"""Who may speak to the page: its own address alone, and no page of others that shows it in a frame.

A foreign page can make a browser ask this computer under a name of its own (DNS rebinding), open a
connection to it, or lay its own picture over it. All of that ends before Streamlit sees it.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse

from rag.errors import SettingsError
from rag.settings import page_names

SCRIPT = Path(__file__).with_name("main.py")  # what Streamlit runs
_THIS_COMPUTER = frozenset(("localhost", "127.0.0.1", "::1"))
REFUSED = (
    "This address is not the one that the page was started for. Open it there, or start it with "
    "python -m rag page --address ADDRESS"
)
_HEADERS = {
    # Streamlit makes styles and small scripts of its own in the page; nothing comes from elsewhere.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'"
    " blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class OwnOrigin:
    """ASGI middleware that lets only the page's own address in.

    Args:
        app: What answers those that may.
        address: What the page listens on; a wildcard, as in 0.0.0.0, is asked under any name.
        known: The names that people open it by, where that is known; others are not answered then.
    """

    def __init__(self, app: Any, address: str, known: Collection[str] = ()) -> None:
        self._app, self._names = app, names_of(address)
        if known:
            self._names = (self._names or _THIS_COMPUTER) | set(known)

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if not self._is_own(Headers(scope=scope)):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})  # told as 403
            else:
                await PlainTextResponse(REFUSED, 403)(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, guarded)

    def _is_own(self, headers: Headers) -> bool:
        """Whether the host is one of the page, and the page that asks, if one does, is it too."""
        host = headers.get("host", "")
        try:
            name, origin = urlsplit(f"//{host}").hostname, urlsplit(headers.get("origin", ""))
        except ValueError:
            return False
        known = self._names is None or (name or "").rstrip(".") in self._names
        return known and ("origin" not in headers or origin.netloc == host)


def names_of(address: str) -> frozenset[str] | None:
    """The host names under which a page is asked that listens on an address; `None` for any.

    >>> sorted(names_of("localhost")), names_of("0.0.0.0")
    (['127.0.0.1', '::1', 'localhost'], None)
    """
    try:
        if ipaddress.ip_address(address).is_unspecified:
            return None
    except ValueError:  # a name
        pass
    return _THIS_COMPUTER | {address.lower()} if address else None


def keep_script_folder() -> None:
    """Have the script's folder among those of imports for good.

    Streamlit puts it there for each run and takes it away again, and an import in another thread
    then misses a folder: it holds for missing what is installed.
    """
    folder = str(SCRIPT.parent)
    if folder not in sys.path:
        sys.path.append(folder)  # behind all others, whose names come first


def gates() -> list[Middleware]:
    """The gates for what Streamlit is told to listen on; ends the program where it may not be."""
    from streamlit import config, net_util

    from rag.page import signing

    # else it asks a computer of others which address this one has outside, at a foreign origin
    net_util._external_ip = ""
    address = str(config.get_option("server.address") or "")
    try:
        signing.check(address)
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    known = {name for name in (signing.host(), *page_names()) if name}
    own = Middleware(OwnOrigin, address=address, known=known)
    if not signing.required():
        return [own]
    return [own, Middleware(signing.SignedInUploads), Middleware(signing.SentBack)]
