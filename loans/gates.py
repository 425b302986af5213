"""The gates between the states, read from their rows: identity, authorization, report, investigation."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aladdin import clock, parameters
from aladdin.crypto import blind_index
from loans import obligors
from loans.blocker import Blocker
from loans.codes import LoanKind
from loans.obligors import Obligor
from loans.reading import once

if TYPE_CHECKING:
    from crm.models import Customer
    from loans.models import CreditAuthorization, CreditReport, DueDiligence, LoanApplication, LoanParty


# --- Identity ------------------------------------------------------------------------------------
def fingerprint(person: "Customer | LoanParty") -> str:
    """Of the name and number that a check was about: another name or number needs another check."""
    return blind_index("identity_check", f"{person.name}|{person.identity_no}")


def identity(application: "LoanApplication") -> Iterable[Blocker]:
    """Everybody who answers for the debt has passed a check that still is about him."""
    for each in obligors.of(application):
        yield from identity_of(each)


def identity_of(obligor: "Obligor") -> Iterable[Blocker]:
    """A check was passed, and name and number are still those that were checked. Of a firm: who acts for it is in the
    file, and is the one that its licence names."""
    if obligor.is_firm:
        yield from _representative(obligor.application)
        return
    passed = _passed(obligor)
    if not passed:
        yield Blocker("identity_not_verified", f"{obligor.title}身份尚未核验通过", obligor.field)
    elif fingerprint(obligor.person) not in passed:
        yield Blocker("identity_changed", f"{obligor.title}姓名或证件号码已变更，请重新核验身份", obligor.field)


@once
def _passed(obligor: "Obligor") -> frozenset[str]:
    """Of which names and numbers a check was passed."""
    rows = obligor.identity_checks.filter(passed=True).order_by()
    return frozenset(rows.values_list("subject_fingerprint", flat=True))


def _representative(application: "LoanApplication") -> Iterable[Blocker]:
    person = obligors.representative(application)
    if person is None:
        yield Blocker("legal_representative_missing", "企业借款须录入其法定代表人并核验身份", "parties")
        return
    business = getattr(application, "business", None)
    said = (business.legal_representative, business.legal_representative_no) if business is not None else ("", "")
    if any(said) and said != (person.name, person.identity_no):
        detail = "法定代表人与经营信息（营业执照）所载不一致"
        yield Blocker("legal_representative_differs", detail, f"parties.{person.pk}")


def identity_paper(application: "LoanApplication") -> Iterable[Blocker]:
    """Nobody's identity card has run out."""
    for each in obligors.of(application):
        yield from identity_paper_of(each)


def identity_paper_of(obligor: "Obligor") -> Iterable[Blocker]:
    """The identity card has not run out; one without a date is not treated as expired."""
    if obligor.is_firm:
        return  # its licence is looked at with the business
    paper = obligor.party or obligor.application
    field = f"{obligor.field}.identity_expires_on".removeprefix(".")
    if paper.identity_is_long_term:
        return
    if paper.identity_expires_on is None:
        whose = obligor.title if obligor.party else ""
        yield Blocker("identity_expiry_missing", f"请填写{whose}身份证有效期", field)
    elif paper.identity_expires_on < clock.today():
        yield Blocker("identity_expired", f"{obligor.title}身份证已过有效期", field)


def parties(application: "LoanApplication") -> Iterable[Blocker]:
    """Spouse and guarantor are in the file where the product asks for them."""
    if obligors.lacks_spouse(application):
        yield Blocker("spouse_missing", "借款人已婚，请录入配偶信息", "parties")
    if obligors.lacks_guarantor(application):
        yield Blocker("guarantor_missing", "本产品须有保证人，请录入保证人信息", "parties")


# --- Credit bureau -------------------------------------------------------------------------------
def standing_authorization(obligor: "Obligor", reason: str | None = None) -> "CreditAuthorization | None":
    """The person's grant for this reason (else for that of his part) that is signed under his present name, neither
    spent nor revoked, and still valid."""
    grants = obligor.authorizations.filter(
        reasons__contains=[reason or obligor.reason],
        subject_fingerprint=fingerprint(obligor.person),
        spent_at__isnull=True,
        revoked_at__isnull=True,
        valid_until__gte=clock.today(),
    )
    return grants.order_by("signed_at").last()


def authorization(application: "LoanApplication") -> Iterable[Blocker]:
    """Everybody who answers for the debt has consented to the query, or his report is there already."""
    for each in obligors.of(application):
        if standing_authorization(each) is None and report_of(each) is None:
            yield Blocker("credit_not_authorized", f"缺少{each.title}签署的有效征信授权", each.field)


def usable_report(application: "LoanApplication") -> "CreditReport | None":
    """The borrower's newest report that was received and has not expired."""
    return report_of(Obligor(application))


@once
def report_of(obligor: "Obligor") -> "CreditReport | None":
    """The person's newest report, for the reason of his part, that was received and has not expired."""
    received = obligor.reports.filter(state="RECEIVED", reason=obligor.reason, expires_on__gte=clock.today())
    return received.order_by("received_at").last()


def report(application: "LoanApplication") -> Iterable[Blocker]:
    """There is a report of everybody who answers for the debt, and none has run out."""
    for each in obligors.of(application):
        yield from report_lacking(each)


def report_lacking(obligor: "Obligor") -> Iterable[Blocker]:
    """Nothing where the person's report is there; else how far the query has come."""
    if report_of(obligor) is not None:
        return
    whose = obligor.title if obligor.party else ""
    last = obligor.reports.order_by("queried_at").last()
    match last.state if last is not None else "":
        case "QUERYING":
            yield Blocker("credit_query_under_way", f"{whose}征信查询正在进行中", obligor.field)
        case "FAILED":
            yield Blocker("credit_query_failed", f"{whose}征信查询失败，请征信查询员重新查询", obligor.field)
        case "RECEIVED":
            yield Blocker("credit_report_expired", f"{whose}征信报告已超过有效期，请重新授权查询", obligor.field)
        case _:
            yield Blocker("credit_report_missing", f"尚未取得{whose}征信报告", obligor.field)


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
    yield from _worked_out(application)


def _worked_out(application: "LoanApplication") -> Iterable[Blocker]:
    """What the product wants asked and reckoned, and an answer to every serious contradiction."""
    from loans.diligence import contradictions, interviews, worksheets  # noqa: PLC0415  models are not loaded before

    yield from interviews.lacking(application)
    yield from worksheets.lacking(application)
    yield from contradictions.unanswered(application)


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
    return bool(above or application.product.kind in (LoanKind.BUSINESS, LoanKind.CORPORATE))


def return_items(application: "LoanApplication") -> Iterable[Blocker]:
    """Everything that the case was returned for is answered."""
    for item in application.return_items.filter(answered_at__isnull=True):
        yield Blocker("return_item_unanswered", f"退回事项未答复：{item.text}", f"return_items.{item.pk}")
