"""What the customer is shown and what he signs."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.codes import RepaymentMethod
from loans.models.application import LoanApplication
from loans.models.evidence import SignedByCustomer


class CostDisclosure(SignedByCustomer):
    """Statement of all-in financing cost (综合融资成本明示表, 金规〔2026〕2号), as it was shown and confirmed."""

    class Way(models.TextChoices):
        ON_SITE = "ON_SITE", "现场签字"
        ONLINE = "ONLINE", "线上阅读并确认"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="cost_disclosures", verbose_name="申请"
    )
    table_version = models.CharField("明示表版本", max_length=20)
    terms = models.JSONField("贷款条件", default=dict)
    items = models.JSONField("息费项目")
    contingent_items = models.JSONField("或有费用", default=list)
    annualised_cost = models.DecimalField("年化综合融资成本（%）", max_digits=9, decimal_places=6)
    sha256 = models.CharField("明示表摘要", max_length=64)
    shown_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="明示人"
    )
    shown_at = models.DateTimeField("展示时间", default=clock.now, help_text="确认前最近一次展示")
    way = models.CharField("确认方式", max_length=8, choices=Way, blank=True)
    read_seconds = models.PositiveIntegerField("阅读秒数", null=True, blank=True, help_text="由服务器计时")
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    file = models.CharField("文件", max_length=200, blank=True)
    file_sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    sealed_at = models.DateTimeField("加盖电子印章时间", null=True, blank=True)

    class Meta:
        verbose_name = "综合融资成本明示"
        verbose_name_plural = "综合融资成本明示"
        ordering = ["application", "shown_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True)
                | (Q(read_seconds__isnull=False) & ~Q(signing_method="") & ~Q(signature_sha256="")),
                name="confirmed_disclosure_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, file="", file_sha256="")
                | Q(sealed_at__isnull=False, confirmed_at__isnull=False) & ~Q(file="") & ~Q(file_sha256=""),
                name="sealed_disclosure_is_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.annualised_cost.normalize():f}%"


class Contract(SignedByCustomer):
    """The loan contract of one application, from a versioned template (商业银行法 37, 民法典 668)."""

    class Signing(models.TextChoices):
        IN_PERSON = "IN_PERSON", "面签（双录）"
        ELECTRONIC = "ELECTRONIC", "电子签约"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract_no = models.CharField("合同编号", max_length=24, unique=True)
    application = models.OneToOneField(
        LoanApplication, on_delete=models.PROTECT, related_name="contract", verbose_name="申请"
    )
    template_code = models.CharField("合同模板", max_length=40)
    template_version = models.CharField("模板版本", max_length=20)
    text_sealed = models.TextField()
    sha256 = models.CharField("合同摘要", max_length=64)
    amount = models.DecimalField("合同金额", max_digits=18, decimal_places=2)
    term_months = models.PositiveSmallIntegerField("期限（月）")
    rate = models.DecimalField("年利率（%）", max_digits=9, decimal_places=6)
    spread_bp = models.DecimalField("加点（基点）", max_digits=9, decimal_places=4, null=True, blank=True)
    repayment_method = models.CharField("还款方式", max_length=20, choices=RepaymentMethod)
    repayment_day = models.PositiveSmallIntegerField("还款日")
    payment_months = ArrayField(models.PositiveSmallIntegerField(), verbose_name="还本月份", default=list, blank=True)
    draw_until = models.DateField("最晚提款日", null=True, blank=True, help_text="分次提款的合同；空为一次提款")
    payee_name_sealed = models.TextField(blank=True, default="")
    payee_account_sealed = models.TextField(blank=True, default="")
    payee_bank = models.CharField("收款行", max_length=60, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="制作人"
    )
    created_at = models.DateTimeField("制作时间", default=clock.now, editable=False)
    signing = models.CharField("签约方式", max_length=12, choices=Signing, blank=True)
    recording_reference = models.CharField("双录编号", max_length=100, blank=True)
    signed_at = models.DateTimeField("签署时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    text = Sealed("text_sealed")
    payee_name = Sealed("payee_name_sealed")
    payee_account = Sealed("payee_account_sealed")

    class Meta:
        verbose_name = "借款合同"
        verbose_name_plural = "借款合同"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, term_months__gt=0, rate__gte=0), name="contract_terms_positive"
            ),
            models.CheckConstraint(condition=Q(repayment_day__range=(1, 31)), name="contract_repayment_day"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True)
                | (Q(signing="ELECTRONIC") | (Q(signing="IN_PERSON") & ~Q(recording_reference="")))
                & ~Q(signature_sha256=""),
                name="signed_contract_has_evidence",
            ),
        ]

    def __str__(self) -> str:
        return self.contract_no

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()
