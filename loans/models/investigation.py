"""Due diligence by two people, and the papers of the file."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.codes import MaterialType
from loans.models.application import LoanApplication


class DueDiligence(models.Model):
    """The investigation of one application: visit, figures, A's opinion, B's confirmation (domain 1.6)."""

    class Visit(models.TextChoices):
        ON_SITE = "ON_SITE", "现场调查"
        VIDEO = "VIDEO", "视频面谈"
        WAIVED = "WAIVED", "非现场（小额豁免）"

    class Opinion(models.TextChoices):
        RECOMMEND = "RECOMMEND", "同意上报"
        DECLINE = "DECLINE", "不同意"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.OneToOneField(
        LoanApplication, on_delete=models.PROTECT, related_name="due_diligence", verbose_name="申请"
    )
    visit = models.CharField("调查方式", max_length=8, choices=Visit)
    visited_at = models.DateTimeField("调查时间", null=True, blank=True)
    place = models.CharField("调查地点", max_length=200, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    waiver_reason = models.CharField("豁免现场调查原因", max_length=200, blank=True)
    interview_sealed = models.TextField(blank=True, default="")
    purpose_evidence = models.CharField("用途佐证", max_length=300)

    monthly_income = models.DecimalField("核实月收入", max_digits=18, decimal_places=2)
    monthly_outgo = models.DecimalField("月生活或经营支出", max_digits=18, decimal_places=2)
    monthly_debt = models.DecimalField("现有月还款", max_digits=18, decimal_places=2)
    new_instalment = models.DecimalField("本笔月还款", max_digits=18, decimal_places=2)
    dti = models.DecimalField("偿债收入比（%）", max_digits=7, decimal_places=2)
    assets = models.DecimalField("资产", max_digits=18, decimal_places=2, null=True, blank=True)
    liabilities = models.DecimalField("负债", max_digits=18, decimal_places=2, null=True, blank=True)

    opinion = models.CharField("主办意见", max_length=10, choices=Opinion)
    opinion_text = models.CharField("主办意见说明", max_length=1000)
    risk_points = models.CharField("风险点与缓释措施", max_length=1000, blank=True)
    investigator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="主办（A角）"
    )
    reported_at = models.DateTimeField("主办提交时间", default=clock.now)

    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="协办（B角）",
    )
    confirmed_at = models.DateTimeField("协办确认时间", null=True, blank=True)
    confirmation_note = models.CharField("协办意见", max_length=500, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    interview = Sealed("interview_sealed")

    class Meta:
        verbose_name = "尽职调查"
        verbose_name_plural = "尽职调查"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("investigator")),
                name="investigation_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="investigation_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=~Q(visit="WAIVED") | ~Q(waiver_reason=""), name="waived_visit_has_a_reason"
            ),
            models.CheckConstraint(condition=Q(visit="WAIVED") | Q(visited_at__isnull=False), name="visit_has_a_time"),
            models.CheckConstraint(
                condition=Q(monthly_income__gt=0, monthly_outgo__gte=0, monthly_debt__gte=0, new_instalment__gt=0),
                name="investigation_figures_make_sense",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_opinion_display()}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()


class MaterialQuerySet(models.QuerySet["Material"]):
    def standing(self) -> "MaterialQuerySet":
        """Papers that count: not taken out again."""
        return self.filter(removed_at__isnull=True)


class Material(models.Model):
    """One picture of one paper. What is shown is the re-made copy; the original is sealed evidence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="materials", verbose_name="申请"
    )
    type = models.CharField("资料类型", max_length=24, choices=MaterialType)
    original_sha256 = models.CharField("原件摘要", max_length=64)
    original_file = models.CharField("原件（密封）", max_length=200)
    original_bytes = models.PositiveIntegerField("原件字节数")
    copy_sha256 = models.CharField("副本摘要", max_length=64)
    copy_file = models.CharField("副本", max_length=200)
    thumbnail_file = models.CharField("缩略图", max_length=200)
    width = models.PositiveIntegerField("宽")
    height = models.PositiveIntegerField("高")
    perceptual_hash = models.CharField("感知摘要", max_length=16, blank=True, db_index=True)
    sharpness = models.DecimalField("清晰度", max_digits=9, decimal_places=2, null=True, blank=True)
    glare = models.DecimalField("反光占比", max_digits=5, decimal_places=4, null=True, blank=True)
    brightness = models.DecimalField("亮度", max_digits=5, decimal_places=2, null=True, blank=True)
    page = models.PositiveSmallIntegerField("页码", default=1)
    pages = models.PositiveSmallIntegerField("总页数", default=1)
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    expires_on = models.DateField("证件有效期至", null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    created_at = models.DateTimeField("上传时间", default=clock.now, editable=False)
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="移除人",
    )

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = "影像资料"
        verbose_name_plural = "影像资料"
        ordering = ["application", "type", "created_at"]
        indexes = [models.Index(fields=["original_sha256"], name="materials_by_digest")]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "type", "original_sha256", "page"],
                condition=Q(removed_at__isnull=True),
                name="material_page_filed_once",
            ),
            models.CheckConstraint(condition=Q(page__gte=1, page__lte=F("pages")), name="page_of_its_pages"),
        ]

    def __str__(self) -> str:
        return self.get_type_display()
