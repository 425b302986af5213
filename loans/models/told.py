"""What a borrower has to be told by law, and that he was."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.models.account import LoanAccount
from loans.models.application import LoanApplication
from loans.models.credit import CreditReport
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class BorrowerNoticeQuerySet(ScopedQuerySet["BorrowerNotice"]):
    def visible_to(self, staff: "Staff") -> Self:
        """Those of the applications which the person may see."""
        visible = LoanApplication.objects.visible_to(staff)
        return self.filter(application__in=visible.values("pk"))


class BorrowerNotice(models.Model):
    """One thing that a borrower has to be told, in the words that he is told it in.

    A loan that was not approved (个人贷款管理办法), with the bureau's report where the refusal rests on it; and that
    the bank is about to report adverse data of him (征信业管理条例第15条). Its words never change; how and when he was
    told is added once."""

    class Occasion(models.TextChoices):
        REFUSED = "REFUSED", "贷款未获批准"
        REFUSED_BY_REPORT = "REFUSED_BY_REPORT", "因征信情况未获批准"
        ADVERSE_DATA = "ADVERSE_DATA", "报送不良信息前告知"

    class Way(models.TextChoices):
        SMS = "SMS", "短信"
        CALL = "CALL", "电话"
        IN_PERSON = "IN_PERSON", "当面"
        LETTER = "LETTER", "书面"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="borrower_notices", verbose_name="申请"
    )
    account = models.ForeignKey(
        LoanAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="borrower_notices",
        verbose_name="借据",
    )
    occasion = models.CharField("事由", max_length=20, choices=Occasion)
    event_key = models.CharField("业务事件", max_length=100, unique=True)
    report = models.ForeignKey(
        CreditReport, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所依据的征信报告"
    )
    words_sealed = models.TextField()
    sms_reference = models.CharField("短信业务标识", max_length=100, blank=True)
    written_at = models.DateTimeField("生成时间", default=clock.now)

    way = models.CharField("告知方式", max_length=10, choices=Way, blank=True)
    told_at = models.DateTimeField("告知时间", null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="告知人",
        help_text="空为系统",
    )
    note = models.CharField("告知情况", max_length=300, blank=True)

    words = Sealed("words_sealed")
    objects = BorrowerNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "借款人告知"
        verbose_name_plural = "借款人告知"
        ordering = ["-written_at", "-id"]
        indexes = [models.Index(fields=["application", "-written_at"], name="notices_to_a_borrower")]
        constraints = [
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, way="", told_by__isnull=True) | Q(told_at__isnull=False) & ~Q(way=""),
                name="borrower_told_in_some_way",
            ),
            models.CheckConstraint(
                condition=~Q(occasion="REFUSED_BY_REPORT") | Q(report__isnull=False), name="refusal_names_its_report"
            ),
            models.CheckConstraint(
                condition=~Q(occasion="ADVERSE_DATA") | Q(account__isnull=False), name="adverse_data_is_of_an_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_occasion_display()}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()
