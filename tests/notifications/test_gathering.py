"""Deliveries under the manners: nothing is lost, nothing is silently dropped, several go as one message."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from aladdin import clock, parameters
from aladdin.clock import SHANGHAI
from notifications import gathering, jobs, preferences
from notifications.models import Delivery, Notice, NoticePreference, WeChatBinding
from notifications.notices import Message, notify_many
from notifications.preferences import Change
from notifications.wechat import bindings
from organization.models import Staff
from tests.notifications.builders import COMMITTED, VALUES, told
from tests.notifications.test_notices import together
from tests.sandbox_server import Sandbox
from tests.world import Bank

OPENID = "oRM0000000001"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
NIGHT = NOON.replace(hour=22)
SATURDAY = NOON + timedelta(days=3)
WITHDRAWAL = {"customer": "王小明", "amount": "600000"}
_Status = Delivery.Status
RunJobs = Callable[[], int]


@pytest.fixture
def at_noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def rm(bank: Bank, sandbox: Sandbox, at_noon: None) -> Staff:
    """An RM whose follower is bound."""
    sandbox.followers(OPENID, name="王小明")
    bindings.bind(bank.rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)
    return bank.rm


def withdrawn(staff: Staff, event_key: str, *, customer: str = "0199c0de") -> Notice:
    message = Message(
        recipient=staff,
        kind="customer.large_withdrawal",
        event_key=event_key,
        subject=f"customer/{customer}",
        values=WITHDRAWAL,
    )
    return notify_many([message])[0]


def states() -> list[tuple[str, str]]:
    """Status and reason of all deliveries, in the order in which they were asked for."""
    return list(Delivery.objects.order_by("pk").values_list("status", "manner"))


def lines(sandbox: Sandbox) -> list[list[str]]:
    """What the follower's phone shows: each message's fields."""
    return [[value for _, value in message["lines"]] for message in sandbox.messages(OPENID)]


def parameter(code: str, value: int) -> None:
    parameters.Parameter.objects.filter(code=code).update(value=value)


# --- Bursts --------------------------------------------------------------------------------------
def test_a_burst_goes_as_one_message_with_its_number(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    for _ in range(4):
        told(rm, kind="loan.disbursed")
    run_jobs()
    assert [line[0] for line in lines(sandbox)] == ["贷款已放款", "贷款已放款等3条"]
    assert states() == [
        ("SENT", ""),
        ("BUNDLED", "BURST"),
        ("BUNDLED", "BURST"),
        ("SENT", "BURST"),
    ]
    carrier = Delivery.objects.order_by("pk").last()
    assert carrier is not None
    assert carrier.carries.count() == 2
    assert carrier.sent_at == NOON + timedelta(minutes=15)


def test_what_waits_alone_goes_as_itself(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    for _ in range(2):
        told(rm, kind="loan.disbursed")
    run_jobs()
    assert [line[0] for line in lines(sandbox)] == ["贷款已放款", "贷款已放款"]


def test_withdrawals_of_one_customer_go_together_those_of_another_at_once(
    rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    for number, customer in enumerate("aaba"):
        withdrawn(rm, f"w/{number}", customer=customer)
    run_jobs()
    assert [line[:2] for line in lines(sandbox)] == [
        ["大额支取提醒", "王*明"],
        ["大额支取提醒", "王*明"],
        ["大额支取提醒等2条", "王*明"],
    ]


def test_after_the_burst_the_next_goes_at_once(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    for minute in (0, 5, 16):
        with clock.at(NOON + timedelta(minutes=minute)):
            told(rm, kind="loan.disbursed")
    assert states() == [("PENDING", ""), ("DEFERRED", "BURST"), ("PENDING", "")]


# --- Caps and digests ---------------------------------------------------------------------------
def test_what_is_over_the_days_cap_is_summed_up_in_the_evening(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    parameter("manners.wechat_a_day", 2)
    for kind in ("loan.approved", "loan.contracted", "loan.accepted", "loan.accepted", "loan.submitted"):
        told(rm, kind=kind)
    withdrawn(rm, "w/1")
    run_jobs()
    assert [line[0] for line in lines(sandbox)] == ["贷款已批复", "合同已签署", "大额支取提醒", "3条消息汇总"]
    assert states() == [
        ("SENT", ""),
        ("SENT", ""),
        ("DIGESTED", "CAP"),
        ("DIGESTED", "CAP"),
        ("SENT", "CAP"),
        ("SENT", "URGENT_CAP"),
    ]
    assert Delivery.objects.order_by("pk")[4].sent_at == NOON.replace(hour=18, minute=30)


def test_a_new_day_has_a_new_cap(rm: Staff) -> None:
    parameter("manners.wechat_a_day", 1)
    for day in range(2):
        with clock.at(NOON + timedelta(days=day)):
            told(rm)
    assert states() == [("PENDING", ""), ("PENDING", "")]


def test_what_waits_for_the_morning_counts_for_the_morning(rm: Staff) -> None:
    parameter("manners.wechat_a_day", 1)
    told(rm)
    with clock.at(NIGHT):
        told(rm)
        told(rm)
    assert states() == [("PENDING", ""), ("DEFERRED", "QUIET_HOURS"), ("DEFERRED", "CAP")]


def test_who_wants_a_digest_gets_one_with_counts(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    preferences.change(
        [Change("loan.approved", "WECHAT", "DIGEST"), Change("loan.accepted", "WECHAT", "DIGEST")], by=rm
    )
    for kind in ("loan.approved", "loan.accepted", "loan.approved"):
        told(rm, kind=kind)
    carrier = Delivery.objects.order_by("pk")[2]
    with clock.at(NOON.replace(hour=18, minute=30)):
        gathering.gather(rm.pk, "WECHAT", "")
        notice = Notice.objects.get(pk=carrier.notice_id)
        carrier.refresh_from_db()
        assert gathering.said(carrier, notice).body == "3条消息待阅：贷款已批复 2 条、贷款已受理 1 条。"
    run_jobs()
    assert [line[0] for line in lines(sandbox)] == ["3条消息汇总"]


# --- Wishes --------------------------------------------------------------------------------------
def test_what_somebody_switched_off_stays_in_the_app_and_says_so(
    rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    preferences.change([Change("loan.approved", "WECHAT", "OFF"), Change("loan.approved", "APP", "OFF")], by=rm)
    notice = told(rm)
    run_jobs()
    assert states() == [("SUPPRESSED", "PREFERENCE")]
    assert sandbox.messages(OPENID) == []
    assert (notice.silent_because, Notice.objects.visible_to(rm).count()) == ("PREFERENCE", 1)


def test_what_is_urgent_nobody_switches_off(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    NoticePreference.objects.create(staff=rm, kind="customer.large_withdrawal", channel="WECHAT", mode="OFF")
    with clock.at(SATURDAY):
        withdrawn(rm, "w/1")
        run_jobs()
    assert states() == [("SENT", "URGENT_HOURS")]


# --- Nothing lost --------------------------------------------------------------------------------
ENDS = {_Status.SENT, _Status.BUNDLED, _Status.DIGESTED, _Status.SUPPRESSED}
_acts = st.lists(
    st.tuples(
        st.sampled_from(["loan.approved", "loan.disbursed", "loan.accepted", "loan.withdrawn", "large"]),
        st.integers(0, 4 * 24 * 60),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_acts, cap=st.integers(1, 12))
def test_each_notice_ends_in_exactly_one_way(
    acts: list[tuple[str, int]], cap: int, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    """Over some days with a weekend in them: whatever comes when, and however often."""
    with transaction.atomic():
        before = len(sandbox.messages(OPENID))
        parameter("manners.wechat_a_day", cap)
        preferences.change([Change("loan.accepted", "WECHAT", "OFF")], by=rm)
        for number, (kind, minute) in enumerate(sorted(acts, key=lambda act: act[1])):
            with clock.at(NOON + timedelta(minutes=minute)):
                if kind == "large":
                    withdrawn(rm, f"w/{number}")
                else:
                    told(rm, kind=kind, **({"reason": "客户原因"} if kind == "loan.withdrawn" else {}))
                run_jobs()
        rows = list(Delivery.objects.all())
        assert len(rows) == len(acts)
        assert {row.status for row in rows} <= ENDS
        sent = [row for row in rows if row.status == _Status.SENT]
        assert len(sandbox.messages(OPENID)) - before == len(sent)
        carriers = Counter(row.carried_by_id for row in rows if row.carried_by_id)
        assert carriers.keys() <= {row.pk for row in sent}
        assert all(row.manner for row in rows if row.status != _Status.SENT)
        transaction.set_rollback(True)


def test_the_database_knows_no_delivery_that_was_dropped_without_a_reason(rm: Staff) -> None:
    told(rm)
    for change in ({"status": "SUPPRESSED"}, {"status": "DEFERRED"}, {"status": "BUNDLED", "manner": "BURST"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Delivery.objects.update(**change)


# --- Jobs ----------------------------------------------------------------------------------------
def test_a_gathering_that_runs_twice_sends_once(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    for _ in range(3):
        told(rm, kind="loan.disbursed")
    with clock.at(NOON + timedelta(minutes=15)):
        assert gathering.gather(rm.pk, "WECHAT", "loan.disbursed") is not None
        assert gathering.gather(rm.pk, "WECHAT", "loan.disbursed") is None
    run_jobs()
    assert len(lines(sandbox)) == 2


def test_what_waits_for_others_is_not_sent_alone(rm: Staff, sandbox: Sandbox) -> None:
    told(rm, kind="loan.disbursed")
    waiting = told(rm, kind="loan.disbursed")
    jobs.deliver(str(Delivery.objects.get(notice_id=waiting.pk).pk))
    assert states()[1] == ("DEFERRED", "BURST")
    assert sandbox.log("wechat", "send_template") == []


def test_whatever_lost_its_job_is_found_again(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    told(rm, kind="loan.disbursed")
    told(rm, kind="loan.disbursed")
    with clock.at(NIGHT):
        told(rm)
    ProcrastinateJob.objects.all().delete()
    with clock.at(NOON + timedelta(days=1)):
        assert gathering.sweep() == 2
        run_jobs()
        assert gathering.sweep() == 0
    assert states() == [("PENDING", ""), ("SENT", "BURST"), ("SENT", "QUIET_HOURS")]


@COMMITTED
@pytest.mark.usefixtures("committed")
def test_writers_at_once_pass_no_more_than_the_burst_and_gathering_at_once_sends_one(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindings.bind(bank.rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)

    def tell() -> None:
        with clock.at(NOON):
            told(bank.rm, kind="loan.disbursed")

    together([tell for _ in range(6)])
    assert Counter(states()) == {("PENDING", ""): 1, ("DEFERRED", "BURST"): 5}

    def gather() -> None:
        with clock.at(NOON + timedelta(minutes=15)):
            gathering.gather(bank.rm.pk, "WECHAT", "loan.disbursed")

    together([gather for _ in range(4)])
    assert Counter(states()) == {("PENDING", ""): 1, ("PENDING", "BURST"): 1, ("BUNDLED", "BURST"): 4}


# --- In the app ----------------------------------------------------------------------------------
def test_the_phone_is_silent_at_night_and_in_a_burst_but_everything_is_there(rm: Staff, phone: Any) -> None:
    for _ in range(7):
        told(rm)
    with clock.at(NIGHT):
        told(rm)
        withdrawn(rm, "w/1")
    rows = phone(rm).get("/api/v1/notices", {"since": 0}).json()["results"]
    assert [row["silent_because"] for row in rows] == [*[""] * 5, "BURST", "BURST", "QUIET_HOURS", ""]
    assert [row["alert"] for row in rows] == [*[True] * 5, False, False, False, True]


def test_values_of_a_loan_are_no_part_of_a_summary(rm: Staff) -> None:
    """A bundle tells how many; it names nobody where several are meant."""
    for _ in range(3):
        told(rm, kind="loan.disbursed")
    with clock.at(NOON + timedelta(minutes=15)):
        carrier = gathering.gather(rm.pk, "WECHAT", "loan.disbursed")
        assert carrier is not None
        summary = gathering.said(carrier, Notice.objects.get(pk=carrier.notice_id))
    assert summary.values == {"what": "贷款已放款", "count": "2"}
    assert VALUES["customer"] not in summary.body
