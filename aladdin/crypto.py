"""Personal data at rest: encrypted per field, found again by keyed blind indexes.

A sealed value is `v1|key id|nonce|ciphertext` (base64 parts). Table, column and row id are associated data, so
that a value moved to another row does not decrypt. A record about a customer is sealed with that customer's own
data key, which itself is sealed with the bank's master key: destroying it erases the customer.
"""

import base64
import hashlib
import hmac
import os
from functools import lru_cache
from typing import Any, Protocol, overload
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from pypinyin import Style, lazy_pinyin

VERSION = "v1"
KEY_BYTES = {"AES-256-GCM": 32, "SM4-GCM": 16}
_TAG_BYTES = 16


class Unreadable(Exception):
    """The value does not decrypt: wrong key, moved from another row, or changed."""


class CustomerErased(Unreadable):
    """The customer's key was destroyed on request; the data cannot be read again by anyone."""


# --- Ciphers ------------------------------------------------------------------------------------
def _encrypt(cipher: str, key: bytes, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
    if cipher == "AES-256-GCM":
        return AESGCM(key).encrypt(nonce, plain, bound_to)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound_to)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _decrypt(cipher: str, key: bytes, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    if cipher == "AES-256-GCM":
        return AESGCM(key).decrypt(nonce, sealed, bound_to)
    body, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(bound_to)
    return decryptor.update(body) + decryptor.finalize()


def _cipher_of(key: bytes) -> str:
    """Key length tells the suite, so that rows of both suites can be read side by side."""
    return "SM4-GCM" if len(key) == KEY_BYTES["SM4-GCM"] else "AES-256-GCM"


# --- Master keys --------------------------------------------------------------------------------
@lru_cache(maxsize=8)
def _master_keys(configured: tuple[str, ...]) -> dict[str, bytes]:
    keys = {}
    for entry in configured:
        key_id, _, encoded = entry.partition(":")
        keys[key_id] = base64.b64decode(encoded)
    return keys


def _newest_master_key() -> tuple[str, bytes]:
    key_id, key = next(iter(_master_keys(tuple(settings.FIELD_KEYS)).items()))
    return key_id, key[: KEY_BYTES[settings.FIELD_CIPHER]]


def seal(plain: bytes, *, bound_to: str, key: bytes | None = None) -> str:
    """Seal `plain`, bound to its place ("table.column.row"), with the newest master key or a data key."""
    key_id, used = ("data", key) if key is not None else _newest_master_key()
    nonce = os.urandom(12)
    sealed = _encrypt(_cipher_of(used), used, nonce, plain, f"{VERSION}|{bound_to}".encode())
    return "|".join((VERSION, key_id, _text(nonce), _text(sealed)))


def unseal(sealed: str, *, bound_to: str, key: bytes | None = None) -> bytes:
    """Open what `seal` closed. Raises Unreadable."""
    try:
        version, key_id, nonce, body = sealed.split("|")
        candidates = [key] if key is not None else _candidates(key_id)
        for used in candidates:
            try:
                return _decrypt(_cipher_of(used), used, _bytes(nonce), _bytes(body), f"{version}|{bound_to}".encode())
            except InvalidTag:
                continue
    except ValueError as error:
        raise Unreadable(bound_to) from error
    raise Unreadable(bound_to)


def _candidates(key_id: str) -> list[bytes]:
    key = _master_keys(tuple(settings.FIELD_KEYS)).get(key_id)
    if key is None:
        raise Unreadable(f"no key {key_id}")
    return [key[:size] for size in sorted(KEY_BYTES.values(), reverse=True) if len(key) >= size]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


# --- Data keys ----------------------------------------------------------------------------------
def new_data_key(*, bound_to: str) -> str:
    """A fresh key of one customer, sealed with the master key."""
    return seal(os.urandom(KEY_BYTES[settings.FIELD_CIPHER]), bound_to=bound_to)


@lru_cache(maxsize=20_000)
def open_data_key(sealed: str, bound_to: str) -> bytes:
    """The customer's key; kept in memory, since every field of a row asks for it."""
    if not sealed:
        raise CustomerErased(bound_to)
    return unseal(sealed, bound_to=bound_to)


# --- Fields -------------------------------------------------------------------------------------
class HoldsDataKey(Protocol):
    """A row whose sealed fields use a data key (`data_key()`), e.g. a customer or what belongs to one."""

    def data_key(self) -> bytes | None: ...


class Sealed:
    """Descriptor of a clear value over a sealed column: `name = Sealed("name_sealed")`.

    The row needs its id before the value is set (UUID keys have it from the start). Empty stays empty."""

    def __init__(self, column: str) -> None:
        self.column = column

    @overload
    def __get__(self, row: None, owner: type) -> "Sealed": ...
    @overload
    def __get__(self, row: Any, owner: type) -> str: ...
    def __get__(self, row: Any, owner: type) -> "str | Sealed":
        if row is None:
            return self
        sealed = getattr(row, self.column)
        return unseal(sealed, bound_to=self._place(row), key=row.data_key()).decode() if sealed else ""

    def __set__(self, row: Any, value: str) -> None:
        sealed = seal(value.encode(), bound_to=self._place(row), key=row.data_key()) if value else ""
        setattr(row, self.column, sealed)

    def _place(self, row: Any) -> str:
        return f"{row._meta.db_table}.{self.column}.{row.pk}"


# --- Finding sealed values ----------------------------------------------------------------------
NORMAL_FORM = "n1"


def blind_index(kind: str, normal: str) -> str:
    """Keyed digest of a normal form, for exact look-up of a sealed value; 43 characters.

    `kind` ("identity_no", "mobile", …) keeps equal texts of different kinds apart."""
    message = f"{NORMAL_FORM}|{kind}|{normal}".encode()
    return base64.urlsafe_b64encode(hmac.digest(_index_key(), message, hashlib.sha256)).decode().rstrip("=")


def _index_key() -> bytes:
    key = settings.BLIND_INDEX_KEY
    return key.encode() if isinstance(key, str) else bytes(key)


def search_tokens(name: str) -> list[int]:
    """Keyed tokens under which a name is found: each character, each pair, pinyin initials from the start.

    64-bit numbers for a GIN-indexed array; sorted, without repeats."""
    text = "".join(name.split()).lower()
    grams = {text[i : i + size] for size in (1, 2) for i in range(len(text) - size + 1)}
    initials = pinyin_initials(text)
    starts = {"py:" + initials[: i + 1] for i in range(min(len(initials), 8))}
    return sorted(_token(word) for word in grams | starts)


def query_tokens(text: str) -> list[int]:
    """Keyed tokens all of which a name must have to match what was typed (characters or pinyin initials)."""
    typed = "".join(text.split()).lower()
    if not typed:
        return []
    if typed.isascii() and typed.isalpha():
        return [_token("py:" + typed[:8])]
    if len(typed) == 1:
        return [_token(typed)]
    return sorted({_token(typed[i : i + 2]) for i in range(len(typed) - 1)})


def pinyin_initials(text: str) -> str:
    """First letters of the pinyin of a name: 王小明 → wxm."""
    return "".join(part[0].lower() for part in lazy_pinyin(text, style=Style.NORMAL, errors="default") if part)


@lru_cache(maxsize=200_000)
def _token(word: str) -> int:
    digest = hmac.digest(_index_key(), f"{NORMAL_FORM}|token|{word}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big", signed=True)


def row_place(table: str, row_id: UUID) -> str:
    """Where a data key lives, as associated data."""
    return f"{table}.data_key.{row_id}"
