"""The two suites of algorithms: what new things are sealed, digested, wrapped and signed with.

Every stored thing carries the tags of its own algorithms (a keyring its cipher and wrap, a component its
digests, a checkpoint one line a signature) and is read by them. The suite says only what new things get, so
an archive may go from one to the other, and both stand side by side in it. The ledger's tree is SHA-256 and
the digest of copies BLAKE3 in both.

Not done here: the algorithms themselves (`storage`), the setting.
"""

from __future__ import annotations

from dataclasses import dataclass

COBBLESTONE_256 = "cobblestone-256"
COBBLESTONE_SM4 = "cobblestone-sm4"
CIPHERS = (COBBLESTONE_256, COBBLESTONE_SM4)

AES_KWP = "aes-kwp"
SM4_GCM = "sm4-gcm"
WRAPS = (AES_KWP, SM4_GCM)

SHA256 = "sha256"
SM3 = "sm3"

ED25519 = "ed25519"
SM2 = "sm2"


@dataclass(frozen=True, slots=True)
class Suite:
    """What new things get: the cipher of objects, the digests of their content, how keys are wrapped, and
    who signs checkpoints. The first digest and the first signature stand in every archive.
    """

    name: str
    cipher: str
    digests: tuple[str, ...]
    wrap: str
    signatures: tuple[str, ...]


INTERNATIONAL = Suite("international", COBBLESTONE_256, (SHA256,), AES_KWP, (ED25519,))
COMMERCIAL = Suite("commercial", COBBLESTONE_SM4, (SHA256, SM3), SM4_GCM, (ED25519, SM2))
"""商用密码 (GB/T 32905, 32907, 32918), beside what readers without them check."""

SUITES = {suite.name: suite for suite in (INTERNATIONAL, COMMERCIAL)}
