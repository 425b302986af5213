"""Offers before any application: to a customer, or to a prospect whom the bank does not know yet."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from aladdin import clock, masking
from aladdin.crypto import Sealed, new_data_key, open_data_key, row_place, search_tokens
from aladdin.ids import uuid7
from crm.identity import mobile_index
from crm.models import Customer
from loans.codes import CollateralKind, Purpose, RepaymentMethod
from loans.models.application import LoanApplication
from loans.models.products import LoanProduct, LoanProductVersion
from loans.models.reason import ClosingReason
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class LoanOfferQuerySet(ScopedQuerySet["LoanOffer"]):
    def visible_to(self, staff: "Staff") -> Self:
        """An RM: his own offers. Others: by branch."""
        return self.by_branch(staff, own=Q(owner=staff))

    def open(self) -> Self:
        """Still to be decided by the customer."""
        return self.filter(state=LoanOffer.State.OPEN)


class LoanOffer(models.Model):
    """What an RM worked out for somebody: the terms of a day, valid until another, and what became of it.

    A customer's name stays with the customer. A prospect's name and mobile are sealed here with the offer's own key,
    until he becomes a customer or is forgotten. The figures are those of the day on which it was made; nothing of them
    changes."""

    class State(models.TextChoices):
        OPEN = "OPEN", "待客户决定"
        CONVERTED = "CONVERTED", "已转申请"
        DECLINED = "DECLINED", "客户放弃"
        REFUSED = "REFUSED", "银行未准"
        EXPIRED = "EXPIRED", "已过有效期"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    offer_no = models.CharField("报价编号", max_length=24, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="loan_offers", verbose_name="客户经理"
    )
    branch = models.ForeignKey(
        "organization.Branch", on_delete=models.PROTECT, related_name="loan_offers", verbose_name="机构"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="loan_offers", verbose_name="客户"
    )
    data_key_sealed = models.TextField(blank=True, default="")
    name_sealed = models.TextField(blank=True, default="")
    mobile_sealed = models.TextField(blank=True, default="")
    name_tokens = ArrayField(models.BigIntegerField(), default=list)
    mobile_index = models.CharField(max_length=43, blank=True)

    product = models.ForeignKey(LoanProduct, on_delete=models.PROTECT, related_name="offers", verbose_name="产品")
    product_version = models.ForeignKey(
        LoanProductVersion, on_delete=models.PROTECT, related_name="offers", verbose_name="产品版本"
    )
    amount = models.DecimalField("金额", max_digits=18, decimal_places=2)
    term_months = models.PositiveSmallIntegerField("期限（月）")
    purpose = models.CharField("贷款用途", max_length=20, choices=Purpose, blank=True)
    repayment_method = models.CharField("还款方式", max_length=20, choices=RepaymentMethod)
    repayment_day = models.PositiveSmallIntegerField("还款日", null=True, blank=True)
    payment_months = ArrayField(models.PositiveSmallIntegerField(), verbose_name="还本月份", default=list, blank=True)
    monthly_income = models.DecimalField("月收入", max_digits=18, decimal_places=2, null=True, blank=True)
    monthly_debt = models.DecimalField("月负债支出", max_digits=18, decimal_places=2, null=True, blank=True)
    collateral_kind = models.CharField("押品种类", max_length=12, choices=CollateralKind, blank=True)
    collateral_value = models.DecimalField("押品价值", max_digits=18, decimal_places=2, null=True, blank=True)

    rate = models.DecimalField("年利率（%）", max_digits=9, decimal_places=6)
    lpr = models.DecimalField("当日LPR（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    burden = models.DecimalField("月还款", max_digits=18, decimal_places=2)
    first_payment = models.DecimalField("首期还款", max_digits=18, decimal_places=2)
    total_interest = models.DecimalField("利息合计", max_digits=18, decimal_places=2)
    cost_simple = models.DecimalField("年化综合成本（单利，%）", max_digits=9, decimal_places=6)
    cost_effective = models.DecimalField("年化综合成本（复利，%）", max_digits=9, decimal_places=6)
    most = models.DecimalField("最高可贷", max_digits=18, decimal_places=2, null=True, blank=True)
    lines = models.JSONField("试算还款计划")
    fees = models.JSONField("收费项目", default=list)

    made_on = models.DateField("报价日")
    valid_until = models.DateField("有效期至")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    application = models.OneToOneField(
        LoanApplication, on_delete=models.PROTECT, null=True, blank=True, related_name="offer", verbose_name="申请"
    )
    reason = models.ForeignKey(
        ClosingReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="未成原因"
    )
    reason_note = models.CharField("原因说明", max_length=300, blank=True)
    competitor = models.CharField("竞争机构", max_length=60, blank=True)
    competitor_rate = models.DecimalField("竞争利率（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    closed_on = models.DateField("关闭日", null=True, blank=True)
    share_sha256 = models.CharField(max_length=64, blank=True)
    shared_at = models.DateTimeField("分享时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("创建时间", default=clock.now, editable=False)

    name = Sealed("name_sealed")
    mobile = Sealed("mobile_sealed")
    objects = LoanOfferQuerySet.as_manager()

    class Meta:
        verbose_name = "贷款报价"
        verbose_name_plural = "贷款报价"
        ordering = ["-created_at", "-id"]
        indexes = [
            GinIndex(fields=["name_tokens"], name="offer_by_name"),
            models.Index(fields=["mobile_index"], condition=~Q(mobile_index=""), name="offer_by_mobile"),
            models.Index(fields=["owner", "-created_at"], name="offers_of_rm"),
            models.Index(fields=["branch", "-created_at"], name="offers_of_branch"),
            models.Index(fields=["valid_until"], condition=Q(state="OPEN"), name="open_offers_by_end"),
            models.Index(fields=["closed_on"], condition=~Q(data_key_sealed=""), name="prospects_by_end"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, term_months__gt=0), name="offer_terms_positive"),
            models.CheckConstraint(
                condition=(Q(state="CONVERTED") & Q(application__isnull=False))
                | (~Q(state="CONVERTED") & Q(application__isnull=True)),
                name="converted_offer_has_an_application",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["DECLINED", "REFUSED"]) & Q(reason__isnull=False))
                | (~Q(state__in=["DECLINED", "REFUSED"]) & Q(reason__isnull=True)),
                name="lost_offer_has_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(state="OPEN") & Q(closed_on__isnull=True))
                | (~Q(state="OPEN") & Q(closed_on__isnull=False)),
                name="closed_offer_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=True) | Q(data_key_sealed="", name_sealed="", mobile_sealed=""),
                name="customer_is_named_by_himself",
            ),
            models.UniqueConstraint(fields=["share_sha256"], condition=~Q(share_sha256=""), name="offer_shared_once"),
        ]

    def __str__(self) -> str:
        return self.offer_no

    def data_key(self) -> bytes:
        """The opened key. Raises CustomerErased, Unreadable."""
        return open_data_key(self.data_key_sealed, row_place(self._meta.db_table, self.pk))

    def describe(self, *, name: str, mobile: str) -> None:
        """Seal who the prospect is, under a key of his own, with what he is found by."""
        self.data_key_sealed = new_data_key(bound_to=row_place(self._meta.db_table, self.pk))
        self.name, self.name_tokens = name, search_tokens(name)
        self.mobile, self.mobile_index = mobile, mobile_index(mobile) if mobile else ""

    def forget(self) -> None:
        """Drop who the prospect was, with the key; the figures stay."""
        self.data_key_sealed = self.name_sealed = self.mobile_sealed = self.mobile_index = ""
        self.name_tokens = []

    def masked_name(self) -> str:
        """The name as lists may show it; empty once the prospect is forgotten."""
        return masking.name(self.customer.name if self.customer else self.name)

    def masked_mobile(self) -> str:
        """The mobile as lists may show it."""
        return masking.mobile(self.customer.mobile if self.customer else self.mobile)
