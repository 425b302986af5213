"""A person's signature on what he was shown: a picture kept as evidence or a one-time code, with where and on what."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from loans import evidence
from loans.models import LoanApplication, OneTimeCode
from loans.models.evidence import SignedByCustomer
from loans.pictures import picture_of
from loans.refusals import refuse

#: Difference of brightness between the darkest and the lightest point below which nothing is written.
_INK = 60
_Method = SignedByCustomer.Method


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What the phone sends, and the circumstances: the picture as it was drawn, or the code that was redeemed."""

    picture: bytes = b""
    code: OneTimeCode | None = None
    device: str = ""
    ip: str | None = None
    place: str = ""


def affix(
    row: SignedByCustomer, signature: Signature, *, application: LoanApplication, key: bytes | None = None
) -> bytes:
    """Put the signature on a row that is still to be saved; the picture made anew, nothing for a code.

    `key` is the signer's own, where he is not the borrower. Raises `signature_blank` and imaging's codes (422)."""
    row.signed_device, row.signed_ip, row.signed_place = signature.device, signature.ip, signature.place
    if signature.code is not None:
        row.signing_method = _Method.ONE_TIME_CODE
        row.signature_sha256 = hashlib.sha256(f"one-time-code/{signature.code.pk}".encode()).hexdigest()
        return b""
    picture = picture_of(signature.picture, field="signature")
    if not _has_ink(picture.content):
        raise refuse("signature_blank", "签名为空白，请客户重新签名", "signature")
    row.signing_method = _Method.HANDWRITTEN
    row.signature_sha256 = picture.original_sha256
    sealed_with = key or application.data_key()
    row.signature_file = evidence.keep(picture.content, application_id=application.pk, key=sealed_with)
    return picture.content


def _has_ink(picture: bytes) -> bool:
    """Whether anything is written: the picture is our own re-made copy, safe to open here."""
    with Image.open(BytesIO(picture)) as image:
        darkest, lightest = image.convert("L").getextrema()
    return bool(lightest - darkest >= _INK)  # type: ignore[operator]  # one band, so two numbers
