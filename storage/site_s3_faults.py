"""What an S3 server or the way to it can do wrong, told apart by what it means to us.

`Fault` stays inside the S3 files: `told` turns it into what `Site` promises. A reason names a kind of
failure, the server's code or a number; never what a server wrote, a header, or anything of the credentials.

Not done here: asking again (`site_s3_client`).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3 import exceptions as http

from storage.errors import (
    ObjectDamaged,
    ObjectError,
    ObjectMissing,
    SiteError,
    SiteFull,
    SiteReadOnly,
    SiteUnavailable,
)

Kind = Literal[
    "absent",  # nothing stands under the name
    "denied",  # these credentials may not do that
    "full",
    "stands",  # a condition on what stands there is not met
    "range",  # the object ends before the range begins
    "upload",  # a multipart upload is not there (any more)
    "unknown",  # the server does not know what was asked for
    "broken",  # there, but this answer failed
    "damaged",  # there, but this one object cannot be had whole
    "slow",  # no answer in time
    "away",  # everything else: the place is not there for us now
]
Doing = Literal["read", "write", "delete"]


class Fault(Exception):
    """One failed request. `again`: the same request may succeed a moment later."""

    def __init__(self, kind: Kind, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.again = again


NOT_S3 = "an answer that is not S3's"
_BROKEN_OFF = (http.ProtocolError, http.DecodeError, http.SSLError, ConnectionError, ssl.SSLError)
_UNTRUSTED = "is not signed by an authority that is trusted here"
_CERTIFICATE = {10: "has expired", 62: "is for another host", 64: "is for another host"}  # by X509_V_ERR_…
_CODES: dict[str, tuple[Kind, str]] = {
    "NoSuchKey": ("absent", "no such object"),
    "NoSuchVersion": ("absent", "no such version"),
    "NoSuchBucket": ("away", "the bucket is not there"),
    "NoSuchUpload": ("upload", "the upload is not there any more"),
    "AccessDenied": ("denied", "access denied"),
    "AllAccessDisabled": ("denied", "access denied"),
    "AccountProblem": ("denied", "access denied"),
    "InvalidAccessKeyId": ("away", "the server does not know these credentials"),
    "SignatureDoesNotMatch": ("away", "the server does not know these credentials"),
    "ExpiredToken": ("away", "the credentials have expired"),
    "InvalidToken": ("away", "the server does not know these credentials"),
    "RequestTimeTooSkewed": ("away", "this machine's clock and the server's differ too much"),
    "PreconditionFailed": ("stands", "another object stands there"),
    "ConditionalRequestConflict": ("stands", "another object is being written there"),
    "InvalidRange": ("range", "the object ends before"),
    "QuotaExceeded": ("full", "the quota is used up"),
    "InsufficientStorage": ("full", "no space left at the server"),
    "XMinioStorageFull": ("full", "no space left at the server"),
    "NotImplemented": ("unknown", "the server does not know this request"),
    "MethodNotAllowed": ("unknown", "the server does not know this request"),
    "ObjectLockConfigurationNotFoundError": ("absent", "no object lock"),
    "NoSuchObjectLockConfiguration": ("absent", "no retention"),
    "InvalidObjectState": ("away", "the object must be brought back from the server's archive first"),
}
_AGAIN = {
    "InternalError",
    "ServiceUnavailable",
    "SlowDown",
    "RequestTimeout",
    "OperationAborted",
    "BadDigest",
    "XAmzContentSHA256Mismatch",
    "IncompleteBody",
    "TooManyRequests",
    "Throttling",
}
_STATUS: dict[int, tuple[Kind, str]] = {
    403: _CODES["AccessDenied"],
    405: _CODES["NotImplemented"],
    412: _CODES["PreconditionFailed"],
    416: _CODES["InvalidRange"],
    501: _CODES["NotImplemented"],
    507: _CODES["InsufficientStorage"],
}
_CODE = re.compile(r"[A-Za-z0-9]{1,64}")


def understood(error: Exception) -> Fault:
    """What a failed request means. Takes whatever the client library and those below it raise."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, S3Error):
        return _of_code(error)
    if isinstance(error, ServerError):
        return _of_status(error.status_code)
    if isinstance(error, InvalidResponseError):
        return _of_status(int(getattr(error, "_code", 0)))
    if isinstance(error, http.HTTPError | OSError):
        return _of_network(error)
    return Fault("broken", NOT_S3, again=True)


def _of_code(error: S3Error) -> Fault:
    code = error.code or ""
    if code in _CODES:
        return Fault(*_CODES[code], again=code == "ConditionalRequestConflict")
    status = int(getattr(error.response, "status", 0) or 0)
    told = f"the server said {code}" if _CODE.fullmatch(code) else f"the server answered with status {status}"
    if code in _AGAIN or status >= 500:
        return Fault("broken", told, again=True)
    if status == 404:
        return Fault("absent", told)
    return Fault("away", told)


def _of_status(status: int) -> Fault:
    if status == 404:  # S3 says in its own words what is missing: this is somebody in between
        return Fault("away", NOT_S3, again=True)
    if status in _STATUS:
        return Fault(*_STATUS[status])
    told = f"the server answered with status {status}"
    return Fault("broken", told, again=True) if status >= 500 or status == 429 else Fault("away", told)


def _of_network(error: http.HTTPError | OSError) -> Fault:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Fault(
                "away", f"the server's certificate {_CERTIFICATE.get(cause.verify_code, _UNTRUSTED)}"
            )
        if isinstance(cause, FileNotFoundError | PermissionError | IsADirectoryError) or _no_certificate(
            cause
        ):
            return Fault("away", "the file with the authority's certificate cannot be read")
    if isinstance(error, http.NameResolutionError):
        return Fault("away", "no machine of that name", again=True)
    if isinstance(error, http.ConnectTimeoutError | ConnectionRefusedError):
        return Fault("away", "the server cannot be reached", again=True)
    if isinstance(error, http.TimeoutError | TimeoutError):
        return Fault("slow", "no answer in time", again=True)
    if isinstance(error, _BROKEN_OFF):
        return Fault("broken", "the connection broke off", again=True)
    return Fault("away", "the server cannot be reached", again=True)


def _no_certificate(cause: BaseException) -> bool:
    """Whether a file that should hold certificates holds something else."""
    return isinstance(cause, ssl.SSLError) and cause.library in ("X509", "PEM")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it was made of."""
    for cause in (error, *error.args, error.__cause__, error.__context__):
        if isinstance(cause, BaseException):
            yield cause


@contextmanager
def told(site: str, name: str, doing: Doing) -> Iterator[None]:
    """Faults of the block as errors of `Site`. No cause is chained: it could repeat what was sent."""
    try:
        yield
    except Fault as fault:
        error = _for_caller(fault, site, name, doing)
    else:
        return
    raise error from None


def _for_caller(fault: Fault, site: str, name: str, doing: Doing) -> SiteError | ObjectError:
    if fault.kind == "full":
        return SiteFull(site, fault.reason)
    if fault.kind == "denied" and doing != "read":
        may_not = "delete" if doing == "delete" else "write"
        return SiteReadOnly(site, f"these credentials may not {may_not}")
    if doing == "read" and fault.kind == "absent":
        return ObjectMissing(name, fault.reason, site)
    if doing == "read" and fault.kind == "damaged":
        return ObjectDamaged(name, fault.reason, site)
    return SiteUnavailable(site, fault.reason)
