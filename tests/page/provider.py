"""A small OpenID Connect provider in a process of its own, for who is to sign in.

`python tests/page/provider.py PORT CLIENT SECRET`: discovery, a page that asks who one is, codes
that count once and are bound to their request (PKCE), tokens signed with RS256, and its keys.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from urllib.request import urlopen

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "quoth", "a secret that both know"
PEOPLE = {"ann": "Ann", "bob": "Bob", "eve": "Eve"}
MAILS = {"ann": ("ann@news.example", True), "bob": ("bob@news.example", True)}
UNPROVEN = ("ann@news.example", False)  # what whoever else says of themselves
FORGED = ("unsigned", "other key", "other audience", "other issuer", "expired", "other nonce")


@contextmanager
def providing(port: int) -> Iterator[str]:
    """The provider on a port of this machine; gives its address."""
    issuer = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(Path(__file__)), str(port), CLIENT, SECRET]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urlopen(f"{issuer}/.well-known/openid-configuration", timeout=5):
                    break
            except (URLError, OSError):
                assert process.poll() is None, "the provider did not start"
                time.sleep(0.05)
        yield issuer
    finally:
        process.terminate()
        process.wait(20)


class _Provider(BaseHTTPRequestHandler):
    client, secret = "", ""
    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    other = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    codes: dict[str, dict[str, str]] = {}  # noqa: RUF012

    @property
    def issuer(self) -> str:
        return f"http://{self.headers['Host']}"

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, self._query(urlsplit(self.path).query)
        if path == "/.well-known/openid-configuration":
            ends = {"authorization": "authorize", "token": "token", "end_session": "end"}
            self._json(
                {f"{name}_endpoint": f"{self.issuer}/{end}" for name, end in ends.items()}
                | {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"}
                | {"response_types_supported": ["code"], "subject_types_supported": ["public"]}
                | {"id_token_signing_alg_values_supported": ["RS256"]}
                | {"code_challenge_methods_supported": ["S256"]}
            )
        elif path == "/jwks":
            self._json({"keys": [self.key.as_dict(private=False)]})
        elif path == "/authorize" and asked.get("client_id") == self.client:
            links = (
                f'<p><a href="/as?{urlencode(asked | {"who": who})}">I am {name}</a></p>'
                for who, name in [
                    *PEOPLE.items(),
                    ("", "nobody"),
                    *((f"ann/{how}", f"Ann, {how}") for how in FORGED),
                ]
            )
            self._send(200, "text/html", "".join(links))
        elif path == "/as":
            back = {"state": asked["state"]}
            if asked.get("who"):
                code = back["code"] = secrets.token_hex()
                self.codes[code] = asked
            else:
                back["error"] = "access_denied"
            self._go(f"{asked['redirect_uri']}?{urlencode(back)}")
        elif path == "/end":
            self._go(asked["post_logout_redirect_uri"])
        else:
            self._json({"error": "invalid_request"}, 400)

    def do_POST(self) -> None:
        form = self._query(self.rfile.read(int(self.headers["Content-Length"])).decode())
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        known = [unquote(part) for part in base64.b64decode(given).decode().split(":")]
        asked = self.codes.pop(form.get("code", ""), None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if known != [self.client, self.secret]:
            self._json({"error": "invalid_client"}, 401)
        elif (
            asked is None
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["code_challenge"] != base64.urlsafe_b64encode(proof).decode().rstrip("=")
        ):
            self._json({"error": "invalid_grant"}, 400)
        else:
            self._json(self._tokens(asked))

    def _tokens(self, asked: dict[str, str]) -> dict[str, Any]:
        (who, _, how), now = asked["who"].partition("/"), int(time.time())
        mail, verified = MAILS.get(who, UNPROVEN)
        claims = {"iss": self.issuer, "aud": self.client, "sub": who, "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 3600, "name": PEOPLE[who]}
        claims |= {"email": mail, "email_verified": verified}
        claims |= {
            "other audience": {"aud": "another"},
            "other issuer": {"iss": "https://login.example"},
            "expired": {"iat": now - 7200, "exp": now - 3600},
            "other nonce": {"nonce": "another"},
        }.get(how, {})
        key = self.other if how == "other key" else self.key
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        if how == "unsigned":
            head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            signed = f"{head}.{signed.split('.')[1]}."
        return {"access_token": secrets.token_hex(), "token_type": "Bearer", "id_token": signed}

    @staticmethod
    def _query(text: str) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(text).items()}

    def _go(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, data: object, status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(data))

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    _Provider.client, _Provider.secret = sys.argv[2:4]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Provider).serve_forever()
