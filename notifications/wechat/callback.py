"""WeChat's calls to us at /wechat/callback: kept once and answered at once; a job does what takes longer.

WeChat waits five seconds and tells three times. A replayed call of the last five minutes (older ones are refused
by their timestamp) finds its key taken and gets the answer of the first time, so nonces need not be remembered
beside the keys.
"""

import hashlib
import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from aladdin import clock
from aladdin.jobs import later
from notifications import deliveries
from notifications.kinds import Channel
from notifications.models import WeChatEvent
from notifications.refusals import Meaning
from notifications.wechat import bindings, conversation, crypto, replies, service_messages
from notifications.wechat.answers import TooSlow
from notifications.wechat.errors import WeChatError

logger = logging.getLogger(__name__)

_KEPT = ("EventKey", "Status", "MsgID", "Content")
_LOOKS = 4
"""How often a result is compared with the deliveries: it may come before the answer that it belongs to is stored."""


@method_decorator(csrf_exempt, name="dispatch")
class CallbackView(View):
    """The address that the account's console names; proved by signature, not by session."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Prove that the address is ours."""
        try:
            echo = crypto.verify_server(request.GET.dict())
        except crypto.CallbackRefused as refused:
            return _refusal(refused)
        return HttpResponse(echo, content_type="text/plain; charset=utf-8")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take a message or an event, and answer it."""
        try:
            message = crypto.read_message(request.GET.dict(), request.body)
        except crypto.CallbackRefused as refused:
            return _refusal(refused)
        said = take(message)
        kind = "application/xml" if said else "text/plain"
        body = replies.body(message, said, nonce=request.GET.get("nonce", ""))
        return HttpResponse(body, content_type=f"{kind}; charset=utf-8")


def _refusal(refused: crypto.CallbackRefused) -> HttpResponse:
    logger.warning("WeChat callback refused: %s", refused)
    return HttpResponse(status=403)


# --- Keeping and answering ----------------------------------------------------------------------
@transaction.atomic
def take(message: Mapping[str, str]) -> str:
    """Store a message and do what it asks for, now or later; what to say to it, the same however often it is told."""
    event = WeChatEvent(
        key=_key(message),
        openid=message.get("FromUserName", "")[:64],
        event=(message.get("Event") or message.get("MsgType", ""))[:40],
        content={name: message[name][:200] for name in _KEPT if name in message},
    )
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        return WeChatEvent.objects.get(key=event.key).reply
    if event.event not in conversation.SPOKEN_TO:
        later("notifications.handle_wechat_event", key=event.key)
        return ""
    try:
        event.reply = conversation.reply(event)
    except TooSlow:
        later("notifications.answer_wechat", key=event.key, priority=5)
        return ""
    event.handled_at = clock.now()
    event.save(update_fields=["reply", "handled_at"])
    return event.reply


def _key(message: Mapping[str, str]) -> str:
    """Messages by MsgId, results by their MsgID, other events by sender, second and name."""
    if "MsgId" in message:
        parts = ["message", message["MsgId"]]
    elif "MsgID" in message:
        parts = ["result", message["MsgID"]]
    else:
        parts = ["event", *(message.get(name, "") for name in ("FromUserName", "CreateTime", "Event"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


# --- What follows -------------------------------------------------------------------------------
@transaction.atomic
def handle(key: str, *, look: int = 1) -> None:
    """Do what a kept event means, once."""
    event = WeChatEvent.objects.select_for_update().filter(key=key, handled_at__isnull=True).first()
    if event is None:
        return
    if not _happened(event) and look < _LOOKS:
        later("notifications.handle_wechat_event", wait=timedelta(seconds=5 * look), key=key, look=look + 1)
        return
    event.handled_at = clock.now()
    event.save(update_fields=["handled_at"])


def _happened(event: WeChatEvent) -> bool:
    """Whether the event found what it is about."""
    content = event.content
    match event.event:
        case "TEMPLATESENDJOBFINISH":
            return _settle(content.get("MsgID", ""), content.get("Status", ""))
        case "unsubscribe":
            bindings.unbind_follower(event.openid)
    return True


def _settle(msgid: str, status: str) -> bool:
    """The result of a template message."""
    if status == "success":
        return deliveries.settle(Channel.WECHAT, msgid, arrived=True, outcome="success")
    is_blocked = "user block" in status
    outcome = "user_block" if is_blocked else "system_failed"
    return deliveries.settle(Channel.WECHAT, msgid, arrived=False, outcome=outcome, is_lost=is_blocked)


def answer_late(key: str) -> None:
    """Say by a customer-service message what took too long to be said at once; told once rather than twice.

    Raises WeChatError where it certainly was not told and may be tried again."""
    with transaction.atomic():
        event = WeChatEvent.objects.select_for_update().filter(key=key, handled_at__isnull=True).first()
        if event is None:
            return
        event.reply = conversation.late_reply(event)
        event.handled_at = clock.now()
        event.save(update_fields=["reply", "handled_at"])
    try:
        service_messages.send_text(openid=event.openid, said=event.reply)
    except WeChatError as error:
        if error.meaning in (Meaning.RETRY, Meaning.REFRESHED_ONCE) and not error.may_have_arrived:
            WeChatEvent.objects.filter(key=key).update(handled_at=None)
            raise
        logger.warning("a late answer was not taken: %s", error)
