"""Imaging: uploads in pieces, what pictures look like, where one was used before, and who looked at which."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.codes import MaterialType
from loans.models.application import LoanApplication
from loans.models.investigation import Material


class Upload(models.Model):
    """A file that comes in pieces and can go on where it broke off. Its pieces lie sealed until it is whole."""

    class State(models.TextChoices):
        OPEN = "OPEN", "上传中"
        PROCESSING = "PROCESSING", "处理中"
        DONE = "DONE", "已入库"
        REFUSED = "REFUSED", "未通过检查"
        ABANDONED = "ABANDONED", "已放弃"
        EXPIRED = "EXPIRED", "已过期"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="uploads", verbose_name="申请"
    )
    type = models.CharField("资料类型", max_length=24, choices=MaterialType)
    size = models.PositiveIntegerField("总字节数")
    sha256 = models.CharField("文件摘要", max_length=64)
    received = models.PositiveIntegerField("已收字节数", default=0)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    refusal = models.CharField("未通过原因", max_length=40, blank=True)
    refusal_detail = models.CharField("原因说明", max_length=200, blank=True)
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    paper_expires_on = models.DateField("证件有效期至", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    created_at = models.DateTimeField("开始时间", default=clock.now, editable=False)
    expires_at = models.DateTimeField("失效时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "分片上传"
        verbose_name_plural = "分片上传"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["created_by"], condition=Q(state="OPEN"), name="open_uploads_of_person"),
            models.Index(fields=["expires_at"], condition=Q(state="OPEN"), name="open_uploads_by_expiry"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0, received__lte=F("size")), name="upload_within_its_size"),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "PROCESSING"], ended_at__isnull=True)
                | (~Q(state__in=["OPEN", "PROCESSING"]) & Q(ended_at__isnull=False)),
                name="ended_upload_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state="REFUSED") & ~Q(refusal="") | (~Q(state="REFUSED") & Q(refusal="")),
                name="refused_upload_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["PROCESSING", "DONE"]) | Q(received=F("size")), name="processed_upload_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.received}/{self.size}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()


class UploadPart(models.Model):
    """A piece of an upload; the file is sealed. Gone when the upload has ended."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts", verbose_name="上传")
    offset = models.PositiveIntegerField("起始字节")
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64)
    part_file = models.CharField("分片（密封）", max_length=200)

    class Meta:
        verbose_name = "上传分片"
        verbose_name_plural = "上传分片"
        ordering = ["upload", "offset"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "offset"], name="upload_part_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="upload_part_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.offset}+{self.size}"


class PictureFingerprint(models.Model):
    """What a picture looks like, in 64 bits (`loans.likeness`). `subject` says what kind of thing it belongs to, so
    that other rooms can keep theirs here."""

    subject = models.CharField("对象", max_length=40)
    subject_id = models.UUIDField("对象标识")
    hash = models.BigIntegerField("感知摘要")
    bands = ArrayField(models.IntegerField(), verbose_name="分段")

    class Meta:
        verbose_name = "图片指纹"
        verbose_name_plural = "图片指纹"
        indexes = [GinIndex(fields=["bands"], name="fingerprint_by_bands")]
        constraints = [models.UniqueConstraint(fields=["subject", "subject_id"], name="one_fingerprint_a_picture")]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id}"


class PictureMatch(models.Model):
    """A picture of one application that was used in another before (domain 1.6: reused papers)."""

    class Verdict(models.TextChoices):
        EXPLAINED = "EXPLAINED", "情况属实，可以使用"
        MISUSED = "MISUSED", "冒用或重复使用"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="matches", verbose_name="影像资料")
    other = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="+", verbose_name="此前的影像")
    is_identical = models.BooleanField("文件完全相同")
    distance = models.PositiveSmallIntegerField("感知距离（位）")
    found_at = models.DateTimeField("发现时间", default=clock.now)
    verdict = models.CharField("处理结论", max_length=10, choices=Verdict, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = "重复影像"
        verbose_name_plural = "重复影像"
        ordering = ["material", "found_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["material", "other"], name="one_match_a_pair"),
            models.CheckConstraint(condition=~Q(material=F("other")), name="match_of_two_pictures"),
            models.CheckConstraint(
                condition=Q(verdict="", settled_by__isnull=True, settled_at__isnull=True)
                | (~Q(verdict="") & ~Q(note="") & Q(settled_by__isnull=False, settled_at__isnull=False)),
                name="match_settled_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material_id} = {self.other_id}"


class ViewPurpose(models.TextChoices):
    """What a picture is looked at for: it stands in the watermark."""

    APPLICATION = "APPLICATION", "贷款申请"
    REVIEW = "REVIEW", "贷款审查审批"
    DISBURSEMENT = "DISBURSEMENT", "贷款签约放款"
    POST_LOAN = "POST_LOAN", "贷后检查"
    AUDIT = "AUDIT", "审计检查"


class MaterialView(models.Model):
    """Somebody looked at a picture of the file. Append-only."""

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="views", verbose_name="影像资料")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查看人")
    at = models.DateTimeField("时间", default=clock.now)
    purpose = models.CharField("用途", max_length=12, choices=ViewPurpose)
    is_thumbnail = models.BooleanField("缩略图")
    ip = models.GenericIPAddressField("地址", null=True, blank=True)
    device = models.CharField("设备", max_length=64, blank=True)

    class Meta:
        verbose_name = "影像查看记录"
        verbose_name_plural = "影像查看记录"
        ordering = ["material", "at", "id"]
        indexes = [models.Index(fields=["by", "-at"], name="material_views_of_person")]

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d %H:%M}"
