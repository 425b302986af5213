"""The invitation to bind as a QR code: WeChat gives a ticket for its scene, and shows the picture to whoever has it."""

from urllib.parse import quote

from django.conf import settings

from aladdin import clock
from aladdin.problems import NotFound, ProviderFailed
from notifications.models import WeChatInvitation
from notifications.wechat import bindings, client
from notifications.wechat.errors import WeChatError
from organization.models import Staff


def picture_of(staff: Staff) -> str:
    """The address of the picture of one's open invitation; its ticket is fetched once.

    Raises NotFound (`wechat_invitation_missing`), ProviderFailed (`wechat_failed`): then the code still serves."""
    invitation = bindings.open_invitation(staff)
    if invitation is None:
        raise NotFound("请先发起微信绑定", code="wechat_invitation_missing")
    if not invitation.ticket:
        invitation.ticket = _ticket(invitation)
        WeChatInvitation.objects.filter(pk=invitation.pk).update(ticket=invitation.ticket)
    return f"{settings.WECHAT['QR_URL']}?ticket={quote(invitation.ticket, safe='')}"


def _ticket(invitation: WeChatInvitation) -> str:
    """A temporary code that ends with the invitation."""
    seconds = max(60, int((invitation.expires_at - clock.now()).total_seconds()))
    asked = {
        "expire_seconds": seconds,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": bindings.scene(invitation)}},
    }
    try:
        ticket = client.with_token("/cgi-bin/qrcode/create", asked).get("ticket")
    except WeChatError as error:
        raise ProviderFailed("wechat_failed", "微信暂时无法生成二维码，请改用绑定码") from error
    if not isinstance(ticket, str) or not ticket:
        raise ProviderFailed("wechat_failed", "微信暂时无法生成二维码，请改用绑定码")
    return ticket[:200]
