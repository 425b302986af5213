"""Trying a version of a product out before it is published: what it would ask, allow and cost in a made-up case.

Nothing is written. The same schemas, conditions and arithmetic answer that answer a real application.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from aladdin import clock
from aladdin.money import yuan
from aladdin.problems import RuleBroken
from crm.identifiers import age_on
from loans import product_soundness, products
from loans.blocker import Blocker
from loans.circumstances import Circumstances
from loans.codes import ApprovalLevel, MaterialType, PartyRole, Step
from loans.forms import checking, documents
from loans.forms.module import Values
from loans.forms.modules import MODULES
from loans.models import LoanProductVersion
from loans.repayment import Instalment, schedule
from organization import access
from organization.models import Staff


@dataclass(frozen=True)
class TriedStep:
    """One step of the intake: what the sample lacks or has wrong, in Chinese."""

    step: Step
    faults: list[Blocker]


@dataclass(frozen=True)
class TriedPaper:
    """One kind of paper that a case like this would have to bring."""

    type: MaterialType
    stage: str
    pages: int


@dataclass
class Trial:
    """What the version makes of the sample; what cannot be worked out yet is None or empty."""

    version: LoanProductVersion
    unsound: list[str]
    steps: list[TriedStep]
    limits: list[Blocker]
    papers: list[TriedPaper]
    rate: Decimal | None = None
    schedule: list[Instalment] = field(default_factory=list)
    approval_level: ApprovalLevel | None = None
    is_entrusted_required: bool | None = None
    may_sign_electronically: bool | None = None
    needs_two_investigators: bool | None = None

    @property
    def total_interest(self) -> Decimal:
        return sum((line.interest for line in self.schedule), Decimal(0))


def try_out(version: LoanProductVersion, sample: dict[str, Values], *, by: Staff, born_on: date | None = None) -> Trial:
    """The version put to a sample: documents by step, and the borrower's birthday.

    Raises `not_permitted` (403)."""
    access.require(by, "loan_product.try")
    said = {step: documents.normal(version, MODULES[Step(step)], sample.get(step, {})) for step in _with_form(version)}
    found = Trial(
        version=version,
        unsound=list(product_soundness.wrong_with(version)),
        steps=[TriedStep(Step(step), _faults(version, Step(step), said)) for step in version.steps],
        limits=_age(version, born_on),
        papers=_papers(version, said),
        rate=_rate(version),
    )
    _work_out(found, said.get(Step.APPLICANT, {}))
    return found


def _with_form(version: LoanProductVersion) -> list[str]:
    return [step for step in version.steps if step in MODULES]


def _faults(version: LoanProductVersion, step: Step, said: dict[str, Values]) -> list[Blocker]:
    """The step's own schema against the sample; a step without a form is done at its door."""
    if step not in MODULES:
        return []
    module = MODULES[step]
    schema = documents.schema_of(version, module)
    found = checking.faults(schema, documents.without_blanks(module, said[step]))
    return [Blocker("field_missing" if each.is_gap else "field_invalid", each.detail, each.path) for each in found]


def _age(version: LoanProductVersion, born_on: date | None) -> list[Blocker]:
    if born_on is None or version.product.borrower_kind != "PERSON":
        return []
    age = age_on(born_on, clock.today())
    if version.min_age <= age <= version.max_age:
        return []
    detail = f"借款人年龄须在{version.min_age}至{version.max_age}周岁之间（现{age}周岁）"
    return [Blocker("age_out_of_range", detail, "born_on")]


def _papers(version: LoanProductVersion, said: dict[str, Values]) -> list[TriedPaper]:
    case = _circumstances(said)
    asked = version.required_materials.order_by("stage", "id")
    return [TriedPaper(MaterialType(each.type), each.stage, each.pages) for each in asked if case.ask_for(each)]


def _circumstances(said: dict[str, Values]) -> Circumstances:
    """What the sample says about itself; what is no plain value says nothing."""
    applicant, business = said.get(Step.APPLICANT, {}), said.get(Step.BUSINESS_INFORMATION, {})
    pledged = _rows(said.get(Step.COLLATERAL, {}), "collaterals")
    guarantors = [row for row in _rows(said.get(Step.SPOUSE_GUARANTOR, {}), "parties") if row.get("role") == _GUARANTOR]
    return Circumstances(
        amount=_amount(applicant) or Decimal(0),
        occupation=str(applicant.get("occupation") or ""),
        marital_status=str(applicant.get("marital_status") or ""),
        premises=str(business.get("premises") or ""),
        has_collateral=bool(pledged),
        is_co_owned=any(row.get("is_co_owned") is True for row in pledged),
        has_guarantor=bool(guarantors),
    )


_GUARANTOR = PartyRole.GUARANTOR.value


def _rows(document: Values, name: str) -> list[Values]:
    rows = document.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _amount(applicant: Values) -> Decimal | None:
    """The sample's amount, if it is one."""
    value: Any = applicant.get("amount")
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except ArithmeticError:
        return None
    return amount if amount is not None and amount.is_finite() and amount > 0 else None


def _rate(version: LoanProductVersion) -> Decimal | None:
    try:
        return products.price(version)
    except products.LprMissing:
        return None


# --- Figures ------------------------------------------------------------------------------------
def _work_out(found: Trial, applicant: Values) -> None:
    """What hangs on the amount; the schedule once amount, term and method are there and sound."""
    amount, version = _amount(applicant), found.version
    if amount is None:
        return
    found.approval_level = _level(found, amount)
    found.is_entrusted_required = amount > version.self_payment_up_to
    found.may_sign_electronically = amount <= version.electronic_signing_up_to
    is_business = version.product.kind in product_soundness.FOR_BUSINESS
    found.needs_two_investigators = is_business or amount > version.two_investigators_above
    wrong = {each.field for step in found.steps if step.step == Step.APPLICANT for each in step.faults}
    if found.rate is not None and not wrong & {"amount", "term_months", "repayment_method", "repayment_day"}:
        found.schedule = schedule(
            applicant["repayment_method"],
            amount,
            found.rate,
            applicant["term_months"],
            clock.today(),
            applicant["repayment_day"],
        )


def _level(found: Trial, amount: Decimal) -> ApprovalLevel | None:
    try:
        return ApprovalLevel(products.approval_level_for(found.version, amount))
    except RuleBroken as refusal:
        found.limits.append(Blocker(refusal.code, f"{refusal.detail}（{yuan(amount)}元）", "amount"))
        return None
