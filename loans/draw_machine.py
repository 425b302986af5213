"""The life of one draw (提款) of a loan that is paid out in parts: states and arrows.

Who may and what follows stand in `loans/draws.py`, `loans/disbursement.py` and `loans/later_draws.py`. The
application itself is paid out with its first draw (domain 1.4); the later ones live on here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from aladdin import clock

if TYPE_CHECKING:
    from organization.models import Staff


class DrawState(models.TextChoices):
    """Where a draw stands."""

    PLANNED = "PLANNED", "待提款"
    REQUESTED = "REQUESTED", "待放款审核"
    PAYING = "PAYING", "支付中"
    PAID = "PAID", "已放款"
    CANCELLED = "CANCELLED", "已取消"


S = DrawState
#: Somebody has it in hand: of one contract only one draw at a time.
UNDER_WAY = (S.REQUESTED, S.PAYING)
#: Promised to the customer, and not paid yet.
UNDRAWN = (S.PLANNED, S.REQUESTED, S.PAYING)

#: What people call each arrow.
LABELS = {
    "request": "申请提款",
    "refuse": "退回提款",
    "release": "核准提款",
    "fail": "提款支付失败",
    "pay": "提款放款",
    "cancel": "取消提款",
}


def _arrow(*sources: DrawState, target: DrawState) -> Callable[[Callable[..., None]], Callable[..., None]]:
    decorate: Callable[..., Any] = transition(field="state", source=list(sources), target=target)
    return decorate


class DrawMachine(ConcurrentTransitionMixin, models.Model):
    """The state with its arrows, and the marks that they leave."""

    state = FSMField("状态", max_length=10, choices=DrawState, default=DrawState.PLANNED, protected=True)
    state_since = models.DateTimeField("进入当前状态时间", default=clock.now)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="申请人",
    )
    evidence = models.CharField("用途凭证与条件落实", max_length=500, blank=True)
    use_of_last = models.CharField("前次提款使用情况", max_length=500, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="放款审核人",
    )
    paid_at = models.DateTimeField("放款时间", null=True, blank=True)

    class Meta:
        abstract = True

    @_arrow(S.PLANNED, target=S.REQUESTED)
    def request(self, *, requester: "Staff", evidence: str, use_of_last: str = "") -> None:
        """The RM asks for the money, with vouchers for its use."""
        self.requested_by, self.evidence, self.use_of_last = requester, evidence[:500], use_of_last[:500]

    @_arrow(S.REQUESTED, target=S.PLANNED)
    def refuse(self) -> None:
        """The officer gives it back."""
        self.requested_by = None

    @_arrow(S.REQUESTED, target=S.PAYING)
    def release(self, *, officer: "Staff") -> None:
        """The officer lets it go."""
        self.released_by = officer

    @_arrow(S.PAYING, target=S.PLANNED)
    def fail(self) -> None:
        """Core banking could not pay: it may be asked for again."""
        self.requested_by = self.released_by = None

    @_arrow(S.PAYING, target=S.PAID)
    def pay(self) -> None:
        """The money is out."""
        self.paid_at = clock.now()

    @_arrow(S.PLANNED, S.REQUESTED, target=S.CANCELLED)
    def cancel(self) -> None:
        """Nobody will draw it any more."""
