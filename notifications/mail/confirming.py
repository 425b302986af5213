"""The mail that asks to confirm an address: sent once, and again only where it certainly did not leave."""

from uuid import UUID

from aladdin import clock
from notifications.mail import letters, server
from notifications.models import MailAddress
from notifications.models.delivery import new_client_ref
from notifications.refusals import ChannelRefused, Meaning


def ask(address_id: UUID) -> None:
    """Send it where it is still wanted. Raises ChannelRefused where it should be tried again."""
    row = MailAddress.objects.select_related("staff").filter(pk=address_id, confirmed_at__isnull=True).first()
    if row is None or row.bounced_at is not None:
        return
    try:
        server.send(lambda link: letters.to_confirm(row, reference=new_client_ref(), connection=link))
    except ChannelRefused as refusal:
        if refusal.meaning is Meaning.UNREACHABLE:
            MailAddress.objects.filter(pk=row.pk).update(bounced_at=clock.now(), bounce_code=refusal.code)
        elif not refusal.may_have_arrived:
            raise
