"""What follows a notice: sending it, hearing what became of it, and clearing away what has done its work."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from aladdin import clock, parameters
from aladdin.jobs import job, later
from notifications import deadlines, deliveries, escalation, gathering, redo, streams, waiting
from notifications.kinds import Channel
from notifications.mail import confirming
from notifications.models import SmsMessage, WeChatEvent
from notifications.robots import saying
from notifications.sms import sending as sms_sending
from notifications.webhooks import endpoints as webhook_endpoints
from notifications.webhooks import sending as webhook_sending
from notifications.wechat import callback

LOOKS = 4
"""How often a result is compared with the deliveries: it may come before the number that it belongs to is stored."""


@job("notifications.deliver", tries=5)
def deliver(delivery_id: str) -> None:
    """Make one attempt; a provider's refusals reschedule by themselves, only our own faults are tried again here."""
    deliveries.deliver(UUID(delivery_id))


@job("notifications.gather", tries=5)
def gather(recipient_id: str, channel: str, collapse_key: str) -> None:
    """Let what waited together go as one message."""
    gathering.gather(UUID(recipient_id), channel, collapse_key)


@job("notifications.sweep_deferred", every="*/5 * * * *", tries=1)
def sweep_deferred() -> None:
    """Every five minutes: whatever should have gone by now and was not woken."""
    gathering.sweep()


@job("notifications.escalate", every="* * * * *", tries=1)
def escalate() -> None:
    """Every minute: what was not done in time, to the managers."""
    escalation.escalate()


@job("notifications.stamp_acted", tries=5)
def stamp_acted(notices: list[tuple[str, str]]) -> None:
    """What these notices asked for is done: write it on them."""
    for notice_id, created_on in notices:
        deadlines.stamp_acted(UUID(notice_id), date.fromisoformat(created_on))


@job("notifications.send_sms", tries=5)
def send_sms(message_id: str) -> None:
    """Make one attempt; the gateway's refusals reschedule by themselves, only our own faults are tried again here."""
    sms_sending.attempt(UUID(message_id))


@job("notifications.ask_to_confirm_mail", tries=8)
def ask_to_confirm_mail(address_id: str) -> None:
    """Ask the owner of a new address, from there, whether it is his."""
    confirming.ask(UUID(address_id))


@job("notifications.settle_sms", tries=5)
def settle_sms(client_ref: str, status: str, outcome: str, look: int = 1) -> None:
    """A text message that carries a notice came to its end: so did the delivery, which may not know its number yet."""
    arrived = status == SmsMessage.Status.DELIVERED
    if not deliveries.settle(Channel.SMS, client_ref, arrived=arrived, outcome=outcome) and look < LOOKS:
        again: dict[str, Any] = {"client_ref": client_ref, "status": status, "outcome": outcome}
        later("notifications.settle_sms", wait=timedelta(seconds=5 * look), look=look + 1, **again)


@job("notifications.speak", tries=5)
def speak(message_id: str) -> None:
    """Make one attempt at what a robot has to say."""
    saying.speak(UUID(message_id))


@job("notifications.handle_wechat_event", tries=5)
def handle_wechat_event(key: str, look: int = 1) -> None:
    """Do what WeChat told us of."""
    callback.handle(key, look=look)


@job("notifications.drain_webhook", tries=5)
def drain_webhook(endpoint_id: str) -> None:
    """Send a subscriber what is due; his refusals reschedule by themselves."""
    webhook_sending.drain(UUID(endpoint_id))


@job("notifications.sweep_webhooks", every="* * * * *", tries=1)
def sweep_webhooks() -> None:
    """Every minute: whatever is due and was not woken."""
    webhook_sending.sweep()


@job("notifications.go_on", tries=8)
def go_on(channel: str) -> None:
    """A stop was lifted: what waited for that goes on."""
    waiting.go_on(channel)


@job("notifications.redo", tries=8)
def send_failures_again(redo_id: str) -> None:
    """Send the failures of a range again."""
    redo.work_off(UUID(redo_id))


@job("notifications.answer_wechat", tries=4)
def answer_wechat(key: str) -> None:
    """Say what took too long to be said at once."""
    callback.answer_late(key)


@job("notifications.forget", every="40 18 * * *")
def forget() -> None:
    """Nightly: board events, WeChat events and the contents of text messages past their days."""
    streams.forget_board_events()
    oldest = clock.now() - timedelta(days=parameters.integer("notice.wechat_event_days"))
    WeChatEvent.objects.filter(received_at__lt=oldest, handled_at__isnull=False).delete()
    sms_sending.forget()
    webhook_endpoints.forget()
