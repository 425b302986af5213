"""A notice's text as each channel shows it, with sample values: what its maker and its checker look at."""

from dataclasses import dataclass, field

from django.conf import settings

from aladdin import clock
from aladdin.problems import RuleBroken
from notifications import kinds, notice_texts
from notifications.kinds import checked_values
from notifications.models import Notice, NoticeTemplate
from notifications.notice_texts import Text
from notifications.sms import templates as sms_templates
from notifications.sms import text as sms_text
from notifications.wechat import texts as wechat_texts

_LABELS = ("事项", "对象", "时间", "说明")
_SAMPLE_SUBJECT = "0199c0de-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Preview:
    """What each channel would show; nothing but what is wrong where it cannot be filled."""

    wrong: list[str] = field(default_factory=list)
    text: Text | None = None
    link: str = ""
    wechat: list[tuple[str, str]] = field(default_factory=list)
    sms: str = ""
    pieces: int = 0


def preview(template: NoticeTemplate) -> Preview:
    """The version with its sample values."""
    wrong = [reason for reasons in notice_texts.unfit(template).values() for reason in reasons]
    try:
        text = notice_texts.sample(template)
    except RuleBroken:
        return Preview(wrong=wrong)
    kind = kinds.kind_of(template.kind)
    values = checked_values(kind, {name: each.sample for name, each in kind.variables.items()} | template.samples)
    notice = Notice(kind=kind.code, title=text.title, body=text.body, values=values, created_at=clock.now())
    fields = wechat_texts.fields_with(notice, text.hint)
    sms = sms_text.shown(settings.SMS["SIGN_NAME"], _sms(text, values))
    return Preview(
        wrong=wrong if template.state != NoticeTemplate.State.PUBLISHED else [],
        text=text,
        link=kind.link(f"{kind.subject}/{_SAMPLE_SUBJECT}"),
        wechat=list(zip(_LABELS, fields.values(), strict=True)),
        sms=sms,
        pieces=sms_text.segments(sms),
    )


def _sms(text: Text, values: dict[str, str]) -> str:
    places = {"title": text.title, "about": values.get("customer") or "本人"}
    return sms_text.filled(sms_templates.shipped_text("notice"), places)
