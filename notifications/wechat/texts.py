"""What WeChat is told of a notice: that there is one, of what sort, about whom in masked form, and when.

WeChat is a third party (domain 6.1): no account number, no exact amount, no full name; the text itself is read in
the app. One template of the account serves all kinds: 事项 thing1, 对象 thing2, 时间 time3, 说明 thing4.
"""

from django.conf import settings

from notifications import notice_texts
from notifications.models import Notice
from notifications.wechat import messages

NOTICE_TEMPLATE = "aladdin-business-notice"


def template_id() -> str:
    """The id of the account's template, which WeChat gave when it was added."""
    return str(settings.WECHAT.get("NOTICE_TEMPLATE") or NOTICE_TEMPLATE)


def fields(notice: Notice) -> dict[str, str]:
    """The template's fields, each within WeChat's limits, the hint as the notice's version of the text says it."""
    text = notice_texts.of_version(notice.kind, notice.template_version)
    return fields_with(notice, text.filled(notice.values).hint)


def fields_with(notice: Notice, hint: str) -> dict[str, str]:
    """The template's fields with a hint of their own."""
    return {
        "thing1": messages.fit("thing1", notice.title),
        "thing2": messages.fit("thing2", notice.values.get("customer") or "本人"),
        "time3": messages.moment(notice.created_at),
        "thing4": messages.fit("thing4", hint),
    }
