"""What the organization does by the clock."""

from django.utils import timezone

from aladdin.jobs import job
from organization.models import DeviceToken


@job("organization.forget_expired_sign_ins", every="23 18 * * *", tries=3)
def forget_expired_sign_ins() -> None:
    """At 02:23: phones' sign-ins that have run out and were not used since."""
    DeviceToken.objects.filter(expiry__lt=timezone.now()).delete()  # noqa: TID251  knox writes them by this clock
