"""One contradiction: what stands against what, how grave it is, and what the checks look at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from aladdin import clock, parameters
from aladdin.crypto import blind_index
from crm.flows import Flows, flows_of
from loans import gates
from loans.diligence.codes import Severity
from loans.models import CashFlowSheet, CreditReport, DueDiligence, LoanApplication, Material


@dataclass(frozen=True)
class Side:
    """One of the two values, where it comes from, as people read it."""

    label: str
    value: str


@dataclass(frozen=True)
class Finding:
    """A contradiction with both of its values. `openly` says it without the figures of the credit report, where it
    tells any; `about` tells several of one kind apart."""

    code: str
    severity: Severity
    detail: str
    left: Side
    right: Side
    field: str = ""
    openly: str = ""
    about: str = ""

    @property
    def from_bureau(self) -> bool:
        """It tells figures of the credit report, which not everybody who reads the file may see."""
        return bool(self.openly)

    @property
    def for_everybody(self) -> str:
        """The contradiction as everybody who reads the file may know of it."""
        return self.openly or self.detail

    @property
    def fingerprint(self) -> str:
        """Of the two values: other values are another contradiction, which wants an answer of its own."""
        return blind_index("finding", f"{self.code}|{self.about}|{self.left.value}|{self.right.value}")


class Case:
    """What the checks look at, each read once."""

    def __init__(self, application: LoanApplication) -> None:
        self.application = application
        self.today: date = clock.today()

    @cached_property
    def investigation(self) -> DueDiligence | None:
        found: DueDiligence | None = getattr(self.application, "due_diligence", None)
        return found

    @cached_property
    def sheet(self) -> CashFlowSheet | None:
        return self.application.cash_flow_sheets.order_by("-version").first()

    @cached_property
    def report(self) -> CreditReport | None:
        return gates.usable_report(self.application)

    @cached_property
    def flows(self) -> Flows | None:
        days = parameters.integer("loan.crosscheck_flow_days")
        return flows_of(self.application.customer.identity_index, until=self.today, days=days)

    @cached_property
    def photos(self) -> list[Material]:
        """Pictures of the place, as they stand."""
        return list(self.application.materials.standing().filter(type="SITE_PHOTO").order_by("created_at"))

    @property
    def income(self) -> Decimal | None:
        """As verified; before that as stated."""
        if self.investigation is not None:
            return self.investigation.monthly_income
        return self.sheet.monthly_income if self.sheet else self.application.monthly_income

    @property
    def debt(self) -> Decimal | None:
        """Monthly payments on other debts, as verified; before that as stated."""
        if self.investigation is not None:
            return self.investigation.monthly_debt
        return self.sheet.monthly_debt if self.sheet else self.application.monthly_debt


Check: TypeAlias = Callable[[Case], Iterable[Finding]]
