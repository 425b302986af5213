"""What a customer and those who belong to him owe the bank altogether: authority is granted on that sum.

To one household belong husband and wife and co-borrowers, of this file and of every other that is alive; besides,
the groups that the bank keeps (关联客户组).
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from aladdin import clock
from crm.models import Customer
from loans.codes import PartyRole
from loans.models import LoanAccount, LoanApplication, LoanParty, RelatedGroupMember
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


def of(application: LoanApplication, amount: Decimal) -> Exposure:
    """The exposure with `amount` yuan more."""
    members = household(application)
    live = LoanAccount.objects.live().filter(customer__in=members)
    owed = live.aggregate(sum=Sum("balance"))["sum"] or Decimal(0)
    return Exposure(amount, owed, _promised(members, application), len(members))


def _promised(members: set[UUID], application: LoanApplication) -> Decimal:
    """Approved and not yet paid out; of a loan in tranches what is still to come."""
    drawn = LoanAccount.objects.filter(application=OuterRef("pk")).order_by().values("application")
    paid = Coalesce(Subquery(drawn.annotate(sum=Sum("principal")).values("sum")), Decimal(0), output_field=_MONEY)
    rows = LoanApplication.objects.filter(customer__in=members, state__in=PROMISED).exclude(pk=application.pk)
    left = rows.annotate(left=F("approved_amount") - paid).aggregate(sum=Sum("left", output_field=_MONEY))["sum"]
    return left or Decimal(0)


def household(application: LoanApplication) -> set[UUID]:
    """The customers whose debts count as one with the borrower's, himself included."""
    beside = LoanParty.objects.standing().filter(application=application, role__in=_HOUSEHOLD)
    indexes = set(beside.values_list("identity_index", flat=True))
    members = {application.customer_id}
    for _ in range(_ROUNDS):
        known = len(members), len(indexes)
        members |= _known(members, indexes)
        if known == (len(members), len(indexes)):
            break
    return members


def _known(members: set[UUID], indexes: set[str]) -> set[UUID]:
    """Customers next to these, by a file, by an identity number, or by a group; `indexes` grows on the way."""
    people = Customer.objects.filter(Q(pk__in=members) | Q(identity_index__in=indexes))
    found = dict(people.values_list("pk", "identity_index"))
    indexes |= set(found.values())
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
