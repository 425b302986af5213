"""A relationship manager's link for a customer: bound to one phone, good for a while, for one application."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from crm.models import Customer
from loans.models.application import LoanApplication
from loans.models.investigation import Material
from loans.models.party import LoanParty
from loans.models.products import LoanProduct
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class CustomerLinkQuerySet(ScopedQuerySet["CustomerLink"]):
    def visible_to(self, staff: "Staff") -> Self:
        """One's own, and those of the branches in one's scope."""
        return self.by_branch(staff, own=Q(created_by=staff))

    def live(self) -> Self:
        """Neither run out nor taken back, of an RM who still works here."""
        return self.filter(expires_at__gt=clock.now(), revoked_at__isnull=True, created_by__is_active=True)


class CustomerLink(models.Model):
    """What the RM's QR code opens: an application to begin (APPLY); or, in one that there is, a consent to sign (SIGN)
    or the cost to confirm and the contract to sign (CONTRACT).

    Its secret is kept as a digest. Whoever opens it first with a one-time code binds it to his phone, where it was
    not made for a known one; from then on no other phone opens it."""

    class Purpose(models.TextChoices):
        APPLY = "APPLY", "贷款申请"
        SIGN = "SIGN", "签署征信授权"
        CONTRACT = "CONTRACT", "签署贷款合同"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField("用途", max_length=10, choices=Purpose)
    token_digest = models.CharField(max_length=64, unique=True)
    product = models.ForeignKey(LoanProduct, on_delete=models.PROTECT, related_name="+", verbose_name="产品")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="loan_links", verbose_name="客户"
    )
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, null=True, blank=True, related_name="links", verbose_name="申请"
    )
    party = models.ForeignKey(
        LoanParty, on_delete=models.PROTECT, null=True, blank=True, related_name="links", verbose_name="关联人"
    )
    branch = models.ForeignKey("organization.Branch", on_delete=models.PROTECT, related_name="+", verbose_name="机构")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="loan_links", verbose_name="客户经理"
    )
    created_at = models.DateTimeField("生成时间", default=clock.now, editable=False)
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    mobile_sealed = models.TextField(blank=True, default="")
    mobile_index = models.CharField(max_length=43, blank=True, default="")
    bound_at = models.DateTimeField("绑定手机时间", null=True, blank=True)
    times_opened = models.PositiveIntegerField("打开次数", default=0)
    applicant_tries = models.PositiveSmallIntegerField("填写身份次数", default=0)
    handed_in_at = models.DateTimeField("客户提交时间", null=True, blank=True)

    mobile = Sealed("mobile_sealed")
    objects = CustomerLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "客户自助链接"
        verbose_name_plural = "客户自助链接"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["created_by", "-created_at"], name="links_of_rm")]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(purpose="APPLY"), name="one_application_a_link"
            ),
            models.CheckConstraint(
                condition=Q(purpose="APPLY", party__isnull=True)
                | Q(purpose__in=["SIGN", "CONTRACT"], application__isnull=False),
                name="link_has_what_it_is_for",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="link_runs_out"),
            models.CheckConstraint(
                condition=Q(bound_at__isnull=True) | (~Q(mobile_index="") & ~Q(mobile_sealed="")),
                name="bound_link_has_a_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.created_at:%Y-%m-%d %H:%M}"

    def data_key(self) -> None:
        """The bank's own: whose phone it is, is not known before he has said who he is."""

    @property
    def is_live(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and self.expires_at > clock.now() and self.created_by.is_active

    @property
    def door(self) -> str:
        """How the audit names what came through it."""
        return f"loan-link/{self.pk}"


class LinkSession(models.Model):
    """One person at work behind a link, after his code: on one device, for a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    link = models.ForeignKey(CustomerLink, on_delete=models.PROTECT, related_name="sessions", verbose_name="链接")
    token_digest = models.CharField(max_length=64, unique=True)
    device = models.CharField("设备", max_length=64, blank=True)
    ip = models.GenericIPAddressField("地址", null=True, blank=True)
    created_at = models.DateTimeField("开始时间", default=clock.now, editable=False)
    expires_at = models.DateTimeField("失效时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    text_shown_at = models.DateTimeField("授权书展示时间", null=True, blank=True)
    text_sha256 = models.CharField("所展示授权书摘要", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = "客户自助会话"
        verbose_name_plural = "客户自助会话"
        ordering = ["link", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["link"], condition=Q(ended_at__isnull=True), name="one_session_a_link")
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.created_at:%Y-%m-%d %H:%M}"


class LinkUpload(models.Model):
    """A paper that the customer himself filed: what he may see listed, and nothing else of the file."""

    link = models.ForeignKey(CustomerLink, on_delete=models.PROTECT, related_name="uploads", verbose_name="链接")
    material = models.OneToOneField(
        Material, on_delete=models.PROTECT, related_name="uploaded_through", verbose_name="影像"
    )
    at = models.DateTimeField("上传时间", default=clock.now)

    class Meta:
        verbose_name = "客户自助上传"
        verbose_name_plural = "客户自助上传"
        ordering = ["link", "at"]

    def __str__(self) -> str:
        return f"{self.link_id} {self.material_id}"
