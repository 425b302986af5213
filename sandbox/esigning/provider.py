"""Envelopes, their signers, and what the signers do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.esigning import envelopes, phone
from sandbox.outgoing import Letter
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.signing import SignedDoor, signed_headers

_PAUSES = (0.5, 2.0, 10.0)
_GAP_SECONDS = 60


class ESigning(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "e-signing"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "create": (),
        "query": (),
        "cancel": (),
        "code": (),
        "sign": (),
        "refuse": (),
    }

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
            Operation("code", "POST", "/envelopes/{reference}/signers/{signer}/code", self.code),
            Operation("sign", "POST", "/envelopes/{reference}/signers/{signer}/sign", self.sign),
            Operation("refuse", "POST", "/envelopes/{reference}/signers/{signer}/refuse", self.refuse),
        )

    def pages(self) -> list[BaseRoute]:
        return phone.routes(lambda: list(self._envelopes.values()))

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
        signers = [envelopes.invited(reference, each) for each in asked["signers"]]
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

    def code(self, call: Call) -> Answer:
        """Send a signer another code."""
        envelope, signer = self._open(call)
        again = envelopes.sent_again(envelope["reference"], signer)
        self._keep(envelope, again)
        return Answer({"retry_after": _GAP_SECONDS})

    def sign(self, call: Call) -> Answer:
        """A signer confirms with his code, on the page of the bank. Each wrong one counts."""
        envelope, signer = self._open(call)
        said = call.text("code")
        tried = envelopes.tried(signer, said)
        if not envelopes.is_right(signer, said):
            self._keep(envelope, tried)
            raise Refused(400, "code_wrong", "验证码不正确或已失效")
        changed = envelopes.signed(tried, method="CODE", sha256=envelope["sha256"], key=self._key(), at=self._now())
        return self._changed(envelope, changed)

    def refuse(self, call: Call) -> Answer:
        """A signer will not sign."""
        envelope, signer = self._open(call)
        reason = str(call.json().get("reason") or "")
        return self._changed(envelope, envelopes.refused(signer, reason=reason, at=self._now()))

    # --- The parts of it -------------------------------------------------------------------------
    def _found(self, reference: str) -> dict[str, Any]:
        envelope = self._envelopes.get(reference)
        if envelope is None:
            raise Refused(404, "not_found", "没有这份签约")
        return envelope

    def _open(self, call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
        """The envelope and its signer, of a rightly signed call, if it can still be signed."""
        self._door.check(call.headers, call.body)
        envelope = self._found(call.path["reference"])
        if self._shown(envelope)["state"] != "OPEN":
            raise Refused(409, "envelope_ended", "该签约已结束")
        return envelope, _signer_in(envelope, call.path["signer"])

    def _keep(self, envelope: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
        """The envelope with this signer changed."""
        signers = [changed if each["reference"] == changed["reference"] else each for each in envelope["signers"]]
        kept = {**envelope, "signers": signers, "state": envelopes.state_of(signers)}
        self.record({"envelope": kept})
        return kept

    def _changed(self, envelope: dict[str, Any], changed: dict[str, Any]) -> Answer:
        """Kept, and told to the bank."""
        kept = self._keep(envelope, changed)
        self._tell(kept["reference"])
        return Answer(self._shown(kept))

    def _now(self) -> str:
        return self.around.clock.now().isoformat(timespec="seconds")

    def _key(self) -> bytes:
        return self.around.settings.e_signing_key.encode()

    def _shown(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        state = envelope["state"]
        if state == "OPEN" and datetime.fromisoformat(envelope["expires_at"]) <= self.around.clock.now():
            state = "EXPIRED"
        hidden = ("code", "codes", "tries", "mobile")
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
        try:
            changed = self._acted(_signer_in(envelope, asked["signer"]), asked, envelope["sha256"])
        except Refused as refused:
            raise ValueError(refused.code) from refused
        self._changed(envelope, changed)
        return JSONResponse(self._shown(self._envelopes[envelope["reference"]]))

    def _acted(self, signer: dict[str, Any], asked: Mapping[str, Any], sha256: str) -> dict[str, Any]:
        if asked["action"] == "refuse":
            return envelopes.refused(signer, reason=asked.get("reason", ""), at=self._now())
        if asked["action"] == "sign" and not envelopes.is_right(signer, str(asked.get("code"))):
            raise ValueError("the code is wrong")
        method = "CODE" if asked["action"] == "sign" else "FACE"
        return envelopes.signed(signer, method=method, sha256=sha256, key=self._key(), at=self._now())

    def _tell(self, reference: str) -> None:
        self.around.outgoing.send(self.name, lambda: self._notice(reference), pauses=_PAUSES)

    def _notice(self, reference: str) -> Letter | None:
        url = self.around.settings.e_signing_callback
        if not url:
            return None
        body = json.dumps(self._shown(self._envelopes[reference]), ensure_ascii=False).encode()
        return Letter(url, body, signed_headers(self.around.settings.e_signing_key, body))


def _signer_in(envelope: Mapping[str, Any], reference: str) -> dict[str, Any]:
    for signer in envelope["signers"]:
        if signer["reference"] == reference:
            found: dict[str, Any] = signer
            return found
    raise Refused(404, "signer_not_found", "该签约没有这位签署人")
