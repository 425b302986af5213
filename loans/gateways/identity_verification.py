"""Citizen identity verification (联网核查) and face comparison at the bank's vendor.

Vendors number their results differently, one even the other way round; this vendor has the tables below. Whatever is
not understood is SYSTEM_ERROR, what does not come in time TIMED_OUT, what is over the day's quota LIMIT_REACHED: none
of them is ever a match (domain 5.2).
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
from loans.gateways.signed_calls import LimitReached, NoAnswer, Provider, TimedOut


class IdentityOutcome(TextChoices):
    """What the population register says about a number and a name."""

    MATCH_WITH_PHOTO = "MATCH_WITH_PHOTO", "号码与姓名一致，有照片"
    MATCH_NO_PHOTO = "MATCH_NO_PHOTO", "号码与姓名一致，无照片"
    NAME_MISMATCH = "NAME_MISMATCH", "号码存在，姓名不符"
    NOT_FOUND = "NOT_FOUND", "号码不存在"
    BAD_INPUT = "BAD_INPUT", "输入有误"
    TIMED_OUT = "TIMED_OUT", "核查超时，未能核查"
    LIMIT_REACHED = "LIMIT_REACHED", "超过当日核查限额，未能核查"
    SYSTEM_ERROR = "SYSTEM_ERROR", "系统错误，未能核查"


class FaceOutcome(TextChoices):
    """What became of the comparison of a picture with the one on file."""

    COMPARED = "COMPARED", "已比对"
    NO_PHOTO_ON_FILE = "NO_PHOTO_ON_FILE", "无留存照片"
    NO_FACE = "NO_FACE", "照片中未检测到人脸"
    SEVERAL_FACES = "SEVERAL_FACES", "照片中有多张人脸"
    POOR_PICTURE = "POOR_PICTURE", "照片质量不足"
    BAD_INPUT = "BAD_INPUT", "输入有误"
    TIMED_OUT = "TIMED_OUT", "比对超时"
    LIMIT_REACHED = "LIMIT_REACHED", "超过当日比对限额"
    SYSTEM_ERROR = "SYSTEM_ERROR", "系统错误，未能比对"


_OUTCOMES = {
    "00": IdentityOutcome.MATCH_WITH_PHOTO,
    "01": IdentityOutcome.MATCH_NO_PHOTO,
    "02": IdentityOutcome.NAME_MISMATCH,
    "03": IdentityOutcome.NOT_FOUND,
    "04": IdentityOutcome.SYSTEM_ERROR,
    "05": IdentityOutcome.BAD_INPUT,
}
_FACE_OUTCOMES = {
    "00": FaceOutcome.COMPARED,
    "03": FaceOutcome.NO_PHOTO_ON_FILE,
    "04": FaceOutcome.SYSTEM_ERROR,
    "05": FaceOutcome.BAD_INPUT,
    "06": FaceOutcome.NO_FACE,
    "07": FaceOutcome.SEVERAL_FACES,
    "08": FaceOutcome.POOR_PICTURE,
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
    """Likeness of a picture and the one on file, 0 to 100; None unless they were compared.

    What score passes is a parameter, looked up by whoever asked."""

    outcome: FaceOutcome
    score: Decimal | None = None
    request_no: str = ""
    message: str = ""


def verify_citizen(*, name: str, identity_no: str, business: str) -> Verification:
    """Whether `identity_no` belongs to `name`; `business` is the purpose that the register records.

    Never raises for the vendor's troubles: those are TIMED_OUT, LIMIT_REACHED or SYSTEM_ERROR."""
    asked = {"name": name, "identity_no": identity_no, "business": business}
    try:
        return _verification_in(_ask("/verify-citizen", asked), identity_no)
    except NoAnswer as trouble:
        return Verification(IdentityOutcome(_name_of(trouble)), message=str(trouble))


def compare_face(*, identity_no: str, picture: bytes) -> FaceComparison:
    """How alike `picture` (JPEG or PNG) and the photo on file are. Never raises for the vendor's troubles."""
    asked = {"identity_no": identity_no, "image": base64.b64encode(picture).decode()}
    try:
        return _comparison_in(_ask("/face-match", asked), identity_no)
    except NoAnswer as trouble:
        return FaceComparison(FaceOutcome(_name_of(trouble)), message=str(trouble))


def _name_of(trouble: NoAnswer) -> str:
    """What both kinds of outcomes call it."""
    if isinstance(trouble, TimedOut):
        return "TIMED_OUT"
    return "LIMIT_REACHED" if isinstance(trouble, LimitReached) else "SYSTEM_ERROR"


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


def _comparison_in(content: Mapping[str, Any], identity_no: str) -> FaceComparison:
    outcome = _FACE_OUTCOMES.get(str(content.get("code")), FaceOutcome.SYSTEM_ERROR)
    score = _score_in(content) if outcome is FaceOutcome.COMPARED else None
    if outcome is FaceOutcome.COMPARED and (score is None or content.get("identity_no") != identity_no):
        raise NoAnswer("a comparison without its score, or about another number")
    return FaceComparison(outcome, score, str(content.get("request_no") or ""), str(content.get("message") or ""))


def _score_in(content: Mapping[str, Any]) -> Decimal | None:
    score = content.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    return Decimal(str(score)) if 0 <= score <= 100 else None
