"""Identity checks, credit-bureau authorizations and reports: the gates before anybody investigates."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from crm.models import Customer
from loans.codes import QueryReason
from loans.models.application import LoanApplication
from loans.models.evidence import SignedByCustomer
from loans.models.party import LoanParty


class IdentityCheck(models.Model):
    """One attempt to verify who the customer is: 联网核查, face match, or a person's own eyes."""

    class Method(models.TextChoices):
        ONLINE = "ONLINE", "联网核查与人脸比对"
        MANUAL = "MANUAL", "人工核验"

    class Outcome(models.TextChoices):
        MATCH_WITH_PHOTO = "MATCH_WITH_PHOTO", "一致，有照片"
        MATCH_NO_PHOTO = "MATCH_NO_PHOTO", "一致，无照片"
        NAME_MISMATCH = "NAME_MISMATCH", "号码与姓名不一致"
        NOT_FOUND = "NOT_FOUND", "号码不存在"
        BAD_INPUT = "BAD_INPUT", "输入有误"
        TIMED_OUT = "TIMED_OUT", "核查超时"
        LIMIT_REACHED = "LIMIT_REACHED", "超过核查限额"
        SYSTEM_ERROR = "SYSTEM_ERROR", "核查系统异常"

    class Face(models.TextChoices):
        MATCH = "MATCH", "一致"
        MISMATCH = "MISMATCH", "不一致"
        NO_PHOTO_ON_FILE = "NO_PHOTO_ON_FILE", "无留存照片"
        NO_FACE = "NO_FACE", "未检测到人脸"
        SEVERAL_FACES = "SEVERAL_FACES", "有多张人脸"
        POOR_PICTURE = "POOR_PICTURE", "照片质量不足"
        DECLINED = "DECLINED", "客户选择不进行人脸比对"
        BAD_INPUT = "BAD_INPUT", "输入有误"
        TIMED_OUT = "TIMED_OUT", "比对超时"
        LIMIT_REACHED = "LIMIT_REACHED", "超过比对限额"
        SYSTEM_ERROR = "SYSTEM_ERROR", "比对系统异常"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="identity_checks", verbose_name="申请"
    )
    party = models.ForeignKey(
        LoanParty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="identity_checks",
        verbose_name="关联人",
        help_text="空为借款人本人",
    )
    method = models.CharField("方式", max_length=8, choices=Method)
    outcome = models.CharField("结果", max_length=20, choices=Outcome)
    face_outcome = models.CharField("人脸比对结果", max_length=20, choices=Face, blank=True, default="")
    face_score = models.DecimalField("人脸比对分", max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField("通过")
    provider_reference = models.CharField("核查流水号", max_length=64, blank=True)
    face_sha256 = models.CharField("人脸照片摘要", max_length=64, blank=True)
    subject_fingerprint = models.CharField("所核验姓名与号码的指纹", max_length=64)
    second_document = models.ForeignKey(
        "loans.Material",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="辅助身份证明",
    )
    note = models.CharField("说明", max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = "身份核验"
        verbose_name_plural = "身份核验"
        ordering = ["application", "at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(passed=False)
                | Q(outcome="MATCH_WITH_PHOTO")
                | Q(method="MANUAL", outcome="MATCH_NO_PHOTO"),
                name="identity_passes_on_a_match_only",
            ),
            models.CheckConstraint(
                condition=Q(passed=False) | Q(method="MANUAL") | Q(face_outcome__in=["MATCH", ""]),
                name="identity_passes_online_with_a_face",
            ),
            models.CheckConstraint(
                condition=Q(face_score__isnull=True) | Q(face_score__range=(0, 100)), name="face_score_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}（{self.at:%Y-%m-%d %H:%M}）"


class CreditAuthorization(SignedByCustomer):
    """A person's written consent to one query (征信业管理条例 18), with all that proves it (电子签名法 13, 14): the
    text he read, how, when, where and on what he signed, and the paper under the bank's seal.

    Spent by the one query (`CreditGrantUse`). The database refuses any other change but the revocation."""

    class Channel(models.TextChoices):
        RM_PHONE = "RM_PHONE", "客户经理设备"
        LINK = "LINK", "客户自助链接"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    authorization_no = models.CharField("授权编号", max_length=24, unique=True)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="credit_authorizations", verbose_name="申请"
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_authorizations",
        verbose_name="授权人（借款人）",
    )
    party = models.ForeignKey(
        LoanParty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_authorizations",
        verbose_name="授权人（关联人）",
    )
    reasons = ArrayField(models.CharField(max_length=2, choices=QueryReason), verbose_name="授权用途")
    text_version = models.CharField("授权书版本", max_length=20)
    text_sha256 = models.CharField("授权书摘要", max_length=64)
    text_sealed = models.TextField(blank=True, default="")
    read_seconds = models.PositiveIntegerField("阅读秒数", null=True, blank=True)
    subject_fingerprint = models.CharField("授权人姓名与号码的指纹", max_length=64, blank=True, default="")
    identity_check = models.ForeignKey(
        IdentityCheck, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签署前的核验"
    )
    one_time_code = models.OneToOneField(
        "loans.OneTimeCode",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="签署所用验证码",
    )
    paper_file = models.CharField("授权书文件（密封）", max_length=200, blank=True, default="")
    paper_sha256 = models.CharField("授权书文件摘要", max_length=64, blank=True, default="")
    channel = models.CharField("签署渠道", max_length=10, choices=Channel, default=Channel.RM_PHONE)
    signed_at = models.DateTimeField("签署时间")
    witnessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="见证人",
    )
    valid_until = models.DateField("有效期至")
    spent_at = models.DateTimeField("使用时间", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    text = Sealed("text_sealed")

    class Meta:
        verbose_name = "征信授权"
        verbose_name_plural = "征信授权"
        ordering = ["application", "signed_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(signature_sha256=""), name="authorization_is_signed"),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, party__isnull=True) | Q(customer__isnull=True, party__isnull=False),
                name="authorization_by_one_person",
            ),
            models.CheckConstraint(
                condition=Q(channel="LINK") | Q(witnessed_by__isnull=False), name="authorization_is_witnessed"
            ),
            models.CheckConstraint(
                condition=~Q(signing_method="ONE_TIME_CODE") | Q(one_time_code__isnull=False),
                name="authorization_by_code_names_it",
            ),
            models.CheckConstraint(
                condition=Q(spent_at__isnull=True) | Q(spent_at__gte=F("signed_at")),
                name="authorization_spent_after_signing",
            ),
            models.CheckConstraint(
                condition=Q(spent_at__isnull=True) | Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("spent_at")),
                name="revoked_authorization_is_not_spent",
            ),
        ]

    def __str__(self) -> str:
        return self.authorization_no

    def data_key(self) -> bytes | None:
        """The key of the person who signed."""
        return self.person.data_key()

    @property
    def person(self) -> Customer | LoanParty:
        """Who signed, and may be asked about."""
        person = self.party or self.customer
        if person is None:
            raise TypeError("an authorization is somebody's")
        return person

    def is_of_standing_obligor(self) -> bool:
        """Whether the case hangs on it: not where the person was taken out of the file."""
        return self.party is None or (self.party.is_obligor and self.party.removed_at is None)


class CreditReport(models.Model):
    """One query of the bureau and the report it brought; one authorization buys exactly one."""

    class State(models.TextChoices):
        QUERYING = "QUERYING", "查询中"
        RECEIVED = "RECEIVED", "已查询"
        FAILED = "FAILED", "查询失败"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="credit_reports", verbose_name="申请"
    )
    authorization = models.OneToOneField(
        CreditAuthorization, on_delete=models.PROTECT, related_name="report", verbose_name="授权"
    )
    party = models.ForeignKey(
        LoanParty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_reports",
        verbose_name="关联人",
        help_text="空为借款人本人",
    )
    reason = models.CharField("查询原因", max_length=2, choices=QueryReason)
    state = models.CharField("查询状态", max_length=10, choices=State, default=State.QUERYING)
    queried_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查询员"
    )
    queried_at = models.DateTimeField("查询时间", default=clock.now)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    failure = models.CharField("失败原因", max_length=200, blank=True)

    report_no = models.CharField("报告编号", max_length=40, blank=True)
    received_at = models.DateTimeField("取得时间", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    body_sealed = models.TextField(blank=True, default="")
    loan_accounts = models.PositiveSmallIntegerField("贷款账户数", null=True, blank=True)
    overdue_accounts = models.PositiveSmallIntegerField("当前逾期账户数", null=True, blank=True)
    overdue_amount = models.DecimalField("当前逾期金额", max_digits=18, decimal_places=2, null=True, blank=True)
    overdue_months_24m = models.PositiveSmallIntegerField("近24个月逾期月数", null=True, blank=True)
    queries_3m = models.PositiveSmallIntegerField("近3个月查询次数", null=True, blank=True)
    debt_balance = models.DecimalField("负债余额", max_digits=18, decimal_places=2, null=True, blank=True)
    monthly_payment = models.DecimalField("月还款额", max_digits=18, decimal_places=2, null=True, blank=True)

    body = Sealed("body_sealed")

    class Meta:
        verbose_name = "征信报告"
        verbose_name_plural = "征信报告"
        ordering = ["application", "queried_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="RECEIVED")
                | (Q(received_at__isnull=False, expires_on__isnull=False) & ~Q(report_no="") & ~Q(body_sealed="")),
                name="received_report_is_whole",
            ),
            models.UniqueConstraint(
                fields=["application", "reason"],
                condition=Q(state="QUERYING", party__isnull=True),
                name="one_query_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["party", "reason"], condition=Q(state="QUERYING"), name="one_query_of_a_party_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.report_no or f"{self.get_state_display()}"

    def data_key(self) -> bytes | None:
        """The key of the person whom the report is about."""
        return self.authorization.person.data_key()


class CreditReportView(models.Model):
    """Somebody looked at a report. Append-only."""

    report = models.ForeignKey(CreditReport, on_delete=models.PROTECT, related_name="views", verbose_name="报告")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查看人")
    at = models.DateTimeField("时间", default=clock.now)
    ip = models.GenericIPAddressField("地址", null=True, blank=True)

    class Meta:
        verbose_name = "征信报告查看记录"
        verbose_name_plural = "征信报告查看记录"
        ordering = ["report", "at"]

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d %H:%M}"
