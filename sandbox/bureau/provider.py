"""Reports, one for each authorization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.bureau.state import (
    APPROVAL_REASONS,
    FIRM,
    HISTORIES,
    REASONS,
    WINDOW,
    CreditHistory,
    Issued,
    Query,
    report_body,
)
from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.identity_number import is_number
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.signing import SignedDoor

US = "本行"


class Bureau(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "bureau"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {"report": ()}

    def __init__(self, around: Surroundings) -> None:
        self._door = SignedDoor(around.settings.bureau_key)
        super().__init__(around)

    def forget(self) -> None:
        self._issued: dict[str, Issued] = {}
        self._histories: dict[str, str] = {}
        self._usual: str | None = None

    def apply(self, event: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in event.items() if name != "event"}
        if event["event"] == "report":
            self._issued[fields["authorization_no"]] = Issued(**fields)
        elif event["event"] == "usual":
            self._usual = fields["history"]
        else:
            self._histories[fields["identity_no"]] = fields["history"]

    def operations(self) -> tuple[Operation, ...]:
        return (Operation("report", "POST", "/reports", self.report),)

    def refusal(self, code: str) -> Answer:
        return Answer({"code": code or "system_busy", "message": "征信系统繁忙"}, 503)

    # --- Operations ------------------------------------------------------------------------------
    def report(self, call: Call) -> Answer:
        """A person's credit report, against a named authorization and reason."""
        self._door.check(call.headers, call.body)
        self._admit(call)
        name, identity_no = _subject_of(call)
        authorization_no, reason_code = _grounds_of(call)
        known = self._issued.get(authorization_no)
        if known is None:
            known = self._issue(authorization_no, reason_code, name, identity_no)
        elif (known.identity_no, known.reason_code) != (identity_no, reason_code):
            raise Refused(409, "authorization_used", "该授权已用于其他查询")
        return Answer(known.report)

    def _admit(self, call: Call) -> None:
        if call.text("org_code") != self.around.settings.bureau_org_code:
            raise Refused(403, "organization_unknown", "机构代码未备案")
        call.text("user_code")

    def _issue(self, authorization_no: str, reason_code: str, name: str, identity_no: str) -> Issued:
        now = self.around.clock.now()
        history = CreditHistory(identity_no, self._histories.get(identity_no, self._usual), now.date())
        report = {
            "report_no": f"{now:%Y%m%d%H%M%S}{len(self._issued) + 1:08d}",
            "reported_at": now.isoformat(timespec="seconds"),
            "subject": {"name": name, "credit_code" if history.is_firm else "identity_no": identity_no},
            "reason_code": reason_code,
            "authorization_no": authorization_no,
            **report_body(history, self._asked_here(identity_no, now.date())),
        }
        issued = Issued(authorization_no, identity_no, reason_code, report)
        self.record({"event": "report", **asdict(issued)})
        return issued

    def _asked_here(self, identity_no: str, today: date) -> list[Query]:
        """Earlier queries through this door that still show."""
        return [
            Query(each.report["reported_at"][:10], US, each.reason_code)
            for each in self._issued.values()
            if each.identity_no == identity_no
            and each.reason_code in APPROVAL_REASONS
            and today - date.fromisoformat(each.report["reported_at"][:10]) <= WINDOW
        ]

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            Route("/subjects", answering_errors(self._choose_history), methods=["POST"]),
            Route("/everybody", answering_errors(self._choose_usual), methods=["POST"]),
        ]

    async def _choose_history(self, request: Request) -> JSONResponse:
        asked = await request.json()
        event = {"identity_no": str(asked["identity_no"]), "history": _known(asked["history"])}
        self.record({"event": "history", **event})
        return JSONResponse(event, 201)

    async def _choose_usual(self, request: Request) -> JSONResponse:
        event = {"history": _known((await request.json())["history"])}
        self.record({"event": "usual", **event})
        return JSONResponse(event, 201)


def _known(history: str) -> str:
    if history not in HISTORIES:
        raise ValueError(f"history is one of {HISTORIES}")
    return history


def _subject_of(call: Call) -> tuple[str, str]:
    subject = call.json().get("subject")
    if not isinstance(subject, dict):
        raise Refused(400, "field_missing", "缺少字段 subject")
    name, credit_code = subject.get("name"), subject.get("credit_code")
    if isinstance(name, str) and name and isinstance(credit_code, str) and FIRM.fullmatch(credit_code):
        return name, credit_code
    identity_no = subject.get("identity_no")
    if not isinstance(name, str) or not name or not isinstance(identity_no, str):
        raise Refused(400, "field_missing", "缺少被查询人姓名或证件号码")
    if not is_number(identity_no):
        raise Refused(400, "bad_identity_no", "证件号码不正确")
    return name, identity_no


def _grounds_of(call: Call) -> tuple[str, str]:
    authorization_no = call.json().get("authorization_no")
    if not isinstance(authorization_no, str) or not authorization_no.strip():
        raise Refused(403, "authorization_missing", "缺少被查询人的书面授权")
    reason_code = call.json().get("reason_code")
    if reason_code not in REASONS:
        raise Refused(400, "reason_unknown", "查询原因代码不在目录内")
    return authorization_no.strip(), reason_code
