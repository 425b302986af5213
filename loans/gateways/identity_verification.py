"""Citizen identity verification (联网核查) and face comparison at the bank's vendor.

Vendors number their results differently, one even the other way round; this vendor has the table below. Whatever is
not understood is SYSTEM_ERROR and never a match (domain 5.2).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.db.models import TextChoices

from loans.gateways import signed_calls
from loans.gateways.signed_calls import NoAnswer, Provider


class IdentityOutcome(TextChoices):
    """What the population register says about a number and a name."""

    MATCH_WITH_PHOTO = "MATCH_WITH_PHOTO", "号码与姓名一致，有照片"
    MATCH_NO_PHOTO = "MATCH_NO_PHOTO", "号码与姓名一致，无照片"
    NAME_MISMATCH = "NAME_MISMATCH", "号码存在，姓名不符"
    NOT_FOUND = "NOT_FOUND", "号码不存在"
    BAD_INPUT = "BAD_INPUT", "输入有误"
    SYSTEM_ERROR = "SYSTEM_ERROR", "系统错误，未能核查"


_OUTCOMES = {
    "00": IdentityOutcome.MATCH_WITH_PHOTO,
    "01": IdentityOutcome.MATCH_NO_PHOTO,
    "02": IdentityOutcome.NAME_MISMATCH,
    "03": IdentityOutcome.NOT_FOUND,
    "04": IdentityOutcome.SYSTEM_ERROR,
    "05": IdentityOutcome.BAD_INPUT,
}


@dataclass(frozen=True)
class Verification:
    """An outcome with the vendor's request number and words; `photo` (JPEG) is sensitive: seal it."""

    outcome: IdentityOutcome
    request_no: str = ""
    message: str = ""
    photo: bytes | None = None

    @property
    def is_match(self) -> bool:
        """Whether number and name belong together, with or without a photo on file."""
        return self.outcome in (IdentityOutcome.MATCH_WITH_PHOTO, IdentityOutcome.MATCH_NO_PHOTO)


@dataclass(frozen=True)
class FaceComparison:
    """Likeness of a picture and the one on file, 0 to 100; None where they could not be compared.

    What score passes is a parameter, looked up by whoever asked."""

    score: Decimal | None
    request_no: str = ""
    message: str = ""


def verify_citizen(*, name: str, identity_no: str, business: str) -> Verification:
    """Whether `identity_no` belongs to `name`; `business` is the purpose that the register records.

    Never raises for the vendor's troubles: those are SYSTEM_ERROR."""
    asked = {"name": name, "identity_no": identity_no, "business": business}
    try:
        return _verification_in(_ask("/verify-citizen", asked), identity_no)
    except NoAnswer as error:
        return Verification(IdentityOutcome.SYSTEM_ERROR, message=str(error))


def compare_face(*, identity_no: str, picture: bytes) -> FaceComparison:
    """How alike `picture` (JPEG or PNG) and the photo on file are."""
    asked = {"identity_no": identity_no, "image": base64.b64encode(picture).decode()}
    try:
        content = _ask("/face-match", asked)
    except NoAnswer as error:
        return FaceComparison(None, message=str(error))
    return FaceComparison(_score_in(content), str(content.get("request_no") or ""), str(content.get("message") or ""))


def _ask(path: str, asked: Mapping[str, str]) -> dict[str, Any]:
    vendor = settings.IDENTITY_VERIFICATION
    answer = signed_calls.post(cast(Provider, vendor), path, asked, headers={"X-App-Key": vendor["APP_KEY"]})
    content = signed_calls.object_in(answer)
    if not answer.is_success:
        raise NoAnswer(str(content.get("message") or f"HTTP {answer.status_code}"))
    return content


def _verification_in(content: Mapping[str, Any], identity_no: str) -> Verification:
    outcome = _OUTCOMES.get(str(content.get("code")), IdentityOutcome.SYSTEM_ERROR)
    photo = _photo_in(content)
    found = Verification(outcome, str(content.get("request_no") or ""), str(content.get("message") or ""), photo)
    if found.is_match and content.get("identity_no") != identity_no:
        raise NoAnswer("the answer is about another number")
    if outcome is IdentityOutcome.MATCH_WITH_PHOTO and photo is None:
        raise NoAnswer("a match with photo, without its photo")
    return found


def _photo_in(content: Mapping[str, Any]) -> bytes | None:
    try:
        return base64.b64decode(content.get("photo") or "", validate=True) or None
    except (binascii.Error, TypeError):
        return None


def _score_in(content: Mapping[str, Any]) -> Decimal | None:
    score = content.get("score")
    if content.get("code") != "00" or isinstance(score, bool) or not isinstance(score, int | float):
        return None
    return Decimal(str(score)) if 0 <= score <= 100 else None
