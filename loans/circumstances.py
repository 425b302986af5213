"""What about a case decides which papers are asked for and which rules hold: plain facts, from rows or made up."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from loans.codes import MaritalStatus, Premises, Step
from loans.models.products import RequiredMaterial

if TYPE_CHECKING:
    from loans.models import LoanApplication

_IF = RequiredMaterial.Condition


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Amount in yuan; the rest as the codes say it, or empty where it is not known yet."""

    amount: Decimal = Decimal(0)
    occupation: str = ""
    marital_status: str = ""
    premises: str = ""
    has_collateral: bool = False
    is_co_owned: bool = False
    has_guarantor: bool = False

    def ask_for(self, asked: RequiredMaterial) -> bool:
        """Whether a case like this has to bring the paper."""
        if asked.condition == _IF.AMOUNT_ABOVE:
            return self.amount > (asked.amount_above or 0)
        return asked.condition == _IF.ALWAYS or asked.condition in self._true_conditions()

    def _true_conditions(self) -> set[str]:
        """The conditions that hold, besides those on the amount."""
        facts = {
            _IF.MARRIED: self.marital_status == MaritalStatus.MARRIED,
            _IF.COLLATERAL: self.has_collateral,
            _IF.CO_OWNED: self.is_co_owned,
            _IF.GUARANTOR: self.has_guarantor,
            _IF.RENTED: self.premises == Premises.RENTED,
        }
        return {condition.value for condition, holds in facts.items() if holds} | {self.occupation}


def of(application: "LoanApplication") -> Circumstances:
    """Those of an application; only rows of steps that its product has are looked for."""
    steps = application.product_version.steps
    pledged = [each.is_co_owned for each in application.collaterals.all()] if Step.COLLATERAL in steps else []
    business = getattr(application, "business", None) if Step.BUSINESS_INFORMATION in steps else None
    guarantors = application.parties.guarantors()
    return Circumstances(
        amount=application.amount or Decimal(0),
        occupation=application.occupation,
        marital_status=application.marital_status,
        premises=business.premises if business is not None else "",
        has_collateral=bool(pledged),
        is_co_owned=any(pledged),
        has_guarantor=Step.SPOUSE_GUARANTOR in steps and guarantors.exists(),
    )
