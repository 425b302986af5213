"""Signed calls between the bank and its providers: HMAC-SHA256 over `timestamp.nonce.body`.

The timestamp is the wall clock's, never the business date: the other side compares it with its own clock.
Whoever verifies remembers the nonce that `verify` returns for `TOLERANCE`, and refuses it the second time.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

TIMESTAMP_HEADER = "X-Timestamp"
NONCE_HEADER = "X-Nonce"
SIGNATURE_HEADER = "X-Signature"
TOLERANCE = timedelta(seconds=300)

# No dot in either: it separates the parts, so one text could otherwise be cut in two ways.
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")


class SignatureRefused(Exception):
    """A signed call that is not accepted; `code` says why, without helping whoever forges it."""

    code = "signature_refused"


class SignatureMissing(SignatureRefused):
    """One of the three headers is absent or empty."""

    code = "signature_missing"


class SignatureWrong(SignatureRefused):
    """Not signed with this key, or changed on the way."""

    code = "signature_wrong"


class SignatureExpired(SignatureRefused):
    """Rightly signed, but too long ago, or too far ahead of our clock."""

    code = "signature_expired"


def sign(key: str, body: bytes, *, now: datetime | None = None, nonce: str | None = None) -> dict[str, str]:
    """The three headers that sign `body`, at `now` (aware; default: the wall clock).

    Raises ValueError for a nonce that is not 8 to 64 letters, digits, `-` or `_`."""
    timestamp = str(int((now or datetime.now(UTC)).timestamp()))
    nonce = secrets.token_urlsafe(18) if nonce is None else nonce
    if not _NONCE.fullmatch(nonce):
        raise ValueError("a nonce is 8 to 64 letters, digits, hyphens or underscores")
    return {
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: _signature(key, timestamp, nonce, body),
    }


def verify(
    key: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime | None = None,
    tolerance: timedelta = TOLERANCE,
) -> str:
    """Check that `body` was signed with `key` no longer than `tolerance` ago; returns the nonce.

    Raises SignatureMissing, SignatureWrong or SignatureExpired. The age is looked at last, so that only
    a holder of the key learns about clocks."""
    timestamp, nonce, signature = _signed_parts(headers)
    if not (_TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce)):
        raise SignatureWrong
    expected = _signature(key, timestamp, nonce, body)
    if not hmac.compare_digest(expected.encode(), signature.lower().encode("utf-8", "replace")):
        raise SignatureWrong
    age = (now or datetime.now(UTC)).timestamp() - int(timestamp)
    if abs(age) > tolerance.total_seconds():
        raise SignatureExpired
    return nonce


def _signed_parts(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Timestamp, nonce and signature; header names count in any case."""
    found = {name.lower(): value for name, value in headers.items()}
    names = (TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER)
    timestamp, nonce, signature = (found.get(name.lower(), "") for name in names)
    if not (timestamp and nonce and signature):
        raise SignatureMissing
    return timestamp, nonce, signature


def _signature(key: str, timestamp: str, nonce: str, body: bytes) -> str:
    if not key:
        raise ValueError("an empty key signs nothing")
    return hmac.new(key.encode(), f"{timestamp}.{nonce}.".encode() + body, hashlib.sha256).hexdigest()
