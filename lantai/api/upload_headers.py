"""The headers of an upload's requests, read strictly, and those of the answers.

Names and meaning as in the IETF's resumable uploads (draft-ietf-httpbis-resumable-upload): `Upload-Offset`,
`Upload-Complete: ?0|?1`, `Upload-Length`; digests as in RFC 9530: `Content-Digest` of this request's bytes,
`Repr-Digest` of the whole file, both `sha-256=:Base64:`; other algorithms are passed over. Not here: bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace

from lantai.api.faults import Malformed, WrongType
from processes.uploading.upload_asked import Arriving, Standing

PARTIAL = "application/partial-upload"
_MOST = 1 << 53
_TAG = re.compile(r'"([0-9a-f]{32})"')
_ALGORITHM, _DIGEST_BYTES = "sha-256", 32


def whole(headers: Mapping[str, str], path: str, *, unpack: bool, instead: bool = False) -> Arriving:
    """What a request says that sends a file anew. Raises `Malformed`."""
    if _number(headers, "upload-offset") not in (None, 0):
        raise Malformed([("header.Upload-Offset", "a file that is sent anew begins at 0")])
    asked = _arriving(headers, path, None, unpack=unpack)
    return replace(asked, instead=instead, former=_former(headers))


def further(headers: Mapping[str, str], path: str) -> Arriving:
    """What a request says that goes on with a file. Raises `Malformed`, `WrongType`."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != PARTIAL:
        raise WrongType(f"what goes on with a file is {PARTIAL}")
    start = _number(headers, "upload-offset")
    if start is None:
        raise Malformed([("header.Upload-Offset", "say where the bytes go on")])
    return _arriving(headers, path, start, unpack=False)


def standing_headers(standing: Standing) -> dict[str, str]:
    """How far a file came."""
    return {
        "Upload-Offset": str(standing.bytes),
        "Upload-Complete": "?1" if standing.whole else "?0",
        "Cache-Control": "no-store",
        "ETag": f'"{standing.tag}"',
    }


def _arriving(headers: Mapping[str, str], path: str, start: int | None, *, unpack: bool) -> Arriving:
    complete = headers.get("upload-complete", "?1").strip()
    if complete not in ("?0", "?1"):
        raise Malformed([("header.Upload-Complete", "?1 or ?0")])
    if headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise WrongType("the bytes of a file come as they are, without a content coding")
    return Arriving(
        path=path,
        start=start,
        complete=complete == "?1",
        length=_number(headers, "upload-length"),
        announced=_number(headers, "content-length"),
        content_digest=_digest(headers, "content-digest"),
        whole_digest=_digest(headers, "repr-digest"),
        unpack=unpack,
    )


def _former(headers: Mapping[str, str]) -> str | None:
    """The tag of the file whose place this one takes, "" where there is to be none (RFC 9110, 13.1)."""
    wanted, had = headers.get("if-match"), headers.get("if-none-match")
    if had is not None and (had.strip() != "*" or wanted is not None):
        raise Malformed([("header.If-None-Match", "*, without If-Match")])
    if wanted is None:
        return "" if had else None
    told = _TAG.fullmatch(wanted.strip())
    if told is None:
        raise Malformed([("header.If-Match", "one tag, as the ETag of this file was told")])
    return told[1]


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name)
    if text is None:
        return None
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 16 or int(text) >= _MOST:
        raise Malformed([(f"header.{name.title()}", "a whole number of bytes")])
    return int(text)


def _digest(headers: Mapping[str, str], name: str) -> bytes | None:
    """The SHA-256 that a header tells, None where it tells none."""
    found = None
    for member in headers.get(name, "").split(","):
        algorithm, _, value = member.strip().partition("=")
        if algorithm.strip().lower() != _ALGORITHM:
            continue
        found = _bytes(value.strip())
        if found is None:
            raise Malformed([(f"header.{name.title()}", "sha-256=:Base64 of 32 bytes:")])
    return found


def _bytes(value: str) -> bytes | None:
    if len(value) < 2 or value[0] != ":" or value[-1] != ":":
        return None
    try:
        told = base64.b64decode(value[1:-1], validate=True)
    except (binascii.Error, ValueError):
        return None
    return told if len(told) == _DIGEST_BYTES else None
