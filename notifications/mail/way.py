"""E-mail as a way out of the app."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from notifications.kinds import Severity
from notifications.mail import addresses, letters, server
from notifications.models import MailAddress, Notice
from notifications.refusals import ChannelRefused, Meaning


class MailWay:
    """Mails to confirmed addresses."""

    def reaches(self, people: Collection[UUID]) -> set[UUID]:
        """Those whose address was confirmed and has not bounced."""
        return set(MailAddress.objects.reachable().filter(staff__in=people).values_list("staff", flat=True))

    def send(self, notice: Notice, *, recipient: UUID, reference: str) -> str:
        """Hand over to the mail server; the mail's own number, under which it may bounce."""
        row = MailAddress.objects.reachable().filter(staff=recipient).first()
        if row is None:
            raise ChannelRefused(Meaning.UNREACHABLE, "no_address", "no confirmed address")
        if notice.severity == Severity.DIGEST and row.digests_off_at is not None:
            raise ChannelRefused(Meaning.UNREACHABLE, "unsubscribed", "wants no digests by mail")
        try:
            server.send(lambda link: letters.of_notice(notice, row, reference=reference, connection=link))
        except ChannelRefused as refusal:
            if refusal.meaning is Meaning.UNREACHABLE:
                addresses.note_bounce(row, code=refusal.code)
            raise
        return reference

    def lose(self, recipient: UUID, *, code: str) -> None:
        """A bounce came back."""
        row = MailAddress.objects.filter(staff=recipient).first()
        if row is not None:
            addresses.note_bounce(row, code=code)

    def repeatable_for(self) -> timedelta:
        """Not at all: a mail server sends whatever it is given."""
        return timedelta()
