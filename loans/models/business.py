"""What the borrower lives on where he does business: licence, trade, premises, figures of the year (domain 1.6)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.codes import Industry, Premises
from loans.models.application import LoanApplication
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class BusinessInformationQuerySet(ScopedQuerySet["BusinessInformation"]):
    def visible_to(self, staff: "Staff") -> Self:
        """That of the applications which the person may see."""
        visible = LoanApplication.objects.visible_to(staff)
        return self.filter(application__in=visible.values("pk"))


def _yuan(label: str) -> "models.DecimalField[Decimal | str | None, Decimal | None]":
    return models.DecimalField(label, max_digits=18, decimal_places=2, null=True, blank=True)


def _days(label: str) -> "models.DecimalField[Decimal | str | None, Decimal | None]":
    return models.DecimalField(label, max_digits=7, decimal_places=2, null=True, blank=True)


class BusinessInformation(models.Model):
    """The business behind an application: the borrower's own, or the borrower itself. Every field may come later.

    The figures below `sales` are those of the working-capital formula of 流动资金贷款管理办法 (2024)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.OneToOneField(
        LoanApplication, on_delete=models.PROTECT, related_name="business", verbose_name="申请"
    )
    name_sealed = models.TextField(blank=True, default="")
    credit_code_sealed = models.TextField(blank=True, default="")
    credit_code_index = models.CharField("信用代码索引", max_length=43, blank=True, db_index=True)
    legal_representative_sealed = models.TextField(blank=True, default="")
    legal_representative_no_sealed = models.TextField(blank=True, default="")
    registered_on = models.DateField("成立日期", null=True, blank=True)
    licence_expires_on = models.DateField("营业执照有效期至", null=True, blank=True)
    licence_is_long_term = models.BooleanField("营业执照长期有效", null=True, blank=True)
    industry = models.CharField("行业门类", max_length=1, choices=Industry, blank=True)
    main_business = models.CharField("主营业务", max_length=200, blank=True)
    years_in_trade = models.DecimalField("从业年限", max_digits=4, decimal_places=1, null=True, blank=True)
    staff_count = models.PositiveIntegerField("从业人数", null=True, blank=True)
    premises = models.CharField("经营场所", max_length=8, choices=Premises, blank=True)
    premises_address_sealed = models.TextField(blank=True, default="")
    premises_area_code = models.CharField("经营地行政区划", max_length=6, blank=True)
    annual_turnover = _yuan("年营业收入")
    annual_profit = _yuan("年净利润")
    farm_area_mu = models.DecimalField("种植面积（亩）", max_digits=10, decimal_places=2, null=True, blank=True)
    livestock_count = models.PositiveIntegerField("存栏数量", null=True, blank=True)

    sales_last_year = _yuan("上年销售收入")
    sales_margin = models.DecimalField("上年销售利润率（%）", max_digits=5, decimal_places=2, null=True, blank=True)
    sales_growth = models.DecimalField(
        "预计销售收入年增长率（%）", max_digits=6, decimal_places=2, null=True, blank=True
    )
    inventory_days = _days("存货周转天数")
    receivable_days = _days("应收账款周转天数")
    payable_days = _days("应付账款周转天数")
    prepaid_days = _days("预付账款周转天数")
    advance_days = _days("预收账款周转天数")
    own_funds = _yuan("借款人自有资金")
    working_capital_loans = _yuan("现有流动资金贷款")
    other_working_capital = _yuan("其他渠道营运资金")

    created_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    updated_at = models.DateTimeField("最近修改时间", default=clock.now)

    name = Sealed("name_sealed")
    credit_code = Sealed("credit_code_sealed")
    legal_representative = Sealed("legal_representative_sealed")
    legal_representative_no = Sealed("legal_representative_no_sealed")
    premises_address = Sealed("premises_address_sealed")
    objects = BusinessInformationQuerySet.as_manager()

    class Meta:
        verbose_name = "经营信息"
        verbose_name_plural = "经营信息"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(annual_turnover__isnull=True) | Q(annual_turnover__gte=0))
                & (Q(sales_last_year__isnull=True) | Q(sales_last_year__gte=0)),
                name="business_turnover_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(sales_margin__isnull=True) | Q(sales_margin__gte=-100, sales_margin__lte=100),
                name="business_margin_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_industry_display()}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()
