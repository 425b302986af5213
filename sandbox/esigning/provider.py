"""Envelopes, their signers, and what the signers do."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.outgoing import Letter
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.signing import SignedDoor, signed_headers

_PAUSES = (0.5, 2.0, 10.0)


class ESigning(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "e-signing"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {"create": (), "query": (), "cancel": ()}

    def __init__(self, around: Surroundings) -> None:
        self._door = SignedDoor(around.settings.e_signing_key)
        super().__init__(around)

    def forget(self) -> None:
        self._envelopes: dict[str, dict[str, Any]] = {}

    def apply(self, event: Mapping[str, Any]) -> None:
        envelope = event["envelope"]
        self._envelopes[envelope["reference"]] = envelope

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("create", "POST", "/envelopes", self.create),
            Operation("query", "GET", "/envelopes/{reference}", self.query),
            Operation("cancel", "POST", "/envelopes/{reference}/cancel", self.cancel),
        )

    def refusal(self, code: str) -> Answer:
        return Answer({"code": code or "busy", "message": "签约平台繁忙"}, 503)

    # --- Operations ------------------------------------------------------------------------------
    def create(self, call: Call) -> Answer:
        """Take an envelope in, once for its reference."""
        self._door.check(call.headers, call.body)
        asked, reference = call.json(), call.text("reference")
        known = self._envelopes.get(reference)
        digest = hashlib.sha256(call.body).hexdigest()
        if known is not None:
            if known["asked"] != digest:
                raise Refused(409, "reference_conflict", "同一签约编号的内容不一致")
            return Answer(self._shown(known))
        if not asked.get("documents") or not asked.get("signers"):
            raise Refused(400, "empty_envelope", "签约文件与签署人不能为空")
        if any(len(str(each.get("mobile", ""))) != 11 for each in asked["signers"]):
            raise Refused(400, "bad_mobile", "签署人手机号格式不正确")
        signers = [self._invited(reference, each) for each in asked["signers"]]
        envelope = {
            "reference": reference,
            "sha256": call.text("sha256"),
            "state": "OPEN",
            "expires_at": call.text("expires_at"),
            "asked": digest,
            "signers": signers,
            "titles": [each["title"] for each in asked["documents"]],
        }
        self.record({"envelope": envelope})
        return Answer(self._shown(envelope))

    def query(self, call: Call) -> Answer:
        """Where an envelope stands; 404 for one that never arrived."""
        self._door.check(call.headers, call.body)
        return Answer(self._shown(self._found(call.path["reference"])))

    def cancel(self, call: Call) -> Answer:
        """Take an open envelope back."""
        self._door.check(call.headers, call.body)
        envelope = self._found(call.path["reference"])
        if self._shown(envelope)["state"] == "OPEN":
            envelope = {**envelope, "state": "CANCELLED"}
            self.record({"envelope": envelope})
        return Answer(self._shown(envelope))

    def _found(self, reference: str) -> dict[str, Any]:
        envelope = self._envelopes.get(reference)
        if envelope is None:
            raise Refused(404, "not_found", "没有这份签约")
        return envelope

    def _invited(self, envelope: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        seed = f"{envelope}|{asked['reference']}".encode()
        code = f"{int.from_bytes(hashlib.sha256(seed).digest()[:4], 'big') % 10**6:06d}"
        return {"reference": asked["reference"], "mobile": asked["mobile"], "state": "PENDING", "code": code}

    def _shown(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        state = envelope["state"]
        if state == "OPEN" and datetime.fromisoformat(envelope["expires_at"]) <= self.around.clock.now():
            state = "EXPIRED"
        hidden = ("code", "mobile")
        signers = [{k: v for k, v in each.items() if k not in hidden} for each in envelope["signers"]]
        return {
            "reference": envelope["reference"],
            "sha256": envelope["sha256"],
            "state": state,
            "signers": signers,
        }

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            Route("/envelopes", answering_errors(self._list), methods=["GET"]),
            Route("/act", answering_errors(self._act), methods=["POST"]),
        ]

    async def _list(self, _request: Request) -> JSONResponse:
        return JSONResponse({"envelopes": list(self._envelopes.values())})

    async def _act(self, request: Request) -> JSONResponse:
        """POST /act {reference, signer, action, code, reason}"""
        asked = await request.json()
        envelope = self._envelopes[asked["reference"]]
        if self._shown(envelope)["state"] != "OPEN":
            raise ValueError("the envelope has ended")
        signers = [
            self._acted(each, asked, envelope["sha256"]) if each["reference"] == asked["signer"] else each
            for each in envelope["signers"]
        ]
        states = {each["state"] for each in signers}
        state = "REFUSED" if "REFUSED" in states else "COMPLETED" if states == {"SIGNED"} else "OPEN"
        envelope = {**envelope, "signers": signers, "state": state}
        self.record({"envelope": envelope})
        self._tell(envelope["reference"])
        return JSONResponse(self._shown(envelope))

    def _acted(self, signer: dict[str, Any], asked: Mapping[str, Any], sha256: str) -> dict[str, Any]:
        now = self.around.clock.now().isoformat(timespec="seconds")
        if asked["action"] == "refuse":
            return {**signer, "state": "REFUSED", "at": now, "reason": asked.get("reason", "本人不同意签署")}
        if asked["action"] == "sign" and asked.get("code") != signer["code"]:
            raise ValueError("the code is wrong")
        key = self.around.settings.e_signing_key.encode()
        return {
            **signer,
            "state": "SIGNED",
            "at": now,
            "method": "CODE" if asked["action"] == "sign" else "FACE",
            "certificate_no": f"CA{hashlib.sha256(signer['reference'].encode()).hexdigest()[:16].upper()}",
            "signature": hmac.new(key, f"{signer['reference']}|{sha256}".encode(), hashlib.sha256).hexdigest(),
        }

    def _tell(self, reference: str) -> None:
        self.around.outgoing.send(self.name, lambda: self._notice(reference), pauses=_PAUSES)

    def _notice(self, reference: str) -> Letter | None:
        url = self.around.settings.e_signing_callback
        if not url:
            return None
        body = json.dumps(self._shown(self._envelopes[reference]), ensure_ascii=False).encode()
        return Letter(url, body, signed_headers(self.around.settings.e_signing_key, body))
