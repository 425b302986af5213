"""The eighteen states of a loan application (domain 1.4), who holds the ball in each, and which are the end."""

from django.db import models

from organization.roles import Role


class State(models.TextChoices):
    """Where an application stands, in the order of the procedure."""

    DRAFT = "DRAFT", "草稿/待受理"
    ACCEPTED = "ACCEPTED", "已受理"
    ID_VERIFIED = "ID_VERIFIED", "身份核验通过"
    CREDIT_AUTHORIZED = "CREDIT_AUTHORIZED", "已征信授权"
    INVESTIGATING = "INVESTIGATING", "尽调中"
    SUBMITTED = "SUBMITTED", "已报审（待审查）"
    UNDER_REVIEW = "UNDER_REVIEW", "审查中"
    IN_APPROVAL = "IN_APPROVAL", "审批中"
    RETURNED = "RETURNED", "退回补充"
    APPROVED = "APPROVED", "已批复"
    CONTRACTING = "CONTRACTING", "签约中"
    CONTRACTED = "CONTRACTED", "已签约（待放款）"
    DISBURSING = "DISBURSING", "放款审核/支付中"
    DISBURSED = "DISBURSED", "已放款"
    REJECTED = "REJECTED", "已否决"
    WITHDRAWN = "WITHDRAWN", "客户撤回"
    CANCELLED = "CANCELLED", "行内撤销"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED", "批复失效"


S = State
TERMINAL = frozenset({S.DISBURSED, S.REJECTED, S.WITHDRAWN, S.CANCELLED, S.APPROVAL_EXPIRED})
#: Ended without a loan.
ABANDONED = TERMINAL - {S.DISBURSED}
IN_FLIGHT = frozenset(State) - TERMINAL
#: What the investigators may still change.
EDITABLE = (S.DRAFT, S.ACCEPTED, S.ID_VERIFIED, S.CREDIT_AUTHORIZED, S.INVESTIGATING, S.RETURNED)
INTAKE = (S.DRAFT, S.ACCEPTED, S.ID_VERIFIED, S.CREDIT_AUTHORIZED, S.INVESTIGATING)
#: An approval stands behind every one of these.
BEHIND_APPROVAL = (S.APPROVED, S.CONTRACTING, S.CONTRACTED, S.DISBURSING, S.DISBURSED, S.APPROVAL_EXPIRED)
#: Somebody has reviewed, or is reviewing.
BEHIND_REVIEWER = (S.UNDER_REVIEW, S.IN_APPROVAL, *BEHIND_APPROVAL)
#: The file was handed in at least once.
BEHIND_SUBMISSION = (S.SUBMITTED, S.RETURNED, *BEHIND_REVIEWER, S.REJECTED)

#: Who has to act next, or whose business the ended case remains.
OWNER: dict[State, Role] = {
    S.DRAFT: Role.RM,
    S.ACCEPTED: Role.RM,
    S.ID_VERIFIED: Role.RM,
    S.CREDIT_AUTHORIZED: Role.CREDIT_QUERY_OFFICER,
    S.INVESTIGATING: Role.RM,
    S.SUBMITTED: Role.REVIEWER,
    S.UNDER_REVIEW: Role.REVIEWER,
    S.IN_APPROVAL: Role.APPROVER,
    S.RETURNED: Role.RM,
    S.APPROVED: Role.RM,
    S.CONTRACTING: Role.RM,
    S.CONTRACTED: Role.RM,
    S.DISBURSING: Role.DISBURSEMENT_OFFICER,
    S.DISBURSED: Role.RM,
    S.REJECTED: Role.RM,
    S.WITHDRAWN: Role.RM,
    S.CANCELLED: Role.RM,
    S.APPROVAL_EXPIRED: Role.RM,
}
