"""What the account says to a follower: to a text, a button, a scan, or to whoever has just come."""

from notifications.models import WeChatBinding, WeChatEvent
from notifications.wechat import answers, bindings
from organization.models import Staff

HELP = "可发送：\n排名 — 我的排名\n今日 — 我的今日业绩\n待办 — 我的待办\n解绑 — 取消绑定"
UNBOUND = "您还没有绑定工号。请在阿拉丁“我的—微信绑定”中扫码，或发送“绑定”加绑定码。"
_TOOK_UP = "绑定成功，{name}您好。业务提醒将发送到此微信。\n\n{help}"
_NO_INVITATION = "绑定码无效或已过期，请在阿拉丁中重新获取。"
_UNBOUND_NOW = "已取消绑定，此后不再收到提醒。"
_QUESTIONS = frozenset({"text", "CLICK"})
#: Messages to which the account answers.
SPOKEN_TO = frozenset({"text", "CLICK", "subscribe", "SCAN"})


def reply(event: WeChatEvent) -> str:
    """What to say, in time for WeChat's five seconds; empty for nothing. Raises answers.TooSlow."""
    return _said(event, in_time=True)


def late_reply(event: WeChatEvent) -> str:
    """As `reply`, however long it takes."""
    return _said(event, in_time=False)


def _said(event: WeChatEvent, *, in_time: bool) -> str:
    if event.event in _QUESTIONS:
        return _to_words(event, in_time=in_time)
    return _to_scan(event)


# --- Words and buttons --------------------------------------------------------------------------
def _to_words(event: WeChatEvent, *, in_time: bool) -> str:
    said = event.content.get("EventKey" if event.event == "CLICK" else "Content", "").strip()
    staff = _who(event.openid)
    question = answers.question_of(said)
    if question is not None and staff is not None:
        return answers.in_time(question, staff) if in_time else answers.whole(question, staff)
    if said == "解绑" and staff is not None:
        bindings.unbind(staff, by=staff)
        return _UNBOUND_NOW
    nonce = said.removeprefix("绑定").strip()
    if said.startswith("绑定") or bindings.is_nonce(nonce):
        return _took_up(event.openid, nonce, WeChatBinding.Way.CODE)
    return UNBOUND if staff is None else HELP


def _who(openid: str) -> Staff | None:
    binding = WeChatBinding.objects.bound().filter(openid=openid, staff__is_active=True).select_related("staff").first()
    return binding.staff if binding else None


# --- Scans and comers ---------------------------------------------------------------------------
def _to_scan(event: WeChatEvent) -> str:
    nonce = bindings.nonce_of_scene(event.content.get("EventKey", ""))
    if nonce:
        return _took_up(event.openid, nonce, WeChatBinding.Way.QR_CODE)
    staff = _who(event.openid)
    if staff is not None:
        return HELP
    return UNBOUND if event.event == "subscribe" else ""


def _took_up(openid: str, nonce: str, way: WeChatBinding.Way) -> str:
    binding = bindings.accept(openid=openid, nonce=nonce, way=way)
    if binding is None:
        return _NO_INVITATION
    return _TOOK_UP.format(name=binding.staff.name[:1] + "经理", help=HELP)
