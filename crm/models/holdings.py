"""Accounts, who may dispose of them, and what moved on them."""

from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from crm.models.customers import Customer
from organization.models import Branch, Staff
from organization.scope import ScopedQuerySet


class AccountQuerySet(ScopedQuerySet["Account"]):
    def visible_to(self, staff: Staff) -> "AccountQuerySet":
        """The accounts of the customers whom the person may see."""
        return self.filter(customer__in=Customer.objects.visible_to(staff))

    def deposits(self) -> "AccountQuerySet":
        """Accounts that hold the customer's money, not the bank's."""
        return self.filter(kind__in=Account.DEPOSITS)


class Account(models.Model):
    """An account as the core banking system keeps it; the number is sealed with the owner's key."""

    class Kind(models.TextChoices):
        DEMAND = "DEMAND", "活期"
        TERM = "TERM", "定期"
        LOAN = "LOAN", "贷款"

    class FeeFrequency(models.TextChoices):
        MONTHLY = "MONTHLY", "按月"
        WEEKLY = "WEEKLY", "按周"
        PER_TRANSACTION = "PER_TRANSACTION", "按笔"

    DEPOSITS = (Kind.DEMAND, Kind.TERM)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="accounts", verbose_name="户主")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", verbose_name="开户机构")
    kind = models.CharField("类型", max_length=6, choices=Kind)
    fee_frequency = models.CharField("收费方式", max_length=15, choices=FeeFrequency, blank=True)
    opened_on = models.DateField("开户日期")
    balance = models.DecimalField("余额（元）", max_digits=18, decimal_places=2, default=0)
    balance_as_of = models.DateTimeField("余额时点", null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    number_sealed = models.TextField()
    number_index = models.CharField(max_length=43, unique=True)
    last4 = models.CharField("账号后四位", max_length=4)
    fed_digest = models.CharField(max_length=43, blank=True)

    number = Sealed("number_sealed")

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = "账户"
        verbose_name_plural = "账户"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.masked_number()}"

    def data_key(self) -> bytes:
        """The owner's."""
        return self.customer.data_key()

    def masked_number(self) -> str:
        """The last four digits, which stand beside the sealed number so that lists need not open it."""
        return f"**** {self.last4}"


class AccountHolder(models.Model):
    """Who may dispose of an account: its owner, and those whom he empowered."""

    class Role(models.TextChoices):
        OWNER = "OWNER", "户主"
        DISPONENT = "DISPONENT", "授权支配人"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="holders", verbose_name="账户")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="holdings", verbose_name="客户")
    role = models.CharField("身份", max_length=9, choices=Role)

    class Meta:
        verbose_name = "账户支配人"
        verbose_name_plural = "账户支配人"
        constraints = [
            models.UniqueConstraint(fields=["account", "customer"], name="holder_once_an_account"),
            models.UniqueConstraint(fields=["account"], condition=Q(role="OWNER"), name="one_owner_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role} {self.customer_id}"


class TransactionQuerySet(ScopedQuerySet["Transaction"]):
    def visible_to(self, staff: Staff) -> "TransactionQuerySet":
        """Movements on the accounts that the person may see."""
        return self.filter(account__in=Account.objects.visible_to(staff))


class Transaction(models.Model):
    """One movement of money on an account, never changed. The table is partitioned by month of `posted_on`.

    `counterparty_account` is its last four digits and `counterparty_name` is masked; the blind index of the
    whole number finds movements between the same two accounts."""

    class Direction(models.TextChoices):
        CREDIT = "CREDIT", "收入"
        DEBIT = "DEBIT", "支出"

    class Operation(models.TextChoices):
        CASH_DEPOSIT = "CASH_DEPOSIT", "现金存入"
        CASH_WITHDRAWAL = "CASH_WITHDRAWAL", "现金支取"
        CARD_WITHDRAWAL = "CARD_WITHDRAWAL", "刷卡支取"
        TRANSFER_IN = "TRANSFER_IN", "转入"
        TRANSFER_OUT = "TRANSFER_OUT", "转出"
        BOOKING = "BOOKING", "银行记账"

    class Purpose(models.TextChoices):
        INTEREST = "INTEREST", "利息"
        PENALTY_INTEREST = "PENALTY_INTEREST", "罚息"
        FEE = "FEE", "手续费"
        INSURANCE = "INSURANCE", "保险费"
        HOUSEHOLD = "HOUSEHOLD", "生活缴费"
        PENSION = "PENSION", "养老金"
        SALARY = "SALARY", "工资"
        LOAN_PAYMENT = "LOAN_PAYMENT", "还贷"
        OTHER = "OTHER", "其他"

    id = models.BigAutoField(primary_key=True)
    reference = models.CharField("核心流水号", max_length=40)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_index=False, related_name="transactions", verbose_name="账户"
    )
    posted_on = models.DateField("记账日")
    occurred_at = models.DateTimeField("发生时间")
    direction = models.CharField("方向", max_length=6, choices=Direction)
    amount = models.DecimalField("金额（元）", max_digits=18, decimal_places=2)
    balance_after = models.DecimalField("交易后余额（元）", max_digits=18, decimal_places=2)
    operation = models.CharField("交易类型", max_length=15, choices=Operation)
    purpose = models.CharField("用途", max_length=16, choices=Purpose, blank=True)
    counterparty_bank = models.CharField("对方行", max_length=60, blank=True)
    counterparty_account = models.CharField("对方账号", max_length=9, blank=True)
    counterparty_name = models.CharField("对方户名", max_length=100, blank=True)
    counterparty_index = models.CharField(max_length=43, blank=True)

    objects = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = "交易流水"
        verbose_name_plural = "交易流水"
        constraints = [
            models.UniqueConstraint(fields=["reference", "posted_on"], name="transaction_once_a_reference"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transaction_moves_something"),
        ]
        indexes = [models.Index(fields=["account", "-posted_on", "-occurred_at"], name="transactions_of_account")]

    def __str__(self) -> str:
        return f"{self.reference} {self.direction} {self.amount}"
