"""What a customer and those who belong to him owe the bank altogether: authority is granted on that sum.

To one household belong husband and wife and co-borrowers, of this file and of every other that is alive; besides,
the groups that the bank keeps (关联客户组).
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, DecimalField, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from aladdin import clock
from crm.models import Customer
from loans.codes import PartyRole
from loans.draw_machine import UNDRAWN
from loans.models import Draw, LoanAccount, LoanApplication, LoanParty, RelatedGroupMember
from loans.reading import once
from loans.states import IN_FLIGHT, State

#: Granted, but not yet (wholly) a balance.
PROMISED = (State.APPROVED, State.CONTRACTING, State.CONTRACTED, State.DISBURSING)
_HOUSEHOLD = (PartyRole.CO_BORROWER, PartyRole.SPOUSE)
#: A household grows by whom its members bring; nobody's reaches further.
_ROUNDS = 5
_MONEY: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=18, decimal_places=2)


@dataclass(frozen=True)
class Exposure:
    """In yuan: what is asked for now, what is owed, what is promised; and how many customers it is added up over."""

    amount: Decimal
    owed: Decimal
    promised: Decimal
    customers: int

    @property
    def total(self) -> Decimal:
        return self.amount + self.owed + self.promised


@once
def of(application: LoanApplication, amount: Decimal) -> Exposure:
    """The exposure with `amount` yuan for this application, whatever of it is drawn already."""
    members = household(application)
    live = LoanAccount.objects.live().filter(customer__in=members).exclude(application=application)
    owed = live.aggregate(sum=Sum("balance"))["sum"] or Decimal(0)
    return Exposure(amount, owed, _promised(members, application), len(members))


def _promised(members: set[UUID], application: LoanApplication) -> Decimal:
    """Approved and not yet paid out; of a loan in tranches what is still to come."""
    planned = Draw.objects.filter(contract__application=OuterRef("pk"), state__in=UNDRAWN).order_by()
    to_come = Coalesce(
        Subquery(planned.values("contract").annotate(sum=Sum("amount")).values("sum")), Decimal(0), output_field=_MONEY
    )
    in_parts = Q(state=State.DISBURSED, contract__draw_until__isnull=False)
    rows = LoanApplication.objects.filter(Q(state__in=PROMISED) | in_parts, customer__in=members)
    promised = Case(When(state=State.DISBURSED, then=to_come), default=F("approved_amount"), output_field=_MONEY)
    others = rows.exclude(pk=application.pk).annotate(left=promised)
    left = others.aggregate(sum=Sum("left", output_field=_MONEY))["sum"]
    return left or Decimal(0)


@once
def household(application: LoanApplication) -> set[UUID]:
    """The customers whose debts count as one with the borrower's, himself included."""
    beside = LoanParty.objects.standing().filter(application=application, role__in=_HOUSEHOLD)
    indexes = {application.customer.identity_index, *beside.values_list("identity_index", flat=True)}
    members = {application.customer_id: application.customer.identity_index}
    for _ in range(_ROUNDS):
        known = len(members), len(indexes)
        for customer_id in _next_to(members, indexes):
            members.setdefault(customer_id, "")
        if known == (len(members), len(indexes)):
            break
    return set(members)


def _next_to(members: dict[UUID, str], indexes: set[str]) -> set[UUID]:
    """Customers next to these, by a file, by an identity number, or by a group; `members` (customer → identity index,
    empty where not looked up yet) and `indexes` grow on the way."""
    new = [customer_id for customer_id, index in members.items() if not index]
    unmet = indexes - set(members.values())
    if new or unmet:
        people = Customer.objects.filter(Q(pk__in=new) | Q(identity_index__in=unmet)).order_by()
        members.update(people.values_list("pk", "identity_index"))
    indexes |= set(members.values())
    found = dict(members)
    alive = Q(application__state__in=IN_FLIGHT) | Q(application__accounts__in=LoanAccount.objects.live())
    stand = LoanParty.objects.standing().filter(alive, role__in=_HOUSEHOLD)
    next_to = stand.filter(Q(identity_index__in=indexes) | Q(application__customer__in=found))
    for customer_id, index in next_to.values_list("application__customer_id", "identity_index").distinct():
        found.setdefault(customer_id, "")
        indexes.add(index)
    groups = RelatedGroupMember.objects.on(clock.today()).filter(customer__in=found).order_by().values("group")
    together = RelatedGroupMember.objects.on(clock.today()).filter(group__in=groups)
    return set(found) | set(together.values_list("customer_id", flat=True))


def lock(application: LoanApplication) -> None:
    """Nobody else decides on a loan of this household until the transaction ends. Before the application is locked."""
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=household(application)).order_by("pk")
    list(rows.values_list("pk", flat=True))
