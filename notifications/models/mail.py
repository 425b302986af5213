"""Where an employee gets mail of the bank's, and whether it arrives."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from organization.models import Staff
from organization.scope import ScopedQuerySet


class MailAddressQuerySet(ScopedQuerySet["MailAddress"]):
    def visible_to(self, staff: Staff) -> Self:
        """One's own."""
        return self.filter(staff=staff.pk) if staff.is_active else self.none()

    def reachable(self) -> Self:
        """Confirmed, of people who still work here, and not bounced since."""
        return self.filter(confirmed_at__isnull=False, bounced_at__isnull=True, staff__is_active=True)


class MailAddress(models.Model):
    """One address of one employee; nothing is sent to it before its owner confirmed it from there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    staff = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_address", verbose_name="员工"
    )
    address_sealed = models.TextField("邮箱")
    digests_off_at = models.DateTimeField("退订汇总自", null=True)
    created_at = models.DateTimeField("登记时间", default=clock.now)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    bounced_at = models.DateTimeField("退信时间", null=True)
    bounce_code = models.CharField("退信代码", max_length=12, blank=True)

    address = Sealed("address_sealed")
    objects = MailAddressQuerySet.as_manager()

    class Meta:
        verbose_name = "员工邮箱"
        verbose_name_plural = "员工邮箱"
        constraints = [
            models.CheckConstraint(
                condition=Q(bounced_at__isnull=True) | ~Q(bounce_code=""), name="bounced_mail_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}"

    def data_key(self) -> None:
        """Sealed with the bank's own key."""
