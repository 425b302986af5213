"""The gates between the states, read from their rows: identity, authorization, report, investigation."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aladdin import clock, parameters
from aladdin.crypto import blind_index
from loans.blocker import Blocker
from loans.codes import LoanKind, QueryReason

if TYPE_CHECKING:
    from crm.models import Customer
    from loans.models import CreditAuthorization, CreditReport, DueDiligence, LoanApplication


# --- Identity ------------------------------------------------------------------------------------
def fingerprint(customer: "Customer") -> str:
    """Of the name and number that a check was about: another name or number needs another check."""
    return blind_index("identity_check", f"{customer.name}|{customer.identity_no}")


def identity(application: "LoanApplication") -> Iterable[Blocker]:
    """A check was passed, and the customer's name and number are still those that were checked."""
    passed = application.identity_checks.filter(passed=True)
    if not passed.exists():
        yield Blocker("identity_not_verified", "客户身份尚未核验通过")
    elif not passed.filter(subject_fingerprint=fingerprint(application.customer)).exists():
        yield Blocker("identity_changed", "客户姓名或证件号码已变更，请重新核验身份")


def identity_paper(application: "LoanApplication") -> Iterable[Blocker]:
    """The identity card has not run out; one without a date is not treated as expired."""
    expires_on = application.identity_expires_on
    if application.identity_is_long_term:
        return
    if expires_on is None:
        yield Blocker("identity_expiry_missing", "请填写身份证有效期", "identity_expires_on")
    elif expires_on < clock.today():
        yield Blocker("identity_expired", "客户身份证已过有效期", "identity_expires_on")


# --- Credit bureau -------------------------------------------------------------------------------
def standing_authorization(
    application: "LoanApplication", reason: str = QueryReason.LOAN_APPROVAL
) -> "CreditAuthorization | None":
    """The customer's grant for this reason that is signed, neither spent nor revoked, and still valid."""
    grants = application.credit_authorizations.filter(
        reasons__contains=[reason],
        customer=application.customer_id,
        spent_at__isnull=True,
        revoked_at__isnull=True,
        valid_until__gte=clock.today(),
    )
    return grants.order_by("signed_at").last()


def authorization(application: "LoanApplication") -> Iterable[Blocker]:
    if standing_authorization(application) is None:
        yield Blocker("credit_not_authorized", "缺少客户签署的有效征信授权")


def usable_report(application: "LoanApplication") -> "CreditReport | None":
    """The newest report that was received and has not expired."""
    received = application.credit_reports.filter(state="RECEIVED", expires_on__gte=clock.today())
    return received.order_by("received_at").last()


def report(application: "LoanApplication") -> Iterable[Blocker]:
    """A report is there and has not run out; else how far the query has come."""
    if usable_report(application) is not None:
        return
    last = application.credit_reports.order_by("queried_at").last()
    match last.state if last is not None else "":
        case "QUERYING":
            yield Blocker("credit_query_under_way", "征信查询正在进行中")
        case "FAILED":
            yield Blocker("credit_query_failed", "征信查询失败，请征信查询员重新查询")
        case "RECEIVED":
            yield Blocker("credit_report_expired", "征信报告已超过有效期，请重新授权查询")
        case _:
            yield Blocker("credit_report_missing", "尚未取得征信报告")


# --- Investigation -------------------------------------------------------------------------------
def investigation(application: "LoanApplication") -> Iterable[Blocker]:
    """A has reported with figures, an interview and a visit (or its waiver); B confirmed where two must."""
    found: DueDiligence | None = getattr(application, "due_diligence", None)
    if found is None:
        yield Blocker("due_diligence_missing", "尚未填写尽职调查")
        return
    yield from _visit(application, found)
    if not found.interview:
        yield Blocker("interview_missing", "缺少面谈记录", "interview")
    if found.investigator_id != application.investigator_id:
        yield Blocker("due_diligence_by_another", "主办客户经理已变更，请重新提交尽职调查")
    if found.confirmed_at is None and needs_two_investigators(application):
        yield Blocker("co_investigator_not_confirmed", "协办客户经理（B角）尚未确认")


def _visit(application: "LoanApplication", found: "DueDiligence") -> Iterable[Blocker]:
    if found.visit == "WAIVED" and not visit_may_be_waived(application):
        yield Blocker("site_visit_required", "该笔贷款须进行现场调查或视频面谈", "visit")
    if found.visit == "VIDEO" and application.product.kind == LoanKind.HOUSING:
        yield Blocker("site_visit_required", "个人住房贷款不得以视频方式面谈", "visit")


def visit_may_be_waived(application: "LoanApplication") -> bool:
    """Up to 200,000 yuan and not for housing (个人贷款管理办法)."""
    small = (application.amount or 0) <= parameters.decimal("loan.site_visit_waiver_up_to")
    return bool(small and application.product.kind != LoanKind.HOUSING)


def needs_two_investigators(application: "LoanApplication") -> bool:
    """Always for business purposes, else above the product's amount."""
    above = (application.amount or 0) > application.product_version.two_investigators_above
    return bool(above or application.product.kind == LoanKind.BUSINESS)


def return_items(application: "LoanApplication") -> Iterable[Blocker]:
    """Everything that the case was returned for is answered."""
    for item in application.return_items.filter(answered_at__isnull=True):
        yield Blocker("return_item_unanswered", f"退回事项未答复：{item.text}")
