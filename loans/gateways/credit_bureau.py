"""Personal credit reports from the credit bureau (domain 1.5).

A query leaves a trace on the person's report, so one authorization brings one report: asked again under the same
`authorization_no`, the bureau hands out the same one. After BureauUnavailable that is how to find out what happened.
Whether a query is allowed is decided before it comes here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django.conf import settings

from loans.gateways import signed_calls
from loans.gateways.signed_calls import NoAnswer, Provider

#: How the bureau calls the number of a person, and of a firm.
_IDENTITY_NO, _CREDIT_CODE = "identity_no", "credit_code"


@dataclass(frozen=True)
class Summary:
    """The report at a glance; amounts in yuan."""

    accounts: int
    overdue_accounts: int
    overdue_amount: Decimal
    overdue_months_24m: int
    """Months with an overdue payment, within 24 months."""
    worst_overdue_months: int
    """Most months overdue in a row."""
    queries_3m: int
    """Queries for an approval, within 3 months."""
    debt_balance: Decimal
    monthly_payment: Decimal
    card_limit: Decimal
    card_used: Decimal


@dataclass(frozen=True)
class CreditAccount:
    """One loan of the person, anywhere; amounts in yuan."""

    institution: str
    kind: str
    granted_on: date
    due_on: date
    amount: Decimal
    balance: Decimal
    monthly_payment: Decimal
    status: str
    overdue_amount: Decimal
    overdue_months_24m: int
    worst_overdue_months: int


@dataclass(frozen=True)
class EarlierQuery:
    """Who asked for the report before, and why (the central bank's reason code)."""

    on: date
    institution: str
    reason_code: str


@dataclass(frozen=True)
class CreditReport:
    """A credit report; `original` is the bureau's JSON, to be kept sealed."""

    report_no: str
    reported_at: datetime
    reason_code: str
    authorization_no: str
    summary: Summary
    accounts: tuple[CreditAccount, ...]
    queries: tuple[EarlierQuery, ...]
    original: bytes


class BureauRefused(Exception):
    """The bureau would not answer this query: code, and a message in Chinese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class BureauUnavailable(Exception):
    """No answer that can be read; the query may have been made. Ask again under the same authorization."""


def query(
    *, user_code: str, name: str, identity_no: str, reason_code: str, authorization_no: str, is_firm: bool = False
) -> CreditReport:
    """Query a report as the named query user `user_code`: a person's, or a firm's by its unified social credit code.

    Raises BureauRefused, BureauUnavailable."""
    bureau = settings.CREDIT_BUREAU
    asked = {
        "org_code": bureau["ORG_CODE"],
        "user_code": user_code,
        "subject": {"name": name, _CREDIT_CODE if is_firm else _IDENTITY_NO: identity_no},
        "reason_code": reason_code,
        "authorization_no": authorization_no,
    }
    try:
        answer = signed_calls.post(cast(Provider, bureau), "/reports", asked)
        content = signed_calls.object_in(answer)
    except NoAnswer as error:
        raise BureauUnavailable(str(error)) from None
    if not answer.is_success:
        raise BureauRefused(str(content.get("code", answer.status_code)), str(content.get("message", "")))
    report = read_report(content, answer.content)
    _check_about(content, report, identity_no=identity_no, authorization_no=authorization_no)
    return report


def read_report(content: Mapping[str, Any], original: bytes) -> CreditReport:
    """The bureau's JSON as a report. Raises BureauUnavailable where it is not whole."""
    try:
        return CreditReport(
            report_no=_text(content, "report_no"),
            reported_at=_moment(content, "reported_at"),
            reason_code=_text(content, "reason_code"),
            authorization_no=_text(content, "authorization_no"),
            summary=_summary(content["summary"]),
            accounts=tuple(_account(each) for each in content["accounts"]),
            queries=tuple(_earlier(each) for each in content["queries"]),
            original=original,
        )
    except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError) as error:
        raise BureauUnavailable(f"unreadable report: {type(error).__name__}") from None


def _check_about(content: Mapping[str, Any], report: CreditReport, *, identity_no: str, authorization_no: str) -> None:
    subject = content.get("subject")
    about = (subject.get(_IDENTITY_NO) or subject.get(_CREDIT_CODE)) if isinstance(subject, dict) else None
    if (about, report.authorization_no) != (identity_no, authorization_no):
        raise BureauUnavailable("the report is about another person or authorization")


def _summary(content: Mapping[str, Any]) -> Summary:
    return Summary(
        accounts=_count(content, "accounts"),
        overdue_accounts=_count(content, "overdue_accounts"),
        overdue_amount=_yuan(content, "overdue_amount"),
        overdue_months_24m=_count(content, "overdue_months_24m"),
        worst_overdue_months=_count(content, "worst_overdue_months"),
        queries_3m=_count(content, "queries_3m"),
        debt_balance=_yuan(content, "debt_balance"),
        monthly_payment=_yuan(content, "monthly_payment"),
        card_limit=_yuan(content, "card_limit"),
        card_used=_yuan(content, "card_used"),
    )


def _account(content: Mapping[str, Any]) -> CreditAccount:
    return CreditAccount(
        institution=_text(content, "institution"),
        kind=_text(content, "kind"),
        granted_on=date.fromisoformat(content["granted_on"]),
        due_on=date.fromisoformat(content["due_on"]),
        amount=_yuan(content, "amount"),
        balance=_yuan(content, "balance"),
        monthly_payment=_yuan(content, "monthly_payment"),
        status=_text(content, "status"),
        overdue_amount=_yuan(content, "overdue_amount"),
        overdue_months_24m=_count(content, "overdue_months_24m"),
        worst_overdue_months=_count(content, "worst_overdue_months"),
    )


def _earlier(content: Mapping[str, Any]) -> EarlierQuery:
    return EarlierQuery(date.fromisoformat(content["on"]), _text(content, "institution"), _text(content, "reason_code"))


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _count(content: Mapping[str, Any], name: str) -> int:
    value = content[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(name)
    return value


def _yuan(content: Mapping[str, Any], name: str) -> Decimal:
    value = Decimal(_text(content, name))
    if not value.is_finite() or value < 0:
        raise ValueError(name)
    return value


def _moment(content: Mapping[str, Any], name: str) -> datetime:
    moment = datetime.fromisoformat(_text(content, name))
    if moment.tzinfo is None:
        raise ValueError(name)
    return moment
