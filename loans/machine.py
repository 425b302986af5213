"""The life of a loan application: states, arrows and conditions, nothing else (domain 1.4).

Who may make a move is in `organization/access.py` under the `action` named here; what stands in its way is in
`loans/blockers.py`; what follows from it is in the capability, which calls `loans.transitions.move`. A method
here touches its own row only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from aladdin import clock
from loans import blockers
from loans.states import INTAKE, State

if TYPE_CHECKING:
    from organization.models import Staff

S = State


@dataclass(frozen=True)
class Move:
    """One arrow of the table: what people call it, which right it needs (none: the system alone)."""

    name: str
    label: str
    action: str | None
    sources: tuple[State, ...]
    target: State


_BEFORE_MONEY = tuple(state for state in list(State)[:12])

#: The whole table of domain 1.4, in the order of the procedure.
MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        Move("accept", "受理", "loan.accept", (S.DRAFT,), S.ACCEPTED),
        Move("verify_identity", "身份核验通过", None, (S.ACCEPTED,), S.ID_VERIFIED),
        Move("authorize_credit", "征信授权", None, (S.ID_VERIFIED,), S.CREDIT_AUTHORIZED),
        Move("investigate", "取得征信报告", None, (S.CREDIT_AUTHORIZED,), S.INVESTIGATING),
        Move("submit", "报审", "loan.submit", (S.INVESTIGATING,), S.SUBMITTED),
        Move("take_up_review", "开始审查", "loan.review", (S.SUBMITTED,), S.UNDER_REVIEW),
        Move("pass_to_approval", "提交审批", "loan.review", (S.UNDER_REVIEW,), S.IN_APPROVAL),
        Move("return_for_correction", "退回补充", "loan.return", (S.UNDER_REVIEW, S.IN_APPROVAL), S.RETURNED),
        Move("resubmit", "重新报审", "loan.submit", (S.RETURNED,), S.SUBMITTED),
        Move("escalate", "上报上级审批", "loan.approve", (S.IN_APPROVAL,), S.IN_APPROVAL),
        Move("approve", "批复", "loan.approve", (S.IN_APPROVAL,), S.APPROVED),
        Move("reject", "否决", "loan.reject", (S.UNDER_REVIEW, S.IN_APPROVAL), S.REJECTED),
        Move("begin_contract", "开始签约", "loan.sign_contract", (S.APPROVED,), S.CONTRACTING),
        Move("sign_contract", "签订合同", "loan.sign_contract", (S.CONTRACTING,), S.CONTRACTED),
        Move("request_disbursement", "申请放款", "loan.request_disbursement", (S.CONTRACTED,), S.DISBURSING),
        Move("refuse_disbursement", "退回放款", "loan.disburse", (S.DISBURSING,), S.CONTRACTED),
        Move("disburse", "放款", "loan.disburse", (S.DISBURSING,), S.DISBURSED),
        Move("withdraw", "客户撤回", "loan.withdraw", _BEFORE_MONEY, S.WITHDRAWN),
        Move("cancel", "行内撤销", "loan.cancel", (*INTAKE, S.RETURNED), S.CANCELLED),
        Move("fall_back", "退回受理", None, (S.ID_VERIFIED, S.CREDIT_AUTHORIZED, S.INVESTIGATING), S.ACCEPTED),
        Move("expire_approval", "批复失效", None, (S.APPROVED, S.CONTRACTING, S.CONTRACTED), S.APPROVAL_EXPIRED),
    )
}


def _arrow(method: Callable[..., None]) -> Callable[..., None]:
    """Make the method the move of its own name; its condition is that no blocker of the file stands."""
    move = MOVES[method.__name__]

    def unblocked(application: Any) -> bool:
        return not blockers.of_file(application, move.name)

    custom = {"label": move.label, "action": move.action}
    decorated: Callable[..., None] = transition(
        field="state", source=list(move.sources), target=move.target, conditions=[unblocked], custom=custom
    )(method)
    return decorated


class ApplicationMachine(ConcurrentTransitionMixin, models.Model):
    """The state of an application, the marks that its moves leave, and the five people of the case."""

    state = FSMField("状态", max_length=20, choices=State, default=State.DRAFT, protected=True, db_index=True)
    state_since = models.DateTimeField("进入当前状态时间", default=clock.now)
    accepted_at = models.DateTimeField("受理时间", null=True, blank=True)
    submitted_at = models.DateTimeField("报审时间", null=True, blank=True)
    closed_at = models.DateTimeField("终结时间", null=True, blank=True)
    returns = models.PositiveSmallIntegerField("退回次数", default=0)

    investigator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications_led", verbose_name="主办（A角）"
    )
    co_investigator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications_assisted",
        verbose_name="协办（B角）",
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审查人",
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审批人",
    )
    disbursement_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="放款审核人",
    )

    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="当前经办人",
    )
    assigned_at = models.DateTimeField("领取时间", null=True, blank=True)

    approval_level = models.PositiveSmallIntegerField("当前审批层级", null=True, blank=True)
    approved_amount = models.DecimalField("批复金额", max_digits=18, decimal_places=2, null=True, blank=True)
    approved_term_months = models.PositiveSmallIntegerField("批复期限（月）", null=True, blank=True)
    approved_rate = models.DecimalField("批复年利率（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    approved_draws = models.PositiveSmallIntegerField("批复提款次数", default=1, db_default=1)
    approval_expires_on = models.DateField("批复有效期至", null=True, blank=True)

    class Meta:
        abstract = True

    # --- Intake ----------------------------------------------------------------------------------
    @_arrow
    def accept(self) -> None:
        self.accepted_at = clock.now()

    @_arrow
    def verify_identity(self) -> None:
        pass

    @_arrow
    def authorize_credit(self) -> None:
        pass

    @_arrow
    def investigate(self) -> None:
        pass

    @_arrow
    def submit(self) -> None:
        self.submitted_at = clock.now()

    # --- Review and approval ---------------------------------------------------------------------
    @_arrow
    def take_up_review(self, *, reviewer: "Staff") -> None:
        self.reviewer = reviewer

    @_arrow
    def pass_to_approval(self, *, level: int) -> None:
        self.approval_level = level

    @_arrow
    def return_for_correction(self) -> None:
        self.returns += 1
        self.approval_level = None

    @_arrow
    def resubmit(self) -> None:
        self.submitted_at = clock.now()

    @_arrow
    def escalate(self, *, level: int) -> None:
        self.approval_level = level

    @_arrow
    def approve(
        self,
        *,
        approver: "Staff",
        amount: Decimal,
        term_months: int,
        rate: Decimal,
        expires_on: date,
        max_draws: int = 1,
    ) -> None:
        self.approver = approver
        self.approved_amount, self.approved_term_months = amount, term_months
        self.approved_rate, self.approval_expires_on = rate, expires_on
        self.approved_draws = max_draws

    @_arrow
    def reject(self) -> None:
        self.closed_at = clock.now()

    # --- Contract and money ----------------------------------------------------------------------
    @_arrow
    def begin_contract(self) -> None:
        pass

    @_arrow
    def sign_contract(self) -> None:
        pass

    @_arrow
    def request_disbursement(self) -> None:
        self.disbursement_officer = None

    @_arrow
    def refuse_disbursement(self) -> None:
        self.disbursement_officer = None

    @_arrow
    def disburse(self, *, officer: "Staff") -> None:
        self.disbursement_officer = officer
        self.closed_at = clock.now()

    # --- Ways out --------------------------------------------------------------------------------
    @_arrow
    def withdraw(self) -> None:
        self.closed_at = clock.now()

    @_arrow
    def cancel(self) -> None:
        self.closed_at = clock.now()

    @_arrow
    def fall_back(self) -> None:
        pass

    @_arrow
    def expire_approval(self) -> None:
        self.closed_at = clock.now()
