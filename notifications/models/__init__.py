"""Streams and what lies in them, deliveries beside the app, and who is bound to which WeChat follower."""

from notifications.models.delivery import ChannelPause, Delivery
from notifications.models.stream import Acknowledgement, BoardEvent, Notice, NoticeEvent, Stream
from notifications.models.wechat import WeChatBinding, WeChatEvent, WeChatInvitation

__all__ = [
    "Acknowledgement",
    "BoardEvent",
    "ChannelPause",
    "Delivery",
    "Notice",
    "NoticeEvent",
    "Stream",
    "WeChatBinding",
    "WeChatEvent",
    "WeChatInvitation",
]
