"""WeChat's calls to us at /wechat/callback: kept once and answered at once; a job does what follows.

WeChat waits five seconds and tells three times. A replayed call of the last five minutes (older ones are refused
by their timestamp) finds its key taken and does nothing, so nonces need not be remembered beside the keys.
"""

import hashlib
import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from aladdin import clock
from aladdin.jobs import later
from notifications import deliveries
from notifications.kinds import Channel
from notifications.models import WeChatBinding, WeChatEvent
from notifications.wechat import bindings, crypto

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
        """Take a message or an event."""
        try:
            message = crypto.read_message(request.GET.dict(), request.body)
        except crypto.CallbackRefused as refused:
            return _refusal(refused)
        keep(message)
        return HttpResponse("success", content_type="text/plain; charset=utf-8")


def _refusal(refused: crypto.CallbackRefused) -> HttpResponse:
    logger.warning("WeChat callback refused: %s", refused)
    return HttpResponse(status=403)


# --- Keeping ------------------------------------------------------------------------------------
@transaction.atomic
def keep(message: Mapping[str, str]) -> bool:
    """Store a message and see to it later; False where it was told before."""
    event = WeChatEvent(
        key=_key(message),
        openid=message.get("FromUserName", "")[:64],
        event=(message.get("Event") or message.get("MsgType", ""))[:40],
        content={name: message[name][:200] for name in _KEPT if name in message},
    )
    if WeChatEvent.objects.filter(key=event.key).exists():
        return False
    created = WeChatEvent.objects.bulk_create([event], ignore_conflicts=True)
    # Of two calls at once one is ignored; both then wake the job, which looks whether it is still needed.
    later("notifications.handle_wechat_event", key=created[0].key)
    return True


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
        case "subscribe" | "SCAN":
            nonce = bindings.nonce_of_scene(content.get("EventKey", ""))
            bindings.accept(openid=event.openid, nonce=nonce, way=WeChatBinding.Way.QR_CODE)
        case "text":
            nonce = content.get("Content", "").removeprefix("绑定").strip()
            bindings.accept(openid=event.openid, nonce=nonce, way=WeChatBinding.Way.CODE)
    return True


def _settle(msgid: str, status: str) -> bool:
    """The result of a template message."""
    if status == "success":
        return deliveries.settle(Channel.WECHAT, msgid, arrived=True, outcome="success")
    is_blocked = "user block" in status
    outcome = "user_block" if is_blocked else "system_failed"
    return deliveries.settle(Channel.WECHAT, msgid, arrived=False, outcome=outcome, is_lost=is_blocked)
