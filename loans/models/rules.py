"""Hard rules kept as data: versioned, published by a second person, and what they said of each application."""

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.codes import About, ApprovalLevel, Outcome, Stage
from loans.models.application import LoanApplication
from loans.models.party import LoanParty


class DecisionRule(models.Model):
    """A hard rule by its code; what it says stands in its versions. A statutory one can be rewritten, never ended."""

    code = models.CharField("规则代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    is_statutory = models.BooleanField("法定规则（不可停用）", default=False)
    created_at = models.DateTimeField("建立时间", default=clock.now, editable=False)

    class Meta:
        verbose_name = "决策规则"
        verbose_name_plural = "决策规则"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class DecisionRuleVersionQuerySet(models.QuerySet["DecisionRuleVersion"]):
    def in_force(self, on: date) -> Self:
        """Of every rule the version that counts on a business date; a rule that was ended has none."""
        begun = self.filter(state=DecisionRuleVersion.State.PUBLISHED, effective_from__lte=on)
        newest = begun.order_by("rule_id", "-effective_from", "-version").distinct("rule_id").values("pk")
        return self.filter(pk__in=newest, is_active=True).select_related("rule").order_by("rule__code")


class DecisionRuleVersion(models.Model):
    """What a rule says from a date on. Another than its author publishes it; then the database refuses change."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        PUBLISHED = "PUBLISHED", "已发布"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.ForeignKey(DecisionRule, on_delete=models.PROTECT, related_name="versions", verbose_name="规则")
    version = models.PositiveIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    effective_from = models.DateField("生效日")
    is_active = models.BooleanField("启用", default=True, help_text="不勾选并发布即停用此规则")

    stages = ArrayField(models.CharField(max_length=12, choices=Stage), verbose_name="适用环节")
    about = models.CharField("针对", max_length=14, choices=About, default=About.BORROWER)
    condition = models.JSONField("触发条件")
    outcome = models.CharField("触发时", max_length=6, choices=Outcome, default=Outcome.BLOCK)
    when_unknown = models.CharField("无法判断时", max_length=6, choices=Outcome, default=Outcome.PASS)
    refer_to_level = models.PositiveSmallIntegerField("须上报至", choices=ApprovalLevel, null=True, blank=True)
    field = models.CharField("对应字段", max_length=40, blank=True)
    explanation = models.CharField("说明", max_length=300, help_text="可用 {事实} 与 {参数} 引用条件中的值")
    legal_basis = models.CharField("依据", max_length=200)

    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    drafted_at = models.DateTimeField("起草时间", default=clock.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = DecisionRuleVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "决策规则版本"
        verbose_name_plural = "决策规则版本"
        ordering = ["rule__code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "version"], name="rule_version_counted_once"),
            models.UniqueConstraint(fields=["rule"], condition=Q(state="DRAFT"), name="one_draft_a_rule"),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("drafted_by")),
                name="rule_published_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT", published_at__isnull=True)
                | Q(state="PUBLISHED", published_at__isnull=False),
                name="published_rule_says_when",
            ),
            models.CheckConstraint(
                condition=Q(refer_to_level__isnull=True) | Q(outcome="REFER"), name="only_a_referral_names_a_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.version}"


class DecisionRun(models.Model):
    """The rules put to one application at one moment, and what they came to. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="decision_runs", verbose_name="申请"
    )
    stage = models.CharField("环节", max_length=12, choices=Stage)
    outcome = models.CharField("结论", max_length=6, choices=Outcome)
    facts = models.JSONField("当时事实", default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = "规则评估"
        verbose_name_plural = "规则评估"
        ordering = ["application", "at"]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} {self.get_outcome_display()}"


class RuleResult(models.Model):
    """What one version of one rule said in one run, of which facts. Append-only."""

    run = models.ForeignKey(DecisionRun, on_delete=models.PROTECT, related_name="results", verbose_name="评估")
    rule_version = models.ForeignKey(
        DecisionRuleVersion, on_delete=models.PROTECT, related_name="+", verbose_name="规则版本"
    )
    party = models.ForeignKey(
        LoanParty, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="关联人（空为借款人）"
    )
    outcome = models.CharField("结果", max_length=6, choices=Outcome)
    is_unknown = models.BooleanField("资料不足", default=False)
    explanation = models.CharField("说明", max_length=500)
    facts = models.JSONField("所用事实")

    class Meta:
        verbose_name = "规则结果"
        verbose_name_plural = "规则结果"
        ordering = ["run", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "rule_version"], condition=Q(party__isnull=True), name="rule_answers_once_a_run"
            ),
            models.UniqueConstraint(fields=["run", "rule_version", "party"], name="rule_answers_once_a_party"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_version} {self.get_outcome_display()}"
