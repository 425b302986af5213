"""Answers to WeChat's call itself: a text in the call's own mode, or `success` for nothing."""

import time
from collections.abc import Mapping
from xml.sax.saxutils import escape

from django.conf import settings

from notifications.wechat import crypto

NOTHING = "success"
LONGEST = 2048
"""Bytes of a text; a longer one is not shown at all."""


def body(message: Mapping[str, str], said: str, *, nonce: str) -> str:
    """The body of our answer to a message: `said`, from the account to its sender."""
    if not said:
        return NOTHING
    xml = text(to=message.get("FromUserName", ""), sender=message.get("ToUserName", ""), said=said)
    return crypto.write_reply(xml, nonce=nonce) if settings.WECHAT["ENCODING_AES_KEY"] else xml


def text(*, to: str, sender: str, said: str) -> str:
    """A passive text answer."""
    parts = {
        "ToUserName": to,
        "FromUserName": sender,
        "CreateTime": str(int(time.time())),
        "MsgType": "text",
        "Content": cut(said),
    }
    return "<xml>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items()) + "</xml>"


def cut(said: str) -> str:
    """Within WeChat's bytes, never within a character."""
    raw = said.encode()
    return said if len(raw) <= LONGEST else raw[: LONGEST - 3].decode(errors="ignore") + "…"
