"""Text messages as a way out of the app: for what is urgent, where WeChat does not reach the person."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from aladdin.problems import Problem
from notifications.models import Notice, SmsMessage
from notifications.refusals import ChannelRefused, Meaning
from notifications.sms import sending
from notifications.sms.text import FORMS
from organization.models import Staff

_LONGEST = 35


class SmsWay:
    """A row of the text messages does the rest, and tells the delivery what became of it."""

    def reaches(self, people: Collection[UUID]) -> set[UUID]:
        """Those of whom the bank has a mobile number."""
        numbers = Staff.objects.active().filter(pk__in=people).values_list("pk", "mobile")
        return {person for person, mobile in numbers if sending.is_mobile(mobile)}

    def send(self, notice: Notice, *, recipient: UUID, reference: str) -> str:
        """A message that says no more than WeChat is told; our own number of it, under which results come."""
        mobile = Staff.objects.active().filter(pk=recipient).values_list("mobile", flat=True).first()
        if mobile is None:
            raise ChannelRefused(Meaning.UNREACHABLE, "not_employed", "the person has left")
        about = str(notice.values.get("customer") or "本人")
        values = {"title": _fit(notice.title), "about": _fit(about)}
        try:
            with transaction.atomic():
                message = sending.send(
                    mobile=mobile, template="notice", values=values, reference=f"{sending.OF_A_DELIVERY}{reference}"
                )
        except Problem as refusal:
            raise ChannelRefused(Meaning.ALARM, refusal.code, refusal.detail) from refusal
        if message.status == SmsMessage.Status.STOPPED:
            raise ChannelRefused(Meaning.UNREACHABLE, message.outcome, "the number gets no messages")
        return message.client_ref

    def lose(self, recipient: UUID, *, code: str) -> None:
        """Nothing to remember here: numbers that are barred are on a list of their own."""

    def repeatable_for(self) -> timedelta:
        """For ever: under one reference there is one row."""
        return timedelta(days=36_500)


def _fit(said: str) -> str:
    """Made to fit a place for text; what looks like an address or a signature is left out."""
    text = "".join(letter for letter in said if letter not in "【】\r\n")[:_LONGEST] or "—"
    return text if FORMS["TEXT"][0].fullmatch(text) else "—"
