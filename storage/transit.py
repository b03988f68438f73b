"""A client of a transit engine: the part of OpenBao's and HashiCorp Vault's HTTP API that seals and opens.

    POST <url>/v1/<mount>/encrypt/<key>   {"plaintext": <base64>}     → {"data": {"ciphertext": "vault:v1:…"}}
    POST <url>/v1/<mount>/decrypt/<key>   {"ciphertext": "vault:v1:…"} → {"data": {"plaintext": <base64>}}

The engine's key never leaves it, and whoever may decrypt is for its own policy to say: a token that can
encrypt and decrypt with this one key is enough. The token is in no message of ours and follows no redirect.
Source: openbao.org/api-docs/secret/transit.

Not done here: making the key or the policy, logging in, renewing tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from storage import records
from storage.errors import SecretRefused, TransitUnavailable

_SECONDS = 10.0
_MOST_BYTES = 1 << 20
_LONGEST_REASON = 200
_RETRIES = urllib3.Retry(
    total=2, connect=2, read=1, redirect=0, status=0, other=0, backoff_factor=0.2, allowed_methods=None
)


class Transit:
    """The key `key` of the engine mounted at `mount`; `token` gives the token whenever one is sent. May be
    used from several threads at once. Raises `TransitUnavailable` (worth another try) and `SecretRefused`.
    """

    def __init__(
        self,
        url: str,
        key: str,
        token: Callable[[], str],
        *,
        mount: str = "transit",
        namespace: str = "",
        ca: Path | None = None,
    ) -> None:
        self._base = f"{url.rstrip('/')}/v1/{mount.strip('/')}"
        self._key = key
        self._token = token
        self._namespace = namespace
        self._pool = urllib3.PoolManager(
            ca_certs=str(ca) if ca else None,
            cert_reqs="CERT_REQUIRED",
            timeout=urllib3.Timeout(_SECONDS),
            retries=_RETRIES,
        )

    def encrypt(self, plain: bytes) -> str:
        """`plain` under the newest version of the key, as the engine writes it."""
        answer = self._ask("encrypt", {"plaintext": records.to_text(plain)})
        ciphertext = answer.get("ciphertext")
        if not isinstance(ciphertext, str) or not ciphertext:
            raise TransitUnavailable("the transit engine answered without a ciphertext")
        return ciphertext

    def decrypt(self, ciphertext: str) -> bytes:
        """What `encrypt` was given, under whichever version of the key it was sealed."""
        answer = self._ask("decrypt", {"ciphertext": ciphertext})
        try:
            return records.from_text(answer.get("plaintext"))
        except ValueError:
            raise TransitUnavailable("the transit engine answered without a plaintext") from None

    def _ask(self, verb: str, body: Mapping[str, str]) -> Mapping[str, object]:
        token = self._token()
        headers = {"X-Vault-Token": token, "X-Vault-Request": "true", "Content-Type": "application/json"}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        try:
            response = self._pool.request(
                "POST",
                f"{self._base}/{verb}/{self._key}",
                body=json.dumps(body).encode(),
                headers=headers,
                redirect=False,
                preload_content=False,
            )
            try:
                content = response.read(_MOST_BYTES)
            finally:
                response.release_conn()
        except HTTPError as fault:
            raise TransitUnavailable(f"the transit engine cannot be reached: {_kind(fault)}") from None
        except ValueError:  # of a token or an address that no request can carry; the text could repeat it
            raise SecretRefused("the transit engine's address or token is malformed") from None
        return _answer(response.status, content, token)


def _answer(status: int, content: bytes, token: str) -> Mapping[str, object]:
    """The data of an answer, or the error that it is."""
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    if status == 200:
        data = document.get("data") if isinstance(document, dict) else None
        if not isinstance(data, dict):
            raise TransitUnavailable("what answers at the transit engine's address is none")
        return data
    said = _reason(document, token)
    if status in (400, 403, 404):
        raise SecretRefused(f"the transit engine refuses ({status}): {said}")
    raise TransitUnavailable(f"the transit engine fails ({status}): {said}")


def _reason(document: object, token: str) -> str:
    """What the engine says of an error, in one short line that never holds the token."""
    errors = document.get("errors") if isinstance(document, dict) else None
    text = (
        "; ".join(str(error) for error in errors)
        if isinstance(errors, list) and errors
        else "no reason given"
    )
    if token:
        text = text.replace(token, "…")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_LONGEST_REASON]


def _kind(fault: HTTPError) -> str:
    """Why a request got no answer; never the request itself."""
    reason = getattr(fault, "reason", None) or fault
    if isinstance(reason, SSLError):
        return f"its certificate is not trusted or TLS fails ({reason})"[:_LONGEST_REASON]
    return type(reason).__name__
