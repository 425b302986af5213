"""The bank's seal on a paper: a PAdES certification that allows no later change (GB/T 38540 asks the same of seals).

The seal proves that the bank made exactly these bytes. It carries no time stamp of a third party: the time is the
bank's own, as written into the signature.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from asn1crypto.cms import ContentInfo
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from aladdin.papers.keys import NoSeal, SealKey, known_certificates, seal_key

__all__ = ["NoSeal", "Verdict", "seal", "verify"]

_FIELD = "BankSeal"
#: Signed attributes and the signature itself take about 1,200 bytes with a key of 4,096 bits.
_BESIDE_CERTIFICATES = 2_500
_USAGE = KeyUsageConstraints(key_usage={"digital_signature"})
# What a file that only looks like a PDF makes a parser stumble over.
_UNREADABLE = (
    PdfError,
    SignatureValidationError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at a paper's seal found; `is_genuine` only where nothing at all speaks against it.

    `code` is `genuine`, `unreadable` (no PDF), `unsealed`, `changed` (bytes differ, or were added after the seal) or
    `foreign` (sealed, but not by this bank)."""

    code: str
    reason: str
    signed_at: datetime | None = None
    signer: str = ""

    @property
    def is_genuine(self) -> bool:
        """Whether the bank sealed exactly this file."""
        return self.code == "genuine"


def seal(pdf: bytes, *, reason: str = "银行出具") -> bytes:
    """The paper with the bank's seal; takes some tens of milliseconds. Raises NoSeal, or ValueError where it is no
    PDF or bears a seal already."""
    metadata = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        reason=reason,
        name=settings.BANK_NAME,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    key = seal_key()
    signer = signers.PdfSigner(metadata, _signer(key))
    try:
        sealed = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=_room_for(key))
    except (PdfError, SigningError) as error:
        raise ValueError("no PDF that can be sealed") from error
    return bytes(sealed.getvalue())


def verify(pdf: bytes) -> Verdict:
    """Whether the bank sealed exactly this file; never raises for what the file holds. Raises NoSeal."""
    known = known_certificates()
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not signatures:
            return Verdict("unsealed", "文件没有本行电子印章")
        return _judged(pdf, signatures[-1], known)
    except _UNREADABLE:
        return Verdict("unreadable", "文件不是可读取的 PDF，或已损坏")


def _judged(pdf: bytes, signature: EmbeddedPdfSignature, known: tuple[bytes, ...]) -> Verdict:
    signed_at = signature.self_reported_timestamp
    status = validate_pdf_signature(signature, _trust(known, signed_at), key_usage_settings=_USAGE, skip_diff=True)
    signer = str(status.signing_cert.subject.native.get("common_name", ""))
    covers_all = status.coverage == SignatureCoverageLevel.ENTIRE_FILE and _fills_its_gap(pdf, signature)
    if not (status.intact and status.valid and covers_all):
        return Verdict("changed", "文件在加盖电子印章后被改动", signed_at, signer)
    if status.signing_cert.dump() not in known or not status.trusted:
        return Verdict("foreign", "文件的电子印章不是本行的", signed_at, signer)
    return Verdict("genuine", "文件与本行加盖电子印章时完全一致", signed_at, signer)


def _fills_its_gap(pdf: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Whether the one part that the seal cannot cover, itself, is what sealing writes: hexadecimal, then zeros."""
    _, begin, end, _ = signature.byte_range
    held = signature.pkcs7_content
    whole: bytes = ContentInfo.load(held).dump().ljust(len(held), b"\0")
    return pdf[int(begin) : int(end)] == b"<" + whole.hex().upper().encode() + b">"


def _trust(known: tuple[bytes, ...], moment: datetime | None) -> ValidationContext:
    """Only the bank's own certificates, as they stood when the paper was sealed; no network is asked."""
    roots = [asn1_x509.Certificate.load(certificate) for certificate in known]
    return ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")


def _room_for(key: SealKey) -> int:
    """Hexadecimal digits for the signature: the certificates it carries and, with room to spare, all else. Unless told,
    the library signs twice to find out."""
    return 2 * (_BESIDE_CERTIFICATES + len(key.certificate) + sum(map(len, key.chain)))


@lru_cache(maxsize=4)
def _signer(key: SealKey) -> SimpleSigner:
    chain = SimpleCertificateStore()
    chain.register_multiple([asn1_x509.Certificate.load(other) for other in key.chain])
    return SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(key.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(key.private_key),
        cert_registry=chain,
    )
