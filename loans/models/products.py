"""Loan products: what a bank changes weekly is configuration, kept in versions that never change once published."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.codes import (
    ApprovalLevel,
    Guarantee,
    LoanKind,
    LprTenor,
    MaterialType,
    Purpose,
    RepaymentMethod,
    Step,
)
from loans.diligence.codes import Topic
from loans.models.repayment_rule import RepaymentRule
from loans.reading import once


class LoanProduct(models.Model):
    """A loan product on the shelf, known by its code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField("产品代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=40)
    kind = models.CharField("贷款类别", max_length=12, choices=LoanKind)
    guarantee = models.CharField("担保方式", max_length=12, choices=Guarantee)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = "贷款产品"
        verbose_name_plural = "贷款产品"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def borrower_kind(self) -> str:
        """Whom the loan is made to: a person, or a firm as itself."""
        return "BUSINESS" if self.kind == LoanKind.CORPORATE else "PERSON"


class LoanProductVersionQuerySet(models.QuerySet["LoanProductVersion"]):
    def in_force(self, on: date) -> Self:
        """Published versions that have begun; the newest of a product is the one that counts."""
        return self.filter(state=LoanProductVersion.State.PUBLISHED, effective_from__lte=on).order_by(
            "product_id", "-effective_from", "-version"
        )


class LoanProductVersion(models.Model):
    """The terms of a product from a date on. An application keeps the version it began with."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        IN_CHECK = "IN_CHECK", "待复核"
        PUBLISHED = "PUBLISHED", "已发布"

    class RateRule(models.TextChoices):
        LPR = "LPR", "LPR加点"
        FIXED = "FIXED", "固定利率"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(LoanProduct, on_delete=models.PROTECT, related_name="versions", verbose_name="产品")
    version = models.PositiveIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    effective_from = models.DateField("生效日")

    min_amount = models.DecimalField("最低金额", max_digits=18, decimal_places=2)
    max_amount = models.DecimalField("最高金额", max_digits=18, decimal_places=2)
    min_term_months = models.PositiveSmallIntegerField("最短期限（月）")
    max_term_months = models.PositiveSmallIntegerField("最长期限（月）")
    min_age = models.PositiveSmallIntegerField("最低年龄", default=18)
    max_age = models.PositiveSmallIntegerField("最高年龄", default=65)
    repayment_methods = ArrayField(models.CharField(max_length=20, choices=RepaymentMethod), verbose_name="还款方式")
    purposes = ArrayField(models.CharField(max_length=20, choices=Purpose), verbose_name="允许用途")
    steps = ArrayField(models.CharField(max_length=24, choices=Step), verbose_name="办理步骤")

    rate_rule = models.CharField("定价方式", max_length=8, choices=RateRule, default=RateRule.LPR)
    lpr_tenor = models.CharField("LPR期限", max_length=2, choices=LprTenor, blank=True)
    spread_bp = models.IntegerField("加点（基点）", default=0)
    fixed_rate = models.DecimalField("固定年利率（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    rate_floor = models.DecimalField("利率下限（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    rate_cap = models.DecimalField("利率上限（%）", max_digits=9, decimal_places=6, null=True, blank=True)

    face_score_threshold = models.DecimalField("人脸比对通过分", max_digits=5, decimal_places=2, default=Decimal(80))
    two_investigators_above = models.DecimalField(
        "超过此金额须双人调查", max_digits=18, decimal_places=2, default=Decimal(0), help_text="0 表示一律双人"
    )
    self_payment_up_to = models.DecimalField("自主支付上限", max_digits=18, decimal_places=2)
    electronic_signing_up_to = models.DecimalField("电子签约上限", max_digits=18, decimal_places=2, default=Decimal(0))
    approval_valid_days = models.PositiveSmallIntegerField("批复有效天数", default=90)
    max_draws = models.PositiveSmallIntegerField(
        "最多提款次数", default=1, db_default=1, help_text="1 表示一次提款；大于 1 的，经批复可分次提款"
    )
    draw_within_months = models.PositiveSmallIntegerField(
        "提款期（月）", default=6, db_default=6, help_text="分次提款的，自合同制作之日起"
    )
    reviewer_may_reject = models.BooleanField("审查岗可直接否决", default=False)
    batch_decisions = models.BooleanField("允许批量审批", default=False)
    max_loan_to_value = models.DecimalField(
        "抵押率上限（%）",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="留空则按押品种类的参数",
    )
    interview_topics = ArrayField(
        models.CharField(max_length=10, choices=Topic),
        verbose_name="面谈必问主题",
        default=list,
        blank=True,
        help_text="不选则主办的面谈摘要即可",
    )
    cash_flow_sheet_above = models.DecimalField(
        "超过此金额须填现金流量表",
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="0 表示一律填写，空为不要求",
    )
    legal_basis = models.CharField("制度依据", max_length=300, blank=True)
    change_note = models.CharField("本版变更说明", max_length=300, blank=True)

    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="最近修改人",
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="提交人",
    )
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="复核人",
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = LoanProductVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "贷款产品版本"
        verbose_name_plural = "贷款产品版本"
        ordering = ["product__code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["product", "version"], name="product_version_counted_once"),
            models.CheckConstraint(
                condition=Q(min_amount__gt=0, max_amount__gte=F("min_amount")), name="product_amounts_in_order"
            ),
            models.CheckConstraint(
                condition=Q(min_term_months__gt=0, max_term_months__gte=F("min_term_months")),
                name="product_terms_in_order",
            ),
            models.CheckConstraint(
                condition=Q(min_age__gte=18, max_age__gte=F("min_age")), name="product_borrowers_are_adults"
            ),
            models.CheckConstraint(
                condition=Q(rate_rule="LPR", fixed_rate__isnull=True, lpr_tenor__in=["1Y", "5Y"])
                | Q(rate_rule="FIXED", fixed_rate__gte=0, lpr_tenor=""),
                name="product_has_one_rate_rule",
            ),
            models.CheckConstraint(
                condition=Q(rate_floor__isnull=True) | Q(rate_cap__isnull=True) | Q(rate_cap__gte=F("rate_floor")),
                name="product_rate_floor_below_cap",
            ),
            models.CheckConstraint(
                condition=Q(max_loan_to_value__isnull=True) | Q(max_loan_to_value__gt=0, max_loan_to_value__lte=100),
                name="product_loan_to_value_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(max_draws__gte=1, draw_within_months__gte=1), name="product_is_drawn_at_least_once"
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True)
                | (~Q(published_by=F("submitted_by")) & ~Q(published_by=F("changed_by"))),
                name="product_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(state="IN_CHECK") | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                name="product_in_check_has_a_maker",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} v{self.version}"

    @property
    def repayment(self) -> RepaymentRule:
        """Its rule of repayment; where it has none, the custom of the repayment method."""
        return _repayment_of(self)


@once
def _repayment_of(version: LoanProductVersion) -> RepaymentRule:
    found: RepaymentRule | None = version.repayment_rules.first()
    return found or RepaymentRule(version=version)


class ProductFee(models.Model):
    """A fee of the product, for the statement of all-in financing cost (金规〔2026〕2号)."""

    class Basis(models.TextChoices):
        PERCENT = "PERCENT", "按贷款金额比例（%）"
        AMOUNT = "AMOUNT", "定额（元）"

    class When(models.TextChoices):
        UPFRONT = "UPFRONT", "放款时一次收取"
        YEARLY = "YEARLY", "每年收取"
        CONTINGENT = "CONTINGENT", "仅在违约等情形收取"
        PREPAYMENT = "PREPAYMENT", "提前还款时收取"

    version = models.ForeignKey(
        LoanProductVersion, on_delete=models.CASCADE, related_name="fees", verbose_name="产品版本"
    )
    name = models.CharField("收费项目", max_length=40)
    basis = models.CharField("计费方式", max_length=8, choices=Basis)
    value = models.DecimalField("标准", max_digits=18, decimal_places=6)
    when = models.CharField("收取时点", max_length=12, choices=When)
    collected_by = models.CharField("收取方", max_length=60)

    class Meta:
        verbose_name = "产品收费"
        verbose_name_plural = "产品收费"
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="fee_named_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="fee_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class RequiredMaterial(models.Model):
    """A paper that the product asks for, at which stage and from whom."""

    class Stage(models.TextChoices):
        SUBMISSION = "SUBMISSION", "报审前"
        DISBURSEMENT = "DISBURSEMENT", "放款前"

    class Condition(models.TextChoices):
        ALWAYS = "ALWAYS", "一律"
        SELF_EMPLOYED = "SELF_EMPLOYED", "个体经营者"
        EMPLOYED = "EMPLOYED", "受薪者"
        MARRIED = "MARRIED", "已婚者"
        FARMER = "FARMER", "农户"
        COLLATERAL = "COLLATERAL", "有抵质押物"
        CO_OWNED = "CO_OWNED", "抵质押物有共有人"
        GUARANTOR = "GUARANTOR", "有保证人"
        RENTED = "RENTED", "租赁经营场所"
        AMOUNT_ABOVE = "AMOUNT_ABOVE", "金额超过门槛"

    version = models.ForeignKey(
        LoanProductVersion, on_delete=models.CASCADE, related_name="required_materials", verbose_name="产品版本"
    )
    type = models.CharField("资料类型", max_length=24, choices=MaterialType)
    stage = models.CharField("阶段", max_length=12, choices=Stage, default=Stage.SUBMISSION)
    condition = models.CharField("条件", max_length=16, choices=Condition, default=Condition.ALWAYS)
    amount_above = models.DecimalField("金额门槛", max_digits=18, decimal_places=2, null=True, blank=True)
    pages = models.PositiveSmallIntegerField("至少页数", default=1)

    class Meta:
        verbose_name = "所需资料"
        verbose_name_plural = "所需资料"
        constraints = [
            models.UniqueConstraint(fields=["version", "type", "stage"], name="material_asked_once"),
            models.CheckConstraint(
                condition=Q(condition="AMOUNT_ABOVE", amount_above__isnull=False)
                | (~Q(condition="AMOUNT_ABOVE") & Q(amount_above__isnull=True)),
                name="material_threshold_where_asked",
            ),
        ]

    def __str__(self) -> str:
        return self.get_type_display()


class ApprovalTier(models.Model):
    """One rung of the product's approval chain: up to which amount this level has the last word."""

    version = models.ForeignKey(
        LoanProductVersion, on_delete=models.CASCADE, related_name="approval_tiers", verbose_name="产品版本"
    )
    level = models.PositiveSmallIntegerField("审批层级", choices=ApprovalLevel)
    up_to = models.DecimalField("金额上限", max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = "审批层级"
        verbose_name_plural = "审批层级"
        ordering = ["version", "up_to"]
        constraints = [models.UniqueConstraint(fields=["version", "level"], name="approval_level_once")]

    def __str__(self) -> str:
        return f"{self.get_level_display()} ≤ {self.up_to}"


class LprQuote(models.Model):
    """A loan prime rate as published (monthly on the 20th, or the next working day)."""

    tenor = models.CharField("期限", max_length=2, choices=LprTenor)
    rate = models.DecimalField("年利率（%）", max_digits=9, decimal_places=6)
    published_on = models.DateField("公布日")

    class Meta:
        verbose_name = "LPR报价"
        verbose_name_plural = "LPR报价"
        ordering = ["tenor", "-published_on"]
        constraints = [
            models.UniqueConstraint(fields=["tenor", "published_on"], name="lpr_published_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="lpr_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.tenor} {self.rate.normalize():f}%（{self.published_on}）"
