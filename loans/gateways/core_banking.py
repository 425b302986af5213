"""Payments through the core banking system.

A payment carries the bank's own `client_ref`, under which it happens at most once. A call without a readable answer
is UNKNOWN: it is resolved by `query`, never by paying again; only where `query` says that the order never arrived
may it be sent once more, under the same `client_ref`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast
from urllib.parse import quote

from django.conf import settings
from django.db.models import TextChoices

from aladdin import signatures
from loans.gateways import signed_calls
from loans.gateways.signed_calls import NoAnswer, Provider

FEN = Decimal("0.01")
_LARGEST = Decimal(10) ** 16


class Outcome(TextChoices):
    """What became of a payment."""

    SUCCESS = "SUCCESS", "支付成功"
    PENDING = "PENDING", "处理中"
    FAILED = "FAILED", "支付失败"
    UNKNOWN = "UNKNOWN", "结果未知"


class AccountCheck(TextChoices):
    """What a payee's account turned out to be."""

    MATCH = "MATCH", "账号与户名一致"
    NAME_MISMATCH = "NAME_MISMATCH", "户名不符"
    NOT_FOUND = "NOT_FOUND", "账户不存在"
    CLOSED = "CLOSED", "账户已销户"
    UNKNOWN = "UNKNOWN", "未能核验"


@dataclass(frozen=True)
class PaymentResult:
    """Outcome, the core's serial number (once it has one), and the reason of a failure in Chinese.

    SUCCESS and FAILED are final for their `client_ref`."""

    outcome: Outcome
    serial_no: str = ""
    reason: str = ""

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen under this `client_ref`."""
        return self.outcome in (Outcome.SUCCESS, Outcome.FAILED)


@dataclass(frozen=True)
class ResultNotice:
    """A result that the core tells by itself. The caller refuses a `nonce` it has seen before."""

    client_ref: str
    result: PaymentResult
    nonce: str


class PaymentNotAccepted(Exception):
    """The core would not take the order as it stands: nothing was paid, and a person has to look."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class PaymentReferenceReused(PaymentNotAccepted):
    """Under this `client_ref` another order was given before: a fault of ours."""


class NoticeUnreadable(ValueError):
    """A rightly signed notice that does not say what became of which payment."""


def pay(
    *,
    client_ref: str,
    amount: Decimal,
    loan_account: str,
    payee_name: str,
    payee_account: str,
    purpose: str,
    currency: str = "CNY",
) -> PaymentResult:
    """Order a payment of `amount` yuan from the loan account to the payee.

    Raises ValueError for an amount that is not positive or not in whole fen; PaymentNotAccepted (nothing was paid);
    PaymentReferenceReused."""
    order = {
        "client_ref": client_ref,
        "amount": _written(amount),
        "currency": currency,
        "loan_account": loan_account,
        "payee_name": payee_name,
        "payee_account": payee_account,
        "purpose": purpose,
    }
    try:
        answer = signed_calls.post(_core(), "/payments", order)
        content = signed_calls.object_in(answer)
        if answer.is_client_error:
            raise _not_accepted(answer.status_code, content)
        return _result_in(content, client_ref)
    except NoAnswer as error:
        return PaymentResult(Outcome.UNKNOWN, reason=str(error))


def query(client_ref: str) -> PaymentResult | None:
    """What became of an order; None where the core says that it never arrived.

    UNKNOWN where the core does not answer: ask again later."""
    try:
        answer = signed_calls.get(_core(), f"/payments/{quote(client_ref, safe='')}")
        content = signed_calls.object_in(answer)
        # The core's own 404, not that of some proxy on the way: only it proves that nothing was paid.
        if answer.status_code == 404 and content.get("code") == "not_found":
            return None
        return _result_in(content, client_ref)
    except NoAnswer as error:
        return PaymentResult(Outcome.UNKNOWN, reason=str(error))


def validate_account(*, account: str, name: str) -> AccountCheck:
    """Whether an account exists, is open, and belongs to `name`; UNKNOWN is no match."""
    try:
        answer = signed_calls.post(_core(), "/accounts/validate", {"account": account, "name": name})
        said = signed_calls.object_in(answer).get("result")
    except NoAnswer:
        return AccountCheck.UNKNOWN
    return AccountCheck(said) if said in AccountCheck.values else AccountCheck.UNKNOWN


def read_result_notice(headers: Mapping[str, str], body: bytes) -> ResultNotice:
    """The result that the core posts once a PENDING payment is through.

    Raises aladdin.signatures.SignatureRefused, NoticeUnreadable."""
    nonce = signatures.verify(_core()["SIGNING_KEY"], headers, body)
    try:
        content = json.loads(body)
        client_ref = str(content["client_ref"])
        result = _result_in(content, client_ref)
    except (ValueError, TypeError, KeyError, AttributeError, NoAnswer) as error:
        raise NoticeUnreadable(type(error).__name__) from error
    if not result.is_final:
        raise NoticeUnreadable(f"outcome {result.outcome}")
    return ResultNotice(client_ref, result, nonce)


def _core() -> Provider:
    return cast(Provider, settings.CORE_BANKING)


def _written(amount: Decimal) -> str:
    """Yuan with two decimals, as the core wants it; never rounded here."""
    if not amount.is_finite() or not 0 < amount < _LARGEST or amount != amount.quantize(FEN):
        raise ValueError("a payment is a positive amount in whole fen")
    return f"{amount:.2f}"


def _result_in(content: Mapping[str, Any], client_ref: str) -> PaymentResult:
    status = content.get("status")
    if content.get("client_ref") != client_ref or status not in Outcome.values:
        raise NoAnswer(f"no result of this payment: {content.get('code', '')}")
    return PaymentResult(Outcome(status), str(content.get("serial_no") or ""), str(content.get("reason") or ""))


def _not_accepted(status: int, content: Mapping[str, Any]) -> PaymentNotAccepted:
    kind = PaymentReferenceReused if status == 409 else PaymentNotAccepted
    return kind(str(content.get("code", status)), str(content.get("message", "")))
