"""Payments, their results, and the check of a payee's account."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.core_banking.state import (
    FAILED,
    MATCH,
    ORDER_FIELDS,
    PENDING,
    REASONS,
    SUCCESS,
    Account,
    Payment,
    checked,
)
from sandbox.faults import Fault
from sandbox.outgoing import Letter
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.signing import SignedDoor, signed_headers

_AMOUNT = re.compile(r"(?!0+\.00$)\d{1,16}\.\d{2}")
_CALLBACK_PAUSES = (0.5, 2.0, 10.0)


class CoreBanking(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "core-banking"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "pay": ("pending", "failed"),
        "query": (),
        "validate_account": (),
    }

    def __init__(self, around: Surroundings) -> None:
        self._door = SignedDoor(around.settings.core_banking_key)
        super().__init__(around)

    def forget(self) -> None:
        self._payments: dict[str, Payment] = {}
        self._accounts: dict[str, Account] = {}

    def apply(self, event: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in event.items() if name != "event"}
        if event["event"] == "payment":
            self._payments[fields["client_ref"]] = Payment(**fields)
        else:
            self._accounts[fields["account"]] = Account(**fields)

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("pay", "POST", "/payments", self.pay),
            Operation("query", "GET", "/payments/{client_ref:path}", self.query),
            Operation("validate_account", "POST", "/accounts/validate", self.validate_account),
        )

    def refusal(self, code: str) -> Answer:
        return Answer({"code": code or "busy", "message": "核心系统繁忙"}, 503)

    # --- Operations ------------------------------------------------------------------------------
    def pay(self, call: Call) -> Answer:
        """Carry out an order, once for its `client_ref`."""
        self._door.check(call.headers, call.body)
        client_ref, order = call.text("client_ref"), _order_of(call)
        known = self._payments.get(client_ref)
        if known is not None:
            return self._answer_again(known, order)
        payment = self._booked(client_ref, order, call)
        self.record(payment.event())
        self._settle_in_time(payment)
        return Answer(payment.shown())

    def query(self, call: Call) -> Answer:
        """What became of an order; 404 for one that never arrived."""
        self._door.check(call.headers, call.body)
        payment = self._payments.get(call.path["client_ref"])
        if payment is None:
            raise Refused(404, "not_found", "没有这笔支付")
        return Answer(payment.shown())

    def validate_account(self, call: Call) -> Answer:
        """Whether an account exists, is open and belongs to the name."""
        self._door.check(call.headers, call.body)
        return Answer({"result": self._checked(call.text("account"), call.text("name"))})

    def _answer_again(self, known: Payment, order: dict[str, str]) -> Answer:
        if known.order != order:
            raise Refused(409, "client_ref_conflict", "同一流水号的支付要素不一致")
        return Answer(known.shown())

    def _booked(self, client_ref: str, order: dict[str, str], call: Call) -> Payment:
        now = self.around.clock.now()
        payment = Payment(
            client_ref=client_ref,
            order=order,
            serial_no=f"CB{now:%Y%m%d}{len(self._payments) + 1:010d}",
            status=SUCCESS,
            reason="",
            received_at=now.isoformat(timespec="seconds"),
        )
        found = self._checked(order["payee_account"], order["payee_name"])
        if found != MATCH:
            return replace(payment, status=FAILED, reason=REASONS[found])
        if failed := call.suffers("failed"):
            return replace(payment, status=FAILED, reason=str(failed.detail.get("reason", "账户余额不足")))
        if pending := call.suffers("pending"):
            return self._postponed(payment, pending)
        return payment

    def _postponed(self, payment: Payment, fault: Fault) -> Payment:
        return replace(
            payment,
            status=PENDING,
            settles_as=str(fault.detail.get("result", SUCCESS)),
            settles_because=str(fault.detail.get("reason", "")),
            settles_at=None if fault.seconds is None else self.around.clock.seconds() + fault.seconds,
        )

    def _checked(self, number: str, name: str) -> str:
        return checked(number, name, self._accounts.get(number))

    # --- Results of pending payments -------------------------------------------------------------
    def resume(self) -> None:
        for payment in self._payments.values():
            self._settle_in_time(payment)

    def _settle_in_time(self, payment: Payment) -> None:
        if payment.status == PENDING and payment.settles_at is not None:
            wait = max(0.0, payment.settles_at - self.around.clock.seconds())
            self._tell(payment.client_ref, after=wait)

    def _tell(self, client_ref: str, *, after: float = 0.0) -> None:
        """Settle a payment in `after` seconds and post its result to the bank."""
        self.around.outgoing.send(self.name, lambda: self._result(client_ref), after=after, pauses=_CALLBACK_PAUSES)

    def _result(self, client_ref: str) -> Letter | None:
        payment = self._settled(client_ref)
        url = self.around.settings.core_banking_callback
        if not url:
            return None
        body = json.dumps(payment.shown(), ensure_ascii=False).encode()
        return Letter(url, body, signed_headers(self.around.settings.core_banking_key, body))

    def _settled(self, client_ref: str) -> Payment:
        payment = self._payments[client_ref]
        if payment.status == PENDING:
            payment = replace(payment, status=payment.settles_as, reason=payment.settles_because)
            self.record(payment.event())
        return payment

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            Route("/accounts", answering_errors(self._register_account), methods=["POST"]),
            Route("/payments", answering_errors(self._list_payments), methods=["GET"]),
            Route("/settle", answering_errors(self._settle_now), methods=["POST"]),
        ]

    async def _register_account(self, request: Request) -> JSONResponse:
        account = Account(**await request.json())
        self.record({"event": "account", **asdict(account)})
        return JSONResponse(asdict(account), 201)

    async def _list_payments(self, _request: Request) -> JSONResponse:
        return JSONResponse({"payments": [asdict(each) for each in self._payments.values()]})

    async def _settle_now(self, request: Request) -> JSONResponse:
        """POST /settle {client_ref, status, reason}"""
        asked = await request.json()
        payment = self._payments[asked["client_ref"]]
        if payment.status != PENDING:
            raise ValueError(f"{payment.client_ref} is {payment.status}")
        status = asked.get("status", payment.settles_as)
        payment = replace(payment, settles_as=status, settles_because=asked.get("reason", ""))
        self.record(payment.event())
        self._tell(payment.client_ref)
        return JSONResponse(self._settled(payment.client_ref).shown())


def _order_of(call: Call) -> dict[str, str]:
    order = {name: call.text(name) for name in ORDER_FIELDS}
    if not _AMOUNT.fullmatch(order["amount"]):
        raise Refused(400, "bad_amount", "金额应为两位小数的正数")
    if order["currency"] != "CNY":
        raise Refused(400, "bad_currency", "只支持人民币")
    return order
