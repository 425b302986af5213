"""One's own notices and one's own WeChat binding over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import Settings

from aladdin import clock
from notifications.models import Notice, WeChatBinding
from notifications.wechat import bindings
from organization.models import Staff
from tests.notifications.builders import stream_of, told, told_often
from tests.world import Bank, Phone

PhoneOf = Callable[[Staff | None], Phone]
NOTICES = "/api/v1/notices"
BINDING = "/api/v1/wechat-binding"


# --- Reading ------------------------------------------------------------------------------------
def test_one_reads_ones_own_notices_the_newest_first(bank: Bank, phone: PhoneOf) -> None:
    told_often(bank.rm, 3)
    told(bank.co_rm)
    answer = phone(bank.rm).get(NOTICES)
    assert [row["sequence"] for row in answer.json()["results"]] == [3, 2, 1]


@pytest.mark.parametrize("person", ["co_rm", "stranger", "manager", "city_manager", "head_office", "auditor"])
def test_nobody_reads_another_persons_notices_whatever_his_scope(bank: Bank, phone: PhoneOf, person: str) -> None:
    told(bank.rm)
    assert phone(getattr(bank, person)).get(NOTICES).json()["results"] == []


def test_pages_follow_one_another(bank: Bank, phone: PhoneOf) -> None:
    told_often(bank.rm, 5)
    rm = phone(bank.rm)
    first = rm.get(NOTICES, {"limit": 2}).json()
    second = rm.get(first["next"]).json()
    assert [row["sequence"] for row in first["results"] + second["results"]] == [5, 4, 3, 2]


def test_notices_are_filtered(bank: Bank, phone: PhoneOf) -> None:
    told_often(bank.rm, 2)
    told(bank.rm, kind="loan.disbursement_failed", reason="账户状态异常")
    rm = phone(bank.rm)
    rm.post(f"{NOTICES}/read-all", {"up_to": 1})

    def found(**query: str) -> list[int]:
        return [row["sequence"] for row in rm.get(NOTICES, query).json()["results"]]

    assert found(unread="true") == [3, 2]
    assert found(unread="false") == [1]
    assert found(severity="CRITICAL") == [3]
    assert found(kind="loan.approved", unread="true") == [2]
    assert rm.get(NOTICES, {"severity": "LOUD"}).status_code == 400


def test_reading_needs_a_sign_in(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(None).get(NOTICES)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


# --- Resuming -----------------------------------------------------------------------------------
def test_what_was_missed_comes_in_order(bank: Bank, phone: PhoneOf) -> None:
    told_often(bank.rm, 5)
    rm, epoch = phone(bank.rm), str(stream_of(bank.rm).epoch)
    answer = rm.get(NOTICES, {"since": "2", "epoch": epoch, "limit": "2"}).json()
    assert (answer["epoch"], answer["sequence"]) == (epoch, 5)
    assert [row["sequence"] for row in answer["results"]] == [3, 4]
    assert rm.get(NOTICES, {"since": 4}).json()["results"][0]["sequence"] == 5
    assert rm.get(NOTICES, {"since": 5}).json()["results"] == []


def test_numbers_that_are_not_ours_begin_anew(bank: Bank, phone: PhoneOf) -> None:
    told_often(bank.rm, 2)
    rm, stream = phone(bank.rm), stream_of(bank.rm)
    places: list[dict[str, str]] = [{"since": "1", "epoch": str(uuid4())}, {"since": "3", "epoch": str(stream.epoch)}]
    for query in places:
        answer = rm.get(NOTICES, query)
        assert (answer.status_code, answer.json()["code"]) == (409, "stream_reset")
        assert (answer.json()["epoch"], answer.json()["sequence"]) == (str(stream.epoch), 2)


@pytest.mark.parametrize("query", [{"since": "-1"}, {"since": "x"}, {"since": "1", "epoch": "x"}, {"since": "9" * 30}])
def test_a_place_that_is_none_is_refused(bank: Bank, phone: PhoneOf, query: dict[str, str]) -> None:
    answer = phone(bank.rm).get(NOTICES, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


# --- Read and done ------------------------------------------------------------------------------
def test_a_notice_is_read_once(bank: Bank, phone: PhoneOf) -> None:
    notice, rm = told(bank.rm), phone(bank.rm)
    first = rm.post(f"{NOTICES}/{notice.pk}/read").json()["read_at"]
    with clock.at(clock.now() + timedelta(hours=1)):
        assert rm.post(f"{NOTICES}/{notice.pk}/read").json()["read_at"] == first


def test_what_is_done_is_read(bank: Bank, phone: PhoneOf) -> None:
    notice = told(bank.rm)
    answer = phone(bank.rm).post(f"{NOTICES}/{notice.pk}/acted")
    assert answer.json()["acted_at"] is not None
    assert Notice.objects.get(pk=notice.pk).read_at is not None


@pytest.mark.parametrize("what", ["read", "acted"])
def test_a_strangers_notice_is_not_there(bank: Bank, phone: PhoneOf, what: str) -> None:
    notice = told(bank.rm)
    for other in (bank.stranger, bank.manager, bank.head_office):
        answer = phone(other).post(f"{NOTICES}/{notice.pk}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Notice.objects.get(pk=notice.pk).read_at is None


def test_reading_all_leaves_what_came_meanwhile(bank: Bank, phone: PhoneOf) -> None:
    told_often(bank.rm, 3)
    told(bank.co_rm)
    assert phone(bank.rm).post(f"{NOTICES}/read-all", {"up_to": 2}).json() == {"marked": 2}
    assert phone(bank.rm).get(f"{NOTICES}/unread-count").json()["unread"] == 1
    assert phone(bank.co_rm).get(f"{NOTICES}/unread-count").json()["unread"] == 1


def test_unread_notices_are_counted_by_severity(bank: Bank, phone: PhoneOf) -> None:
    told_often(bank.rm, 2)
    told(bank.rm, kind="loan.disbursed")
    answer = phone(bank.rm).get(f"{NOTICES}/unread-count").json()
    assert answer["by_severity"] == {"BUSINESS": 2, "PERFORMANCE": 1}
    assert (answer["unread"], answer["sequence"]) == (3, 3)
    assert phone(bank.stranger).get(f"{NOTICES}/unread-count").json()["unread"] == 0


def test_read_all_wants_a_number(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.rm).post(f"{NOTICES}/read-all", {"up_to": -1})
    assert answer.status_code == 400
    assert "up_to" in answer.json()["errors"]


# --- WeChat -------------------------------------------------------------------------------------
def test_a_follower_is_bound_and_unbound(bank: Bank, phone: PhoneOf) -> None:
    rm = phone(bank.rm)
    assert rm.get(BINDING).json()["code"] == "wechat_not_bound"
    assert rm.post(BINDING, {"openid": "oRM0000000001"}).status_code == 201
    assert rm.get(BINDING).json()["is_reachable"] is True
    assert "openid" not in rm.get(BINDING).json()
    assert rm.delete(BINDING).status_code == 204
    assert rm.get(BINDING).status_code == 404
    assert rm.delete(BINDING).status_code == 204


def test_a_follower_is_one_employee(bank: Bank, phone: PhoneOf) -> None:
    phone(bank.rm).post(BINDING, {"openid": "oRM0000000001"})
    answer = phone(bank.co_rm).post(BINDING, {"openid": "oRM0000000001"})
    assert (answer.status_code, answer.json()["code"]) == (409, "openid_bound")


def test_another_follower_takes_the_place_of_the_one_before(bank: Bank, phone: PhoneOf) -> None:
    rm = phone(bank.rm)
    for openid in ("oRM0000000001", "oRM0000000002"):
        rm.post(BINDING, {"openid": openid})
    assert WeChatBinding.objects.bound().get(staff=bank.rm).openid == "oRM0000000002"
    assert phone(bank.co_rm).post(BINDING, {"openid": "oRM0000000001"}).status_code == 201


def test_in_production_nobody_is_bound_by_his_word(bank: Bank, phone: PhoneOf, settings: Settings) -> None:
    settings.ACCEPT_TEST_IDENTITIES = False
    answer = phone(bank.rm).post(BINDING, {"openid": "oRM0000000001"})
    assert (answer.status_code, answer.json()["code"]) == (403, "sandbox_only")
    assert not WeChatBinding.objects.exists()


@pytest.mark.parametrize("openid", ["", "short", "with space in it", "x" * 65, "中文中文中文中文"])
def test_what_is_no_openid_is_refused(bank: Bank, phone: PhoneOf, openid: str) -> None:
    answer = phone(bank.rm).post(BINDING, {"openid": openid})
    assert answer.status_code == 400
    assert "openid" in answer.json()["errors"]


def test_an_invitation_names_the_employee_and_ends_the_one_before(bank: Bank, phone: PhoneOf) -> None:
    rm = phone(bank.rm)
    first, second = (rm.post(f"{BINDING}/invitation").json() for _ in range(2))
    assert second["scene"] == f"rm:{bank.rm.employee_no}:{second['code']}"
    assert len(second["scene"]) <= 64
    way = WeChatBinding.Way.QR_CODE
    assert bindings.accept(openid="oRM0000000001", nonce=first["code"], way=way) is None
    assert bindings.accept(openid="oRM0000000001", nonce=second["code"], way=way) is not None
