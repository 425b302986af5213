"""Customer-service messages: to whoever spoke to the account within 48 hours, for what took longer than five
seconds."""

from notifications.wechat import client
from notifications.wechat.replies import cut


def send_text(*, openid: str, said: str) -> None:
    """Send a text. Raises WeChatError; WeChat knows no reference here, so what may have arrived is not repeated."""
    content = {"touser": openid, "msgtype": "text", "text": {"content": cut(said)}}
    client.with_token("/cgi-bin/message/custom/send", content)
