"""A signed call counts once: its nonce is remembered for as long as the signature would be accepted."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from aladdin.signatures import TOLERANCE, SignatureRefused
from crm.models import UsedNonce


class NonceReplayed(SignatureRefused):
    """Rightly signed, but this very call was made before."""

    code = "nonce_replayed"


def use(nonce: str) -> None:
    """Remember the nonce. Raises NonceReplayed."""
    try:
        with transaction.atomic():
            UsedNonce.objects.create(nonce=nonce)
    except IntegrityError as error:
        raise NonceReplayed from error


def forget_old() -> int:
    """Delete what no signature can use again; the number deleted. By the database's clock, as signatures are
    judged by the wall clock and never by the business date."""
    deleted, _ = UsedNonce.objects.filter(used_at__lt=Now() - 3 * TOLERANCE).delete()
    return deleted
