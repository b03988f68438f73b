"""An OpenID Connect provider that does as it is told: well, or one thing wrong.

`provider.visit(url)` is somebody signing in there: it takes the address that the archive sent the browser to
and gives the query that the browser comes back with. What is wrong stands in `provider.wrong`: claims that
replace the right ones (None leaves one out), and names of misdeeds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "archive", "a secret of the archive"


@dataclass
class Provider:
    """What it knows and does. `asked` counts requests by path."""

    issuer: str = ""
    name: str = "li"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    published: list[dict[str, Any]] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    misdeeds: set[str] = field(default_factory=set)
    described: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def behave(self, *misdeeds: str, **claims: Any) -> None:
        """From now on: these misdeeds and claims, and nothing else wrong."""
        self.misdeeds, self.claims, self.described = set(misdeeds), claims, {}
        self.published = [self.key.as_dict(private=False)]

    def visit(self, url: str) -> dict[str, str]:
        """Somebody signs in at `url`; what the browser brings back."""
        query = dict(parse_qsl(urlsplit(url).query))
        code = hashlib.sha256(f"{len(self.codes)}".encode()).hexdigest()
        self.codes[code] = query
        return {"code": code, "state": query["state"], "session_state": "x"}

    def document(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        } | self.described

    def answered(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint: as strict as a good provider."""
        query = self.codes.get(form.get("code", "")) if "any code" in self.misdeeds else None
        query = query or self.codes.pop(form.get("code", ""), None)
        given = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if query is None or authorization != f"Basic {given}":
            return 400, {"error": "invalid_grant"}
        if query["code_challenge"] != challenge.rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(query)}

    def token(self, query: dict[str, str]) -> str:
        """An ID token, as wrong as it is told."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.name,
            "aud": CLIENT,
            "nonce": query["nonce"],
            "iat": now,
            "exp": now + 300,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if "unsigned" in self.misdeeds:
            return ".".join((_json({"alg": "none"}), _json(claims), ""))
        if "signed with the public key" in self.misdeeds:
            signed = f"{_json({'alg': 'HS256', 'kid': 'first'})}.{_json(claims)}"
            mark = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"
        if "signed with the shared secret" in self.misdeeds:
            shared = OctKey.import_key(SECRET)
            return jwt.encode({"alg": "HS256"}, claims, shared, algorithms=["HS256"])
        key = RSAKey.generate_key(2048) if "signed by another" in self.misdeeds else self.key
        header = {"alg": "RS256", "kid": self.key.kid, "typ": "JWT"}
        if "an access token" in self.misdeeds:
            header["typ"] = "at+jwt"
        token = jwt.encode(header, claims, key)
        if "changed" in self.misdeeds:
            head, _, mark = token.split(".")
            token = ".".join((head, _json(claims | {"sub": "keeper"}), mark))
        return token


def _json(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path, one = urlsplit(self.path).path, self.provider
        one.asked[path] = one.asked.get(path, 0) + 1
        if "redirects" in one.misdeeds:
            self._send(302, b"", Location=f"{one.issuer}/elsewhere")
        elif "no JSON" in one.misdeeds:
            self._send(200, b"<html>")
        elif "never ends" in one.misdeeds:
            self._send(200, b'{"issuer": "' + b"x" * (1 << 20))
        elif path == "/keys":
            self._send(200, json.dumps({"keys": one.published}).encode())
        else:
            self._send(200, json.dumps(one.document()).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        status, told = self.provider.answered(form, self.headers.get("Authorization", ""))
        if "breaks" in self.provider.misdeeds:
            status = 500
        self._send(status, json.dumps(told).encode())

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    """One that listens on this machine meanwhile."""
    made = Provider()
    handler = type("Handler", (_Handler,), {"provider": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    made.behave()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
