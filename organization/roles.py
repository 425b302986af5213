"""The bank's roles and which two nobody may hold at once."""

from django.db import models


class Role(models.TextChoices):
    """What a person is to the system; rights hang on roles, never on persons."""

    RM = "RM", "客户经理"
    TEAM_LEAD = "TEAM_LEAD", "团队长"
    BRANCH_MANAGER = "BRANCH_MANAGER", "支行行长"
    CREDIT_QUERY_OFFICER = "CREDIT_QUERY_OFFICER", "征信查询员"
    REVIEWER = "REVIEWER", "审查岗"
    APPROVER = "APPROVER", "有权审批人"
    DISBURSEMENT_OFFICER = "DISBURSEMENT_OFFICER", "放款审核岗"
    POST_LOAN_REVIEWER = "POST_LOAN_REVIEWER", "贷后管理岗"
    PRODUCT_MANAGER = "PRODUCT_MANAGER", "产品经理"
    RETAIL_HQ = "RETAIL_HQ", "总行零售"
    AUDITOR = "AUDITOR", "审计"
    SYS_ADMIN = "SYS_ADMIN", "系统管理员"
    SEC_ADMIN = "SEC_ADMIN", "安全管理员"
    AUDIT_ADMIN = "AUDIT_ADMIN", "审计管理员"


_ADMINS = (Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN)
_BUSINESS = tuple(role for role in Role if role not in (*_ADMINS, Role.AUDITOR))

#: Pairs that one person may not hold: the bureau is not queried by RMs or administrators, the three
#: administrators are three people and do no business, the auditor writes nothing.
INCOMPATIBLE: frozenset[frozenset[Role]] = frozenset(
    frozenset(pair)
    for pair in [
        (Role.RM, Role.CREDIT_QUERY_OFFICER),
        *((admin, role) for admin in _ADMINS for role in _BUSINESS),
        *((one, other) for one in _ADMINS for other in _ADMINS if one != other),
        *((Role.AUDITOR, role) for role in _BUSINESS),
    ]
)


def conflicts(roles: set[Role]) -> list[tuple[Role, Role]]:
    """The pairs among `roles` that exclude each other, each once, in the order of `Role`."""
    held = [role for role in Role if role in roles]
    return [
        (one, other)
        for index, one in enumerate(held)
        for other in held[index + 1 :]
        if frozenset((one, other)) in INCOMPATIBLE
    ]
