"""Verification of a citizen's number and name, and comparison of faces."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.identity.portrait import portrait
from sandbox.identity.state import (
    BAD_INPUT,
    ERROR,
    FACE_CODES,
    MATCH_WITH_PHOTO,
    MESSAGES,
    NOT_FOUND,
    Citizen,
    likeness,
    outcome,
)
from sandbox.identity_number import is_number
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.signing import SignedDoor


class Identity(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "identity"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "verify_citizen": ("limit",),
        "face_match": ("limit",),
    }

    def __init__(self, around: Surroundings) -> None:
        self._door = SignedDoor(around.settings.identity_key)
        super().__init__(around)

    def forget(self) -> None:
        self._citizens: dict[str, Citizen] = {}
        self._scores: dict[str, int] = {}
        self._face_codes: dict[str, str] = {}
        self._requests = 0

    def apply(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "citizen":
            citizen = Citizen(event["identity_no"], event["name"], event["photo"])
            self._citizens[citizen.identity_no] = citizen
        elif event["event"] == "face":
            self._scores[event["identity_no"]] = event["score"]
            self._face_codes.pop(event["identity_no"], None)
        elif event["event"] == "face_code":
            self._face_codes[event["identity_no"]] = event["code"]
        else:
            self._requests += 1

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("verify_citizen", "POST", "/verify-citizen", self.verify_citizen),
            Operation("face_match", "POST", "/face-match", self.face_match),
        )

    def refusal(self, code: str) -> Answer:
        code = code or ERROR
        return Answer({"code": code, "message": MESSAGES.get(code, MESSAGES[ERROR])})

    # --- Operations ------------------------------------------------------------------------------
    def verify_citizen(self, call: Call) -> Answer:
        """Whether a number and a name belong together, with the picture on file."""
        self._admit(call)
        identity_no, name, _ = call.text("identity_no"), call.text("name"), call.text("business")
        code = outcome(identity_no, name, self._citizens.get(identity_no))
        content = {**self._answered(code), "identity_no": identity_no}
        if code == MATCH_WITH_PHOTO:
            content["photo"] = base64.b64encode(portrait(identity_no)).decode()
        return Answer(content)

    def face_match(self, call: Call) -> Answer:
        """How alike a picture and the one on file are, from 0 to 100."""
        self._admit(call)
        identity_no, picture = call.text("identity_no"), _picture_of(call)
        if not is_number(identity_no):
            return Answer({**self._answered(BAD_INPUT), "score": None})
        citizen = self._citizens.get(identity_no)
        if citizen is not None and not citizen.photo:
            return Answer({**self._answered(NOT_FOUND), "score": None})
        if code := self._face_codes.get(identity_no):
            return Answer({**self._answered(code), "score": None})
        score = self._scores.get(identity_no, likeness(identity_no, picture))
        return Answer({**self._answered(MATCH_WITH_PHOTO), "score": score, "identity_no": identity_no})

    def _admit(self, call: Call) -> None:
        given = call.headers.get("x-app-key", "").encode()
        if not hmac.compare_digest(given, self.around.settings.identity_app_key.encode()):
            raise Refused(401, "app_key_unknown", "应用标识无效")
        self._door.check(call.headers, call.body)
        if call.suffers("limit"):
            raise Refused(429, "limit", "超过当日核查限额")

    def _answered(self, code: str) -> dict[str, Any]:
        self.record({"event": "request"})
        number = f"ID{self.around.clock.now():%Y%m%d}{self._requests:08d}"
        return {"code": code, "message": MESSAGES[code], "request_no": number}

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            Route("/citizens", answering_errors(self._register_citizen), methods=["POST"]),
            Route("/faces", answering_errors(self._set_score), methods=["POST"]),
        ]

    async def _register_citizen(self, request: Request) -> JSONResponse:
        citizen = Citizen(**await request.json())
        self.record({"event": "citizen", **asdict(citizen)})
        return JSONResponse(asdict(citizen), 201)

    async def _set_score(self, request: Request) -> JSONResponse:
        asked = await request.json()
        if code := asked.get("code"):
            return self._set_face_code(str(asked["identity_no"]), str(code))
        score = int(asked["score"])
        if not 0 <= score <= 100:
            raise ValueError("a score is 0 to 100")
        self.record({"event": "face", "identity_no": str(asked["identity_no"]), "score": score})
        return JSONResponse({"score": score}, 201)

    def _set_face_code(self, identity_no: str, code: str) -> JSONResponse:
        if code not in FACE_CODES:
            raise ValueError(f"code is one of {FACE_CODES}")
        self.record({"event": "face_code", "identity_no": identity_no, "code": code})
        return JSONResponse({"code": code}, 201)


def _picture_of(call: Call) -> bytes:
    """The SHA-256 digest (in hexadecimal) of the picture to compare, or of the picture itself in base64."""
    content = call.json()
    if digest := content.get("photo_digest"):
        if not isinstance(digest, str) or len(digest) != 64:
            raise Refused(400, "bad_digest", "照片摘要格式不正确")
        return digest.lower().encode()
    try:
        picture = base64.b64decode(call.text("image"), validate=True)
    except binascii.Error:
        raise Refused(400, "bad_image", "照片不是合法的 base64") from None
    return hashlib.sha256(picture).hexdigest().encode()
