"""Streams and what lies in them, and the ways beside the app with what went by each of them."""

from notifications.models.announcement import Announcement, AnnouncementComment, AnnouncementReceipt
from notifications.models.delivery import ChannelPause, Delivery
from notifications.models.mail import MailAddress
from notifications.models.manners import Deadline, NoticePreference
from notifications.models.notice_template import NoticeTemplate
from notifications.models.operations import ChannelStop, Outlet, Redo
from notifications.models.robot import Platform, Robot, RobotMessage
from notifications.models.sms import SmsKind, SmsMessage, SmsOptOut, SmsTemplate
from notifications.models.stream import Acknowledgement, BoardEvent, Marks, Notice, NoticeEvent, Stream
from notifications.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from notifications.models.wechat import WeChatBinding, WeChatEvent, WeChatInvitation
from notifications.models.wechat_menu import WeChatMenu

__all__ = [
    "Acknowledgement",
    "Announcement",
    "AnnouncementComment",
    "AnnouncementReceipt",
    "BoardEvent",
    "ChannelPause",
    "ChannelStop",
    "Deadline",
    "Delivery",
    "MailAddress",
    "Marks",
    "Notice",
    "NoticeEvent",
    "NoticePreference",
    "NoticeTemplate",
    "Outlet",
    "Platform",
    "Redo",
    "Robot",
    "RobotMessage",
    "SmsKind",
    "SmsMessage",
    "SmsOptOut",
    "SmsTemplate",
    "Stream",
    "WeChatBinding",
    "WeChatEvent",
    "WeChatInvitation",
    "WeChatMenu",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
