"""One's own wishes over HTTP: what is usual, what one may choose, and what nobody may switch off."""

from collections.abc import Callable
from typing import Any

import pytest

from aladdin import clock
from aladdin.audit import AuditEntry
from notifications.kinds import KINDS, Channel
from notifications.models import Delivery, MailAddress, NoticePreference
from notifications.preferences import Wishes
from tests.notifications.builders import told
from tests.world import Bank, Phone

PATH = "/api/v1/notification-preferences"
PhoneOf = Callable[[Any], Phone]


@pytest.fixture
def rm(bank: Bank, phone: PhoneOf) -> Phone:
    return phone(bank.rm)


def of(phone: Phone, kind: str, channel: str) -> dict[str, Any]:
    """What the page shows of one kind by one channel."""
    (row,) = [each for each in phone.get(PATH).json()["kinds"] if each["kind"] == kind]
    (setting,) = [each for each in row["channels"] if each["channel"] == channel]
    return {**setting, "is_mandatory": row["is_mandatory"]}


def change(phone: Phone, *changes: tuple[str, str, str]) -> Any:
    said = [{"kind": kind, "channel": channel, "mode": mode} for kind, channel, mode in changes]
    return phone.patch(PATH, {"changes": said})


def test_the_list_shows_every_kind_with_what_is_usual(rm: Phone) -> None:
    answer = rm.get(PATH).json()
    assert {each["kind"] for each in answer["kinds"]} == {code for code, kind in KINDS.items() if not kind.is_summary}
    assert answer["digest_at"] == "18:30"
    business = next(each for each in answer["hours"] if each["severity"] == "BUSINESS")
    assert business == {"severity": "BUSINESS", "from_hour": 8, "until_hour": 21, "working_days_only": True}
    assert of(rm, "loan.approved", "WECHAT") == {
        "channel": "WECHAT",
        "mode": "AT_ONCE",
        "usual": "AT_ONCE",
        "choices": ["AT_ONCE", "DIGEST", "OFF"],
        "is_reached": False,
        "is_mandatory": False,
    }
    assert of(rm, "loan.approved", "EMAIL")["mode"] == "OFF"
    assert of(rm, "loan.approved", "APP")["choices"] == ["AT_ONCE", "OFF"]


def test_a_wish_is_kept_and_one_for_the_usual_takes_it_away(rm: Phone, bank: Bank) -> None:
    answer = change(rm, ("loan.approved", "WECHAT", "DIGEST"), ("loan.approved", "APP", "OFF"))
    assert answer.status_code == 200
    assert of(rm, "loan.approved", "WECHAT")["mode"] == "DIGEST"
    assert NoticePreference.objects.filter(staff=bank.rm).count() == 2
    change(rm, ("loan.approved", "WECHAT", "AT_ONCE"))
    assert NoticePreference.objects.filter(staff=bank.rm).count() == 1
    deeds = AuditEntry.objects.filter(action="set_notice_preference", by=bank.rm)
    assert [each.detail["mode"] for each in deeds.order_by("id")] == ["DIGEST", "OFF", "AT_ONCE"]


@pytest.mark.parametrize(
    "said, code",
    [
        (("customer.large_withdrawal", "WECHAT", "OFF"), "preference_mandatory"),
        (("customer.large_withdrawal", "APP", "OFF"), "preference_mandatory"),
        (("task.escalated", "EMAIL", "DIGEST"), "preference_mandatory"),
        (("loan.approved", "APP", "DIGEST"), "preference_mandatory"),
        (("loan.no_such_kind", "WECHAT", "OFF"), "preference_unknown"),
        (("summary.digest", "WECHAT", "OFF"), "preference_unknown"),
    ],
)
def test_what_one_may_not_choose_is_refused_and_nothing_is_changed(
    rm: Phone, said: tuple[str, str, str], code: str
) -> None:
    answer = change(rm, ("loan.approved", "WECHAT", "OFF"), said)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not NoticePreference.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"changes": []},
        {"changes": [{"kind": "loan.approved", "channel": "SMS", "mode": "OFF"}]},
        {"changes": [{"kind": "loan.approved", "channel": "WECHAT", "mode": "LOUD"}]},
        {"changes": [{"kind": "loan.approved", "channel": "WECHAT", "mode": "OFF"}] * 201},
    ],
)
def test_what_is_no_change_is_refused(rm: Phone, body: dict[str, Any]) -> None:
    assert rm.patch(PATH, body).status_code == 400


def test_everything_or_one_kind_goes_back_to_the_usual(rm: Phone, bank: Bank) -> None:
    change(rm, ("loan.approved", "WECHAT", "OFF"), ("loan.accepted", "WECHAT", "OFF"))
    assert rm.delete(f"{PATH}?kind=loan.accepted").status_code == 204
    assert [each.kind for each in NoticePreference.objects.all()] == ["loan.approved"]
    assert rm.delete(PATH).status_code == 204
    assert not NoticePreference.objects.exists()
    assert AuditEntry.objects.filter(action="reset_notice_preferences", by=bank.rm).count() == 2


def test_wishes_are_ones_own(rm: Phone, bank: Bank, phone: PhoneOf) -> None:
    change(rm, ("loan.approved", "WECHAT", "OFF"))
    assert of(phone(bank.co_rm), "loan.approved", "WECHAT")["mode"] == "AT_ONCE"
    assert list(NoticePreference.objects.visible_to(bank.co_rm)) == []
    assert NoticePreference.objects.visible_to(bank.rm).count() == 1
    assert phone(None).get(PATH).status_code == 401


def test_who_asks_for_mail_gets_mail(rm: Phone, bank: Bank) -> None:
    mail = MailAddress(staff=bank.rm, confirmed_at=clock.now())
    mail.address = "rm@bank.example"
    mail.save()
    told(bank.rm)
    assert not Delivery.objects.exists()
    change(rm, ("loan.approved", "EMAIL", "AT_ONCE"))
    assert of(rm, "loan.approved", "EMAIL")["is_reached"]
    told(bank.rm)
    assert [each.channel for each in Delivery.objects.all()] == [Channel.EMAIL]


def test_a_wish_from_before_a_kind_became_mandatory_no_longer_holds(bank: Bank) -> None:
    kind = KINDS["customer.large_withdrawal"]
    NoticePreference.objects.create(staff=bank.rm, kind=kind.code, channel="WECHAT", mode="OFF")
    assert Wishes([bank.rm.pk]).mode(bank.rm.pk, kind, "WECHAT") == "AT_ONCE"
