"""WeChat's calls to us: proof that they are WeChat's, and their encryption, plain and AES mode.

SHA-1 and AES-256-CBC without authentication are WeChat's protocol, not our choice; in AES mode nothing is
decrypted before `msg_signature` is proved. Remembering message ids (three attempts are made for each) is the
caller's: messages by MsgId; events, which have none, by FromUserName, CreateTime and Event, and
TEMPLATESENDJOBFINISH by its MsgID.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.conf import settings

SKEW_SECONDS = 300
LARGEST_BODY = 64 * 1024
_BLOCK = 32
_RANDOM = 16


class CallbackRefused(Exception):
    """Not a call that WeChat made to this account just now; the argument is a reason for our log."""


@dataclass(frozen=True)
class Credentials:
    """What the account's console shows below "server configuration"."""

    token: str
    encoding_aes_key: str
    app_id: str

    @classmethod
    def ours(cls) -> "Credentials":
        """Those of the settings."""
        account = settings.WECHAT
        return cls(account["TOKEN"], account["ENCODING_AES_KEY"], account["APP_ID"])


# --- Signatures ---------------------------------------------------------------------------------
def signature(*parts: str) -> str:
    """WeChat's signature of token, timestamp, nonce and, in AES mode, the encrypted text."""
    return hashlib.sha1("".join(sorted(parts)).encode(errors="replace")).hexdigest()  # noqa: S324  WeChat's protocol


def verify_server(query: Mapping[str, str], *, credentials: Credentials | None = None) -> str:
    """The `echostr` to answer when the account's console proves our address. Raises CallbackRefused."""
    _check_signed(query, "signature", credentials or Credentials.ours())
    return query.get("echostr", "")


def _check_signed(query: Mapping[str, str], name: str, mine: Credentials, *more: str) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    expected = signature(mine.token, timestamp, nonce, *more)
    if not mine.token or not hmac.compare_digest(expected.encode(), query.get(name, "").encode(errors="replace")):
        raise CallbackRefused("signature")
    # The wall clock: WeChat knows nothing of the business date.
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp[:12])) > SKEW_SECONDS:
        raise CallbackRefused("timestamp")


# --- Messages -----------------------------------------------------------------------------------
def read_message(query: Mapping[str, str], body: bytes, *, credentials: Credentials | None = None) -> dict[str, str]:
    """A message or event as its fields (ToUserName, FromUserName, MsgType, …), proved and decrypted.

    Plain mode counts only for an account without ENCODING_AES_KEY: its signature leaves the body out, so that
    whoever once saw a signed address could write what he likes. Raises CallbackRefused."""
    mine = credentials or Credentials.ours()
    if len(body) > LARGEST_BODY:
        raise CallbackRefused("too large")
    if not mine.encoding_aes_key:
        _check_signed(query, "signature", mine)
        return parse(body)
    encrypted = parse(body).get("Encrypt", "")
    _check_signed(query, "msg_signature", mine, encrypted)
    return parse(decrypt(encrypted, credentials=mine).encode())


def write_reply(xml: str, *, nonce: str, credentials: Credentials | None = None) -> str:
    """An answer in AES mode around `xml`, signed."""
    mine = credentials or Credentials.ours()
    timestamp, encrypted = str(int(time.time())), encrypt(xml, credentials=mine)
    signed = signature(mine.token, timestamp, nonce, encrypted)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signed}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def parse(xml: bytes) -> dict[str, str]:
    """The elements right below the root, as text; entities and document types are refused.

    Raises CallbackRefused."""
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise CallbackRefused("xml") from error
    return {each.tag: each.text or "" for each in root}


# --- AES mode -----------------------------------------------------------------------------------
def encrypt(xml: str, *, credentials: Credentials, random: bytes | None = None) -> str:
    """`xml` in WeChat's envelope: 16 random bytes, length, text, app id; AES-256-CBC; base64."""
    text = xml.encode()
    head = (random or os.urandom(_RANDOM)) + struct.pack(">I", len(text))
    plain = head + text + credentials.app_id.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    encryptor = _cipher(credentials).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def decrypt(encrypted: str, *, credentials: Credentials) -> str:
    """The text inside the envelope, where it is meant for our app id. Raises CallbackRefused."""
    try:
        sealed = base64.b64decode(encrypted, validate=True)
        decryptor = _cipher(credentials).decryptor()
        plain = _unpadded(decryptor.update(sealed) + decryptor.finalize())
        (size,) = struct.unpack_from(">I", plain, _RANDOM)
        start = _RANDOM + 4
        text, app_id = plain[start : start + size], plain[start + size :]
        if not hmac.compare_digest(app_id, credentials.app_id.encode()):
            raise CallbackRefused("app id")
        return text.decode()
    except (ValueError, struct.error) as error:  # binascii.Error is a ValueError, as is a broken block
        raise CallbackRefused("envelope") from error


def _unpadded(plain: bytes) -> bytes:
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise ValueError("padding")
    return plain[:-pad]


def _cipher(credentials: Credentials) -> Cipher[modes.CBC]:
    try:
        key = base64.b64decode(credentials.encoding_aes_key + "=", validate=True)
    except binascii.Error as error:
        raise CallbackRefused("ENCODING_AES_KEY is not 43 characters of base64") from error
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
