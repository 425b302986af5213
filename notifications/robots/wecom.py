"""WeCom: the key stands in the address and is all the secret there is; 20 messages a minute, 4,096 bytes."""

from collections.abc import Mapping
from typing import Any

from notifications.robots.platform import Letter, Meaning, Speaker, cut

LONGEST = 4096
_MEANINGS = {
    -1: Meaning.RETRY,
    45009: Meaning.TOO_FAST,
    45033: Meaning.TOO_FAST,
    93000: Meaning.GONE,
    93004: Meaning.GONE,
    93008: Meaning.GONE,
}


class WeCom:
    """A markdown message: the title in bold, each line quoted."""

    def write(self, speaker: Speaker, title: str, text: str) -> Letter:
        """POST …/cgi-bin/webhook/send?key=…"""
        quoted = "\n".join(f"> {line}" for line in text.splitlines() if line.strip())
        content = cut(f"**{title}**\n{quoted}", LONGEST)
        said = {"msgtype": "markdown", "markdown": {"content": content}}
        return Letter("/cgi-bin/webhook/send", said, {"key": speaker.key})

    def code_of(self, answer: Mapping[str, Any]) -> int | None:
        """`errcode`."""
        code = answer.get("errcode")
        return code if isinstance(code, int) else None

    def meaning_of(self, code: int) -> Meaning:
        """93000 is a key that is (no longer) good; 45009 is the twenty a minute."""
        return _MEANINGS.get(code, Meaning.ALARM)
