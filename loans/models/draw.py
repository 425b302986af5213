"""The planned parts of a contract that is paid out in tranches (分次提款), and the log of what became of each."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.draw_machine import UNDER_WAY, DrawMachine, DrawState
from loans.models.application import LoanApplication
from loans.models.contract import Contract

if TYPE_CHECKING:
    from organization.models import Staff


class DrawQuerySet(models.QuerySet["Draw"]):
    def visible_to(self, staff: "Staff") -> Self:
        """Who may see the application may see its draws."""
        return self.filter(contract__application__in=LoanApplication.objects.visible_to(staff))


class Draw(DrawMachine):
    """One planned part of a contract: how much, from when, on what condition, to whom, for what. What was planned
    never changes once the contract is signed; each is paid by one payment and opens one loan account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="draws", verbose_name="合同")
    number = models.PositiveSmallIntegerField("序号")
    amount = models.DecimalField("金额", max_digits=18, decimal_places=2)
    planned_on = models.DateField("计划提款日", null=True, blank=True, help_text="不得早于此日提款；空为随时")
    condition = models.CharField("提款条件", max_length=300, blank=True)
    purpose_note = models.CharField("用途说明", max_length=200, blank=True)
    payee_name_sealed = models.TextField(blank=True, default="")
    payee_account_sealed = models.TextField(blank=True, default="")
    payee_bank = models.CharField("收款行", max_length=60, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    payee_name = Sealed("payee_name_sealed")
    payee_account = Sealed("payee_account_sealed")
    objects = DrawQuerySet.as_manager()

    class Meta:
        verbose_name = "提款"
        verbose_name_plural = "提款"
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="draw_numbered_once"),
            models.UniqueConstraint(fields=["contract"], condition=Q(state__in=UNDER_WAY), name="one_draw_under_way"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="draw_amount_positive"),
            models.CheckConstraint(condition=Q(state__in=DrawState.values), name="draw_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["REQUESTED", "PAYING", "PAID"]) | Q(requested_by__isnull=False),
                name="draw_asked_for_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PAYING", "PAID"], released_by__isnull=False)
                | (~Q(state__in=["PAYING", "PAID"]) & Q(released_by__isnull=True)),
                name="draw_released_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("requested_by")),
                name="draw_released_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="PAID", paid_at__isnull=False) | (~Q(state="PAID") & Q(paid_at__isnull=True)),
                name="paid_draw_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} 第{self.number}次提款"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.contract.data_key()


class DrawTransition(models.Model):
    """One move of one draw. Append-only: the database refuses change."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="transitions", verbose_name="提款")
    name = models.CharField("动作", max_length=20)
    from_state = models.CharField("原状态", max_length=10, choices=DrawState)
    to_state = models.CharField("新状态", max_length=10, choices=DrawState)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    at = models.DateTimeField("时间", default=clock.now)
    reason = models.CharField("原因", max_length=500, blank=True)
    reason_code = models.CharField("原因代码", max_length=32, blank=True)

    class Meta:
        verbose_name = "提款流转记录"
        verbose_name_plural = "提款流转记录"
        ordering = ["draw", "id"]

    def __str__(self) -> str:
        return f"{self.draw_id} {self.from_state} → {self.to_state}"
