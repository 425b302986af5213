"""The ways out of the app. To add one: a folder with a `way.py`, and a line here and in `kinds.Channel`."""

from collections.abc import Mapping

from notifications.kinds import Channel
from notifications.mail.way import MailWay
from notifications.sms.way import SmsWay
from notifications.way import Way
from notifications.wechat.way import WeChatWay

WAYS: Mapping[Channel, Way] = {
    Channel.WECHAT: WeChatWay(),
    Channel.SMS: SmsWay(),
    Channel.EMAIL: MailWay(),
}
