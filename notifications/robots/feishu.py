"""Feishu: signed in the body with a key made of time and secret; 100 messages a minute, 5 a second, 20 KB."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from notifications.robots.platform import Letter, Meaning, Speaker, cut

LONGEST = 18_000
_MEANINGS = {
    9499: Meaning.ALARM,
    11232: Meaning.TOO_FAST,
    11233: Meaning.TOO_FAST,
    19001: Meaning.GONE,
    19002: Meaning.ALARM,
    19007: Meaning.GONE,
    19021: Meaning.ALARM,
    19022: Meaning.ALARM,
    19024: Meaning.ALARM,
}


def signature(secret: str, timestamp: str) -> str:
    """HMAC-SHA256 of nothing, with `timestamp \\n secret` as the key: so the platform has it."""
    key = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


class Feishu:
    """A rich text (post): a title, and each line a paragraph."""

    def write(self, speaker: Speaker, title: str, text: str) -> Letter:
        """POST …/open-apis/bot/v2/hook/<key>"""
        timestamp = str(int(speaker.at.timestamp()))
        lines = [[{"tag": "text", "text": line}] for line in cut(text, LONGEST).splitlines() if line.strip()]
        said = {
            "timestamp": timestamp,
            "sign": signature(speaker.secret, timestamp),
            "msg_type": "post",
            "content": {"post": {"zh_cn": {"title": title, "content": lines}}},
        }
        return Letter(f"/open-apis/bot/v2/hook/{speaker.key}", said)

    def code_of(self, answer: Mapping[str, Any]) -> int | None:
        """`code`; older answers have `StatusCode`."""
        code = answer.get("code", answer.get("StatusCode"))
        return code if isinstance(code, int) else None

    def meaning_of(self, code: int) -> Meaning:
        """19001 is an address that is no longer good; 11232 says too fast."""
        return _MEANINGS.get(code, Meaning.ALARM)
