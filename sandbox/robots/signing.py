"""The platforms' side of their signatures; written apart from the bank's, which have to agree."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

HOUR = 3600.0


def feishu(secret: str, timestamp: str) -> str:
    """Keyed with the signed text, over nothing."""
    return b64encode(hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)).decode()


def dingtalk(secret: str, timestamp: str) -> str:
    """Keyed with the secret, over time and secret."""
    return b64encode(hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)).decode()


def is_right(expected: str, given: object, timestamp: object, now: float, *, in_milliseconds: bool) -> bool:
    """Whether a signature is the expected one, and made within the hour."""
    text = str(timestamp)
    if not text.isdecimal() or not hmac.compare_digest(expected.encode(), str(given).encode()):
        return False
    return abs(now - int(text) / (1000 if in_milliseconds else 1)) <= HOUR
