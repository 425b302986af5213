"""DingTalk: time and signature stand in the address; 20 messages a minute, then ten minutes of silence."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from notifications.robots.platform import Letter, Meaning, Speaker, cut

LONGEST = 18_000
_MEANINGS = {
    -1: Meaning.RETRY,
    130101: Meaning.TOO_FAST,
    410100: Meaning.TOO_FAST,
    300001: Meaning.GONE,
    400013: Meaning.GONE,
    400101: Meaning.GONE,
    400102: Meaning.GONE,
    400106: Meaning.GONE,
    310000: Meaning.ALARM,
    430101: Meaning.ALARM,
    430102: Meaning.ALARM,
    430103: Meaning.ALARM,
    430104: Meaning.ALARM,
}


def signature(secret: str, timestamp: str) -> str:
    """HMAC-SHA256 of `timestamp \\n secret` with the secret as the key."""
    signed = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


class DingTalk:
    """A markdown message: the title as a heading, each line a point."""

    def write(self, speaker: Speaker, title: str, text: str) -> Letter:
        """POST …/robot/send?access_token=…&timestamp=…&sign=…, time in milliseconds."""
        timestamp = str(int(speaker.at.timestamp() * 1000))
        points = "\n".join(f"- {line}" for line in text.splitlines() if line.strip())
        said = {
            "msgtype": "markdown",
            "markdown": {"title": title, "text": cut(f"#### {title}\n{points}", LONGEST)},
        }
        query = {
            "access_token": speaker.key,
            "timestamp": timestamp,
            "sign": signature(speaker.secret, timestamp),
        }
        return Letter("/robot/send", said, query)

    def code_of(self, answer: Mapping[str, Any]) -> int | None:
        """`errcode`."""
        code = answer.get("errcode")
        return code if isinstance(code, int) else None

    def meaning_of(self, code: int) -> Meaning:
        """310000 is a wrong signature, a missing keyword or a foreign address: ours to mend."""
        return _MEANINGS.get(code, Meaning.ALARM)
