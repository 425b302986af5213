"""The providers' side of signed calls: HMAC-SHA256 over `timestamp.nonce.body`, each nonce once.

Written apart from the bank's, which it has to agree with."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from sandbox import clock
from sandbox.calls import Refused

WINDOW_SECONDS = 300


class SignedDoor:
    """Lets in who signs with `key`, within five minutes and once for each nonce."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._seen: dict[str, float] = {}

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Refused (401): signature_missing, signature_wrong, signature_expired or replayed."""
        timestamp, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
        given = headers.get("x-signature", "")
        if not (timestamp and nonce and given):
            raise Refused(401, "signature_missing", "缺少签名")
        if not timestamp.isdecimal() or not hmac.compare_digest(
            digest(self._key, timestamp, nonce, body).encode(), given.encode()
        ):
            raise Refused(401, "signature_wrong", "签名不正确")
        self._check_age(float(timestamp), nonce)

    def _check_age(self, timestamp: float, nonce: str) -> None:
        now = clock.wall().timestamp()
        if abs(now - timestamp) > WINDOW_SECONDS:
            raise Refused(401, "signature_expired", "签名已过期")
        self._seen = {seen: at for seen, at in self._seen.items() if at > now - 2 * WINDOW_SECONDS}
        if nonce in self._seen:
            raise Refused(401, "replayed", "重复的请求")
        self._seen[nonce] = now


def digest(key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The signature in hexadecimal."""
    signed = b".".join((timestamp.encode(), nonce.encode(), body))
    return hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


def signed_headers(key: str, body: bytes) -> dict[str, str]:
    """Headers of a call from the provider to the bank."""
    timestamp, nonce = str(int(clock.wall().timestamp())), secrets.token_hex(16)
    return {
        "Content-Type": "application/json",
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": digest(key, timestamp, nonce, body),
    }
