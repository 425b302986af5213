"""Texts of messages: what may stand in them, what they cost, and how a new version comes to hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin.problems import Conflict, RuleBroken
from notifications import sms
from notifications.models import SmsKind, SmsTemplate
from notifications.sms import templates, text
from notifications.sms.catalogue import CATALOGUE
from tests.world import Bank

MOBILE = "13800001234"
_State = SmsTemplate.State


@given(st.integers(min_value=1, max_value=500))
def test_a_long_message_travels_in_pieces_of_67(length: int) -> None:
    pieces = text.segments("字" * length)
    assert pieces == (1 if length <= 70 else (length + 66) // 67)


@pytest.mark.parametrize(
    "kind, value, fits",
    [
        ("CODE", "482913", True),
        ("CODE", "48291x", False),
        ("TEXT", "办理经营贷", True),
        ("TEXT", "字" * 36, False),
        ("TEXT", "见https://a.cn", False),
        ("TEXT", "【他行】", False),
        ("TEXT", "两\n行", False),
        ("AMOUNT", "200000.00", True),
        ("AMOUNT", "20万", False),
        ("DATE", "2026年12月20日", True),
        ("DATE", "2026-12-20", False),
        ("TIME", "18:30", True),
        ("TIME", "25:00", False),
        ("TOKEN", "aB3_-9", True),
        ("TOKEN", "a/b", False),
        ("NUMBER", "5", True),
        ("PHONE", "0316-2345678", True),
    ],
)
def test_a_value_has_the_form_of_its_type(kind: str, value: str, fits: bool) -> None:
    assert (text.value_wrong(kind, value) == "") is fits


@pytest.mark.parametrize("code", CATALOGUE)
def test_the_shipped_texts_are_sound(code: str) -> None:
    shipped = CATALOGUE[code]
    wrong = text.template_wrong(
        text=shipped.text.replace("{site}", "https://bank.example"),
        variables=shipped.variables,
        sign_name="阿拉丁银行",
        is_marketing=shipped.kind == SmsKind.MARKETING,
    )
    assert wrong == {}


@pytest.mark.parametrize(
    "field, changes",
    [
        ("sign_name", {"sign_name": "银"}),
        ("text", {"text": "【他行】{a}"}),
        ("text", {"text": "没有关上{a"}),
        ("variables", {"variables": {}}),
        ("variables", {"variables": {"a": "UNKNOWN"}}),
        ("text", {"is_marketing": True}),
    ],
)
def test_an_unsound_text_says_what_is_wrong(field: str, changes: dict[str, object]) -> None:
    sound: dict[str, object] = {
        "text": "您好{a}", "variables": {"a": "TEXT"}, "sign_name": "阿拉丁银行", "is_marketing": False
    }  # fmt: skip
    assert set(text.template_wrong(**(sound | changes))) == {field}  # type: ignore[arg-type]


def test_values_are_checked_all_at_once(thresholds: None) -> None:
    with pytest.raises(RuleBroken) as refusal:
        sms.send(mobile=MOBILE, template="one_time_code", values={"code": "12", "more": "1"}, reference="1")
    assert refusal.value.code == "sms_values_wrong"
    assert set(refusal.value.errors) == {"code", "more", "purpose", "minutes"}


def test_an_unknown_text_is_refused(thresholds: None) -> None:
    with pytest.raises(Conflict, match="sms_template_missing"):
        sms.send(mobile=MOBILE, template="nothing", values={}, reference="1")


def test_outside_a_desk_a_shipped_text_is_reviewed_first(bank: Bank, settings: object) -> None:
    settings.ACCEPT_TEST_IDENTITIES = False  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match="sms_template_missing"):
        templates.current("notice")
    row = SmsTemplate.objects.get(code="notice")
    assert row.state == _State.DRAFT
    templates.submit(row, by=bank.admin)
    templates.approve(row, provider_code="SMS_154950909", by=bank.product_manager)
    assert templates.current("notice").provider_code == "SMS_154950909"


def drafted(bank: Bank, **changes: object) -> SmsTemplate:
    fields = {
        "code": "one_time_code",
        "name": "验证码",
        "kind": SmsKind.CODE,
        "sign_name": "阿拉丁银行",
        "text": "验证码{code}",
        "variables": {"code": "CODE"},
    }
    return templates.draft(SmsTemplate(**(fields | changes)), by=bank.admin)


def test_a_new_version_holds_once_another_person_approved_it(bank: Bank) -> None:
    assert templates.current("one_time_code").version == 1
    row = drafted(bank)
    templates.submit(row, by=bank.admin)
    assert templates.current("one_time_code").version == 1
    with pytest.raises(Conflict, match="checked_by_maker"):
        templates.approve(row, provider_code="SMS_154950909", by=bank.admin)
    templates.approve(row, provider_code="SMS_154950909", by=bank.product_manager)
    assert (templates.current("one_time_code").version, row.version) == (2, 2)


def test_an_unsound_draft_is_refused(bank: Bank) -> None:
    with pytest.raises(RuleBroken, match="sms_template_wrong"):
        drafted(bank, variables={})


def test_a_version_is_reviewed_once(bank: Bank) -> None:
    row = drafted(bank)
    with pytest.raises(Conflict, match="sms_template_state"):
        templates.approve(row, provider_code="SMS_154950909", by=bank.product_manager)
    templates.submit(row, by=bank.admin)
    templates.refuse(row, reason="签名未报备", by=bank.product_manager)
    with pytest.raises(Conflict, match="sms_template_state"):
        templates.submit(row, by=bank.admin)
