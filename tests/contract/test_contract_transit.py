"""The transit client against an engine that answers as OpenBao does."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from transit_engine import TransitEngine, TransitKey

from storage.errors import SecretRefused, TransitUnavailable
from storage.transit import Transit

SECRET = b"thirty-two bytes that none sees!"


@pytest.fixture
def engine() -> Iterator[TransitEngine]:
    with TransitEngine() as engine:
        yield engine


def client(engine: TransitEngine, token: str = "s.good", key: str = "lantai", **more: object) -> Transit:
    return Transit(engine.url, key, lambda: token, **more)  # type: ignore[arg-type]


def test_what_was_sealed_opens_and_the_engine_alone_can_do_it(engine: TransitEngine) -> None:
    ciphertext = client(engine).encrypt(SECRET)
    assert ciphertext.startswith("vault:v1:")
    assert client(engine).decrypt(ciphertext) == SECRET
    engine.keys["lantai"] = TransitKey()
    with pytest.raises(SecretRefused, match="message authentication failed"):
        client(engine).decrypt(ciphertext)


def test_a_rotated_key_opens_older_versions_until_its_policy_forbids_them(engine: TransitEngine) -> None:
    old = client(engine).encrypt(SECRET)
    engine.rotate()
    assert client(engine).encrypt(SECRET).startswith("vault:v2:")
    assert client(engine).decrypt(old) == SECRET
    engine.keys["lantai"].min_decryption_version = 2
    with pytest.raises(SecretRefused, match="too old"):
        client(engine).decrypt(old)


@pytest.mark.parametrize(
    ("token", "key", "words"),
    [("s.wrong", "lantai", "permission denied"), ("s.good", "other", "permission denied")],
)
def test_a_token_that_may_not_is_refused(engine: TransitEngine, token: str, key: str, words: str) -> None:
    with pytest.raises(SecretRefused, match=words):
        client(engine, token, key).encrypt(SECRET)


def test_a_key_that_is_not_there_is_refused(engine: TransitEngine) -> None:
    engine.tokens["s.good"].add("encrypt/gone")
    with pytest.raises(SecretRefused, match="encryption key not found"):
        client(engine, key="gone").encrypt(SECRET)


@pytest.mark.parametrize(
    "ciphertext", ["", "xxx", "vault:v1", "vault:vx:AAAA", "vault:v9:AAAA", "vault:v1:?"]
)
def test_what_is_no_ciphertext_is_refused(engine: TransitEngine, ciphertext: str) -> None:
    with pytest.raises(SecretRefused):
        client(engine).decrypt(ciphertext)


def test_a_sealed_engine_is_worth_another_try(engine: TransitEngine) -> None:
    engine.sealed = True
    with pytest.raises(TransitUnavailable, match="Vault is sealed"):
        client(engine).encrypt(SECRET)


def test_an_engine_that_is_away_is_worth_another_try() -> None:
    with TransitEngine() as engine:
        away = client(engine)
    with pytest.raises(TransitUnavailable, match="cannot be reached"):
        away.encrypt(SECRET)


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>a captive portal</html>", {}),
        (200, b'{"data": null}', {}),
        (200, b'{"data": {"ciphertext": 7}}', {}),
        (502, b"", {}),
        (429, b'{"errors": []}', {}),
        (307, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
    ],
)
def test_what_is_no_answer_of_an_engine_is_none(
    engine: TransitEngine, answer: tuple[int, bytes, dict[str, str]]
) -> None:
    engine.answers.append(answer)
    with pytest.raises(TransitUnavailable):
        client(engine).encrypt(SECRET)
    assert len(engine.asked) == 1


def test_no_error_repeats_the_token_or_the_secret(engine: TransitEngine) -> None:
    engine.answers.append((400, b'{"errors": ["you sent s.good, did you not"]}', {}))
    with pytest.raises(SecretRefused) as told:
        client(engine).encrypt(SECRET)
    assert "s.good" not in str(told.value)
    with pytest.raises(SecretRefused) as told:
        client(engine, "s.with\nline").encrypt(SECRET)
    assert "s.with" not in str(told.value)


def test_a_namespace_goes_with_every_request() -> None:
    with TransitEngine(namespace="archive") as engine:
        assert client(engine, namespace="archive").encrypt(SECRET)
        with pytest.raises(SecretRefused, match="namespace"):
            client(engine).encrypt(SECRET)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of its own authority for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a private authority")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, SHA256())
    )
    files = folder / "ca.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def test_a_private_authority_is_trusted_where_it_is_named_and_nowhere_else(tmp_path: Path) -> None:
    files = certificate(tmp_path)
    with TransitEngine(files) as engine:
        assert client(engine, ca=files[0]).encrypt(SECRET).startswith("vault:v1:")
        with pytest.raises(TransitUnavailable, match="certificate"):
            client(engine).encrypt(SECRET)
        assert len(engine.asked) == 1
