"""The customer's signature on what he was shown: a picture kept as evidence, with where and on what he signed."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from loans import evidence
from loans.models import LoanApplication
from loans.models.evidence import SignedByCustomer
from loans.pictures import picture_of
from loans.refusals import refuse

#: Difference of brightness between the darkest and the lightest point below which nothing is written.
_INK = 60


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What the phone sends: the picture as it was drawn, and the circumstances."""

    picture: bytes
    device: str = ""
    ip: str | None = None
    place: str = ""


def affix(row: SignedByCustomer, signature: Signature, *, application: LoanApplication) -> None:
    """Put the signature on a row that is still to be saved. Raises `signature_blank` and imaging's codes (422)."""
    picture = picture_of(signature.picture, field="signature")
    if not _has_ink(picture.content):
        raise refuse("signature_blank", "签名为空白，请客户重新签名", "signature")
    row.signing_method = SignedByCustomer.Method.HANDWRITTEN
    row.signature_sha256 = picture.original_sha256
    row.signature_file = evidence.keep(picture.content, application_id=application.pk, key=application.data_key())
    row.signed_device, row.signed_ip, row.signed_place = signature.device, signature.ip, signature.place


def _has_ink(picture: bytes) -> bool:
    """Whether anything is written: the picture is our own re-made copy, safe to open here."""
    with Image.open(BytesIO(picture)) as image:
        grey = image.convert("L").tobytes()
    return max(grey) - min(grey) >= _INK
