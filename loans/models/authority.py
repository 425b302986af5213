"""Who may approve how much, on whose behalf, who is asked first, and what sends a case higher."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.codes import ApprovalLevel, RiskGrade
from loans.models.products import LoanProduct
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class ApprovalDelegationQuerySet(ScopedQuerySet["ApprovalDelegation"]):
    def visible_to(self, staff: "Staff") -> Self:
        """Those that one gave or received."""
        return self.filter(Q(delegator=staff) | Q(delegate=staff)) if staff.is_active else self.none()

    def on(self, day: date) -> Self:
        """In force on a business date."""
        return self.filter(revoked_at__isnull=True, first_day__lte=day, last_day__gte=day)


class ApprovalDelegation(models.Model):
    """An approver away lets another sit in his place for some days (转授权). It lends the place, never a higher
    limit: whoever sits there is bound by his own limit as well."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delegator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations_given", verbose_name="授权人"
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations_held", verbose_name="受托人"
    )
    first_day = models.DateField("起（含）")
    last_day = models.DateField("止（含）")
    reason = models.CharField("原因", max_length=200)
    created_at = models.DateTimeField("授权时间", default=clock.now, editable=False)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = ApprovalDelegationQuerySet.as_manager()

    class Meta:
        verbose_name = "审批转授权"
        verbose_name_plural = "审批转授权"
        ordering = ["-first_day", "-id"]
        indexes = [models.Index(fields=["delegate", "last_day"], name="delegations_of_delegate")]
        constraints = [
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="nobody_delegates_to_himself"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="delegation_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.delegator} → {self.delegate}（{self.first_day}至{self.last_day}）"


class ChainRule(models.Model):
    """What sends a case higher than its amount alone would, or asks for two signatures: by product, branch, risk
    grade and the customer's whole exposure. Of several that fit the strictest counts."""

    product = models.ForeignKey(
        LoanProduct,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="产品",
        help_text="空为各产品",
    )
    branch = models.ForeignKey(
        "organization.Branch",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="机构",
        help_text="含下级，空为全行",
    )
    risk_grade = models.CharField("风险等级", max_length=6, choices=RiskGrade, blank=True, help_text="空为各等级")
    above = models.DecimalField(
        "合计超过", max_digits=18, decimal_places=2, default=0, help_text="单户（含关联）合计，元"
    )
    first_level = models.PositiveSmallIntegerField("起始审批层级", choices=ApprovalLevel, null=True, blank=True)
    last_word = models.PositiveSmallIntegerField("最低终审层级", choices=ApprovalLevel, null=True, blank=True)
    signatures = models.PositiveSmallIntegerField("终审签字人数", default=1)
    effective_from = models.DateField("生效日", default=clock.today)
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)

    class Meta:
        verbose_name = "审批流转规则"
        verbose_name_plural = "审批流转规则"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(signatures__range=(1, 2)), name="chain_asks_one_or_two_signatures"),
            models.CheckConstraint(condition=Q(above__gte=0), name="chain_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="chain_rule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(first_level__isnull=False) | Q(last_word__isnull=False) | Q(signatures__gt=1),
                name="chain_rule_asks_for_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product or '各产品'} {self.branch or '全行'} > {self.above}"


class ApprovalDesk(models.Model):
    """At which branch the cases of a branch (and those below it) are approved on one level. Where none is named it
    is the nearest branch upwards that has somebody with the authority."""

    branch = models.ForeignKey(
        "organization.Branch", on_delete=models.PROTECT, related_name="+", verbose_name="申请机构（含下级）"
    )
    level = models.PositiveSmallIntegerField("审批层级", choices=ApprovalLevel)
    at = models.ForeignKey(
        "organization.Branch", on_delete=models.PROTECT, related_name="+", verbose_name="受理审批的机构"
    )

    class Meta:
        verbose_name = "审批受理机构"
        verbose_name_plural = "审批受理机构"
        ordering = ["branch", "level"]
        constraints = [models.UniqueConstraint(fields=["branch", "level"], name="approval_desk_named_once")]

    def __str__(self) -> str:
        return f"{self.branch} {self.get_level_display()} → {self.at}"
