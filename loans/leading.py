"""Work on a case that is no move: only its lead does it, and every change raises the case's version."""

from aladdin import clock
from aladdin.problems import NotPermitted
from loans.models import LoanApplication
from organization.access import require
from organization.models import Staff


def lead_only(application: LoanApplication, action: str, by: Staff) -> None:
    """Raise `not_permitted` unless the role may, `not_in_charge` unless the person is investigator A."""
    require(by, action)
    if by.pk != application.investigator_id:
        raise NotPermitted("not_in_charge", "只有本笔主办客户经理可以办理")


def touch(held: LoanApplication) -> None:
    """The case was worked on: version and date go up, so that a stale edit is noticed and idleness is not seen."""
    held.version += 1
    held.updated_at = clock.now()
    held.save(update_fields=["version", "updated_at"])
