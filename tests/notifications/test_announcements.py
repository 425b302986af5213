"""A manager tells his people; each of them leaves a receipt, may comment, and nobody else hears of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aladdin import clock
from aladdin.audit import AuditEntry
from notifications.models import AnnouncementReceipt, Notice
from organization.models import Branch, Staff
from organization.roles import Role
from tests.world import Bank, Phone, hire

PhoneOf = Callable[[Staff | None], Phone]
URL = "/api/v1/announcements"
EVERYBODY_EAST = {"王小明", "李小红", "张伟"}


def said(branch: Branch, **other: Any) -> dict[str, Any]:
    return {"branch": str(branch.pk), "title": "国庆值班安排", "body": "请各位客户经理确认值班表。"} | other


def published(phone: Phone, branch: Branch, **other: Any) -> dict[str, Any]:
    answer = phone.post(URL, said(branch, **other))
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def told(kind: str = "announcement.published") -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("stream__staff__name", flat=True))


# --- Publishing ---------------------------------------------------------------------------------
def test_a_manager_tells_his_branch_and_nobody_else(bank: Bank, phone: PhoneOf) -> None:
    whole = published(phone(bank.manager), bank.east)
    assert told() == EVERYBODY_EAST
    assert (whole["addressed"], whole["read"]) == (3, 0)
    notice = Notice.objects.filter(stream__staff=bank.rm).get()
    assert notice.body == "刘行长发布公告：国庆值班安排"
    assert notice.subject == f"announcement/{whole['id']}"
    assert AuditEntry.objects.filter(action="announcement.publish", by=bank.manager).count() == 1


def test_what_is_said_to_a_branch_is_said_to_all_below_it(bank: Bank, phone: PhoneOf) -> None:
    published(phone(bank.city_manager), bank.city)
    assert told() >= EVERYBODY_EAST | {"陈陌", "刘行长", "马行长"}
    assert "韩零售" not in told()


def test_it_may_be_said_to_one_role_alone(bank: Bank, phone: PhoneOf) -> None:
    published(phone(bank.city_manager), bank.city, roles=["RM"])
    assert told() == EVERYBODY_EAST | {"陈陌"}
    rm, reviewer = phone(bank.rm), phone(bank.reviewer)
    assert len(rm.get(URL, {"addressed": "true"}).json()["results"]) == 1
    assert reviewer.get(URL, {"addressed": "true"}).json()["results"] == []


@pytest.mark.parametrize("where", ["west", "city", "head"])
def test_nobody_speaks_to_whom_he_does_not_lead(bank: Bank, phone: PhoneOf, where: str) -> None:
    answer = phone(bank.manager).post(URL, said(getattr(bank, where)))
    assert (answer.status_code, answer.json()["code"]) == (403, "branch_out_of_scope")
    assert not Notice.objects.exists()


@pytest.mark.parametrize("person", ["rm", "reviewer", "auditor", "admin"])
def test_only_managers_publish(bank: Bank, phone: PhoneOf, person: str) -> None:
    assert phone(getattr(bank, person)).post(URL, said(bank.east)).status_code == 403


def test_an_announcement_that_nobody_would_get_is_refused(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.manager).post(URL, said(bank.east, roles=["REVIEWER"]))
    assert (answer.status_code, answer.json()["code"]) == (422, "nobody_addressed")


def test_what_is_missing_is_named(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.manager).post(URL, {"branch": str(bank.east.pk), "title": "长" * 61, "roles": ["KING"]})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) >= {"title", "body"}


def test_a_branch_that_is_none_is_not_found(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.manager).post(URL, said(bank.east) | {"branch": "0190a5c0-0000-7000-8000-000000000000"})
    assert answer.status_code == 404


# --- Reading ------------------------------------------------------------------------------------
def test_reading_leaves_one_receipt(bank: Bank, phone: PhoneOf) -> None:
    manager, rm = phone(bank.manager), phone(bank.rm)
    one = f"{URL}/{published(manager, bank.east)['id']}"
    first = rm.post(f"{one}/read").json()
    with clock.at(clock.now() + timedelta(hours=1)):
        assert rm.post(f"{one}/read").json() == first
    assert manager.get(one).json()["read"] == 1
    assert rm.get(URL, {"unread": "true"}).json()["results"] == []
    assert [row["is_read"] for row in rm.get(URL, {"unread": "false"}).json()["results"]] == [True]
    left = manager.get(f"{one}/receipts", {"unread": "true"}).json()["results"]
    assert {row["staff_name"] for row in left} == {"李小红", "张伟"}


@pytest.mark.parametrize("person", ["stranger", "other_manager", "reviewer"])
def test_what_was_said_elsewhere_is_nobody_elses(bank: Bank, phone: PhoneOf, person: str) -> None:
    one = f"{URL}/{published(phone(bank.manager), bank.east, roles=['RM'])['id']}"
    other = phone(getattr(bank, person))
    if person != "reviewer":  # the city's reviewer sees the sub-branches below, but it was not said to him
        assert other.get(one).status_code == 404
        assert other.get(URL).json()["results"] == []
        assert other.post(f"{one}/comments", {"text": "？"}).status_code == 404
        assert other.get(f"{one}/comments").status_code == 404
    assert other.post(f"{one}/read").status_code == 404


def test_readers_do_not_see_who_else_has_read(bank: Bank, phone: PhoneOf) -> None:
    one = f"{URL}/{published(phone(bank.manager), bank.east)['id']}"
    assert phone(bank.rm).get(f"{one}/receipts").status_code == 403
    answer = phone(bank.city_manager).get(f"{one}/receipts")
    assert len(answer.json()["results"]) == 3


def test_who_joins_later_sees_what_stands(bank: Bank, phone: PhoneOf) -> None:
    one = f"{URL}/{published(phone(bank.manager), bank.east)['id']}"
    new = hire(bank.east, Staff.Position.RM, Role.RM, name="新来的")
    assert phone(new).post(f"{one}/read").status_code == 200
    assert phone(bank.manager).get(one).json()["addressed"] == 4


def test_who_has_left_the_branch_sees_it_no_longer(bank: Bank, phone: PhoneOf) -> None:
    one = f"{URL}/{published(phone(bank.manager), bank.east)['id']}"
    Staff.objects.filter(pk=bank.rm.pk).update(branch=bank.west)
    assert phone(bank.rm).get(one).status_code == 404


def test_what_is_pinned_is_found_until_its_day(bank: Bank, phone: PhoneOf) -> None:
    published(phone(bank.manager), bank.east)
    top = published(phone(bank.manager), bank.east, pinned_until=str(clock.today()))
    rm = phone(bank.rm)
    assert [row["id"] for row in rm.get(URL, {"pinned": "true"}).json()["results"]] == [top["id"]]
    with clock.at(clock.now() + timedelta(days=1)):
        assert rm.get(URL, {"pinned": "true"}).json()["results"] == []


# --- Reminding and taking back --------------------------------------------------------------------
def test_those_who_have_not_read_are_reminded_once_a_day(bank: Bank, phone: PhoneOf) -> None:
    manager = phone(bank.manager)
    one = f"{URL}/{published(manager, bank.east)['id']}"
    phone(bank.rm).post(f"{one}/read")
    assert manager.post(f"{one}/remind").json() == {"reminded": 2}
    assert told("announcement.reminder") == {"李小红", "张伟"}
    again = manager.post(f"{one}/remind")
    assert (again.status_code, again.json()["code"]) == (409, "already_reminded")
    with clock.at(clock.now() + timedelta(days=1)):
        assert manager.post(f"{one}/remind").json() == {"reminded": 2}


def test_what_was_wrong_is_taken_back_with_its_reason(bank: Bank, phone: PhoneOf) -> None:
    manager = phone(bank.manager)
    one = f"{URL}/{published(manager, bank.east)['id']}"
    assert manager.post(f"{one}/withdraw", {"reason": ""}).status_code == 400
    assert manager.post(f"{one}/withdraw", {"reason": "日期有误"}).json()["withdrawal_reason"] == "日期有误"
    rm = phone(bank.rm)
    assert rm.get(one).json()["withdrawn_at"]
    refused = [manager.post(f"{one}/withdraw", {"reason": "再次"}), manager.post(f"{one}/remind")]
    refused.append(rm.post(f"{one}/comments", {"text": "收到"}))
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(409, "announcement_withdrawn")}
    assert rm.get(URL, {"withdrawn": "false"}).json()["results"] == []


def test_a_manager_below_does_not_take_back_what_his_superior_said(bank: Bank, phone: PhoneOf) -> None:
    one = f"{URL}/{published(phone(bank.city_manager), bank.city)['id']}"
    answer = phone(bank.manager).post(f"{one}/withdraw", {"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_the_author")


# --- Comments -----------------------------------------------------------------------------------
def test_comments_stand_in_order_and_the_author_hears_of_them(bank: Bank, phone: PhoneOf) -> None:
    manager, rm, colleague = phone(bank.manager), phone(bank.rm), phone(bank.co_rm)
    one = f"{URL}/{published(manager, bank.east)['id']}"
    rm.post(f"{one}/comments", {"text": "我三号值班可以吗？"})
    manager.post(f"{one}/comments", {"text": "可以"})
    assert [row["text"] for row in colleague.get(f"{one}/comments").json()["results"]] == ["我三号值班可以吗？", "可以"]
    assert told("announcement.commented") == {"刘行长"}


def test_one_takes_back_ones_own_comment_and_the_author_any(bank: Bank, phone: PhoneOf) -> None:
    manager, rm, colleague = phone(bank.manager), phone(bank.rm), phone(bank.co_rm)
    one = f"{URL}/{published(manager, bank.east)['id']}"
    first, second = (rm.post(f"{one}/comments", {"text": text}).json()["id"] for text in ("一", "二"))
    assert colleague.post(f"{one}/comments/{first}/withdraw").status_code == 403
    assert rm.post(f"{one}/comments/{first}/withdraw").json()["text"] == ""
    assert manager.post(f"{one}/comments/{second}/withdraw").status_code == 200
    rows = colleague.get(f"{one}/comments").json()["results"]
    assert [(row["text"], bool(row["withdrawn_at"])) for row in rows] == [("", True), ("", True)]


def test_comments_can_be_closed(bank: Bank, phone: PhoneOf) -> None:
    one = f"{URL}/{published(phone(bank.manager), bank.east, comments_open=False)['id']}"
    answer = phone(bank.rm).post(f"{one}/comments", {"text": "收到"})
    assert (answer.status_code, answer.json()["code"]) == (409, "comments_closed")


def test_a_comment_of_another_announcement_is_not_found(bank: Bank, phone: PhoneOf) -> None:
    manager = phone(bank.manager)
    one, other = (f"{URL}/{published(manager, bank.east)['id']}" for _ in range(2))
    comment = manager.post(f"{one}/comments", {"text": "一"}).json()["id"]
    assert manager.post(f"{other}/comments/{comment}/withdraw").status_code == 404


def test_telling_many_takes_no_more_statements_than_telling_few(
    bank: Bank, phone: PhoneOf, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        hire(bank.east, Staff.Position.RM, Role.RM, name=f"同事{number}")
    manager = phone(bank.manager)
    with django_assert_max_num_queries(45):
        published(manager, bank.east)
    assert AnnouncementReceipt.objects.count() == 23
