"""The replay's one loan product: the source's loans bear no interest, so it is a fixed rate of zero."""

from datetime import date
from decimal import Decimal

from demo.staffing import JOINED_ON
from loans import contract_templates
from loans.codes import ApprovalLevel, Guarantee, LoanKind, MaterialType, Purpose, RepaymentMethod, Step
from loans.models import ApprovalTier, LoanProduct, LoanProductVersion, RequiredMaterial

CODE = "INTEREST_FREE_INSTALMENT"
_TIERS = ((ApprovalLevel.OUTLET, Decimal(300_000)), (ApprovalLevel.CENTRE, Decimal(1_000_000)))


def publish(on: date = JOINED_ON) -> None:
    """Put the product and the contract texts on the shelf, once."""
    contract_templates.seed()
    product, is_new = LoanProduct.objects.get_or_create(
        code=CODE,
        defaults={"name": "零息分期贷", "kind": LoanKind.CONSUMPTION, "guarantee": Guarantee.UNSECURED},
    )
    if not is_new:
        return
    version = LoanProductVersion.objects.create(
        product=product,
        effective_from=on,
        min_amount=Decimal(1_000),
        max_amount=Decimal(600_000),
        min_term_months=12,
        max_term_months=60,
        max_age=70,
        repayment_methods=[RepaymentMethod.EQUAL_INSTALLMENT],
        purposes=[Purpose.HOUSEHOLD, Purpose.HOME_IMPROVEMENT, Purpose.CAR],
        steps=[
            Step.APPLICANT,
            Step.IDENTITY_CHECK,
            Step.CREDIT_AUTHORIZATION,
            Step.MATERIALS,
            Step.DUE_DILIGENCE,
            Step.CONFIRMATION,
        ],
        rate_rule=LoanProductVersion.RateRule.FIXED,
        fixed_rate=Decimal(0),
        self_payment_up_to=Decimal(600_000),
        electronic_signing_up_to=Decimal(200_000),
    )
    ApprovalTier.objects.bulk_create(ApprovalTier(version=version, level=level, up_to=most) for level, most in _TIERS)
    RequiredMaterial.objects.create(version=version, type=MaterialType.ID_CARD, pages=1)
    version.state = LoanProductVersion.State.PUBLISHED  # frozen from here on
    version.save(update_fields=["state"])
