"""The loan application and the log of its moves."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from crm.models import Customer, Ownership
from loans.codes import MaritalStatus, Occupation, Purpose, RepaymentMethod, Step, Waiting
from loans.machine import ApplicationMachine
from loans.models.listed import ListedPerson, ListedPersonQuerySet
from loans.models.products import LoanProduct, LoanProductVersion
from loans.reasons import ReturnReason
from loans.states import BEHIND_APPROVAL, BEHIND_REVIEWER, BEHIND_SUBMISSION, IN_FLIGHT, TERMINAL, State
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff

_FIVE = ("investigator", "co_investigator", "reviewer", "approver", "disbursement_officer")


class LoanApplicationQuerySet(ScopedQuerySet["LoanApplication"]):
    def visible_to(self, staff: "Staff") -> Self:
        """An RM: cases he leads or assists, and those of customers he manages today. Others: by branch."""
        own = Q(investigator=staff) | Q(co_investigator=staff)
        managed = Ownership.objects.on(clock.today()).filter(staff=staff)
        return self.by_branch(staff, own=own | Q(customer__in=managed.values("customer")))

    def in_flight(self) -> Self:
        """Neither ended nor paid out."""
        return self.filter(state__in=IN_FLIGHT)


def _different_people() -> list[models.CheckConstraint]:
    """A, B, reviewer, approver and disbursement officer are pairwise different (invariant (b))."""
    pairs = [(one, other) for index, one in enumerate(_FIVE) for other in _FIVE[index + 1 :]]
    return [
        models.CheckConstraint(
            condition=Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | ~Q(**{one: F(other)}),
            name=f"application_{one[:12]}_not_{other[:12]}",
        )
        for one, other in pairs
    ]


class LoanApplication(ApplicationMachine):
    """A customer's wish for a loan, from the draft to the money or to its end without one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application_no = models.CharField("申请编号", max_length=24, unique=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="loan_applications", verbose_name="客户"
    )
    product = models.ForeignKey(LoanProduct, on_delete=models.PROTECT, related_name="applications", verbose_name="产品")
    product_version = models.ForeignKey(
        LoanProductVersion, on_delete=models.PROTECT, related_name="applications", verbose_name="产品版本"
    )
    branch = models.ForeignKey(
        "organization.Branch", on_delete=models.PROTECT, related_name="loan_applications", verbose_name="机构"
    )

    amount = models.DecimalField("申请金额", max_digits=18, decimal_places=2, null=True, blank=True)
    term_months = models.PositiveSmallIntegerField("申请期限（月）", null=True, blank=True)
    purpose = models.CharField("贷款用途", max_length=20, choices=Purpose, blank=True)
    purpose_note = models.CharField("用途说明", max_length=200, blank=True)
    repayment_method = models.CharField("还款方式", max_length=20, choices=RepaymentMethod, blank=True)
    repayment_day = models.PositiveSmallIntegerField("还款日", null=True, blank=True)
    payment_months = ArrayField(models.PositiveSmallIntegerField(), verbose_name="还本月份", default=list, blank=True)

    occupation = models.CharField("职业", max_length=16, choices=Occupation, blank=True)
    marital_status = models.CharField("婚姻状况", max_length=10, choices=MaritalStatus, blank=True)
    residence_area = models.CharField("常住地行政区划", max_length=6, blank=True)
    employer_sealed = models.TextField(blank=True, default="")
    monthly_income = models.DecimalField("月收入", max_digits=18, decimal_places=2, null=True, blank=True)
    monthly_debt = models.DecimalField("月负债支出", max_digits=18, decimal_places=2, null=True, blank=True)
    identity_expires_on = models.DateField("身份证有效期至", null=True, blank=True)
    identity_is_long_term = models.BooleanField("身份证长期有效", default=False)
    payee_name_sealed = models.TextField(blank=True, default="")
    payee_account_sealed = models.TextField(blank=True, default="")
    payee_bank = models.CharField("收款行", max_length=60, blank=True)

    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("创建时间", default=clock.now, editable=False)
    updated_at = models.DateTimeField("最近修改时间", default=clock.now)

    employer = Sealed("employer_sealed")
    payee_name = Sealed("payee_name_sealed")
    payee_account = Sealed("payee_account_sealed")
    objects = LoanApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = "贷款申请"
        verbose_name_plural = "贷款申请"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["branch", "state"], name="application_pipeline"),
            models.Index(fields=["branch", "-created_at", "-id"], name="applications_of_branch"),
            models.Index(fields=["investigator", "-created_at"], name="application_of_rm"),
            models.Index(fields=["assignee"], condition=Q(assignee__isnull=False), name="application_in_hand"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product"],
                condition=Q(state__in=sorted(IN_FLIGHT - {State.DRAFT})),
                name="one_application_in_flight",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="application_state_known"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="application_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(repayment_day__isnull=True) | Q(repayment_day__range=(1, 31)),
                name="application_repayment_day",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.WITHDRAWN, State.CANCELLED])
                | Q(accepted_at__isnull=False, amount__isnull=False, term_months__gt=0)
                & ~Q(purpose="")
                & ~Q(repayment_method=""),
                name="accepted_application_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=BEHIND_SUBMISSION) | Q(submitted_at__isnull=False),
                name="submitted_application_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=BEHIND_REVIEWER) | Q(reviewer__isnull=False),
                name="reviewed_application_has_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=BEHIND_APPROVAL)
                | Q(
                    approver__isnull=False,
                    approved_amount__gt=0,
                    approved_term_months__gt=0,
                    approved_rate__gte=0,
                    approval_expires_on__isnull=False,
                ),
                name="approved_application_says_what",
            ),
            models.CheckConstraint(
                condition=Q(approved_amount__isnull=True) | Q(approved_amount__lte=F("amount")),
                name="approved_within_what_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(TERMINAL), closed_at__isnull=False)
                | (~Q(state__in=sorted(TERMINAL)) & Q(closed_at__isnull=True)),
                name="ended_application_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DISBURSED) | Q(disbursement_officer__isnull=False),
                name="disbursed_application_has_officer",
            ),
            *_different_people(),
        ]

    def __str__(self) -> str:
        return self.application_no

    def data_key(self) -> bytes | None:
        """Sealed with the customer's own key: erasing the customer erases what is said of him here."""
        return self.customer.data_key()

    def listings(self) -> ListedPersonQuerySet:
        """Entries about the customer, in force today, on the bank's lists."""
        return ListedPerson.objects.on(self.customer, clock.today())


class ApplicationTransition(models.Model):
    """One move of one application. Append-only: the database refuses change."""

    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="transitions", verbose_name="申请"
    )
    name = models.CharField("动作", max_length=40)
    from_state = models.CharField("原状态", max_length=20, choices=State, blank=True)
    to_state = models.CharField("新状态", max_length=20, choices=State)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    at = models.DateTimeField("时间", default=clock.now)
    reason = models.CharField("原因", max_length=500, blank=True)
    reason_code = models.CharField("原因代码", max_length=32, blank=True)
    waited_for = models.CharField("原状态等待", max_length=8, choices=Waiting, blank=True)
    working_seconds = models.PositiveIntegerField("在原状态的工作时间（秒）", null=True, blank=True)
    snapshot = models.JSONField("快照")
    snapshot_sha256 = models.CharField("快照摘要", max_length=64)

    class Meta:
        verbose_name = "申请流转记录"
        verbose_name_plural = "申请流转记录"
        ordering = ["application", "id"]
        indexes = [
            models.Index(fields=["to_state", "at"], name="transition_by_state"),
            BrinIndex(fields=["at"], name="transition_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.from_state} → {self.to_state}"


class ReturnItem(models.Model):
    """One thing that a returned application has to put right, and the answer to it."""

    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="return_items", verbose_name="申请"
    )
    round = models.PositiveSmallIntegerField("第几次退回")
    step = models.CharField("退回至步骤", max_length=24, choices=Step, blank=True)
    reason_code = models.CharField("退回原因", max_length=32, choices=ReturnReason, blank=True)
    text = models.CharField("补充要求", max_length=300)
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="答复人",
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = "退回事项"
        verbose_name_plural = "退回事项"
        ordering = ["application", "round", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="", answered_by__isnull=True)
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="return_item_answered_whole",
            )
        ]

    def __str__(self) -> str:
        return self.text
