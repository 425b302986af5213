"""Which version of a text holds, what may stand in it, and how a new version comes to hold: made by one, checked by
another, with the number that the carrier gave it."""

from collections.abc import Mapping
from zlib import crc32

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from aladdin import audit
from aladdin.problems import Conflict, RuleBroken
from notifications.models import SmsKind, SmsTemplate
from notifications.sms import text
from notifications.sms.catalogue import CATALOGUE
from organization.models import Staff

_State = SmsTemplate.State


# --- Using --------------------------------------------------------------------------------------
def current(code: str) -> SmsTemplate:
    """The newest version that the carrier lets pass. Raises `sms_template_missing` (Conflict)."""
    found = _newest(code)
    if found is None and code in CATALOGUE and not SmsTemplate.objects.filter(code=code).exists():
        _sow(code)
        found = _newest(code)
    if found is None:
        raise Conflict("sms_template_missing", f"短信模板“{code}”尚未通过审核")
    return found


def checked(template: SmsTemplate, values: Mapping[str, str]) -> dict[str, str]:
    """The values as they will stand. Raises `sms_values_wrong` (RuleBroken) with all that is wrong."""
    wanted, given = set(template.variables), set(values)
    errors = dict.fromkeys(wanted - given, "缺少此变量") | dict.fromkeys(given - wanted, "模板没有此变量")
    for name in wanted & given:
        if wrong := text.value_wrong(template.variables[name], values[name]):
            errors[name] = wrong
    if errors:
        said = "、".join(f"{name}{wrong}" for name, wrong in sorted(errors.items()))
        raise RuleBroken("sms_values_wrong", f"短信变量有误：{said}", errors={name: [w] for name, w in errors.items()})
    return dict(values)


def said(template: SmsTemplate, values: Mapping[str, str]) -> str:
    """The whole message as a phone shows it."""
    return text.shown(template.sign_name, text.filled(template.text, values))


def _newest(code: str) -> SmsTemplate | None:
    return SmsTemplate.objects.filter(code=code, state=_State.APPROVED).order_by("-version").first()


def _sow(code: str) -> None:
    """The shipped text as a row. At a desk the sandbox is the carrier and lets everything pass; elsewhere the bank
    has it reviewed first."""
    shipped = CATALOGUE[code]
    at_a_desk = settings.ACCEPT_TEST_IDENTITIES
    row = SmsTemplate(
        code=code,
        name=shipped.name,
        kind=shipped.kind,
        sign_name=settings.SMS["SIGN_NAME"],
        text=shipped_text(code),
        variables=dict(shipped.variables),
        state=_State.APPROVED if at_a_desk else _State.DRAFT,
        provider_code=provider_code_at_a_desk(code) if at_a_desk else "",
    )
    SmsTemplate.objects.bulk_create([row], ignore_conflicts=True)


def shipped_text(code: str) -> str:
    """A shipped text with the bank's address for customers in it."""
    return CATALOGUE[code].text.replace("{site}", str(settings.PUBLIC_URL).rstrip("/"))


def provider_code_at_a_desk(code: str) -> str:
    """The number under which the sandbox knows a shipped text; it stays when others are added."""
    return f"SMS_{crc32(code.encode()) % 10**8:08d}"


# --- Making -------------------------------------------------------------------------------------
@transaction.atomic
def draft(template: SmsTemplate, *, by: Staff) -> SmsTemplate:
    """Keep a new version as a draft. Raises `sms_template_wrong` (RuleBroken)."""
    _require_sound(template)
    newest = SmsTemplate.objects.filter(code=template.code).aggregate(newest=Max("version"))["newest"]
    template.version, template.state, template.maker = (newest or 0) + 1, _State.DRAFT, by
    template.save()
    audit.record(by=by, action="draft_sms_template", subject=f"sms-template/{template.pk}")
    return template


@transaction.atomic
def submit(template: SmsTemplate, *, by: Staff) -> None:
    """The draft goes to the carrier for review. Raises `sms_template_state` (Conflict), `sms_template_wrong`."""
    row = _locked(template, _State.DRAFT)
    _require_sound(row)
    row.state, row.maker = _State.SUBMITTED, row.maker or by
    row.save(update_fields=["state", "maker"])
    audit.record(by=by, action="submit_sms_template", subject=f"sms-template/{row.pk}")


@transaction.atomic
def approve(template: SmsTemplate, *, provider_code: str, by: Staff) -> None:
    """The carrier let it pass under this number. Raises `sms_template_state`, `checked_by_maker` (Conflict)."""
    row = _locked(template, _State.SUBMITTED)
    if row.maker_id == by.pk:
        raise Conflict("checked_by_maker", "经办人不能复核自己的短信模板")
    row.state, row.provider_code, row.checker = _State.APPROVED, provider_code, by
    row.save(update_fields=["state", "provider_code", "checker"])
    audit.record(by=by, action="approve_sms_template", subject=f"sms-template/{row.pk}", provider_code=provider_code)


@transaction.atomic
def refuse(template: SmsTemplate, *, reason: str, by: Staff | None) -> None:
    """The carrier did not let it pass, or no longer does. Raises `sms_template_state` (Conflict)."""
    row = _locked(template, _State.SUBMITTED, _State.APPROVED)
    row.state, row.reason = _State.REFUSED, reason[:200]
    row.save(update_fields=["state", "reason"])
    audit.record(by=by, action="refuse_sms_template", subject=f"sms-template/{row.pk}", reason=reason[:200])


def _locked(template: SmsTemplate, *states: SmsTemplate.State) -> SmsTemplate:
    row = SmsTemplate.objects.select_for_update().get(pk=template.pk)
    if row.state not in states:
        raise Conflict("sms_template_state", f"短信模板现为“{row.get_state_display()}”，不能进行此操作")
    return row


def _require_sound(template: SmsTemplate) -> None:
    wrong = text.template_wrong(
        text=template.text,
        variables=template.variables,
        sign_name=template.sign_name,
        is_marketing=template.kind == SmsKind.MARKETING,
    )
    if wrong:
        raise RuleBroken(
            "sms_template_wrong", "；".join(wrong.values()), errors={name: [said] for name, said in wrong.items()}
        )
