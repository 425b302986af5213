"""Events from WeChat to the account's server: XML, signed with the token, plain or in AES."""

from __future__ import annotations

import base64
import hashlib
import secrets
import struct
import time
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox.outgoing import Letter
from sandbox.settings import SandboxSettings

_BLOCK = 32


def event_xml(*, account: str, openid: str, event: str, at: float, more: dict[str, str]) -> str:
    """An event, or without its name a message; values of `more` follow the common ones."""
    parts = {
        "ToUserName": account,
        "FromUserName": openid,
        "CreateTime": str(int(at)),
        **({"MsgType": "event", "Event": event} if event else {}),
        **more,
    }
    return "<xml>" + "".join(f"<{name}>{_cdata(value)}</{name}>" for name, value in parts.items()) + "</xml>"


def letter(settings: SandboxSettings, openid: str, xml: str) -> Letter:
    """The signed POST that carries `xml`, in the mode that is set."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    query = {
        "signature": _sha1(settings.wechat_token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": openid,
    }
    if settings.wechat_mode == "aes":
        encrypted = encrypt(xml, settings.wechat_aes_key, settings.wechat_app_id)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = _sha1(settings.wechat_token, timestamp, nonce, encrypted)
        xml = (
            f"<xml><ToUserName>{_cdata(settings.wechat_account)}</ToUserName>"
            f"<Encrypt>{_cdata(encrypted)}</Encrypt></xml>"
        )
    url = f"{settings.wechat_callback}?{urlencode(query)}"
    return Letter(url, xml.encode(), {"Content-Type": "text/xml"})


def verification_query(settings: SandboxSettings, echo: str) -> dict[str, str]:
    """Query of the GET by which WeChat proves a server when its address is saved."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    signature = _sha1(settings.wechat_token, timestamp, nonce)
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}


def encrypt(xml: str, encoding_aes_key: str, app_id: str) -> str:
    """AES-256-CBC of 16 random bytes, length, text and app id, padded to 32 bytes; in base64."""
    key, text = base64.b64decode(encoding_aes_key + "="), xml.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(text)) + text + app_id.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  WeChat's protocol says so


def _cdata(value: str) -> str:
    return escape(value) if "]]>" in value else f"<![CDATA[{value}]]>"
