"""The bank's answer to a call of ours: a text in the call's own mode, or nothing. Written apart from the bank's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.ElementTree import fromstring

from sandbox.settings import SandboxSettings


def text_in(answer: str, settings: SandboxSettings) -> str:
    """What the bank said; empty for `success` and for what is no answer in the mode that is set."""
    if not answer.startswith("<xml"):
        return ""
    parts = _parts(answer)
    if settings.wechat_mode == "aes":
        parts = _parts(_opened(parts, settings))
    return parts.get("Content", "") if parts.get("MsgType") == "text" else ""


def _parts(xml: str) -> dict[str, str]:
    return {each.tag: each.text or "" for each in fromstring(xml)} if xml else {}


def _opened(parts: dict[str, str], settings: SandboxSettings) -> str:
    encrypted = parts.get("Encrypt", "")
    signed = sorted([settings.wechat_token, parts.get("TimeStamp", ""), parts.get("Nonce", ""), encrypted])
    expected = hashlib.sha1("".join(signed).encode()).hexdigest()  # noqa: S324  WeChat's protocol says so
    if not hmac.compare_digest(expected, parts.get("MsgSignature", "")):
        return ""
    key = base64.b64decode(settings.wechat_aes_key + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
    (size,) = struct.unpack_from(">I", plain, 16)
    return plain[20 : 20 + size].decode()
