"""What a text of a notice has to be, and that it is written as the version of its day says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from notifications import notice_texts
from notifications.kinds import KINDS, Kind, checked_values
from notifications.models import Notice, NoticeTemplate
from notifications.notices import Message, notify_many
from notifications.text_soundness import LONGEST_BODY, LONGEST_OUTSIDE, filled, longest, places, wrong_with
from notifications.variables import VARIABLES, Type, Variable
from notifications.wechat import messages, texts
from organization.models import Staff
from tests.notifications.builders import VALUES, told
from tests.world import Bank

APPROVED, REJECTED = KINDS["loan.approved"], KINDS["loan.rejected"]
SOUND = {"title": "贷款已批复", "body": "{customer}的申请已批复。", "hint": "请登录阿拉丁查看"}


def text(**changed: str) -> dict[str, str]:
    return {**SOUND, **changed}


# --- Soundness ----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_what_the_house_ships_may_be_published(kind: Kind) -> None:
    shipped = notice_texts.shipped(kind)
    assert wrong_with(kind, title=shipped.title, body=shipped.body, hint=shipped.hint) == {}


@pytest.mark.parametrize(
    "field, said, reason",
    [
        ("body", "{customer}的{produkt}已批复", "没有变量：{produkt}"),
        ("body", "您的申请已批复", "正文缺少变量：{customer} 客户"),
        ("body", "{customer!r}已批复", "变量应写作"),
        ("body", "{customer已批复", "变量应写作"),
        ("body", "{customer}" * 16, "至多 600 字"),
        ("body", "{customer}的电话13912345678", "请改用变量"),
        ("body", " ", "不能为空"),
        ("title", "{customer}的贷款已批复", "不能含有{customer} 客户"),
        ("title", "{amount}元已批复", "不能含有{amount} 金额（元）"),
        ("title", "20万元贷款已批复", "不能写明金额"),
        ("title", "您的贷款申请已经由本行有权审批的人员批复同意了", "微信每栏至多 20 字"),
        ("title", "{product}已批复", "微信每栏至多 20 字"),
        ("title", "贷款\n已批复", "不能换行"),
        ("title", "贷款已批复🎉", "不能换行，也不能含表情符号"),
        ("title", "【贷款】已批复", "短信通道"),
        ("hint", "见6222020200112233445", "请改用变量"),
        ("hint", "", "不能为空"),
        ("hint", "{reason}", "没有变量：{reason}"),
    ],
)
def test_a_text_says_no_more_and_no_less_than_it_may(field: str, said: str, reason: str) -> None:
    errors = wrong_with(APPROVED, **text(**{field: said}))
    assert list(errors) == [field]
    assert reason in "；".join(errors[field])


def test_a_reason_that_the_caller_gives_may_not_be_left_out() -> None:
    errors = wrong_with(REJECTED, **text())
    assert errors == {"body": ["正文缺少变量：{reason} 原因"]}


@pytest.mark.parametrize(
    "samples, reason",
    [
        ({"amount": "viel"}, "{amount} 金额（元）的示例值应为金额"),
        ({"amount": 5}, "{amount} 金额（元）的示例值应为金额"),
        ({"rate": "5"}, "没有变量：{rate}"),
        (["amount"], "示例值应写作 {名称: 值}"),
    ],
)
def test_samples_are_of_the_type_of_their_value(samples: Any, reason: str) -> None:
    assert wrong_with(APPROVED, **SOUND, samples=samples) == {"samples": [reason]}


@given(st.data())
def test_whatever_passes_fits_its_channel_with_whatever_values(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(KINDS.values())))
    pieces = st.sampled_from([*(f"{{{name}}}" for name in kind.variables), "贷款", "已办理", "，"])
    said = {field: "".join(data.draw(st.lists(pieces, max_size=9))) for field in ("title", "body", "hint")}
    if wrong_with(kind, **said):
        return
    values = checked_values(kind, {name: data.draw(_values(each)) for name, each in kind.variables.items()})
    assert kind.needed <= places(said["body"])
    assert len(filled(said["body"], values)) <= longest(kind, said["body"]) <= LONGEST_BODY
    for field, wechat_field in (("title", "thing1"), ("hint", "thing4")):
        shown = filled(said[field], values)
        assert len(shown) <= LONGEST_OUTSIDE
        messages.check({wechat_field: shown})
        assert all(VARIABLES[name].goes_outside for name in places(said[field]))


def _values(variable: Variable) -> st.SearchStrategy[str]:
    match variable.type:
        case Type.MONEY:
            return st.decimals(min_value=0, max_value=Decimal(99999999999), places=2).map(str)
        case Type.DATE:
            return st.dates(min_value=date(1000, 1, 1)).map(str)
        case Type.COUNT | Type.RANK:
            return st.integers(min_value=1, max_value=999_999).map(str)
        case _:
            return st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=300)


# --- Types ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "type_, said, shown",
    [
        (Type.TEXT, " 缺少\n流水 ", "缺少 流水"),
        (Type.NAME, "王小明", "王*明"),
        (Type.MONEY, "1234567.8", "1,234,567.80"),
        (Type.DATE, "2026-12-01", "2026年12月1日"),
        (Type.DATE, "2026年12月1日", "2026年12月1日"),
        (Type.PERCENT, "12.50", "12.5%"),
        (Type.PERCENT, "100", "100%"),
        (Type.COUNT, "0", "0"),
        (Type.RANK, "007", "7"),
    ],
)
def test_values_are_written_by_their_type(type_: Type, said: str, shown: str) -> None:
    assert Variable(label="", type=type_, sample="", longest=40).shown(said) == shown


@pytest.mark.parametrize(
    "type_, said",
    [
        (Type.TEXT, " "),
        (Type.MONEY, "NaN"),
        (Type.DATE, "2026-02-30"),
        (Type.DATE, "明天"),
        (Type.PERCENT, "viel"),
        (Type.PERCENT, "Infinity"),
        (Type.COUNT, "-1"),
        (Type.RANK, "0"),
    ],
)
def test_a_value_of_another_type_is_refused(type_: Type, said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the types of the standard library each say it in their own words
        Variable(label="", type=type_, sample="", longest=40).shown(said)


# --- Versions ------------------------------------------------------------------------------------
def published(kind: str, effective_from: date, **words: str) -> NoticeTemplate:
    """A version as if two people had made it."""
    newest = NoticeTemplate.objects.filter(kind=kind).order_by("-version").first()
    return NoticeTemplate.objects.create(
        kind=kind,
        version=newest.version + 1 if newest else 1,
        **text(**words),
        effective_from=effective_from,
        state=NoticeTemplate.State.PUBLISHED,
        published_at=clock.now(),
    )


@pytest.fixture
def seeded(bank: Bank) -> None:
    notice_texts.seed()


def test_the_shipped_texts_are_sown_once_and_never_over_the_banks_own(bank: Bank) -> None:
    published("loan.approved", date(2020, 1, 1), title="批复通知")
    assert notice_texts.seed() == len(KINDS) - 1
    assert notice_texts.seed() == 0
    assert told(bank.rm).title == "批复通知"


def test_sown_or_not_the_houses_words_are_the_same(bank: Bank) -> None:
    before = told(bank.rm)
    notice_texts.seed()
    after = told(bank.rm)
    assert (before.title, before.body, before.template_version) == (after.title, after.body, after.template_version)


def test_a_notice_is_written_with_the_version_of_its_day_and_keeps_it(seeded: None, bank: Bank) -> None:
    first = datetime(2026, 11, 25, 4, tzinfo=UTC)
    published("loan.approved", date(2026, 11, 26), title="批复下来了", hint="两日内请联系客户")
    with clock.at(first):
        old = told(bank.rm)
    with clock.at(first + timedelta(days=1)):
        new = told(bank.rm)
        assert texts.fields(old)["thing4"] == "请登录阿拉丁查看"
        assert texts.fields(new)["thing4"] == "两日内请联系客户"
    assert [(each.title, each.template_version) for each in (old, new)] == [("贷款已批复", 1), ("批复下来了", 2)]
    assert Notice.objects.get(pk=old.pk).title == "贷款已批复"


def test_what_is_published_the_database_keeps(seeded: None) -> None:
    for work in (
        lambda: NoticeTemplate.objects.filter(kind="loan.approved").update(title="别的"),
        lambda: NoticeTemplate.objects.filter(kind="loan.approved").delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            work()


def test_a_process_reads_the_texts_once_for_all_its_notices(
    seeded: None, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_texts, "_kept", notice_texts._Kept())

    def of_templates(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            notify_many(_approved(bank.rm, f"{count}/{number}") for number in range(count))
        return sum("notifications_noticetemplate" in each["sql"] for each in captured.captured_queries)

    assert [of_templates(1), of_templates(1), of_templates(30)] == [1, 0, 0]


def _approved(recipient: Staff, event_key: str) -> Message:
    return Message(recipient=recipient, kind="loan.approved", event_key=event_key, values=VALUES)
