"""Who answers for the debt: the borrower and those beside him; each proves who he is and consents for himself."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from aladdin.problems import NotFound
from loans.codes import MaritalStatus, PartyRole, QueryReason, Relation, Step
from loans.reading import once

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from crm.models import Customer
    from loans.models import CreditAuthorization, CreditReport, IdentityCheck, LoanApplication, LoanParty


#: The kind of a customer that is a firm.
FIRM = "BUSINESS"
_REASONS: dict[PartyRole | None, QueryReason] = {
    PartyRole.GUARANTOR: QueryReason.GUARANTOR,
    PartyRole.LEGAL_REPRESENTATIVE: QueryReason.LEGAL_REPRESENTATIVE,
}


@dataclass(frozen=True)
class Obligor:
    """One person of the case: the borrower himself where `party` is None."""

    application: "LoanApplication"
    party: "LoanParty | None" = None

    @cached_property
    def person(self) -> "Customer | LoanParty":
        """Whose name, identity number, mobile and data key count."""
        return self.party or self.application.customer

    @property
    def is_firm(self) -> bool:
        """A firm borrows itself: it has no face, its legal representative acts for it."""
        return self.party is None and self.application.customer.kind == FIRM

    @property
    def reason(self) -> QueryReason:
        """For which of the central bank's reasons the bureau is asked about him (domain 1.5)."""
        role = PartyRole(self.party.role) if self.party is not None else None
        return _REASONS.get(role, QueryReason.LOAN_APPROVAL)

    @property
    def title(self) -> str:
        """How a sentence calls him: 客户, or 保证人李*红."""
        return self.party.title() if self.party else "客户"

    @property
    def field(self) -> str:
        """Which part of the file a blocker about him points at; nothing for the borrower."""
        return f"parties.{self.party.pk}" if self.party else ""

    @property
    def key(self) -> str:
        """What names him among all cases, for what is bound to him: a code, an event."""
        return f"loan-party/{self.party.pk}" if self.party else f"loan-application/{self.application.pk}"

    @property
    def identity_checks(self) -> "QuerySet[IdentityCheck]":
        """His own; for a firm those of who acts for it."""
        if self.is_firm:
            acting = {"party__role": PartyRole.LEGAL_REPRESENTATIVE, "party__removed_at__isnull": True}
            return self.application.identity_checks.filter(**acting)
        return self.application.identity_checks.filter(party=self.party)

    @property
    def authorizations(self) -> "QuerySet[CreditAuthorization]":
        signed = self.application.credit_authorizations
        return signed.filter(party=self.party) if self.party else signed.filter(customer=self.application.customer_id)

    @property
    def reports(self) -> "QuerySet[CreditReport]":
        return self.application.credit_reports.filter(party=self.party)


@once
def of(application: "LoanApplication") -> list[Obligor]:
    """Everybody who answers for the debt, the borrower first."""
    beside = application.parties.obligors()
    return [Obligor(application), *(Obligor(application, party) for party in beside)]


def one(application: "LoanApplication", party_id: UUID | None) -> Obligor:
    """The borrower (None), or one of those beside him. Raises NotFound."""
    if party_id is None:
        return Obligor(application)
    party = application.parties.filter(pk=party_id, removed_at__isnull=True).first()
    if party is None:
        raise NotFound("没有找到该关联人")
    return Obligor(application, party)


# --- What the product asks for -------------------------------------------------------------------
def asks_for_parties(application: "LoanApplication") -> bool:
    """Whether the product's intake has the step of spouse and guarantor."""
    return Step.SPOUSE_GUARANTOR in application.product_version.steps


def lacks_spouse(application: "LoanApplication") -> bool:
    """The product has the step, the borrower is married, and nobody in the file is the spouse."""
    if not asks_for_parties(application) or application.marital_status != MaritalStatus.MARRIED:
        return False
    return not application.parties.filter(removed_at__isnull=True, relation=Relation.SPOUSE).exists()


def lacks_guarantor(application: "LoanApplication") -> bool:
    """The product has the step and stands on guarantee, and the file has no guarantor."""
    if not asks_for_parties(application) or application.product.guarantee != "GUARANTEED":
        return False
    return not application.parties.guarantors().exists()


def representative(application: "LoanApplication") -> "LoanParty | None":
    """Who acts for the firm that borrows; None where nobody is entered."""
    acting = application.parties.filter(removed_at__isnull=True, role=PartyRole.LEGAL_REPRESENTATIVE)
    return acting.first()
