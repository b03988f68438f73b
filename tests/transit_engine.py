"""A transit engine for tests: the encrypt, decrypt, rotate and configure calls of OpenBao's HTTP API.

A real HTTP server on loopback, in a thread. It answers as the real one does where a client can tell: tokens,
policies by path, key versions in ciphertexts (`vault:v1:…`, AES-256-GCM, nonce first), too old versions, a
sealed server, a namespace that is not there, and the words and states of its errors. Everything asked is in
`asked`.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, *reasons: str) -> None:
        super().__init__(*reasons)
        self.status = status


@dataclass
class TransitKey:
    """A named key: its versions, and the oldest that may still decrypt."""

    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    min_decryption_version: int = 1

    def encrypt(self, plain: bytes) -> str:
        nonce = os.urandom(12)
        sealed = nonce + AESGCM(self.versions[-1]).encrypt(nonce, plain, None)
        return f"vault:v{len(self.versions)}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, ciphertext: str) -> bytes:
        if not ciphertext.startswith("vault:v"):
            raise Refusal(400, "invalid ciphertext: no prefix")
        number, colon, encoded = ciphertext.removeprefix("vault:v").partition(":")
        if not colon:
            raise Refusal(400, "invalid ciphertext: wrong number of fields")
        if not number.isdigit():
            raise Refusal(400, "invalid ciphertext: version number could not be decoded")
        version = int(number) or 1
        if version > len(self.versions):
            raise Refusal(400, "invalid ciphertext: version is too new")
        if version < self.min_decryption_version:
            raise Refusal(400, "ciphertext or signature version is disallowed by policy (too old)")
        try:
            sealed = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise Refusal(400, "invalid ciphertext: could not decode base64") from None
        try:
            return AESGCM(self.versions[version - 1]).decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, ValueError):
            raise Refusal(400, "cipher: message authentication failed") from None


class TransitEngine:
    """The server; a context manager. `url` is where it listens."""

    def __init__(self, certificate: tuple[Path, Path] | None = None, namespace: str = "") -> None:
        self.keys = {"lantai": TransitKey()}
        self.tokens: dict[str, set[str]] = {"s.good": {"encrypt/lantai", "decrypt/lantai"}}
        self.namespace = namespace
        self.sealed = False
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        """What to answer instead, first come first served: for a server that is none, or breaks."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> TransitEngine:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rotate(self, name: str = "lantai") -> None:
        self.keys[name].versions.append(os.urandom(32))

    def answer(self, path: str, headers: Any, body: bytes) -> dict[str, Any]:
        """The data of an answer, as the engine's own code decides it."""
        if self.sealed:
            raise Refusal(503, "Vault is sealed")
        if headers.get("X-Vault-Namespace", "") != self.namespace:
            raise Refusal(404, "no handler for route: namespace not found")
        allowed = self.tokens.get(headers.get("X-Vault-Token", ""))
        if allowed is None:
            raise Refusal(403, "permission denied", "invalid token")
        if not path.startswith("/v1/transit/"):
            raise Refusal(404, f'no handler for route "{path.removeprefix("/v1/")}". route entry not found.')
        call = path.removeprefix("/v1/transit/")
        if call not in allowed:
            raise Refusal(403, "1 error occurred:\n\t* permission denied\n\n")
        verb, _, name = call.partition("/")
        try:
            said = json.loads(body)
        except ValueError:
            raise Refusal(400, "failed to parse JSON input: invalid character") from None
        return self._do(verb, name, said)

    def _do(self, verb: str, name: str, said: dict[str, Any]) -> dict[str, Any]:
        if name not in self.keys:
            raise Refusal(400, "encryption key not found")
        key = self.keys[name]
        if verb == "encrypt":
            try:
                plain = base64.b64decode(said.get("plaintext", ""), validate=True)
            except binascii.Error:
                raise Refusal(400, "illegal base64 data at input byte 0") from None
            return {"ciphertext": key.encrypt(plain), "key_version": len(key.versions)}
        if not said.get("ciphertext"):
            raise Refusal(400, "missing ciphertext to decrypt")
        return {"plaintext": base64.b64encode(key.decrypt(said["ciphertext"])).decode()}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                engine.asked.append((self.path, self.headers.get("X-Vault-Token", ""), json.loads(body)))
                if engine.answers:
                    return self._send(*engine.answers.pop(0))
                try:
                    data = engine.answer(self.path, self.headers, body)
                except Refusal as refusal:
                    return self._send(refusal.status, json.dumps({"errors": refusal.args}).encode(), {})
                document = {"request_id": "r", "lease_id": "", "renewable": False, "lease_duration": 0}
                return self._send(200, json.dumps({**document, "data": data}).encode(), {})

            def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                return

        return Handler
