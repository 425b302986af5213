"""Credit-bureau queries: one grant buys one query, made by a named query officer, never by an RM (domain 1.5).

The grant is spent and the query on record before anything leaves the bank; the question itself is asked by a job.
Asked again under the same authorization the bureau gives the same report, so a crash costs no second trace.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.api.parsing import loads
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound, NotPermitted
from crm.models import Customer
from loans import credit_alerts, grants, obligors
from loans.gateways import credit_bureau
from loans.grants import QueryRefused
from loans.leading import touch
from loans.models import CreditReport, CreditReportView, LoanApplication
from loans.obligors import Obligor
from loans.states import State
from loans.transitions import advance, hold, subject_of
from organization.access import may, require
from organization.models import Staff

#: Open cases that a report may be asked for.
QUERIED_IN = (State.CREDIT_AUTHORIZED, State.INVESTIGATING, State.RETURNED)
TRIES = 6


# --- Ordering ------------------------------------------------------------------------------------
@transaction.atomic
def order(
    application: LoanApplication, *, reason: str | None = None, by: Staff, party_id: UUID | None = None
) -> CreditReport:
    """Spend the grant of the borrower, or of one beside him, on one query and have it asked.

    The reason is that of the person's part unless it is said. Raises `separation_of_duties` (403), QueryRefused
    with `credit_not_authorized`, `reason_not_authorized`, `no_open_application` or `query_under_way` (409)."""
    held = hold(application.pk)
    require(by, "loan.query_credit")
    if by.pk in {held.investigator_id, held.co_investigator_id}:
        raise NotPermitted("separation_of_duties", "本笔调查人员不得查询征信")
    if held.assignee_id not in (None, by.pk):
        raise NotPermitted("taken_by_another", "该申请已由其他征信查询员领取")
    if held.state not in QUERIED_IN:
        detail = f"当前状态“{State(held.state).label}”不能查询征信"
        raise QueryRefused("no_open_application", detail, state=held.state)
    obligor = obligors.one(held, party_id)
    reason = reason or obligor.reason
    report = _failed_before(obligor, reason) or _on_new_grant(obligor, reason, by)
    report.state, report.attempts, report.failure = CreditReport.State.QUERYING, 0, ""
    report.queried_by, report.queried_at = by, clock.now()
    report.save()
    audit.record(
        by=by,
        action="loan.query_credit",
        subject=subject_of(held),
        reason=reason,
        grant=report.authorization.authorization_no,
        **({"party": str(party_id)} if party_id else {}),
    )
    touch(held)
    later("loans.query_bureau", lock=f"bureau:{report.pk}", report_id=str(report.pk))
    return report


def _failed_before(obligor: Obligor, reason: str) -> CreditReport | None:
    """A query that brought nothing is asked again under its own grant."""
    queries = obligor.reports.select_related("authorization")
    still_good = {"authorization__revoked_at__isnull": True, "authorization__valid_until__gte": clock.today()}
    if queries.filter(state=CreditReport.State.QUERYING).exists():
        raise QueryRefused("query_under_way", "征信查询正在进行中，请稍候")
    return queries.filter(state=CreditReport.State.FAILED, reason=reason, **still_good).last()


def _on_new_grant(obligor: Obligor, reason: str, by: Staff) -> CreditReport:
    grant = grants.spend(obligor, reason, by=by)
    return CreditReport(application=obligor.application, party=obligor.party, authorization=grant, reason=reason)


def record_refusal(
    application: LoanApplication,
    refused: QueryRefused,
    *,
    reason: str | None,
    by: Staff,
    party_id: UUID | None = None,
) -> None:
    """Audit an attempt without grounds and raise an alert (征信业管理条例 40): both stay although nobody was asked."""
    audit.record(
        by=by,
        action="loan.query_credit_refused",
        subject=subject_of(application),
        reason=reason or obligors.one(application, party_id).reason,
        code=refused.code,
        **({"party": str(party_id)} if party_id else {}),
    )
    credit_alerts.tried_without_grant(application, refused, by=by)


# --- Asking --------------------------------------------------------------------------------------
def query(report_id: UUID) -> None:
    """Ask the bureau for an ordered report; nothing where it is there already.

    An unreachable bureau is asked again later, with doubling waits; then the query counts as failed."""
    report = _ordered(report_id)
    if report is None:
        return
    person = report.authorization.person
    try:
        found = credit_bureau.query(
            user_code=report.queried_by.employee_no,
            name=person.name,
            identity_no=person.identity_no,
            reason_code=report.reason,
            authorization_no=report.authorization.authorization_no,
            is_firm=isinstance(person, Customer) and person.kind == obligors.FIRM,
        )
    except credit_bureau.BureauUnavailable:
        _try_later(report_id)
    except credit_bureau.BureauRefused as refused:
        _fail(report_id, f"{refused.code}：{refused.message}")
    else:
        _receive(report_id, found)


def _ordered(report_id: UUID) -> CreditReport | None:
    reports = CreditReport.objects.select_related("authorization__customer", "authorization__party", "queried_by")
    return reports.filter(pk=report_id, state=CreditReport.State.QUERYING).first()


@transaction.atomic
def _try_later(report_id: UUID) -> None:
    report = CreditReport.objects.select_for_update().get(pk=report_id)
    report.attempts += 1
    if report.attempts >= TRIES:
        _fail(report_id, "征信系统多次无应答")
        return
    report.save(update_fields=["attempts"])
    wait = timedelta(seconds=2**report.attempts)
    later("loans.query_bureau", wait=wait, lock=f"bureau:{report_id}", report_id=str(report_id))


@transaction.atomic
def _fail(report_id: UUID, why: str) -> None:
    report = CreditReport.objects.select_for_update().get(pk=report_id)
    report.state, report.failure = CreditReport.State.FAILED, why[:200]
    report.save(update_fields=["state", "failure"])
    detail = {"report": str(report_id), "why": report.failure}
    subject = f"loan-application/{report.application_id}"
    audit.record(by=report.queried_by, action="loan.credit_query_failed", subject=subject, **detail)


@transaction.atomic
def _receive(report_id: UUID, found: credit_bureau.CreditReport) -> None:
    """Keep the report sealed with its figures beside, and move the case on."""
    held = hold(CreditReport.objects.values_list("application_id", flat=True).get(pk=report_id))
    report = CreditReport.objects.select_for_update(of=("self",)).get(pk=report_id)
    if report.state != CreditReport.State.QUERYING:
        return
    report.state, report.report_no, report.received_at = CreditReport.State.RECEIVED, found.report_no, clock.now()
    report.expires_on = clock.today() + timedelta(days=parameters.integer("loan.credit_report_valid_days"))
    report.body = found.original.decode()
    _summarise(report, found.summary)
    report.save()
    if not advance(held, by=report.queried_by):
        touch(held)


def _summarise(report: CreditReport, summary: credit_bureau.Summary) -> None:
    report.loan_accounts, report.overdue_accounts = summary.accounts, summary.overdue_accounts
    report.overdue_amount, report.overdue_months_24m = summary.overdue_amount, summary.overdue_months_24m
    report.queries_3m, report.debt_balance = summary.queries_3m, summary.debt_balance
    report.monthly_payment = summary.monthly_payment


# --- Reading -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OpenedReport:
    """A report with its clear content, for one look."""

    row: CreditReport
    content: dict[str, Any]


@transaction.atomic
def read(application: LoanApplication, report_id: UUID, *, by: Staff, ip: str | None) -> OpenedReport:
    """Open a report; the look is logged with person, moment and address. One that has run out stays closed to
    everybody: it was asked for this decision, not for later curiosity (征信业管理条例 20).

    Raises NotFound, `report_not_there`, `report_expired` (409)."""
    require(by, "loan.read_credit_report")
    report = (
        application.credit_reports.select_related("authorization__customer", "authorization__party")
        .filter(pk=report_id)
        .first()
    )
    if report is None:
        raise NotFound("没有找到该征信报告")
    if report.state != CreditReport.State.RECEIVED:
        raise Conflict("report_not_there", "征信报告尚未返回", state=report.state)
    if report.expires_on is not None and report.expires_on < clock.today():
        raise Conflict("report_expired", f"征信报告已于{report.expires_on:%Y-%m-%d}过期，不能再查看")
    CreditReportView.objects.create(report=report, by=by, ip=ip)
    audit.record(by=by, action="loan.read_credit_report", subject=subject_of(application), report=str(report.pk))
    return OpenedReport(report, loads(report.body.encode()))


def may_see_figures(application: LoanApplication, staff: Staff) -> bool:
    """The summary is for the investigators of the case and for who may read reports."""
    return staff.pk in {application.investigator_id, application.co_investigator_id} or may(
        staff, "loan.read_credit_report"
    )
