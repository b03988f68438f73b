"""Cobblestone-SM4: the construction of C2SP chunked encryption with the commercial algorithms of China.

SM4-GCM (GB/T 32907-2016; GCM as in RFC 8998) in place of AES-256-GCM, and HKDF-Expand (RFC 5869) over
HMAC-SM3 (GB/T 32905-2016) in place of HMAC-SHA-512. The secret has 32 bytes as in the other suite; of the 60
that it is expanded to, 16 are the SM4 key of the one object, 12 the nonce and 32 the commitment. Layout and
lengths are the other's, so a length tells nothing of the cipher. The name in `_INFO` is ours: C2SP has not
published this instance.

SM4 has no instructions on most processors: 0.1 GB/s a core. Not done here: the construction (`chunked`).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3

from storage.chunked import Construction

_INFO = b"lantai/chunked-encryption@v1+AEAD_SM4_GCM+HKDF_SM3\x00"

SM4_128 = Construction(_INFO, 16, SM4, SM3())
