"""Contract templates: numbered clauses as rows, made by one person and published by another, in versions."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.codes import Guarantee, LegalDocument, LoanKind
from loans.contract_codes import ClauseCondition
from loans.models.products import LoanProduct


class ContractTemplateQuerySet(models.QuerySet["ContractTemplate"]):
    def in_force(self, on: date) -> Self:
        """Published versions that have begun, the newest of each template first."""
        published = self.filter(state=ContractTemplate.State.PUBLISHED, effective_from__lte=on)
        return published.order_by("code", "-effective_from", "-version")


class ContractTemplate(models.Model):
    """One version of one paper's text. Where several templates of a kind fit a case, the most particular is taken."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        SUBMITTED = "SUBMITTED", "待复核"
        PUBLISHED = "PUBLISHED", "已发布"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField("模板代码", max_length=40)
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    document = models.CharField("文书", max_length=24, choices=LegalDocument)
    title = models.CharField("标题", max_length=40)
    loan_kind = models.CharField("适用贷款类别", max_length=12, choices=LoanKind, blank=True, help_text="空为一律适用")
    guarantee = models.CharField("适用担保方式", max_length=12, choices=Guarantee, blank=True, help_text="空为一律适用")
    product = models.ForeignKey(
        LoanProduct,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contract_templates",
        verbose_name="适用产品",
        help_text="空为一律适用",
    )
    effective_from = models.DateField("生效日")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT, editable=False)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="经办人",
        help_text="空为系统预置",
    )
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="复核人",
    )
    returned_because = models.CharField("退回原因", max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField("制作时间", default=clock.now, editable=False)
    published_at = models.DateTimeField("发布时间", null=True, editable=False)

    objects = ContractTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = "合同模板"
        verbose_name_plural = "合同模板"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="template_version_counted_once"),
            models.UniqueConstraint(
                fields=["code"], condition=~Q(state="PUBLISHED"), name="one_template_version_in_the_making"
            ),
            models.CheckConstraint(
                condition=Q(maker__isnull=True) | Q(checker__isnull=True) | ~Q(maker=F("checker")),
                name="template_maker_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(state="PUBLISHED")
                | Q(published_at__isnull=False) & (Q(maker__isnull=True) | Q(checker__isnull=False)),
                name="published_template_was_checked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class TemplateClause(models.Model):
    """One clause: 第一条 heads an article, 1.1 is its text. `{{ name }}` stands for what the case says."""

    template = models.ForeignKey(
        ContractTemplate, on_delete=models.CASCADE, related_name="clauses", verbose_name="模板"
    )
    position = models.PositiveSmallIntegerField("次序")
    number = models.CharField("条款号", max_length=12)
    text = models.TextField("内容", max_length=4000)
    condition = models.CharField(
        "条件", max_length=20, choices=ClauseCondition, default=ClauseCondition.ALWAYS, blank=True
    )
    emphasis = models.BooleanField(
        "显著提示", default=False, help_text="免除或减轻本行责任、与客户有重大利害关系的条款"
    )

    class Meta:
        verbose_name = "合同条款"
        verbose_name_plural = "合同条款"
        ordering = ["template", "position"]
        constraints = [
            models.UniqueConstraint(fields=["template", "position"], name="clause_has_its_place"),
        ]

    def __str__(self) -> str:
        return self.number
