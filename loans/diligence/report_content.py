"""What the investigators' report tells, taken from the rows as they stand when the file is handed in.

Everything is said as people read it: amounts in yuan as decimal text, times in ISO form, persons masked. The whole is
plain data, so that what was sealed can be read back in any later release.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from aladdin import clock, masking
from crm.identifiers import age_on
from loans import gates, obligors, submissions
from loans.codes import Occupation
from loans.decision import support
from loans.decision.catalogue import CATALOGUE
from loans.diligence import cash_flow, contradictions, places
from loans.diligence.cash_flow import Totals
from loans.diligence.contradictions import Standing
from loans.diligence.distance import metres
from loans.diligence.finding import Case
from loans.models import (
    ApplicationScore,
    CashFlowSheet,
    DecisionRun,
    DueDiligence,
    Interview,
    LoanApplication,
    Material,
    RuleResult,
)
from organization.models import Staff

Told = dict[str, Any]
#: Of the shape below: a later shape gets another number, and readers know both.
LAYOUT = 1


def of(application: LoanApplication, run: DecisionRun) -> Told:
    """The whole report; `run` is what rules and scorecard said at this hand-in."""
    case = Case(application)
    return {
        "layout": LAYOUT,
        "loan": _loan(application),
        "borrower": _borrower(application),
        "parties": _parties(application),
        "collaterals": _collaterals(application),
        "visit": _visit(case.investigation),
        "interviews": [_interview(each) for each in _interviews(application)],
        "ability": _ability(case.investigation, case.sheet),
        "worksheet": _worksheet(case.sheet),
        "contradictions": [_contradiction(each) for each in contradictions.of_case(case)],
        "photos": _photos(case),
        "papers": _papers(application),
        "credit": _credit(application),
        "rules": [_rule(each) for each in run.results.select_related("rule_version__rule", "party")],
        "score": _score(run),
        "opinions": _opinions(case.investigation),
        "returns": _returns(application),
        "changes": _changes(application),
    }


# --- The loan and its people ---------------------------------------------------------------------
def _loan(application: LoanApplication) -> Told:
    product = application.product
    return {
        "application_no": application.application_no,
        "branch": application.branch.name,
        "product": product.name,
        "product_version": application.product_version.version,
        "kind": product.get_kind_display(),
        "guarantee": product.get_guarantee_display(),
        "amount": _money(application.amount),
        "term_months": application.term_months,
        "repayment_method": application.get_repayment_method_display(),
        "purpose": application.get_purpose_display(),
        "purpose_note": application.purpose_note,
    }


def _borrower(application: LoanApplication) -> Told:
    customer = application.customer
    born = customer.birth_on
    return {
        "name": customer.masked_name(),
        "identity_no": masking.identity_number_in_list(customer.identity_no),
        "age": age_on(born, clock.today()) if born else None,
        "occupation": str(Occupation(application.occupation).label) if application.occupation else "",
        "marital_status": application.get_marital_status_display() if application.marital_status else "",
        "employer": application.employer,
        "address": masking.address(customer.address) if customer.address else "",
        "monthly_income": _money(application.monthly_income),
        "monthly_debt": _money(application.monthly_debt),
    }


def _parties(application: LoanApplication) -> list[Told]:
    return [
        {
            "role": each.get_role_display(),
            "name": each.masked_name(),
            "relation": each.get_relation_display(),
            "is_obligor": each.is_obligor,
            "monthly_income": _money(each.monthly_income),
        }
        for each in application.parties.standing()
    ]


def _collaterals(application: LoanApplication) -> list[Told]:
    return [
        {
            "kind": each.get_kind_display() if each.kind else "",
            "description": each.description,
            "appraised_value": _money(each.appraised_value),
            "appraised_on": each.appraised_on.isoformat() if each.appraised_on else None,
            "prior_claims": _money(each.prior_claims),
        }
        for each in application.collaterals.all()
    ]


# --- Visit and interviews ------------------------------------------------------------------------
def _visit(found: DueDiligence | None) -> Told | None:
    if found is None:
        return None
    return {
        "visit": found.get_visit_display(),
        "visited_at": _moment(found.visited_at),
        "place": found.place,
        "latitude": _money(found.latitude),
        "longitude": _money(found.longitude),
        "waiver_reason": found.waiver_reason,
        "interview": found.interview,
        "purpose_evidence": found.purpose_evidence,
        "risk_points": found.risk_points,
    }


def _interviews(application: LoanApplication) -> Iterable[Interview]:
    rows = application.interviews.select_related("party", "interviewer", "accompanied_by")
    return rows.prefetch_related("answers__interview__party", "answers__interview__application__customer")


def _interview(row: Interview) -> Told:
    """What the borrower said; what others said stays with their interviews, sealed with their own keys."""
    return {
        "person": row.party.title() if row.party else "借款人",
        "mode": row.get_mode_display(),
        "began_at": _moment(row.began_at),
        "ended_at": _moment(row.ended_at),
        "place": row.place,
        "platform": row.get_platform_display() if row.platform else "",
        "recording_reference": row.recording_reference,
        "interviewer": _person(row.interviewer),
        "accompanied_by": _person(row.accompanied_by),
        "answers": [
            {"topic": each.get_topic_display(), "question": each.question, "answer": "" if row.party else each.answer}
            for each in row.answers.all()
        ],
    }


# --- Figures -------------------------------------------------------------------------------------
def _ability(found: DueDiligence | None, sheet: CashFlowSheet | None) -> Told | None:
    """As it was investigated; without a worksheet nobody knows which of the assets are liquid."""
    if found is None:
        return None
    knows_worth = found.assets is not None and found.liabilities is not None
    sums = Totals(
        monthly_income=found.monthly_income,
        monthly_outgo=found.monthly_outgo,
        monthly_debt=found.monthly_debt,
        assets=found.assets or Decimal(0),
        liquid_assets=sheet.liquid_assets if sheet else Decimal(0),
        liabilities=found.liabilities or Decimal(0),
    )
    borne = cash_flow.ability(sums, found.new_instalment)
    return {
        "worksheet_version": sheet.version if sheet else None,
        "monthly_income": _money(found.monthly_income),
        "monthly_outgo": _money(found.monthly_outgo),
        "monthly_debt": _money(found.monthly_debt),
        "instalment": _money(found.new_instalment),
        "debt_to_income": _money(borne.debt_to_income),
        "coverage": _money(borne.coverage),
        "surplus": _money(borne.surplus),
        "assets": _money(found.assets),
        "liabilities": _money(found.liabilities),
        "net_worth": _money(borne.net_worth) if knows_worth else None,
        "liabilities_to_assets": _money(borne.liabilities_to_assets) if knows_worth else None,
        "reserve_months": _money(borne.reserve_months) if sheet else None,
    }


def _worksheet(sheet: CashFlowSheet | None) -> list[Told]:
    if sheet is None:
        return []
    rows = sheet.lines.select_related("entered_by", "sheet__application__customer")
    return [
        {
            "section": each.get_section_display(),
            "item": each.get_source_display(),
            "description": each.description,
            "amount": _money(each.amount),
            "balance": _money(each.balance),
            "evidence": each.evidence or ("见影像" if each.material_id else ""),
            "entered_by": _person(each.entered_by),
        }
        for each in rows
    ]


# --- What contradicts, and what was photographed --------------------------------------------------
def _contradiction(each: Standing) -> Told:
    said, answer = each.finding, each.answer
    return {
        "code": said.code,
        "severity": str(said.severity),
        "severity_label": str(said.severity.label),
        "detail": said.detail,
        "left": {"name": said.left.label, "value": said.left.value},
        "right": {"name": said.right.label, "value": said.right.value},
        "from_bureau": said.from_bureau,
        "answer": answer.answer if answer else "",
        "answered_by": _person(answer.answered_by) if answer else None,
        "answered_at": _moment(answer.answered_at) if answer else None,
    }


def _photos(case: Case) -> list[Told]:
    registered = places.registered(case.application) if case.photos else None
    visit = places.where(case.investigation)
    return [_photo(row, visit, registered) for row in case.photos]


def _photo(row: Material, visit: places.Place | None, registered: places.Located | None) -> Told:
    where = places.where(row)
    return {
        "material": str(row.pk),
        "taken_at": _moment(row.taken_at),
        "uploaded_at": _moment(row.created_at),
        "latitude": _money(row.latitude),
        "longitude": _money(row.longitude),
        "metres_from_visit": metres(where, visit) if where and visit else None,
        "metres_from_address": metres(where, registered.place) if where and registered else None,
        "address": registered.what if registered else "",
    }


def _papers(application: LoanApplication) -> list[Told]:
    count: dict[str, int] = {}
    for row in application.materials.standing():
        count[row.get_type_display()] = count.get(row.get_type_display(), 0) + 1
    return [{"type": kind, "pages": pages} for kind, pages in count.items()]


# --- The bureau, rules, score --------------------------------------------------------------------
_FIGURES = ("loan_accounts", "overdue_accounts", "overdue_months_24m", "queries_3m")
_AMOUNTS = ("overdue_amount", "debt_balance", "monthly_payment")


def _credit(application: LoanApplication) -> list[Told]:
    found = [(each, gates.report_of(each)) for each in obligors.of(application)]
    return [
        {
            "about": each.title,
            "report_no": row.report_no,
            "received_at": _moment(row.received_at),
            **{name: getattr(row, name) for name in _FIGURES},
            **{name: _money(getattr(row, name)) for name in _AMOUNTS},
        }
        for each, row in found
        if row is not None
    ]


def _rule(row: RuleResult) -> Told:
    version = row.rule_version
    return {
        "code": version.rule.code,
        "name": version.rule.name,
        "version": version.version,
        "about": row.party.title() if row.party else "借款人",
        "outcome": row.outcome,
        "outcome_label": row.get_outcome_display(),
        "is_unknown": row.is_unknown,
        "explanation": row.explanation,
        "legal_basis": version.legal_basis,
    }


def _score(run: DecisionRun) -> Told | None:
    """The champion's points with what brought them, what cost most first: never the number alone."""
    row = run.scores.filter(is_shadow=False).select_related("version__scorecard").first()
    if row is None:
        return None
    band = row.version.bands.get(code=row.band)
    return {
        "scorecard": row.version.scorecard.name,
        "version": row.version.version,
        "points": row.points,
        "band": row.band,
        "band_label": band.label,
        "meaning": band.meaning,
        "reasons": _reasons(row),
        "note": support.NOTE,
    }


def _reasons(row: ApplicationScore) -> list[Told]:
    found = sorted(row.contributions.all(), key=lambda each: each.points - each.most)
    return [
        {
            "name": CATALOGUE[each.fact].label,
            "value": CATALOGUE[each.fact].say(each.value),
            "points": each.points,
            "most": each.most,
            "text": each.text,
        }
        for each in found
    ]


# --- Who stands for it ---------------------------------------------------------------------------
def _opinions(found: DueDiligence | None) -> list[Told]:
    if found is None:
        return []
    lead = {
        "part": "主办（A角）",
        "by": _person(found.investigator),
        "at": _moment(found.reported_at),
        "opinion": found.get_opinion_display(),
        "text": found.opinion_text,
    }
    if found.confirmed_by is None:
        return [lead]
    second = {
        "part": "协办（B角）",
        "by": _person(found.confirmed_by),
        "at": _moment(found.confirmed_at),
        "opinion": "确认属实",
        "text": found.confirmation_note,
    }
    return [lead, second]


def _returns(application: LoanApplication) -> list[Told]:
    return [
        {"round": each.round, "text": each.text, "answer": each.answer}
        for each in application.return_items.order_by("round", "pk")
    ]


def _changes(application: LoanApplication) -> list[Told]:
    """What differs from the hand-in before; of what is people's own words only that it differs."""
    said = submissions.of(application)
    return [{"field": each.field, "name": each.label} for each in said[-1].changes] if said else []


def _person(staff: Staff | None) -> Told | None:
    return {"employee_no": staff.employee_no, "name": staff.name} if staff else None


def _money(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(clock.SHANGHAI).isoformat(timespec="seconds") if value else None
