"""Due diligence (进件尽调): investigator A reports with figures, investigator B confirms."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import Conflict, NotPermitted
from loans import terms
from loans.diligence import cash_flow, places, traits
from loans.diligence.opening import check_open
from loans.leading import lead_only, touch
from loans.models import DueDiligence, LoanApplication
from loans.refusals import refuse
from loans.repayment import monthly_burden
from loans.transitions import hold, subject_of
from organization.access import require
from organization.models import Staff

if TYPE_CHECKING:
    from loans.models import CashFlowSheet

#: What a cash-flow worksheet says instead, where there is one.
_OF_SHEET = ("monthly_income", "monthly_outgo", "monthly_debt", "assets", "liabilities")


@transaction.atomic
def report(application: LoanApplication, *, by: Staff, **findings: Any) -> DueDiligence:
    """A's report, the first or a newer one; B has to confirm it anew.

    Raises `wrong_state_for_investigation` (409), `visit_incomplete`, `visit_in_future`, `income_missing` (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.investigate", by)
    check_open(held)
    _check_visit(findings)
    findings = findings | _figures(held, findings)
    row = getattr(held, "due_diligence", None) or DueDiligence(application=held, version=0)
    for name, value in findings.items():
        setattr(row, name, value)
    _work_out(held, row)
    row.investigator, row.reported_at = by, clock.now()
    row.confirmed_by = row.confirmed_at = None
    row.confirmation_note = ""
    row.version += 1
    row.save()
    audit.record(by=by, action="loan.report_investigation", subject=subject_of(held), version=row.version)
    traits.note(held)
    places.ask(held)
    touch(held)
    return row


def _check_visit(findings: dict[str, Any]) -> None:
    if findings.get("visit") == DueDiligence.Visit.WAIVED:
        if not findings.get("waiver_reason"):
            raise refuse("visit_incomplete", "请填写不进行现场调查的原因", "waiver_reason")
        return
    visited_at: datetime | None = findings.get("visited_at")
    if visited_at is None or not findings.get("place"):
        raise refuse("visit_incomplete", "请填写调查时间和地点", "visited_at")
    if visited_at > clock.now():
        raise refuse("visit_in_future", "调查时间不能晚于现在", "visited_at")


def _figures(held: LoanApplication, findings: dict[str, Any]) -> dict[str, Any]:
    """The worksheet's sums where there is one, else what was told. Raises `figures_differ`, `figures_missing` (422)."""
    sheet = held.cash_flow_sheets.order_by("-version").first()
    if sheet is None:
        for name in _OF_SHEET[:3]:
            if findings.get(name) is None:
                raise refuse("figures_missing", "请填写现金流量表，或填写月收入、月支出与现有月还款", name)
        return {}
    for name in _OF_SHEET:
        if findings.get(name) not in (None, getattr(sheet, name)):
            raise refuse("figures_differ", "与现金流量表不一致，请更新现金流量表", name)
    return {name: getattr(sheet, name) for name in _OF_SHEET}


def figures_changed(held: LoanApplication, sheet: "CashFlowSheet") -> None:
    """A new worksheet: the investigation that there is takes its figures, and B has to confirm again."""
    row: DueDiligence | None = getattr(held, "due_diligence", None)
    if row is not None:
        for name in _OF_SHEET:
            setattr(row, name, getattr(sheet, name))
        reopen(held)


def _work_out(held: LoanApplication, row: DueDiligence) -> None:
    """Instalment of this loan, and the share of income that debts would take."""
    if row.monthly_income <= 0:
        raise refuse("income_missing", "核实月收入须大于零", "monthly_income")
    row.new_instalment = instalment_of(held)
    row.dti = cash_flow.debt_to_income(row.monthly_debt + row.new_instalment, row.monthly_income)


def instalment_of(application: LoanApplication) -> Decimal:
    """What this loan takes a whole month, in yuan: the first payment (from the day of disbursement, so that no odd
    days blur it), or an even share of all where the principal comes at the end."""
    wanted = terms.wished(application)
    return monthly_burden(wanted.repayment_method, wanted.schedule(clock.today()), wanted.term_months)


@transaction.atomic
def confirm(application: LoanApplication, *, by: Staff, note: str = "") -> DueDiligence:
    """B confirms what A reported. Raises `separation_of_duties`, `not_in_charge` (403),
    `wrong_state_for_investigation`, `due_diligence_missing`, `already_confirmed` (409)."""
    held = hold(application.pk)
    require(by, "loan.co_investigate")
    if by.pk == held.investigator_id:
        raise NotPermitted("separation_of_duties", "双人调查须由两人完成：主办不能确认自己的调查")
    if by.pk != held.co_investigator_id:
        raise NotPermitted("not_in_charge", "只有本笔协办客户经理（B角）可以确认")
    check_open(held)
    row: DueDiligence | None = getattr(held, "due_diligence", None)
    if row is None:
        raise Conflict("due_diligence_missing", "主办客户经理尚未提交尽职调查")
    if row.confirmed_at is not None:
        raise Conflict("already_confirmed", "尽职调查已确认")
    row.confirmed_by, row.confirmed_at, row.confirmation_note = by, clock.now(), note
    row.version += 1
    row.save()
    audit.record(by=by, action="loan.confirm_investigation", subject=subject_of(held), version=row.version)
    touch(held)
    return row


def reopen(held: LoanApplication) -> None:
    """What was investigated has changed: the figures are worked out anew and B has to confirm again."""
    row: DueDiligence | None = getattr(held, "due_diligence", None)
    if row is None:
        return
    _work_out(held, row)
    row.confirmed_by = row.confirmed_at = None
    row.version += 1
    row.save()
