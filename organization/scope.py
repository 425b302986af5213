"""Which rows a person may see: one method on the query set of every model that people read.

A role brings a scope over the tree of branches; the widest one held counts. A model that has not said how it is
scoped shows nothing.
"""

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from organization.roles import Role

if TYPE_CHECKING:
    from organization.models import Staff


class Scope(IntEnum):
    """How far a person's eyes reach, from nothing to the whole bank."""

    NONE = 0
    SELF = 1
    BRANCH = 2
    SUB_BRANCHES = 3
    BANK = 4


SCOPE_OF_ROLE: dict[Role, Scope] = {
    Role.RM: Scope.SELF,
    Role.TEAM_LEAD: Scope.BRANCH,
    Role.BRANCH_MANAGER: Scope.SUB_BRANCHES,
    Role.CREDIT_QUERY_OFFICER: Scope.SUB_BRANCHES,
    Role.REVIEWER: Scope.SUB_BRANCHES,
    Role.APPROVER: Scope.SUB_BRANCHES,
    Role.DISBURSEMENT_OFFICER: Scope.SUB_BRANCHES,
    Role.POST_LOAN_REVIEWER: Scope.SUB_BRANCHES,
    Role.PRODUCT_MANAGER: Scope.SELF,
    Role.RETAIL_HQ: Scope.BANK,
    Role.AUDITOR: Scope.BANK,
    Role.SYS_ADMIN: Scope.SELF,
    Role.SEC_ADMIN: Scope.SELF,
    Role.AUDIT_ADMIN: Scope.SELF,
}


def scope_of(staff: "Staff") -> Scope:
    """The widest scope that the person's roles bring; NONE for who has left or has no role."""
    if not staff.is_active:
        return Scope.NONE
    return max((SCOPE_OF_ROLE[role] for role in staff.roles()), default=Scope.NONE)


M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[M_co]):
    """Base of the query sets of what people read."""

    def visible_to(self, staff: "Staff") -> Self:
        """What this person may see. Fails closed: a model says how by overriding this."""
        return self.none()

    def by_branch(self, staff: "Staff", *, own: Q, branch: str = "branch") -> Self:
        """Rows by the person's scope: `own` always, besides those whose `branch` lies in the scope."""
        scope = scope_of(staff)
        if scope is Scope.NONE:
            return self.none()
        return self.filter(own | branch_filter(staff, scope, branch))


def branch_filter(staff: "Staff", scope: Scope, branch: str = "branch") -> Q:
    """The condition on a branch relation that the scope means; matches nothing for SELF."""
    match scope:
        case Scope.BANK:
            return Q(**{f"{branch}__isnull": False})
        case Scope.SUB_BRANCHES:
            return Q(**{f"{branch}__path__startswith": staff.branch.path})
        case Scope.BRANCH:
            return Q(**{branch: staff.branch_id})
        case _:
            return Q(pk__in=[])


def sees_branch(staff: "Staff", branch: Any) -> bool:
    """Whether figures of this branch (its people and customers together) are within the person's scope."""
    match scope_of(staff):
        case Scope.BANK:
            return True
        case Scope.SUB_BRANCHES:
            return bool(staff.branch.contains(branch))
        case Scope.BRANCH:
            return bool(staff.branch_id == branch.pk)
        case _:
            return False
