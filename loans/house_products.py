"""The five loan products that the house ships, each as a bank of the region would configure it.

They are versions like any other: what a bank changes, it changes in the next version (`loans/product_versions.py`).
Amounts are yuan, terms months, spreads basis points.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from loans.codes import (
    ApprovalLevel,
    Guarantee,
    LegalDocument,
    LoanKind,
    LprTenor,
    MaterialType,
    Purpose,
    RepaymentMethod,
    Step,
)
from loans.diligence.codes import Topic
from loans.models import (
    ApprovalTier,
    LoanProduct,
    LoanProductVersion,
    PlannedCheck,
    ProductFee,
    ProductTemplate,
    RepaymentRule,
    RequiredMaterial,
    StepFieldRule,
)

_FROM = date(2020, 1, 1)
_IF, _STAGE = RequiredMaterial.Condition, RequiredMaterial.Stage
_M, _S, _P, _R, _T = MaterialType, Step, Purpose, RepaymentMethod, Topic
_FIRST, _REGULAR, _MATURITY = PlannedCheck.Kind.FIRST, PlannedCheck.Kind.REGULAR, PlannedCheck.Kind.MATURITY
_RULE = StepFieldRule.Rule
_LICENCE_FIELDS = ("registered_on", "licence_is_long_term", "licence_expires_on", "premises", "premises_address")
_CHECK_IF, _WAY = PlannedCheck.Condition, PlannedCheck.Way


def _paper(kind: MaterialType, condition: str = _IF.ALWAYS, **more: Any) -> dict[str, Any]:
    return {"type": kind, "condition": condition, **more}


def _check(kind: str, condition: str = _CHECK_IF.ALWAYS, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "condition": condition, **more}


def _ask(step: Step, name: str, rule: str) -> dict[str, Any]:
    return {"step": step, "field": name, "rule": rule}


@dataclass(frozen=True, kw_only=True)
class HouseProduct:
    """A product with its first version."""

    code: str
    name: str
    kind: LoanKind
    guarantee: Guarantee
    terms: dict[str, Any]
    papers: list[dict[str, Any]]
    tiers: dict[ApprovalLevel, int]
    checks: list[dict[str, Any]]
    fees: list[dict[str, Any]] = field(default_factory=list)
    field_rules: list[dict[str, Any]] = field(default_factory=list)
    repayment: dict[str, Any] = field(default_factory=dict)
    contract: str = "PERSONAL"


_PREPAYMENT = {
    "name": "提前还款违约金",
    "basis": ProductFee.Basis.PERCENT,
    "value": Decimal(1),
    "when": ProductFee.When.PREPAYMENT,
    "collected_by": "本行",
}
_UNSECURED_TIERS = {
    ApprovalLevel.OUTLET: 300_000,
    ApprovalLevel.CENTRE: 1_000_000,
    ApprovalLevel.HEAD_OFFICE: 10_000_000,
}
_SECURED_TIERS = {
    ApprovalLevel.OUTLET: 1_000_000,
    ApprovalLevel.CENTRE: 5_000_000,
    ApprovalLevel.HEAD_OFFICE: 10_000_000,
}
#: First checks as in domain 1.7: fifteen days where money follows a business or a payee, else thirty.
_CONSUMPTION_CHECKS = [
    _check(_FIRST, days=30),
    _check(_FIRST, _CHECK_IF.ENTRUSTED, days=15),
    _check(_FIRST, _CHECK_IF.AMOUNT_ABOVE, amount_above=Decimal(500_000), days=15),
    _check(_REGULAR, every_months=12),
    _check(_REGULAR, _CHECK_IF.AMOUNT_ABOVE, amount_above=Decimal(300_000), every_months=6, way=_WAY.ON_SITE),
    _check(_MATURITY, days=30),
]
_BUSINESS_CHECKS = [
    _check(_FIRST, days=15, way=_WAY.ON_SITE),
    _check(_REGULAR, every_months=12, way=_WAY.ON_SITE),
    _check(_REGULAR, _CHECK_IF.AMOUNT_ABOVE, amount_above=Decimal(500_000), every_months=6, way=_WAY.ON_SITE),
    _check(_MATURITY, days=30),
]
_CORPORATE_CHECKS = [
    _check(_FIRST, days=15, way=_WAY.ON_SITE),
    _check(_REGULAR, every_months=6, way=_WAY.ON_SITE),
    _check(_REGULAR, _CHECK_IF.AMOUNT_ABOVE, amount_above=Decimal(2_000_000), every_months=3, way=_WAY.ON_SITE),
    _check(_MATURITY, days=30),
]
_SIMPLE_STEPS = [
    _S.APPLICANT,
    _S.IDENTITY_CHECK,
    _S.CREDIT_AUTHORIZATION,
    _S.MATERIALS,
    _S.DUE_DILIGENCE,
    _S.CONFIRMATION,
]
_PERSONAL = "个人贷款管理办法（国家金融监督管理总局令2024年第3号）"
#: Who borrows for a business is asked about it, and his cash flow is written down above this amount.
_TALKED_OVER = [_T.IDENTITY, _T.PURPOSE, _T.INCOME, _T.DEBTS, _T.REPAYMENT, _T.BUSINESS]
_RECKONED_ABOVE = Decimal(200_000)

PERSONAL_CONSUMPTION = HouseProduct(
    code="PERSONAL_CONSUMPTION",
    name="个人消费贷",
    kind=LoanKind.CONSUMPTION,
    guarantee=Guarantee.UNSECURED,
    terms={
        "min_amount": Decimal(1_000),
        "max_amount": Decimal(1_000_000),
        "min_term_months": 3,
        "max_term_months": 60,
        "max_age": 65,
        "repayment_methods": [_R.EQUAL_INSTALLMENT, _R.EQUAL_PRINCIPAL, _R.INTEREST_ONLY],
        "purposes": [
            _P.HOME_IMPROVEMENT,
            _P.CAR,
            _P.DURABLES,
            _P.EDUCATION,
            _P.MEDICAL,
            _P.TRAVEL,
            _P.HOUSEHOLD,
        ],
        "steps": _SIMPLE_STEPS,
        "spread_bp": 150,
        "rate_floor": Decimal(3),
        "rate_cap": Decimal(24),
        "two_investigators_above": Decimal(0),
        "self_payment_up_to": Decimal(300_000),
        "electronic_signing_up_to": Decimal(200_000),
        "legal_basis": f"{_PERSONAL}：消费用途期限不超过五年，自主支付单笔不超过30万元",
    },
    papers=[
        _paper(_M.ID_CARD, pages=2),
        _paper(_M.INC_PROOF, _IF.EMPLOYED),
        _paper(_M.BIZ_LICENSE, _IF.SELF_EMPLOYED),
        _paper(_M.BANK_FLOW, _IF.AMOUNT_ABOVE, amount_above=Decimal(100_000)),
        _paper(_M.ASSET_PROOF, _IF.AMOUNT_ABOVE, amount_above=Decimal(300_000)),
    ],
    tiers=_UNSECURED_TIERS,
    checks=_CONSUMPTION_CHECKS,
    fees=[_PREPAYMENT],
)

PERSONAL_BUSINESS = HouseProduct(
    code="PERSONAL_BUSINESS",
    name="个人经营贷",
    kind=LoanKind.BUSINESS,
    guarantee=Guarantee.UNSECURED,
    terms={
        "min_amount": Decimal(10_000),
        "max_amount": Decimal(1_000_000),
        "min_term_months": 3,
        "max_term_months": 60,
        "max_age": 65,
        "repayment_methods": [_R.EQUAL_INSTALLMENT, _R.EQUAL_PRINCIPAL, _R.INTEREST_ONLY, _R.BULLET],
        "purposes": [_P.WORKING_CAPITAL, _P.INVENTORY, _P.EQUIPMENT, _P.RENT, _P.PREMISES],
        "steps": [_S.APPLICANT, _S.BUSINESS_INFORMATION, *_SIMPLE_STEPS[1:]],
        "spread_bp": 120,
        "rate_floor": Decimal(3),
        "rate_cap": Decimal(24),
        "two_investigators_above": Decimal(0),
        "self_payment_up_to": Decimal(500_000),
        "electronic_signing_up_to": Decimal(200_000),
        "interview_topics": _TALKED_OVER,
        "cash_flow_sheet_above": _RECKONED_ABOVE,
        "max_draws": 3,
        "draw_within_months": 6,
        "legal_basis": f"{_PERSONAL}：经营用途期限一般不超过五年，自主支付单笔不超过50万元；银保监办发〔2021〕39号",
    },
    papers=[
        _paper(_M.ID_CARD, pages=2),
        _paper(_M.BIZ_LICENSE),
        _paper(_M.SITE_PHOTO),
        _paper(_M.BANK_FLOW),
        _paper(_M.PURCHASE_CONTRACT, _IF.AMOUNT_ABOVE, amount_above=Decimal(300_000)),
    ],
    tiers=_UNSECURED_TIERS,
    checks=_BUSINESS_CHECKS,
    fees=[_PREPAYMENT],
)

MORTGAGE_BUSINESS = HouseProduct(
    code="MORTGAGE_BUSINESS",
    name="房抵经营贷",
    kind=LoanKind.BUSINESS,
    guarantee=Guarantee.MORTGAGED,
    terms={
        "min_amount": Decimal(100_000),
        "max_amount": Decimal(10_000_000),
        "min_term_months": 12,
        "max_term_months": 120,
        "max_age": 65,
        "repayment_methods": [_R.EQUAL_INSTALLMENT, _R.EQUAL_PRINCIPAL, _R.INTEREST_ONLY, _R.STEPPED],
        "purposes": [_P.WORKING_CAPITAL, _P.INVENTORY, _P.EQUIPMENT, _P.RENT, _P.PREMISES],
        "steps": [
            _S.APPLICANT,
            _S.BUSINESS_INFORMATION,
            _S.SPOUSE_GUARANTOR,
            _S.IDENTITY_CHECK,
            _S.CREDIT_AUTHORIZATION,
            _S.COLLATERAL,
            _S.MATERIALS,
            _S.DUE_DILIGENCE,
            _S.CONFIRMATION,
        ],
        "lpr_tenor": LprTenor.FIVE_YEARS,
        "spread_bp": 20,
        "rate_floor": Decimal(3),
        "rate_cap": Decimal(12),
        "two_investigators_above": Decimal(0),
        "self_payment_up_to": Decimal(500_000),
        "electronic_signing_up_to": Decimal(0),
        "max_loan_to_value": Decimal(70),
        "interview_topics": _TALKED_OVER,
        "cash_flow_sheet_above": _RECKONED_ABOVE,
        "max_draws": 6,
        "draw_within_months": 12,
        "legal_basis": f"{_PERSONAL}：经营回收周期较长的最长不超过十年；未办妥抵押登记不得放款；银保监办发〔2021〕39号",
    },
    papers=[
        _paper(_M.ID_CARD, pages=2),
        _paper(_M.SPOUSE_ID, _IF.MARRIED, pages=2),
        _paper(_M.MARRIAGE_CERT, _IF.MARRIED),
        _paper(_M.HUKOU),
        _paper(_M.BIZ_LICENSE),
        _paper(_M.PREMISE_PROOF, _IF.RENTED),
        _paper(_M.SITE_PHOTO),
        _paper(_M.BANK_FLOW),
        _paper(_M.PURCHASE_CONTRACT),
        _paper(_M.COLLATERAL_CERT, _IF.COLLATERAL),
        _paper(_M.APPRAISAL_REPORT, _IF.COLLATERAL),
        _paper(_M.COOWNER_CONSENT, _IF.CO_OWNED),
        _paper(_M.GUARANTOR_ID, _IF.GUARANTOR, pages=2),
        _paper(_M.GUARANTOR_CONSENT, _IF.GUARANTOR),
        _paper(_M.OTHER_RIGHT_CERT, _IF.COLLATERAL, stage=_STAGE.DISBURSEMENT),
    ],
    tiers=_SECURED_TIERS,
    checks=_BUSINESS_CHECKS,
    fees=[_PREPAYMENT],
    repayment={
        "holidays": RepaymentRule.HolidayRule.NEXT_WORKING_DAY,
        "groups": [
            {"instalments": 12, "principal_percent": "10"},
            {"instalments": 12, "principal_percent": "20"},
            {"instalments": 1, "principal_percent": "70"},
        ],
        "grace_days": 3,
        "repricing": RepaymentRule.Repricing.JANUARY,
        "prepayment_free_after_months": 36,
    },
)

SMALL_ENTERPRISE = HouseProduct(
    code="SMALL_ENTERPRISE",
    name="小微企业流动资金贷",
    kind=LoanKind.CORPORATE,
    guarantee=Guarantee.GUARANTEED,
    contract="CORPORATE",
    terms={
        "min_amount": Decimal(50_000),
        "max_amount": Decimal(10_000_000),
        "min_term_months": 3,
        "max_term_months": 36,
        "max_age": 65,
        "repayment_methods": [_R.INTEREST_ONLY, _R.EQUAL_PRINCIPAL, _R.EQUAL_INSTALLMENT, _R.BULLET],
        "purposes": [_P.WORKING_CAPITAL, _P.INVENTORY, _P.RENT],
        "steps": [
            _S.APPLICANT,
            _S.BUSINESS_INFORMATION,
            _S.SPOUSE_GUARANTOR,
            _S.IDENTITY_CHECK,
            _S.CREDIT_AUTHORIZATION,
            _S.MATERIALS,
            _S.DUE_DILIGENCE,
            _S.CONFIRMATION,
        ],
        "spread_bp": 80,
        "rate_floor": Decimal(3),
        "rate_cap": Decimal(12),
        "two_investigators_above": Decimal(0),
        "self_payment_up_to": Decimal(10_000_000),
        "electronic_signing_up_to": Decimal(0),
        "interview_topics": _TALKED_OVER,
        "cash_flow_sheet_above": _RECKONED_ABOVE,
        "max_draws": 10,
        "draw_within_months": 12,
        "legal_basis": "流动资金贷款管理办法（国家金融监督管理总局令2024年第2号）："
        "期限原则上不超过三年；按营运资金量测算额度；支付对象明确且单笔超过1000万元须受托支付",
    },
    papers=[
        _paper(_M.BIZ_LICENSE),
        _paper(_M.ID_CARD, pages=2),
        _paper(_M.BANK_FLOW),
        _paper(_M.TAX_PROOF),
        _paper(_M.PREMISE_PROOF, _IF.RENTED),
        _paper(_M.SITE_PHOTO),
        _paper(_M.PURCHASE_CONTRACT),
        _paper(_M.GUARANTOR_ID, _IF.GUARANTOR, pages=2),
        _paper(_M.GUARANTOR_CONSENT, _IF.GUARANTOR),
    ],
    tiers=_SECURED_TIERS,
    checks=_CORPORATE_CHECKS,
    fees=[_PREPAYMENT],
)

FARMER = HouseProduct(
    code="FARMER",
    name="农户贷",
    kind=LoanKind.BUSINESS,
    guarantee=Guarantee.UNSECURED,
    terms={
        "min_amount": Decimal(5_000),
        "max_amount": Decimal(300_000),
        "min_term_months": 3,
        "max_term_months": 36,
        "max_age": 65,
        "repayment_methods": [_R.BULLET, _R.INTEREST_ONLY, _R.EQUAL_INSTALLMENT, _R.SEASONAL],
        "purposes": [_P.PLANTING, _P.BREEDING, _P.FARM_SUPPLIES, _P.FARM_MACHINERY],
        "steps": [
            _S.APPLICANT,
            _S.BUSINESS_INFORMATION,
            _S.SPOUSE_GUARANTOR,
            _S.IDENTITY_CHECK,
            _S.CREDIT_AUTHORIZATION,
            _S.MATERIALS,
            _S.DUE_DILIGENCE,
            _S.CONFIRMATION,
        ],
        "spread_bp": 100,
        "rate_floor": Decimal(3),
        "rate_cap": Decimal(12),
        "two_investigators_above": Decimal(0),
        "self_payment_up_to": Decimal(300_000),
        "electronic_signing_up_to": Decimal(200_000),
        "interview_topics": _TALKED_OVER,
        "cash_flow_sheet_above": _RECKONED_ABOVE,
        "legal_basis": f"农户贷款管理办法（银监发〔2012〕50号）；{_PERSONAL}",
    },
    papers=[
        _paper(_M.ID_CARD, pages=2),
        _paper(_M.HUKOU),
        _paper(_M.SPOUSE_ID, _IF.MARRIED, pages=2),
        _paper(_M.RESIDENCE_PROOF),
        _paper(_M.SITE_PHOTO),
        _paper(_M.BANK_FLOW, _IF.AMOUNT_ABOVE, amount_above=Decimal(100_000)),
    ],
    tiers=_UNSECURED_TIERS,
    checks=_BUSINESS_CHECKS,
    fees=[_PREPAYMENT],
    field_rules=[
        *(_ask(_S.BUSINESS_INFORMATION, name, _RULE.OPTIONAL) for name in ("name", "credit_code", "staff_count")),
        *(_ask(_S.BUSINESS_INFORMATION, name, _RULE.OPTIONAL) for name in ("farm_area_mu", "livestock_count")),
        *(_ask(_S.BUSINESS_INFORMATION, name, _RULE.HIDDEN) for name in _LICENCE_FIELDS),
    ],
    repayment={"payment_months": [5, 6, 7, 9, 10, 11], "interest_between": RepaymentRule.Between.QUARTERLY},
)

ALL = (PERSONAL_CONSUMPTION, PERSONAL_BUSINESS, MORTGAGE_BUSINESS, SMALL_ENTERPRISE, FARMER)


@transaction.atomic
def ship() -> list[LoanProduct]:
    """Every product with its first published version; what is there stays."""
    return [_ship(each) for each in ALL]


def _ship(house: HouseProduct) -> LoanProduct:
    described = {"name": house.name, "kind": house.kind, "guarantee": house.guarantee}
    product, is_new = LoanProduct.objects.get_or_create(code=house.code, defaults=described)
    if is_new:
        terms = {"lpr_tenor": LprTenor.ONE_YEAR, **house.terms}
        version = LoanProductVersion.objects.create(product=product, effective_from=_FROM, **terms)
        _furnish(version, house)
        version.state = LoanProductVersion.State.PUBLISHED  # frozen from here on
        version.save(update_fields=["state"])
    return product


def _furnish(version: LoanProductVersion, house: HouseProduct) -> None:
    ApprovalTier.objects.bulk_create(
        ApprovalTier(version=version, level=level, up_to=Decimal(up_to)) for level, up_to in house.tiers.items()
    )
    RequiredMaterial.objects.bulk_create(RequiredMaterial(version=version, **paper) for paper in house.papers)
    ProductFee.objects.bulk_create(ProductFee(version=version, **fee) for fee in house.fees)
    StepFieldRule.objects.bulk_create(StepFieldRule(version=version, **rule) for rule in house.field_rules)
    PlannedCheck.objects.bulk_create(PlannedCheck(version=version, **check) for check in house.checks)
    if house.repayment:
        RepaymentRule.objects.create(version=version, **house.repayment)
    ProductTemplate.objects.create(
        version=version, document=LegalDocument.LOAN_CONTRACT, template_code=house.contract, template_version="最新"
    )
