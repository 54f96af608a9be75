"""How people sign in: what is checked before the page opens, and how they come back to it.

Streamlit speaks with the OpenID Connect provider, as its secrets.toml says under `[auth]`. Knows
nothing of what is drawn, nor of whose chats are shown.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from streamlit import auth_util, config, runtime
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.secrets import secrets_singleton

from rag.errors import SettingsError
from rag.settings import admins, open_to_all, own_limits

FAILED = "sign-in"  # in the address of the page, once it failed
DEFAULT = "default"  # what Streamlit calls a provider without a name
_QUERY = f"?{FAILED}=failed"
_LOGIN, _CALLBACK = "/auth/login", "/oauth2callback"
_UPLOADS = "/_stcore/upload_file/"
_COOKIE = "_streamlit_user"
_CHAT, _CAME_FOR = "chat", "quoth_chat"  # in the address, and the cookie that keeps it
_MINUTES = 10  # to sign in and come back to it
_LONGEST_ID = 64
_LEAST_SECRET = 32  # characters; who guesses it is whoever they like
_log = logging.getLogger(__name__)


@cache
def required() -> bool:
    """Whether people sign in; found once, so that a file that goes does not open the page."""
    return bool(auth_util.get_secrets_auth_section())


def providers() -> tuple[str, ...]:
    """The providers that may be chosen; `default` is the one without a name."""
    auth = auth_util.get_secrets_auth_section()
    named = [n for n, v in auth.items() if isinstance(v, Mapping) and n != "client_kwargs"]
    return (*([DEFAULT] if "client_id" in auth else ()), *named)


def origin() -> str:
    """Where the page is opened by people who sign in, as in `https://quoth.example`; or empty."""
    return (auth_util.get_origin_from_redirect_uri() or "") if required() else ""


def check(address: str) -> None:
    """Check that whoever reaches what listens there may, or has to sign in.

    Raises:
        SettingsError: Nobody would have to, and nobody said that this is meant; or what is set up
            for it cannot work.
    """
    files = [Path(file) for file in config.get_option("secrets.files")]
    there = next((file for file in files if file.is_file()), None)
    if there is not None and not secrets_singleton.load_if_toml_exists():
        raise SettingsError(f"{there} cannot be read: it is no TOML. Correct it.")
    if not required():
        if not (_is_loopback(address) or open_to_all()):
            raise SettingsError(
                f"Whoever reaches {address or 'this computer'} could read and delete every chat. "
                "Let people sign in (docs/using.md, For several people), or start the page with "
                "--open-to-all."
            )
        return
    admins()
    own_limits()
    if not auth_util.is_authlib_installed():
        raise SettingsError(
            "People are to sign in, and what that needs is not installed. Install it: "
            'pip install "quoth[people]"'
        )
    auth = auth_util.get_secrets_auth_section()
    if len(str(auth.get("cookie_secret", ""))) < _LEAST_SECRET:
        raise SettingsError(
            f"cookie_secret under [auth] in {there} must have at least {_LEAST_SECRET} "
            "characters. Let it be made: python -c 'import secrets; print(secrets.token_hex())'"
        )
    try:
        for provider in providers() or (DEFAULT,):
            auth_util.validate_auth_credentials(provider)
    except StreamlitAuthError as error:
        raise SettingsError(f"{' '.join(str(error).split())} It is {there}.") from None
    if auth_util.get_validated_redirect_uri() is None:
        raise SettingsError(
            f"redirect_uri under [auth] in {there} must be the page's own address followed by "
            f"{_CALLBACK}."
        )


class SignedInUploads:
    """ASGI middleware that takes files only from who is signed in; others have sessions as well.

    Streamlit asks for a session that is open, which whoever loads the page gets.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        _, uploads, rest = str(scope.get("path", "")).partition(_UPLOADS)
        if scope["type"] == "http" and uploads and not _is_signed_in(rest.partition("/")[0]):
            refused = PlainTextResponse("Sign in first, then send the file.", 403)
            await refused(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_signed_in(session: str) -> bool:
    """Whether a session of Streamlit's is one of somebody who is signed in."""
    found = runtime.get_instance().get_app_session(session)
    return found is not None and found._user_info.get("is_logged_in") is True


class SentBack:
    """ASGI middleware that brings who signs in back to the page: to the chat that they came for.

    Of that Streamlit knows nothing; a cookie of our own keeps its id meanwhile. Who could not be
    signed in is told so: Streamlit says two bare words where the provider cannot be reached, and
    nothing where it refuses.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        path = str(scope.get("path", ""))
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif path.endswith(_LOGIN):
            await self._login(scope, receive, send)
        else:
            asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
            change = _send_back if path.endswith(_CALLBACK) else _remember

            async def told(message: Any) -> None:
                if message["type"] == "http.response.start":
                    change(MutableHeaders(scope=message), asked, cookies)
                await send(message)

            await self._app(scope, receive, told)

    async def _login(
        self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        """Let it begin, or send back to the page in place of what went wrong."""
        failed = False

        async def kept(message: Any) -> None:
            nonlocal failed
            if message["type"] == "http.response.start" and message["status"] >= 400:
                failed = True
            if not failed:
                await send(message)

        try:
            await self._app(scope, receive, kept)
        except Exception:  # the page is to say so, whatever it was
            _log.exception("signing in could not begin")
            failed = True
        if failed:
            headers = [(b"location", f"../{_QUERY}".encode()), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 303, "headers": headers})
            await send({"type": "http.response.body", "body": b""})


def _remember(
    headers: MutableHeaders, asked: Mapping[str, list[str]], cookies: Mapping[str, str]
) -> None:
    """Have the browser of who is signed out keep which chat the page was opened for, if any."""
    if not headers.get("content-type", "").startswith("text/html") or cookies.get(_COOKIE):
        return
    chat = asked.get(_CHAT, [""])[0]
    if chat.isascii() and chat.isalnum() and len(chat) <= _LONGEST_ID:
        headers.append("set-cookie", _kept(chat, 60 * _MINUTES))
    elif _CAME_FOR in cookies and FAILED not in asked:  # who may try again
        headers.append("set-cookie", _kept("", 0))


def _send_back(
    headers: MutableHeaders, asked: Mapping[str, list[str]], cookies: Mapping[str, str]
) -> None:
    """Send who comes from the provider to the chat that they came for, or tell that it failed."""
    if "location" not in headers or not {"state", "error"} & asked.keys():
        return  # back from signing out
    if not _signs_in(headers):
        headers["location"] += _QUERY
    elif chat := cookies.get(_CAME_FOR):
        headers["location"] += f"?{urlencode({_CHAT: chat})}"
        headers.append("set-cookie", _kept("", 0))


def _kept(chat: str, seconds: int) -> str:
    """The cookie that keeps the id of a chat; none with 0 seconds."""
    secure = "; Secure" if origin().startswith("https:") else ""
    return f"{_CAME_FOR}={chat}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}"


def _signs_in(headers: Headers) -> bool:
    """Whether an answer gives the browser the cookie of somebody who is signed in."""
    cookies = [c for c in headers.getlist("set-cookie") if c.startswith(f"{_COOKIE}=")]
    return any(not c.removeprefix(f"{_COOKIE}=").startswith(('""', ";")) for c in cookies)


def host() -> str:
    """The name of the computer in the page's own address; empty where nobody signs in."""
    return urlsplit(origin()).hostname or ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address.lower().rstrip(".") == "localhost"
