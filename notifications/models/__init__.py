"""Streams and what lies in them, deliveries beside the app, text messages, and who is which WeChat follower."""

from notifications.models.announcement import Announcement, AnnouncementComment, AnnouncementReceipt
from notifications.models.delivery import ChannelPause, Delivery
from notifications.models.sms import SmsKind, SmsMessage, SmsOptOut, SmsTemplate
from notifications.models.stream import Acknowledgement, BoardEvent, Notice, NoticeEvent, Stream
from notifications.models.wechat import WeChatBinding, WeChatEvent, WeChatInvitation

__all__ = [
    "Acknowledgement",
    "Announcement",
    "AnnouncementComment",
    "AnnouncementReceipt",
    "BoardEvent",
    "ChannelPause",
    "Delivery",
    "Notice",
    "NoticeEvent",
    "SmsKind",
    "SmsMessage",
    "SmsOptOut",
    "SmsTemplate",
    "Stream",
    "WeChatBinding",
    "WeChatEvent",
    "WeChatInvitation",
]
