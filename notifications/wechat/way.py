"""The official account as a way out of the app."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from aladdin import parameters
from notifications.models import Notice, WeChatBinding
from notifications.refusals import ChannelRefused, Meaning
from notifications.wechat import bindings, client, quota, texts
from notifications.wechat.errors import WeChatError


class WeChatWay:
    """Template messages to bound followers."""

    def reaches(self, people: Collection[UUID]) -> set[UUID]:
        """Those who are bound and to whom messages arrive."""
        return set(WeChatBinding.objects.reachable().filter(staff__in=people).values_list("staff", flat=True))

    def send(self, notice: Notice, *, recipient: UUID, reference: str) -> str:
        """A template message; WeChat's msgid."""
        binding = WeChatBinding.objects.reachable().filter(staff=recipient).first()
        if binding is None:
            raise ChannelRefused(Meaning.UNREACHABLE, "not_bound", "nobody is bound")
        quota.take_one()
        try:
            msgid = client.send_template(
                openid=binding.openid,
                template_id=texts.template_id(),
                data=texts.fields(notice),
                client_msg_id=reference,
            )
        except WeChatError as error:
            if error.meaning is Meaning.UNREACHABLE:
                bindings.mark_unreachable(binding, code=error.code)
            raise
        return str(msgid)

    def lose(self, recipient: UUID, *, code: str) -> None:
        """The follower left, or refuses us."""
        bindings.mark_recipient_unreachable(recipient, code=code)

    def repeatable_for(self) -> timedelta:
        """WeChat sends one client_msg_id once within about ten minutes."""
        return timedelta(minutes=parameters.integer("wechat.repeat_within_minutes"))
