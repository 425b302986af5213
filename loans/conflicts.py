"""Whose case it is besides the five people's: nobody decides on what he entered, nor on a relative's loan."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from aladdin import clock
from crm.models import Customer
from loans.models.related import StaffRelative
from organization.roles import Role

if TYPE_CHECKING:
    from loans.models import LoanApplication, LoanParty

#: Moves by which somebody put something into the file.
_ENTERING = ("create", "accept", "submit", "resubmit")
#: Those whom the law calls credit staff (信贷业务人员).
CREDIT_STAFF = (
    Role.RM,
    Role.TEAM_LEAD,
    Role.BRANCH_MANAGER,
    Role.CREDIT_QUERY_OFFICER,
    Role.REVIEWER,
    Role.APPROVER,
    Role.DISBURSEMENT_OFFICER,
    Role.POST_LOAN_REVIEWER,
)


def relatives(application: "LoanApplication") -> frozenset[UUID]:
    """Employees who are, or have in their family, the borrower or somebody beside him; asked once for an instance."""
    found: frozenset[UUID] | None = application.__dict__.get("_relatives")
    if found is None:
        parties = application.parties.filter(removed_at__isnull=True)
        of_borrower = Customer.objects.filter(pk=application.customer_id)
        people = Q(identity_index__in=of_borrower.values("identity_index")) | Q(
            identity_index__in=parties.order_by().values("identity_index")
        )
        rows = StaffRelative.objects.on(clock.today()).filter(people)
        found = application.__dict__["_relatives"] = frozenset(rows.values_list("staff_id", flat=True))
    return found


def entered_by(application: "LoanApplication") -> frozenset[UUID]:
    """Who put the case or its papers into the file, in whatever part he stands now; asked once for an instance."""
    found: frozenset[UUID] | None = application.__dict__.get("_entered_by")
    if found is None:
        log = application.transitions.filter(name__in=_ENTERING, by__isnull=False).order_by()
        papers = application.materials.order_by()
        found = frozenset(log.values_list("by_id", flat=True).union(papers.values_list("uploaded_by_id", flat=True)))
        application.__dict__["_entered_by"] = found
    return found


def is_credit_staffs(person: "Customer | LoanParty") -> bool:
    """Whether he is credit staff of the bank, or a close relative of such (商业银行法 40)."""
    rows = StaffRelative.objects.on(clock.today()).filter(identity_index=person.identity_index)
    return rows.filter(staff__is_active=True, staff__role_assignments__role__in=CREDIT_STAFF).exists()
