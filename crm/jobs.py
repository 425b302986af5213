"""What the customer room does by itself."""

from aladdin.jobs import job
from crm import nonces


@job("crm.forget_nonces", every="7 * * * *")
def forget_nonces() -> None:
    """Hourly: nonces of signed calls that are too old to be used again."""
    nonces.forget_old()
