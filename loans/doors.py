"""Who removes what stands in the way, and at which address: so that nobody has to guess.

Addresses are below `/api/v1/loan-applications/<id>/`; of a blocker that is not named here the door is its step's.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loans.blocker import Blocker
from loans.codes import Step
from organization.roles import Role

if TYPE_CHECKING:
    from loans.models import LoanApplication


@dataclass(frozen=True)
class Door:
    """A method and an address, and whose turn it is there."""

    method: str
    path: str
    who: Role = Role.RM
    as_multipart: bool = False

    def address(self, application: "LoanApplication", blocker: Blocker | None = None) -> str:
        """The whole address for one case; a row's own where the blocker names a row."""
        row = blocker.field.split(".")[1] if blocker is not None and "." in blocker.field else ""
        return f"/api/v1/loan-applications/{application.pk}/{self.path.format(row=row)}"


def _form(step: Step) -> Door:
    return Door("PATCH", f"forms/{step}")


STEPS: dict[Step, Door] = {
    Step.APPLICANT: _form(Step.APPLICANT),
    Step.IDENTITY_CHECK: Door("POST", "identity-checks", as_multipart=True),
    Step.CREDIT_AUTHORIZATION: Door("POST", "credit-authorizations", as_multipart=True),
    Step.SPOUSE_GUARANTOR: _form(Step.SPOUSE_GUARANTOR),
    Step.BUSINESS_INFORMATION: _form(Step.BUSINESS_INFORMATION),
    Step.COLLATERAL: _form(Step.COLLATERAL),
    Step.MATERIALS: Door("POST", "materials", as_multipart=True),
    Step.DUE_DILIGENCE: Door("POST", "due-diligence"),
    Step.CONFIRMATION: Door("POST", "submit"),
}
_MATERIALS = STEPS[Step.MATERIALS]
_REPORT = Door("POST", "credit-reports", Role.CREDIT_QUERY_OFFICER)
_IDENTITY_PAPER = _form(Step.APPLICANT)
#: Where the way out of a blocker is not the door of its step.
OF_BLOCKER: dict[str, Door] = {
    "identity_not_verified": STEPS[Step.IDENTITY_CHECK],
    "identity_changed": STEPS[Step.IDENTITY_CHECK],
    "identity_expiry_missing": _IDENTITY_PAPER,
    "identity_expired": _IDENTITY_PAPER,
    "credit_not_authorized": STEPS[Step.CREDIT_AUTHORIZATION],
    "credit_report_missing": _REPORT,
    "credit_query_under_way": Door("GET", "credit-reports", Role.CREDIT_QUERY_OFFICER),
    "credit_query_failed": _REPORT,
    "credit_report_expired": STEPS[Step.CREDIT_AUTHORIZATION],
    "spouse_missing": STEPS[Step.SPOUSE_GUARANTOR],
    "guarantor_missing": STEPS[Step.SPOUSE_GUARANTOR],
    "due_diligence_missing": STEPS[Step.DUE_DILIGENCE],
    "site_visit_required": STEPS[Step.DUE_DILIGENCE],
    "interview_missing": STEPS[Step.DUE_DILIGENCE],
    "due_diligence_by_another": STEPS[Step.DUE_DILIGENCE],
    "co_investigator_not_confirmed": Door("POST", "due-diligence/confirm"),
    "interview_not_recorded": Door("POST", "interviews"),
    "interview_topics_open": Door("POST", "interviews"),
    "cash_flow_sheet_missing": Door("POST", "cash-flow-sheets"),
    "contradiction_unanswered": Door("POST", "findings/{row}/answer"),
    "debt_to_income_excessive": STEPS[Step.DUE_DILIGENCE],
    "higher_level_needed": Door("POST", "escalate", Role.APPROVER),
    "material_missing": _MATERIALS,
    "material_expired": _MATERIALS,
    "return_item_unanswered": Door("POST", "return-items/{row}/answer"),
    "field_conflict": Door("GET", "field-conflicts"),
    "loan_to_value_exceeded": _form(Step.APPLICANT),
    "beyond_working_capital_need": _form(Step.APPLICANT),
    "collateral_not_registered": Door("POST", "collaterals/{row}/registration"),
    "review_opinion_missing": Door("POST", "review/opinion", Role.REVIEWER),
    "cost_disclosure_missing": Door("POST", "cost-disclosure"),
    "contract_not_signed": Door("POST", "contract/sign", as_multipart=True),
    "payment_not_confirmed": Door("POST", "disbursement/release", Role.DISBURSEMENT_OFFICER),
}
_BY_PREFIX = {
    "business": Step.BUSINESS_INFORMATION,
    "collaterals": Step.COLLATERAL,
    "parties": Step.SPOUSE_GUARANTOR,
    "materials": Step.MATERIALS,
}


def of(blocker: Blocker, step: Step | None = None) -> Door:
    """Where this is put right."""
    if blocker.code in OF_BLOCKER:
        return OF_BLOCKER[blocker.code]
    return STEPS[step or _BY_PREFIX.get(blocker.field.partition(".")[0], Step.APPLICANT)]
