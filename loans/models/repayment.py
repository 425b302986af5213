"""Money that comes back: repayments as core banking tells them, wishes to pay early, and what lateness costs by day."""

from decimal import Decimal
from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.models.account import LoanAccount
from loans.models.schedule import ScheduleVersion
from loans.repayment import Item, Received
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff

_PARTS = {
    "fee": Item.FEE,
    "compound": Item.COMPOUND,
    "penalty": Item.PENALTY,
    "interest": Item.INTEREST,
    "principal": Item.PRINCIPAL,
}


M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class _OfAccount(ScopedQuerySet[M_co]):
    def visible_to(self, staff: "Staff") -> Self:
        """Who may see the account."""
        return self.filter(account__in=LoanAccount.objects.visible_to(staff))


class PrepaymentQuerySet(_OfAccount["Prepayment"]):
    """Wishes to pay early."""


class RepaymentQuerySet(_OfAccount["Repayment"]):
    """Money that came back."""


class LatenessQuerySet(_OfAccount["LatenessOfDay"]):
    """What late loans owed."""


class Prepayment(models.Model):
    """A customer's wish to pay early, as quoted; it is executed when core banking says that the money came."""

    class Way(models.TextChoices):
        SHORTEN = "SHORTEN", "部分提前还款，缩短期限"
        LOWER = "LOWER", "部分提前还款，减少每期还款"
        WHOLE = "WHOLE", "全部提前结清"

    class State(models.TextChoices):
        REQUESTED = "REQUESTED", "待核心扣款"
        EXECUTED = "EXECUTED", "已执行"
        CANCELLED = "CANCELLED", "已取消"
        LAPSED = "LAPSED", "逾期未扣款"

    class AskedBy(models.TextChoices):
        RM = "RM", "客户经理"
        CUSTOMER = "CUSTOMER", "客户本人"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(LoanAccount, on_delete=models.PROTECT, related_name="prepayments", verbose_name="借据")
    request_no = models.CharField("申请编号", max_length=24, unique=True)
    way = models.CharField("方式", max_length=8, choices=Way)
    on = models.DateField("还款日")
    principal = models.DecimalField("提前还本", max_digits=18, decimal_places=2)
    interest = models.DecimalField("截至当日利息", max_digits=18, decimal_places=2)
    fee = models.DecimalField("违约金", max_digits=18, decimal_places=2)
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)
    asked_by = models.CharField("提出人", max_length=8, choices=AskedBy, default=AskedBy.RM)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    requested_at = models.DateTimeField("申请时间", default=clock.now, editable=False)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = PrepaymentQuerySet.as_manager()

    class Meta:
        verbose_name = "提前还款申请"
        verbose_name_plural = "提前还款申请"
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="REQUESTED"), name="one_prepayment_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(principal__gt=0, interest__gte=0, fee__gte=0), name="prepayment_amounts_sound"
            ),
            models.CheckConstraint(
                condition=Q(state="REQUESTED", closed_at__isnull=True)
                | (~Q(state="REQUESTED") & Q(closed_at__isnull=False)),
                name="closed_prepayment_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.request_no


class Repayment(models.Model):
    """Money that came back on a loan account. Nothing of it changes but that it may be reversed, once."""

    class Kind(models.TextChoices):
        REPAYMENT = "REPAYMENT", "还款"
        PREPAYMENT = "PREPAYMENT", "提前还款"
        BALANCE = "BALANCE", "按核心余额核对"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(LoanAccount, on_delete=models.PROTECT, related_name="repayments", verbose_name="借据")
    reference = models.CharField("核心流水号", max_length=60, unique=True)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    paid_on = models.DateField("还款日")
    amount = models.DecimalField("金额", max_digits=18, decimal_places=2)
    fee = models.DecimalField("费用", max_digits=18, decimal_places=2, null=True, blank=True)
    compound = models.DecimalField("复利", max_digits=18, decimal_places=2, null=True, blank=True)
    penalty = models.DecimalField("罚息", max_digits=18, decimal_places=2, null=True, blank=True)
    interest = models.DecimalField("利息", max_digits=18, decimal_places=2, null=True, blank=True)
    principal = models.DecimalField("本金", max_digits=18, decimal_places=2, null=True, blank=True)
    principal_first = models.BooleanField("先本后息", default=False)
    prepayment = models.OneToOneField(
        Prepayment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="repayment",
        verbose_name="提前还款申请",
    )
    schedule = models.OneToOneField(
        ScheduleVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="repayment",
        verbose_name="由此生成的计划",
    )
    told_at = models.DateTimeField("入账时间", default=clock.now, editable=False)
    reversed_on = models.DateField("冲正日", null=True, blank=True)
    reversal_reference = models.CharField("冲正流水号", max_length=60, null=True, blank=True, unique=True)

    objects = RepaymentQuerySet.as_manager()

    class Meta:
        verbose_name = "还款记录"
        verbose_name_plural = "还款记录"
        ordering = ["account", "paid_on", "told_at"]
        indexes = [models.Index(fields=["account", "paid_on"], name="repayments_of_account")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="repayment_not_negative"),
            models.CheckConstraint(
                condition=Q(principal__isnull=True)
                | Q(amount=F("fee") + F("compound") + F("penalty") + F("interest") + F("principal")),
                name="repayment_parts_sum",
            ),
            models.CheckConstraint(
                condition=Q(reversed_on__isnull=True, reversal_reference__isnull=True)
                | Q(reversed_on__isnull=False, reversal_reference__isnull=False),
                name="reversal_told_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def split(self, parts: dict[Item, Decimal] | None) -> None:
        """Keep the core's own split, what it does not name being nought; None is no split."""
        for name, item in _PARTS.items():
            setattr(self, name, None if parts is None else parts.get(item, Decimal(0)))

    def in_figures(self) -> Received:
        """As the matching rule takes it."""
        told = None if self.principal is None else {item: getattr(self, name) for name, item in _PARTS.items()}
        return Received(
            reference=self.reference,
            on=self.paid_on,
            amount=self.amount,
            parts=told,
            is_reversed=self.reversed_on is not None,
            principal_first=self.principal_first,
        )


class LatenessOfDay(models.Model):
    """What a late loan owed at the end of a business date: written once a night, never changed."""

    account = models.ForeignKey(LoanAccount, on_delete=models.PROTECT, related_name="lateness", verbose_name="借据")
    business_date = models.DateField("业务日期")
    overdue_days = models.PositiveSmallIntegerField("逾期天数")
    overdue_principal = models.DecimalField("逾期本金", max_digits=18, decimal_places=2)
    overdue_interest = models.DecimalField("逾期利息", max_digits=18, decimal_places=2)
    penalty = models.DecimalField("应收罚息", max_digits=18, decimal_places=2)
    compound = models.DecimalField("应收复利", max_digits=18, decimal_places=2)
    penalty_rate = models.DecimalField("罚息利率（%）", max_digits=9, decimal_places=6)
    balance = models.DecimalField("本金余额", max_digits=18, decimal_places=2)
    created_at = models.DateTimeField("计提时间", default=clock.now, editable=False)

    objects = LatenessQuerySet.as_manager()

    class Meta:
        verbose_name = "逾期计提"
        verbose_name_plural = "逾期计提"
        ordering = ["-business_date", "account"]
        indexes = [models.Index(fields=["business_date", "overdue_days"], name="lateness_of_day")]
        constraints = [models.UniqueConstraint(fields=["account", "business_date"], name="lateness_once_a_day")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.business_date}"
