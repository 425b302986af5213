"""What hangs on a version of a loan product besides fees, papers and approval tiers; it is frozen with the version."""

from django.db import models
from django.db.models import Q

from loans.codes import LegalDocument, Step
from loans.models.products import LoanProductVersion


class ProductTemplate(models.Model):
    """From which template, in which edition, a legal document of this product is drawn up."""

    version = models.ForeignKey(
        LoanProductVersion, on_delete=models.CASCADE, related_name="templates", verbose_name="产品版本"
    )
    document = models.CharField("文书", max_length=24, choices=LegalDocument)
    template_code = models.CharField("模板代码", max_length=30)
    template_version = models.CharField(
        "模板版本", max_length=20, default="最新", help_text="版本号；“最新”为签约当日有效的最新版本"
    )

    class Meta:
        verbose_name = "文书模板"
        verbose_name_plural = "文书模板"
        ordering = ["version", "document"]
        constraints = [models.UniqueConstraint(fields=["version", "document"], name="product_template_once")]

    def __str__(self) -> str:
        return f"{self.get_document_display()} {self.template_code} {self.template_version}"


class PlannedCheck(models.Model):
    """One line of the plan of checks after the disbursement (domain 1.7). Of several that fit, the earliest rules."""

    class Kind(models.TextChoices):
        FIRST = "FIRST", "首次检查"
        REGULAR = "REGULAR", "定期检查"
        MATURITY = "MATURITY", "到期前检查"

    class Condition(models.TextChoices):
        ALWAYS = "ALWAYS", "一律"
        ENTRUSTED = "ENTRUSTED", "受托支付"
        AMOUNT_ABOVE = "AMOUNT_ABOVE", "金额超过门槛"

    class Way(models.TextChoices):
        ON_SITE = "ON_SITE", "现场"
        OFF_SITE = "OFF_SITE", "非现场"

    version = models.ForeignKey(
        LoanProductVersion, on_delete=models.CASCADE, related_name="planned_checks", verbose_name="产品版本"
    )
    kind = models.CharField("检查类型", max_length=8, choices=Kind)
    condition = models.CharField("条件", max_length=16, choices=Condition, default=Condition.ALWAYS)
    amount_above = models.DecimalField("金额门槛", max_digits=18, decimal_places=2, null=True, blank=True)
    days = models.PositiveSmallIntegerField(
        "天数", null=True, blank=True, help_text="首次检查：放款后多少天内；到期前检查：到期前多少天"
    )
    every_months = models.PositiveSmallIntegerField("间隔（月）", null=True, blank=True, help_text="定期检查")
    way = models.CharField("方式", max_length=8, choices=Way, default=Way.OFF_SITE)

    class Meta:
        verbose_name = "贷后检查计划"
        verbose_name_plural = "贷后检查计划"
        ordering = ["version", "kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="REGULAR", every_months__gt=0, days__isnull=True)
                | (~Q(kind="REGULAR") & Q(days__gt=0, every_months__isnull=True)),
                name="planned_check_says_when",
            ),
            models.CheckConstraint(
                condition=Q(condition="AMOUNT_ABOVE", amount_above__isnull=False)
                | (~Q(condition="AMOUNT_ABOVE") & Q(amount_above__isnull=True)),
                name="planned_check_threshold_where_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_condition_display()}"


class StepFieldRule(models.Model):
    """What a product asks of one field of a step's form, other than the step module does by itself."""

    class Rule(models.TextChoices):
        REQUIRED = "REQUIRED", "必填"
        OPTIONAL = "OPTIONAL", "选填"
        HIDDEN = "HIDDEN", "不填"

    version = models.ForeignKey(
        LoanProductVersion, on_delete=models.CASCADE, related_name="field_rules", verbose_name="产品版本"
    )
    step = models.CharField("步骤", max_length=24, choices=Step)
    field = models.CharField("字段", max_length=40, help_text="表单字段代码，如 employer")
    rule = models.CharField("要求", max_length=8, choices=Rule)

    class Meta:
        verbose_name = "表单字段要求"
        verbose_name_plural = "表单字段要求"
        ordering = ["version", "step", "field"]
        constraints = [models.UniqueConstraint(fields=["version", "step", "field"], name="field_ruled_once")]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.field} {self.get_rule_display()}"
