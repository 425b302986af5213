"""The texts of notices in the back office: written by one, published by another, seen before they are."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from aladdin import clock
from aladdin.audit import AuditEntry
from notifications import notice_texts
from notifications.models import NoticeTemplate
from organization.models import Staff
from organization.roles import Role
from tests.admin.conftest import Desk, filled_in, messages_of
from tests.admin.test_configuration import press
from tests.notifications.builders import told
from tests.world import Bank, hire

LIST = "/admin/notifications/noticetemplate/"
Admins = tuple[Client, Client]


@pytest.fixture
def admins(bank: Bank, desk: Desk) -> Admins:
    """The browsers of one who makes and of another who checks; the house's texts are sown."""
    notice_texts.seed()
    other = hire(bank.head, Staff.Position.HEAD_OFFICE, Role.SYS_ADMIN, name="复核", is_staff=True)
    return desk(bank.admin), desk(other)


def shipped(kind: str = "loan.approved") -> NoticeTemplate:
    return NoticeTemplate.objects.get(kind=kind, version=1)


def page(template: NoticeTemplate) -> str:
    return f"{LIST}{template.pk}/change/"


def drafted(maker: Client, kind: str = "loan.approved") -> NoticeTemplate:
    assert press(maker, f"{LIST}{shipped(kind).pk}/draft_next/")
    return NoticeTemplate.objects.get(kind=kind, version=2)


def say(client: Client, template: NoticeTemplate, **words: str) -> Any:
    return client.post(page(template), filled_in(client, page(template)) | words)


def state_of(template: NoticeTemplate) -> str:
    return NoticeTemplate.objects.get(pk=template.pk).state


def test_a_text_is_written_by_one_published_by_another_and_rules_from_its_day(admins: Admins, bank: Bank) -> None:
    maker, checker = admins
    draft = drafted(maker)
    assert say(maker, draft, title="批复下来了", hint="请尽快联系客户").status_code == 302
    assert press(maker, f"{LIST}{draft.pk}/submit/")
    assert maker.post(f"{LIST}{draft.pk}/publish/", {"_form_submitted": "on"}).status_code == 403
    assert press(checker, f"{LIST}{draft.pk}/publish/")
    draft.refresh_from_db()
    assert (draft.state, draft.maker, draft.effective_from) == ("PUBLISHED", bank.admin, tomorrow())
    deeds = AuditEntry.objects.filter(subject=f"notice-template/{draft.pk}").order_by("id")
    assert list(deeds.values_list("action", flat=True)) == [
        "draft_notice_template",
        "change_noticetemplate",
        "submit_notice_template",
        "publish_notice_template",
    ]
    assert told(bank.rm).title == "贷款已批复"
    with clock.at(clock.now() + timedelta(days=1)):
        assert told(bank.rm).title == "批复下来了"


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def test_a_text_is_seen_as_each_channel_shows_it(admins: Admins) -> None:
    maker, _ = admins
    draft = drafted(maker)
    say(maker, draft, title="批复下来了", hint="请尽快联系客户", samples='{"customer": "王小明"}')
    shown = maker.get(page(draft)).content.decode()
    for words in (
        "批复下来了",
        "王*明的经营贷申请",
        "请尽快联系客户",
        "您有一条“批复下来了”（王*明）",
        "aladdin://loan-application/",
    ):
        assert words in shown
    assert "王小明的" not in shown


@pytest.mark.parametrize(
    "words, reason",
    [
        ({"body": "{customer}的{produkt}已批复"}, "没有变量：{produkt}"),
        ({"body": "已批复"}, "正文缺少变量：{customer} 客户"),
        ({"title": "{customer}已批复"}, "不能含有{customer} 客户"),
        ({"title": "这一个标题对于微信的每一栏来说实在是太长了一些"}, "微信每栏至多 20 字"),
        ({"samples": '{"amount": "viel"}'}, "示例值应为金额"),
        ({"effective_from": "2020-01-01"}, "最早自次日起生效"),
    ],
)
def test_a_text_that_is_wrong_is_shown_so_and_not_handed_in(admins: Admins, words: dict[str, str], reason: str) -> None:
    maker, _ = admins
    draft = drafted(maker)
    say(maker, draft, **words)
    assert reason in maker.get(page(draft)).content.decode()
    assert press(maker, f"{LIST}{draft.pk}/submit/")
    assert state_of(draft) == "DRAFT"
    assert reason in messages_of(maker.get(page(draft)))[-1]


def test_a_checker_gives_back_with_a_reason(admins: Admins) -> None:
    maker, checker = admins
    draft = drafted(maker)
    press(maker, f"{LIST}{draft.pk}/submit/")
    assert press(checker, f"{LIST}{draft.pk}/send_back/", reason="语气生硬")
    draft.refresh_from_db()
    assert (draft.state, draft.returned_because) == ("DRAFT", "语气生硬")


def test_what_is_published_or_somebody_elses_draft_is_only_read(admins: Admins) -> None:
    maker, other = admins
    draft = drafted(maker)
    for client, template in ((maker, shipped()), (other, draft)):
        assert client.post(page(template), {"title": "别的标题"}).status_code == 403
    assert press(other, f"{LIST}{shipped().pk}/draft_next/")
    assert "该通知已有未发布的版本" in messages_of(other.get(page(draft)))[-1]


def test_versions_come_to_rule_in_their_order(admins: Admins) -> None:
    maker, checker = admins
    draft = drafted(maker)
    say(maker, draft, effective_from=f"{clock.today() + timedelta(days=9)}")
    press(maker, f"{LIST}{draft.pk}/submit/")
    press(checker, f"{LIST}{draft.pk}/publish/")
    press(maker, f"{LIST}{draft.pk}/draft_next/")
    third = NoticeTemplate.objects.get(kind="loan.approved", version=3)
    assert third.effective_from == clock.today() + timedelta(days=10)
    say(maker, third, effective_from=f"{tomorrow()}")
    press(maker, f"{LIST}{third.pk}/submit/")
    assert "须晚于该通知已发布的各版本生效" in messages_of(maker.get(page(third)))[-1]


def test_nobody_else_keeps_the_texts(admins: Admins, bank: Bank, desk: Desk) -> None:
    for person in (bank.rm, bank.product_manager):
        assert desk(person).get(LIST).status_code in {302, 403}
