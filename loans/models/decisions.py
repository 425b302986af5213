"""Review, approval and who may approve how much."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from loans.codes import ApprovalLevel, Guarantee, LoanKind, RiskGrade
from loans.models.application import LoanApplication
from loans.models.authority import ApprovalDelegation


class ReviewOpinion(models.Model):
    """What the reviewer found (审查意见). Append-only: a second review is a second row."""

    class Recommendation(models.TextChoices):
        APPROVE = "APPROVE", "建议同意"
        REJECT = "REJECT", "建议否决"

    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="review_opinions", verbose_name="申请"
    )
    recommendation = models.CharField("审查结论", max_length=8, choices=Recommendation)
    opinion = models.CharField("审查意见", max_length=2000)
    risk_points = models.CharField("主要风险", max_length=1000, blank=True)
    risk_grade = models.CharField("风险等级", max_length=6, choices=RiskGrade, default=RiskGrade.NORMAL)
    amount = models.DecimalField("建议金额", max_digits=18, decimal_places=2, null=True, blank=True)
    term_months = models.PositiveSmallIntegerField("建议期限（月）", null=True, blank=True)
    rate = models.DecimalField("建议年利率（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="审查人")
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = "审查意见"
        verbose_name_plural = "审查意见"
        ordering = ["application", "at"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_recommendation_display()}"


class ApprovalDecision(models.Model):
    """One decision at one level (审批). Append-only."""

    class Decision(models.TextChoices):
        APPROVE = "APPROVE", "同意"
        REJECT = "REJECT", "否决"
        RETURN = "RETURN", "退回"
        ESCALATE = "ESCALATE", "上报"
        CONCUR = "CONCUR", "同意（待会签）"

    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="approval_decisions", verbose_name="申请"
    )
    level = models.PositiveSmallIntegerField("审批层级", choices=ApprovalLevel)
    decision = models.CharField("决定", max_length=8, choices=Decision)
    amount = models.DecimalField("金额", max_digits=18, decimal_places=2, null=True, blank=True)
    term_months = models.PositiveSmallIntegerField("期限（月）", null=True, blank=True)
    rate = models.DecimalField("年利率（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    max_draws = models.PositiveSmallIntegerField("允许提款次数", default=1, db_default=1)
    conditions = models.CharField("附加条件", max_length=1000, blank=True)
    reason = models.CharField("理由", max_length=500, blank=True)
    reason_code = models.CharField("理由代码", max_length=32, blank=True)
    exposure = models.DecimalField("单户（含关联）合计", max_digits=18, decimal_places=2, null=True, blank=True)
    authority_limit = models.DecimalField("所用权限上限", max_digits=18, decimal_places=2, null=True, blank=True)
    delegation = models.ForeignKey(
        ApprovalDelegation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        verbose_name="所用转授权",
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="审批人")
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = "审批决定"
        verbose_name_plural = "审批决定"
        ordering = ["application", "at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision__in=["APPROVE", "CONCUR"]) | Q(amount__gt=0, term_months__gt=0, rate__gte=0),
                name="approval_says_what",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["APPROVE", "CONCUR"]) | ~Q(reason=""), name="refusal_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(decision="APPROVE")
                | Q(exposure__isnull=True)
                | Q(authority_limit__isnull=True)
                | Q(exposure__lte=F("authority_limit")),
                name="approval_within_authority",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_decision_display()}"


class ApprovalAuthority(models.Model):
    """How much one person may approve (授权): by kind of loan and guarantee, with dates."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approval_authorities", verbose_name="审批人"
    )
    level = models.PositiveSmallIntegerField("审批层级", choices=ApprovalLevel)
    kind = models.CharField("贷款类别", max_length=12, choices=LoanKind, blank=True, help_text="空为各类")
    guarantee = models.CharField("担保方式", max_length=12, choices=Guarantee, blank=True, help_text="空为各种")
    max_amount = models.DecimalField("单户上限", max_digits=18, decimal_places=2)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)

    class Meta:
        verbose_name = "审批授权"
        verbose_name_plural = "审批授权"
        ordering = ["staff", "level"]
        constraints = [
            models.CheckConstraint(condition=Q(max_amount__gt=0), name="authority_is_an_amount"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="authority_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["staff", "level", "kind", "guarantee", "effective_from"], name="authority_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.get_level_display()} ≤ {self.max_amount}"
