"""The key that the bank seals its papers with, and the certificates by which its seals are known.

A bank brings a PKCS#12 from its certificate authority. A desk has a seed, from which its key and a certificate that
nobody else trusts are made; production refuses one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


class NoSeal(ImproperlyConfigured):
    """PAPER_SEAL is absent or cannot be read: the bank cannot seal its papers."""


@dataclass(frozen=True, slots=True)
class SealKey:
    """A private key (PKCS#8), its certificate and the certificates above it, all DER."""

    private_key: bytes
    certificate: bytes
    chain: tuple[bytes, ...] = ()


def seal_key() -> SealKey:
    """What the bank seals with today. Raises NoSeal."""
    return _read(settings.PAPER_SEAL, settings.BANK_NAME)


def known_certificates() -> tuple[bytes, ...]:
    """Certificates, DER, whose seals are the bank's: today's and former ones. Raises NoSeal."""
    return (seal_key().certificate, *map(_decoded, settings.PAPER_SEAL_FORMER))


@lru_cache(maxsize=4)
def _read(setting: str, bank: str) -> SealKey:
    kind, _, value = setting.partition(":")
    if kind == "seed" and value:
        return _desk_key(_decoded(value), bank)
    if kind == "pkcs12" and value:
        return _bank_key(*value.partition(":")[::2])
    raise NoSeal('PAPER_SEAL is "pkcs12:BASE64[:PASSPHRASE]", or at a desk "seed:BASE64"')


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NoSeal("a part of PAPER_SEAL or PAPER_SEAL_FORMER is no base64") from error


def _bank_key(file: str, passphrase: str) -> SealKey:
    try:
        found = pkcs12.load_pkcs12(_decoded(file), passphrase.encode() or None)
    except ValueError as error:
        raise NoSeal("the PKCS#12 of PAPER_SEAL does not open with its passphrase") from error
    if found.key is None or found.cert is None:
        raise NoSeal("the PKCS#12 of PAPER_SEAL holds no key with its certificate")
    return SealKey(
        _pkcs8(found.key),
        _der(found.cert.certificate),
        tuple(_der(other.certificate) for other in found.additional_certs),
    )


def _desk_key(seed: bytes, bank: str) -> SealKey:
    number = int.from_bytes(hashlib.sha512(b"aladdin paper seal" + seed).digest())
    key = ec.derive_private_key(number % (_ORDER - 1) + 1, _CURVE)
    return SealKey(_pkcs8(key), _der(_self_made(key, bank)))


def _self_made(key: ec.EllipticCurvePrivateKey, bank: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{bank} (desk, not for production)")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2010, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2110, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _pkcs8(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
