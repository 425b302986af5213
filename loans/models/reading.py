"""What the engine read on a card or a licence, what the RM confirmed, and how far apart the two were."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.models.application import LoanApplication
from loans.models.investigation import Material
from loans.models.party import LoanParty


class DocumentReading(models.Model):
    """One picture of one document, read by the engine (domain 5.3).

    A picture of a paper of the file stays with its material. That of a bank card is kept only until the reading is
    confirmed, since the day until which the card is valid stands on it (JR/T 0171, C3)."""

    class Kind(models.TextChoices):
        IDENTITY_FRONT = "IDENTITY_FRONT", "身份证人像面"
        IDENTITY_BACK = "IDENTITY_BACK", "身份证国徽面"
        LICENCE = "LICENCE", "营业执照"
        BANK_CARD = "BANK_CARD", "银行卡"

    class State(models.TextChoices):
        WAITING = "WAITING", "识别中"
        READ = "READ", "待确认"
        FAILED = "FAILED", "识别失败"
        CONFIRMED = "CONFIRMED", "已确认"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="readings", verbose_name="申请"
    )
    party = models.ForeignKey(
        LoanParty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="readings",
        verbose_name="关联人",
        help_text="空为借款人本人",
    )
    material = models.ForeignKey(
        Material, on_delete=models.PROTECT, null=True, blank=True, related_name="readings", verbose_name="影像资料"
    )
    kind = models.CharField("证件", max_length=16, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    picture_file = models.CharField("临时图片（密封）", max_length=200, blank=True)
    portrait_file = models.CharField("头像（密封）", max_length=200, blank=True)
    engine = models.CharField("引擎", max_length=60, blank=True)
    milliseconds = models.PositiveIntegerField("识别毫秒", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    failure = models.CharField("失败原因", max_length=40, blank=True)
    created_at = models.DateTimeField("拍摄提交时间", default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提交人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="确认人",
    )

    class Meta:
        verbose_name = "证件识别"
        verbose_name_plural = "证件识别"
        ordering = ["application", "created_at", "id"]
        indexes = [models.Index(fields=["kind", "confirmed_at"], name="readings_by_kind")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="CONFIRMED", confirmed_at__isnull=False, confirmed_by__isnull=False)
                | (~Q(state="CONFIRMED") & Q(confirmed_at__isnull=True, confirmed_by__isnull=True)),
                name="reading_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="FAILED") & ~Q(failure="") | (~Q(state="FAILED") & Q(failure="")),
                name="failed_reading_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(kind="BANK_CARD") | Q(material__isnull=True), name="bank_card_is_not_filed"
            ),
            models.CheckConstraint(
                condition=~Q(state="CONFIRMED") | Q(picture_file=""), name="confirmed_reading_keeps_no_picture"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_state_display()}"

    def data_key(self) -> bytes | None:
        """The key of the person whose document it is."""
        return self.party.data_key() if self.party is not None else self.application.data_key()


class ReadField(models.Model):
    """One field of one reading: what the engine read and how sure it was, what the RM confirmed.

    The figures (confidence, corrected, distance) are the quality data; they outlive the values."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reading = models.ForeignKey(
        DocumentReading, on_delete=models.CASCADE, related_name="fields", verbose_name="证件识别"
    )
    name = models.CharField("字段", max_length=20)
    read_sealed = models.TextField(blank=True, default="")
    confirmed_sealed = models.TextField(blank=True, default="")
    confidence = models.DecimalField("置信度", max_digits=5, decimal_places=4)
    was_corrected = models.BooleanField("已更正", null=True, blank=True)
    distance = models.PositiveSmallIntegerField("编辑距离", null=True, blank=True)

    read = Sealed("read_sealed")
    confirmed = Sealed("confirmed_sealed")

    class Meta:
        verbose_name = "识别字段"
        verbose_name_plural = "识别字段"
        ordering = ["reading", "id"]
        constraints = [
            models.UniqueConstraint(fields=["reading", "name"], name="field_read_once"),
            models.CheckConstraint(condition=Q(confidence__range=(0, 1)), name="field_confidence_range"),
            models.CheckConstraint(
                condition=Q(was_corrected__isnull=True, distance__isnull=True)
                | Q(was_corrected=False, distance=0)
                | Q(was_corrected=True, distance__gt=0),
                name="field_corrected_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def data_key(self) -> bytes | None:
        """The key of the person whose document it is."""
        return self.reading.data_key()
