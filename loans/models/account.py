"""Money that moved: payments, loan accounts (借据) and their instalments."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from crm.models import Customer
from loans.codes import RepaymentMethod
from loans.models.application import LoanApplication
from loans.models.contract import Contract
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class Payment(models.Model):
    """One order to core banking to pay out. Its outcome may be unknown for a while; it is never sent twice."""

    class Mode(models.TextChoices):
        ENTRUSTED = "ENTRUSTED", "受托支付"
        SELF = "SELF", "自主支付"

    class State(models.TextChoices):
        SENT = "SENT", "已发送"
        PENDING = "PENDING", "处理中"
        SUCCEEDED = "SUCCEEDED", "成功"
        FAILED = "FAILED", "失败"
        UNKNOWN = "UNKNOWN", "结果未知"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="payments", verbose_name="申请"
    )
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payments", verbose_name="合同")
    draw = models.ForeignKey(
        "loans.Draw",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name="提款",
        help_text="空为一次提款",
    )
    client_ref = models.CharField("支付请求号", max_length=40, unique=True)
    amount = models.DecimalField("金额", max_digits=18, decimal_places=2)
    mode = models.CharField("支付方式", max_length=10, choices=Mode)
    payee_name_sealed = models.TextField(blank=True, default="")
    payee_account_sealed = models.TextField(blank=True, default="")
    payee_bank = models.CharField("收款行", max_length=60, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.SENT)
    core_serial_no = models.CharField("核心流水号", max_length=40, null=True, blank=True, unique=True)
    failure = models.CharField("失败原因", max_length=200, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="放款人"
    )
    sent_at = models.DateTimeField("发送时间", default=clock.now)
    settled_at = models.DateTimeField("完成时间", null=True, blank=True)

    payee_name = Sealed("payee_name_sealed")
    payee_account = Sealed("payee_account_sealed")

    class Meta:
        verbose_name = "支付"
        verbose_name_plural = "支付"
        ordering = ["application", "sent_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state="SUCCEEDED") | Q(core_serial_no__isnull=False, settled_at__isnull=False),
                name="successful_payment_has_serial",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=["SENT", "PENDING", "UNKNOWN"]),
                name="one_open_payment",
            ),
            models.UniqueConstraint(fields=["draw"], condition=~Q(state="FAILED"), name="one_standing_payment_a_draw"),
        ]

    def __str__(self) -> str:
        return f"{self.client_ref} {self.get_state_display()}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()


class LoanAccountQuerySet(ScopedQuerySet["LoanAccount"]):
    def visible_to(self, staff: "Staff") -> Self:
        """Who may see the application may see the account that came of it."""
        return self.filter(application__in=LoanApplication.objects.visible_to(staff))

    def live(self) -> Self:
        """Not settled and not written off."""
        return self.exclude(status__in=[LoanAccount.Status.SETTLED, LoanAccount.Status.WRITTEN_OFF])


class LoanAccount(models.Model):
    """The loan account note (借据): what the customer owes since the money was paid out."""

    class Status(models.TextChoices):
        NORMAL = "NORMAL", "正常"
        OVERDUE = "OVERDUE", "逾期"
        NON_PERFORMING = "NON_PERFORMING", "不良"
        SETTLED = "SETTLED", "结清"
        WRITTEN_OFF = "WRITTEN_OFF", "核销"

    class RiskClass(models.TextChoices):
        """五级分类 (Order 2023 No.1)."""

        NORMAL = "NORMAL", "正常"
        SPECIAL_MENTION = "SPECIAL_MENTION", "关注"
        SUBSTANDARD = "SUBSTANDARD", "次级"
        DOUBTFUL = "DOUBTFUL", "可疑"
        LOSS = "LOSS", "损失"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account_no = models.CharField("借据号", max_length=24, unique=True)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="accounts", verbose_name="申请"
    )
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="accounts", verbose_name="合同")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="account", verbose_name="放款支付")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="loan_accounts", verbose_name="客户")
    branch = models.ForeignKey(
        "organization.Branch", on_delete=models.PROTECT, related_name="loan_accounts", verbose_name="机构"
    )
    principal = models.DecimalField("本金", max_digits=18, decimal_places=2)
    balance = models.DecimalField("余额", max_digits=18, decimal_places=2)
    rate = models.DecimalField("年利率（%）", max_digits=9, decimal_places=6)
    term_months = models.PositiveSmallIntegerField("期限（月）")
    repayment_method = models.CharField("还款方式", max_length=20, choices=RepaymentMethod)
    disbursed_on = models.DateField("放款日")
    matures_on = models.DateField("到期日")
    status = models.CharField("状态", max_length=16, choices=Status, default=Status.NORMAL)
    risk_class = models.CharField("五级分类", max_length=16, choices=RiskClass, default=RiskClass.NORMAL)
    settled_on = models.DateField("结清日", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("开立时间", default=clock.now, editable=False)

    objects = LoanAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "借据"
        verbose_name_plural = "借据"
        ordering = ["-disbursed_on", "-id"]
        indexes = [
            models.Index(fields=["branch", "status"], name="loan_account_of_branch"),
            models.Index(fields=["customer"], name="loan_account_of_customer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(principal__gt=0, balance__gte=0, balance__lte=F("principal")),
                name="loan_balance_within_principal",
            ),
            models.CheckConstraint(condition=Q(matures_on__gt=F("disbursed_on")), name="loan_matures_later"),
            models.CheckConstraint(
                condition=Q(status="SETTLED", balance=0, settled_on__isnull=False)
                | (~Q(status="SETTLED") & Q(settled_on__isnull=True)),
                name="settled_loan_owes_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.account_no


class RepaymentInstalmentQuerySet(models.QuerySet["RepaymentInstalment"]):
    def current(self) -> Self:
        """The lines that rule: those that no later version of the schedule has replaced."""
        return self.filter(superseded_by__isnull=True).order_by("account", "number")


class RepaymentInstalment(models.Model):
    """One line of a version of the repayment schedule, to the fen. What it plans never changes: a later version of the
    schedule replaces it by lines of its own."""

    account = models.ForeignKey(LoanAccount, on_delete=models.PROTECT, related_name="instalments", verbose_name="借据")
    schedule = models.ForeignKey(
        "loans.ScheduleVersion", on_delete=models.PROTECT, related_name="lines", verbose_name="计划版本"
    )
    superseded_by = models.ForeignKey(
        "loans.ScheduleVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_lines",
        verbose_name="被此版本取代",
    )
    number = models.PositiveSmallIntegerField("期次")
    due_on = models.DateField("应还日")
    principal = models.DecimalField("应还本金", max_digits=18, decimal_places=2)
    interest = models.DecimalField("应还利息", max_digits=18, decimal_places=2)
    principal_paid = models.DecimalField("已还本金", max_digits=18, decimal_places=2, default=0)
    interest_paid = models.DecimalField("已还利息", max_digits=18, decimal_places=2, default=0)
    paid_on = models.DateField("还清日", null=True, blank=True)

    objects = RepaymentInstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = "还款计划"
        verbose_name_plural = "还款计划"
        ordering = ["account", "number"]
        indexes = [models.Index(fields=["due_on"], condition=Q(paid_on__isnull=True), name="instalment_unpaid_by_date")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number"], condition=Q(superseded_by__isnull=True), name="instalment_rules_once"
            ),
            models.UniqueConstraint(fields=["schedule", "number"], name="instalment_planned_once"),
            models.CheckConstraint(condition=Q(principal__gte=0, interest__gte=0), name="instalment_not_negative"),
            models.CheckConstraint(
                condition=Q(principal_paid__lte=F("principal"), interest_paid__lte=F("interest")),
                name="instalment_not_overpaid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} 第{self.number}期"
