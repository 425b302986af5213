"""WeChat deliveries against the sandbox: each of WeChat's answers by its meaning."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from aladdin import clock, parameters
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from notifications import deliveries, jobs
from notifications.kinds import Channel
from notifications.models import ChannelPause, Delivery, WeChatBinding
from notifications.wechat import bindings, callback
from organization.models import Staff
from organization.people import leave
from tests.notifications.builders import told
from tests.sandbox_server import Sandbox
from tests.world import Bank

OPENID = "oRM0000000001"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
RunJobs = Callable[[], int]
_Status = Delivery.Status


@pytest.fixture
def at_noon() -> Iterator[None]:
    """In business hours, and waits take no time."""
    with clock.at(NOON):
        yield


@pytest.fixture
def rm(bank: Bank, sandbox: Sandbox, at_noon: None) -> Staff:
    """An RM whose follower is bound."""
    sandbox.followers(OPENID, name="王小明")
    bindings.bind(bank.rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)
    return bank.rm


def delivery_to(staff: Staff) -> Delivery:
    return Delivery.objects.get(recipient=staff)


# --- What arrives -------------------------------------------------------------------------------
def test_a_notice_arrives_in_wechat_without_saying_more_than_it_may(
    rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    told(rm)
    run_jobs()
    (message,) = sandbox.messages(OPENID)
    assert [value for _, value in message["lines"]] == [
        "贷款已批复",
        "王*明",
        "2026年11月25日 12:00",
        "请登录阿拉丁查看",
    ]
    delivery = delivery_to(rm)
    assert (delivery.status, delivery.attempts) == (_Status.SENT, 1)
    assert delivery.provider_message_id == str(message["msgid"])
    assert message["client_msg_id"] == delivery.client_ref


def test_a_job_that_runs_twice_sends_once(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    told(rm)
    run_jobs()
    jobs.deliver(str(delivery_to(rm).pk))
    assert len(sandbox.log("wechat", "send_template")) == 1


# --- Busy and unknown ---------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["-1", "45011"])
def test_busy_is_tried_again(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, code: str) -> None:
    sandbox.fault("wechat", "send_template", "error", code=code, times=2)
    told(rm)
    run_jobs()
    assert (delivery_to(rm).status, delivery_to(rm).attempts) == (_Status.SENT, 3)


def test_busy_for_ever_is_given_up(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    sandbox.fault("wechat", "send_template", "error", code="-1", times=None)
    told(rm)
    run_jobs()
    delivery = delivery_to(rm)
    assert (delivery.status, delivery.attempts, delivery.outcome) == (_Status.FAILED, 4, "-1")


def test_a_token_that_was_replaced_is_fetched_again(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    sandbox.fault("wechat", "send_template", "error", code="40001")
    told(rm)
    run_jobs()
    assert (delivery_to(rm).status, delivery_to(rm).attempts) == (_Status.SENT, 1)


@pytest.mark.parametrize("fault", ["timeout_after", "malformed"])
def test_an_unknown_outcome_is_repeated_and_arrives_once(
    rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, fault: str
) -> None:
    sandbox.fault("wechat", "send_template", fault)
    told(rm)
    run_jobs()
    assert len(sandbox.messages(OPENID)) == 1
    assert (delivery_to(rm).status, delivery_to(rm).attempts) == (_Status.SENT, 2)
    assert delivery_to(rm).unknown_since is None


def test_an_unknown_outcome_is_not_repeated_when_wechat_has_forgotten_it(
    rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    told(rm)
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    Delivery.objects.update(unknown_since=long_ago, attempts=1, outcome="no_answer")
    run_jobs()
    assert (delivery_to(rm).status, delivery_to(rm).outcome) == (_Status.FAILED, "unknown")
    assert sandbox.messages(OPENID) == []


def test_a_plain_no_after_an_unknown_outcome_stays_unknown(rm: Staff, sandbox: Sandbox) -> None:
    told(rm)
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    Delivery.objects.update(unknown_since=a_minute_ago, attempts=1)
    sandbox.fault("wechat", "send_template", "error", code="-1")
    deliveries.deliver(delivery_to(rm).pk)
    assert delivery_to(rm).unknown_since == a_minute_ago


def test_a_plain_no_at_first_is_known(rm: Staff, sandbox: Sandbox) -> None:
    told(rm)
    sandbox.fault("wechat", "send_template", "error", code="-1")
    deliveries.deliver(delivery_to(rm).pk)
    assert delivery_to(rm).unknown_since is None
    assert delivery_to(rm).next_attempt_at == NOON + timedelta(minutes=1)


# --- Whom nothing reaches -----------------------------------------------------------------------
@pytest.mark.parametrize("code", ["43004", "40003", "43101"])
def test_whom_nothing_reaches_gets_no_more(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, code: str) -> None:
    sandbox.fault("wechat", "send_template", "error", code=code)
    told(rm, "first")
    run_jobs()
    assert (delivery_to(rm).status, delivery_to(rm).outcome) == (_Status.UNREACHABLE, code)
    assert WeChatBinding.objects.bound().get(staff=rm).unreachable_code == code
    told(rm, "second")
    run_jobs()
    assert Delivery.objects.count() == 1


def test_binding_again_makes_reachable(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    sandbox.fault("wechat", "send_template", "error", code="43004")
    told(rm, "first")
    run_jobs()
    bindings.bind(rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)
    told(rm, "second")
    run_jobs()
    assert len(sandbox.messages(OPENID)) == 1


def test_what_waits_for_somebody_who_unbinds_goes_nowhere(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    told(rm)
    bindings.unbind(rm, by=rm)
    run_jobs()
    assert (delivery_to(rm).status, delivery_to(rm).outcome) == (_Status.UNREACHABLE, "not_bound")
    assert sandbox.messages() == []


def test_whoever_left_the_bank_hears_nothing(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    told(rm)
    leave(rm, by=None)
    run_jobs()
    assert delivery_to(rm).status == _Status.UNREACHABLE
    assert sandbox.messages() == []


# --- The account itself -------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["48001", "40037", "47003", "50002"])
def test_our_own_mistake_is_not_repeated_but_shown(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, code: str) -> None:
    sandbox.fault("wechat", "send_template", "error", code=code, times=None)
    told(rm)
    run_jobs()
    delivery = delivery_to(rm)
    assert (delivery.status, delivery.attempts, delivery.outcome) == (_Status.FAILED, 1, code)
    assert AuditEntry.objects.get(action="delivery_failed").subject == f"delivery/{delivery.pk}"


def test_a_days_quota_that_is_used_up_rests_the_channel_until_morning(rm: Staff, bank: Bank, sandbox: Sandbox) -> None:
    sandbox.fault("wechat", "send_template", "error", code="45009")
    told(rm)
    deliveries.deliver(delivery_to(rm).pk)
    assert ChannelPause.objects.get().until == NOON.replace(day=26, hour=0)
    assert delivery_to(rm).status == _Status.PAUSED
    assert delivery_to(rm).next_attempt_at == NOON.replace(day=26, hour=8)


def test_while_the_channel_rests_nothing_is_tried(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    ChannelPause.objects.create(channel="WECHAT", until=NOON.replace(day=26, hour=0), reason="45009")
    told(rm)
    deliveries.deliver(delivery_to(rm).pk)
    assert (delivery_to(rm).status, delivery_to(rm).attempts) == (_Status.PAUSED, 0)
    assert sandbox.log("wechat", "send_template") == []
    run_jobs()  # under a set clock the night passes at once
    assert (delivery_to(rm).status, delivery_to(rm).sent_at) == (_Status.SENT, NOON.replace(day=26, hour=8))


# --- Quiet hours --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "kind, reason, hour, day, due_hour",
    [
        ("loan.approved", {}, 20, 25, 20),
        ("loan.approved", {}, 21, 26, 8),
        ("loan.approved", {}, 7, 25, 8),
        ("loan.disbursement_failed", {"reason": "账户异常"}, 21, 25, 21),
        ("loan.disbursement_failed", {"reason": "账户异常"}, 22, 26, 7),
        ("loan.disbursement_failed", {"reason": "账户异常"}, 3, 25, 7),
    ],
)
def test_nobodys_phone_rings_at_night(
    rm: Staff,
    sandbox: Sandbox,
    run_jobs: RunJobs,
    kind: str,
    reason: dict[str, str],
    hour: int,
    day: int,
    due_hour: int,
) -> None:
    with clock.at(NOON.replace(hour=hour)):
        told(rm, kind=kind, **reason)
        run_jobs()
    sent_at = delivery_to(rm).sent_at
    assert sent_at == NOON.replace(day=day, hour=due_hour)


def test_by_the_real_clock_the_job_waits_as_long(bank: Bank) -> None:
    bindings.bind(bank.rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)
    ChannelPause.objects.create(channel="WECHAT", until=clock.now() + timedelta(hours=2), reason="45009")
    told(bank.rm)
    deliveries.deliver(delivery_to(bank.rm).pk)
    due = delivery_to(bank.rm).next_attempt_at
    job = ProcrastinateJob.objects.get(scheduled_at__isnull=False)
    assert due is not None
    assert job.args == {"delivery_id": str(delivery_to(bank.rm).pk)}
    assert abs(job.scheduled_at - due) < timedelta(seconds=5)


# --- WeChat's own result ------------------------------------------------------------------------
def sent_to(rm: Staff, run_jobs: RunJobs) -> str:
    told(rm)
    run_jobs()
    return delivery_to(rm).provider_message_id


@pytest.mark.parametrize(
    "said, status, outcome",
    [
        ("success", _Status.DELIVERED, "success"),
        ("failed:user block", _Status.UNREACHABLE, "user_block"),
        ("failed: system failed", _Status.FAILED, "system_failed"),
    ],
)
def test_the_result_closes_the_delivery(
    rm: Staff, run_jobs: RunJobs, said: str, status: Delivery.Status, outcome: str
) -> None:
    msgid = sent_to(rm, run_jobs)
    told_by_wechat = {"FromUserName": OPENID, "MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": msgid}
    assert callback.take(told_by_wechat | {"Status": said}) == ""
    run_jobs()
    assert (delivery_to(rm).status, delivery_to(rm).outcome) == (status, outcome)
    assert WeChatBinding.objects.reachable().exists() is (outcome != "user_block")


def test_the_first_result_counts(rm: Staff, run_jobs: RunJobs) -> None:
    msgid = sent_to(rm, run_jobs)
    for arrived in (True, False):
        assert deliveries.settle(Channel.WECHAT, msgid, arrived=arrived, outcome="said")
    assert delivery_to(rm).status == _Status.DELIVERED


def test_a_result_of_no_delivery_is_not_found(rm: Staff) -> None:
    told(rm)
    for number in ("1", ""):
        assert not deliveries.settle(Channel.WECHAT, number, arrived=True, outcome="success")
    assert delivery_to(rm).status == _Status.PENDING


# --- The day's quota, by our own count ----------------------------------------------------------
def test_the_channel_rests_before_wechat_has_to_say_so(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    parameters.Parameter.objects.filter(code="wechat.messages_a_day").update(value=2)
    for number in range(3):
        told(rm, f"event/{number}")
        deliveries.deliver(Delivery.objects.order_by("pk").last().pk)  # type: ignore[union-attr]  # just made
    assert len(sandbox.log("wechat", "send_template")) == 2
    assert list(Delivery.objects.order_by("pk").values_list("status", "outcome"))[2] == (_Status.PAUSED, "45009")
    assert ChannelPause.objects.get().until == NOON.replace(day=26, hour=0)


def test_without_redis_nobody_counts_and_messages_go(
    rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    told(rm)
    run_jobs()
    assert delivery_to(rm).status == _Status.SENT
