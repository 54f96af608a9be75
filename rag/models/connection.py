"""A connection to a server, whose every failure becomes a message for a person.

Owns the address, the key and the HTTP client; the key goes into one header and nowhere else.
Knows nothing of what is asked.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError

if TYPE_CHECKING:
    import httpx2

_CONNECTING = 5.0  # seconds
_LOOKING = 2.0  # seconds to wait for what it tells of its health
_BUSY = (429, 502, 503, 504)  # what is answered then
_SHOWN = 200  # characters of a server's own message
_TELLING = ("error", "message", "detail")  # where servers of this kind say what is wrong
_ODD = (ValueError, LookupError, TypeError, AttributeError)  # of an answer in another form


class Connection:
    """Asks one server; safe to share between threads.

    Args:
        address: Such as `http://localhost:8080/v1`; without a path, `/v1` is taken.
        key: Sent as a bearer token; empty for none.
        timeout: Seconds to wait for the server's next piece of text.

    Raises:
        ModelError: The address makes no sense.
    """

    def __init__(self, address: str, *, key: str, timeout: float) -> None:
        self.client, self.address = _client(address, key, timeout)
        self._key, self._timeout = key, timeout

    @property
    def host(self) -> str:
        """The computer and port, to be shown."""
        return self.client.base_url.netloc.decode()

    def close(self) -> None:
        """Close it; further requests fail."""
        self.client.close()

    def begin(
        self, method: str, path: str, body: dict[str, Any] | None, timeout: float | None
    ) -> httpx2.Response:
        """The answer to a request, of which nothing is read yet; raises where it is busy."""
        import httpx2

        wait = httpx2.USE_CLIENT_DEFAULT if timeout is None else timeout
        with self.failing_clearly():
            request = self.client.build_request(method, path, json=body, timeout=wait)
            response = self.client.send(request, stream=True)
            if self.is_busy(response):
                with closing(response):
                    self.check(response)
            return response

    def is_well(self) -> bool:
        """Whether it tells its models."""
        try:
            with self.failing_clearly():
                return bool(self.client.get("models", timeout=_LOOKING).status_code == 200)
        except ModelError:
            return False

    def is_busy(self, response: httpx2.Response) -> bool:
        """Whether it may take another time what it did not take now."""
        return response.status_code in _BUSY

    def check(self, response: httpx2.Response) -> None:
        """Raise for an answer that is an error."""
        status, address = response.status_code, self.address
        if status < 300:
            return
        if status in (401, 403):
            what = "did not accept the key" if self._key else "asks for a key"
            raise ModelError(
                f"The server at {address} {what}. Give it on the page, or set it as QUOTH_KEY "
                "beside the address in QUOTH_LLM."
            )
        if status < 400 or status == 405:
            raise ModelError(
                f"At {address} is no OpenAI-compatible server. Check the address; it often ends "
                "with /v1."
            )
        response.read()
        said = self.said(_json(response))
        if status == 404:
            raise ModelError(
                f"The server at {address} does not know what it was asked for: {said} Check the "
                "address, which often ends with /v1, and the setting model."
            )
        told = f"The server at {address} answered with the error {status}: {said}"
        raise ModelError(told, passing=self.is_busy(response))

    def said(self, error: Any) -> str:
        """A server's own message, short and on one line; never with the key in it.

        Only where it says so in the way of such servers: a page or the answer of something else
        that an address leads to is nobody's to read here.
        """
        told: Any = error if isinstance(error, dict) else None
        while isinstance(told, dict):
            told = next((told[name] for name in _TELLING if name in told), None)
        text = " ".join(told.split()) if isinstance(told, str) else ""
        text = text or "no reason given"
        if self._key:
            text = text.replace(self._key, "…")
        return text[:_SHOWN].rstrip(".") + "."

    def broken(self, why: str) -> ModelError:
        told = f"The connection to {self.address} broke off: {why}. Ask again."
        return ModelError(told, passing=True)

    @contextmanager
    def failing_clearly(self) -> Iterator[None]:
        """Every failure of the connection becomes a message for a person."""
        import httpx2

        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise ModelError(
                f"Nothing answers at {self.address}. Check that the server runs there and that "
                "the address is right.",
                passing=True,
            ) from error
        except httpx2.TimeoutException as error:
            raise ModelError(
                f"The server at {self.address} sent nothing for {self._timeout:g} seconds. Ask "
                "again, or set a larger timeout."
            ) from error
        except (httpx2.SSEError, httpx2.DecodingError, *_ODD) as error:
            raise ModelError(
                f"The server at {self.address} answered in a form that is not that of OpenAI's "
                "protocol. Check that the address is that of an OpenAI-compatible server."
            ) from error
        except httpx2.HTTPError as error:
            raise self.broken(str(error).rstrip(".") or type(error).__name__) from error
        except RuntimeError as error:
            if not self.client.is_closed:
                raise
            raise ModelError("The model is closed. Open the assistant again.") from error


def _client(address: str, key: str, timeout: float) -> tuple[httpx2.Client, str]:
    """A client for an address, and the address as it is asked."""
    import httpx2

    try:
        url = httpx2.URL(address.strip().rstrip("/").removesuffix("/chat/completions"))
        if not url.host:
            raise httpx2.InvalidURL("it names no computer")
        base = url if url.path.strip("/") else url.copy_with(path="/v1")
        client = httpx2.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(timeout, connect=min(timeout, _CONNECTING)),
            trust_env=not _is_here(url.host),  # a proxy cannot reach what is on this computer
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise ModelError(
            f"The address {address} makes no sense: {error}. Write it like "
            "http://localhost:8080/v1."
        ) from error
    return client, str(base)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
