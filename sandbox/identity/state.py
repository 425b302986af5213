"""The population register's share of what the stand-in knows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sandbox.identity_number import is_number

MATCH_WITH_PHOTO, MATCH_NO_PHOTO, NAME_MISMATCH = "00", "01", "02"
NOT_FOUND, ERROR, BAD_INPUT = "03", "04", "05"
NO_FACE, SEVERAL_FACES, POOR_PICTURE = "06", "07", "08"
#: What a face comparison may be made to answer.
FACE_CODES = (NOT_FOUND, ERROR, NO_FACE, SEVERAL_FACES, POOR_PICTURE)

MESSAGES = {
    MATCH_WITH_PHOTO: "公民身份号码与姓名一致，且存在照片",
    MATCH_NO_PHOTO: "公民身份号码与姓名一致，但不存在照片",
    NAME_MISMATCH: "公民身份号码存在，但与姓名不匹配",
    NOT_FOUND: "公民身份号码不存在",
    ERROR: "其他错误",
    BAD_INPUT: "输入参数错误",
    NO_FACE: "照片中未检测到人脸",
    SEVERAL_FACES: "照片中检测到多张人脸",
    POOR_PICTURE: "照片质量不满足比对要求",
}
_BY_LAST_CHARACTER = {"旧": MATCH_NO_PHOTO, "异": NAME_MISMATCH, "无": NOT_FOUND, "障": ERROR}


@dataclass(frozen=True)
class Citizen:
    """A registered person."""

    identity_no: str
    name: str
    photo: bool = True


def outcome(identity_no: str, name: str, registered: Citizen | None) -> str:
    """The code for a number and the name it should belong to."""
    if not is_number(identity_no) or not name:
        return BAD_INPUT
    if registered is None:
        return _BY_LAST_CHARACTER.get(name[-1], MATCH_WITH_PHOTO)
    if registered.name != name:
        return NAME_MISMATCH
    return MATCH_WITH_PHOTO if registered.photo else MATCH_NO_PHOTO


def likeness(identity_no: str, picture: bytes) -> int:
    """A score from 90 to 99 that is always the same for the same number and picture."""
    return 90 + hashlib.sha256(identity_no.encode() + picture).digest()[0] % 10
