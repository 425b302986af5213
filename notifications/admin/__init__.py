"""The back office of notices: what leaves the bank, and the texts in which it does."""

from notifications.admin import (
    announcements,
    deliveries,
    mail,
    manners,
    notice_templates,
    operations,
    robots,
    sms,
    streams,
    webhooks,
    wechat,
)

__all__ = [
    "announcements",
    "deliveries",
    "mail",
    "manners",
    "notice_templates",
    "operations",
    "robots",
    "sms",
    "streams",
    "webhooks",
    "wechat",
]
