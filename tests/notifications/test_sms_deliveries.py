"""Urgent notices go by text message where WeChat does not reach the person, and other notices do not."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from aladdin import clock, parameters
from aladdin.clock import SHANGHAI
from notifications import deliveries, jobs
from notifications.kinds import Channel
from notifications.models import Delivery, SmsMessage, SmsOptOut, WeChatBinding
from notifications.sms import opt_outs, sending, templates
from notifications.sms.gateway import Fate
from notifications.wechat import bindings
from organization.models import Staff
from tests.notifications.builders import told
from tests.sandbox_server import Sandbox
from tests.world import Bank

OPENID = "oRM0000000001"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
RunJobs = Callable[[], int]
_Status = Delivery.Status


@pytest.fixture
def rm(bank: Bank, sandbox: Sandbox) -> Iterator[Staff]:
    """An RM at noon whom nobody has bound."""
    with clock.at(NOON):
        yield bank.rm


def follows(sandbox: Sandbox, rm: Staff) -> None:
    sandbox.followers(OPENID)
    bindings.bind(rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)


def urgent(rm: Staff) -> None:
    """A payment failed."""
    told(rm, kind="loan.disbursement_failed", reason="账户异常")


def by_channel(rm: Staff) -> dict[str, str]:
    return dict(Delivery.objects.filter(recipient=rm).values_list("channel", "status"))


def test_what_is_urgent_goes_by_text_message_to_who_is_not_bound(
    rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    urgent(rm)
    run_jobs()
    (arrived,) = sandbox.texts(rm.mobile)
    assert "放款失败" in arrived["content"]
    assert "王*明" in arrived["content"]
    for secret in ("王小明", "200000", "200,000", "JK20261124001"):
        assert secret not in arrived["content"]
    assert by_channel(rm) == {"SMS": _Status.SENT}


def test_what_is_not_urgent_does_not(rm: Staff, run_jobs: RunJobs) -> None:
    told(rm)
    run_jobs()
    assert by_channel(rm) == {}


def test_who_is_reached_by_wechat_gets_no_text_message(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    follows(sandbox, rm)
    urgent(rm)
    run_jobs()
    assert by_channel(rm) == {"WECHAT": _Status.SENT}


@pytest.mark.parametrize("code", ["43004", "48001", "-1"])
def test_what_wechat_refuses_goes_by_text_message(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, code: str) -> None:
    follows(sandbox, rm)
    sandbox.fault("wechat", "send_template", "error", code=code, times=None)
    urgent(rm)
    run_jobs()
    assert by_channel(rm)["SMS"] == _Status.SENT
    assert len(sandbox.texts(rm.mobile)) == 1


def test_what_may_have_arrived_by_wechat_is_not_told_again(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    follows(sandbox, rm)
    sandbox.fault("wechat", "send_template", "timeout_after", times=None)
    urgent(rm)
    run_jobs()
    assert by_channel(rm) == {"WECHAT": _Status.FAILED}


def test_wechats_late_no_brings_the_text_message(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    follows(sandbox, rm)
    urgent(rm)
    run_jobs()
    number = Delivery.objects.get().provider_message_id
    assert deliveries.settle(Channel.WECHAT, number, arrived=False, outcome="user_block", is_lost=True)
    run_jobs()
    assert by_channel(rm) == {"WECHAT": _Status.UNREACHABLE, "SMS": _Status.SENT}
    assert not WeChatBinding.objects.reachable().exists()


@pytest.mark.parametrize(
    "fate, code, status",
    [(Fate.DELIVERED, "", _Status.DELIVERED), (Fate.FAILED, "MOBILE_NOT_ON_SERVICE", _Status.FAILED)],
)
def test_the_carriers_word_closes_the_delivery(
    rm: Staff, run_jobs: RunJobs, fate: Fate, code: str, status: _Status
) -> None:
    urgent(rm)
    run_jobs()
    sending.settle(SmsMessage.objects.get().pk, fate, code=code)
    run_jobs()
    assert by_channel(rm) == {"SMS": status}
    assert Delivery.objects.get().outcome == (code or "delivered")


def test_a_message_that_the_gateway_refuses_fails_the_delivery(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    sandbox.fault("sms", "send", "error", code="isv.ACCOUNT_ABNORMAL")
    urgent(rm)
    run_jobs()
    assert by_channel(rm) == {"SMS": _Status.FAILED}


def test_a_barred_number_is_unreachable(rm: Staff, run_jobs: RunJobs) -> None:
    opt_outs.note(rm.mobile, reason=SmsOptOut.Reason.BLACKLISTED, source="MOBILE_IN_BLACK")
    urgent(rm)
    run_jobs()
    assert by_channel(rm) == {"SMS": _Status.UNREACHABLE}


def test_who_has_no_number_has_only_the_app(rm: Staff, run_jobs: RunJobs) -> None:
    Staff.objects.filter(pk=rm.pk).update(mobile="")
    urgent(rm)
    run_jobs()
    assert by_channel(rm) == {}


def test_a_text_that_is_not_approved_fails_the_delivery_loudly(rm: Staff, run_jobs: RunJobs) -> None:
    templates.refuse(templates.current("notice"), reason="签名变更", by=None)
    urgent(rm)
    run_jobs()
    assert Delivery.objects.get().outcome == "sms_template_missing"
    assert by_channel(rm) == {"SMS": _Status.FAILED}


def test_a_result_before_the_delivery_knows_its_number_waits_for_it(rm: Staff, run_jobs: RunJobs) -> None:
    urgent(rm)
    run_jobs()
    number = Delivery.objects.get().provider_message_id
    Delivery.objects.update(provider_message_id="", status=_Status.PENDING)
    jobs.settle_sms(number, "DELIVERED", "delivered")
    Delivery.objects.update(provider_message_id=number, status=_Status.SENT)
    with clock.at(NOON.replace(hour=13)):
        run_jobs()
    assert by_channel(rm) == {"SMS": _Status.DELIVERED}


def test_by_the_real_clock_what_is_due_goes_at_once(bank: Bank, sandbox: Sandbox) -> None:
    """Within its hours, whatever the hour of this test."""
    parameters.Parameter.objects.filter(code="wechat.critical_from_hour").update(value=0)
    parameters.Parameter.objects.filter(code="wechat.critical_until_hour").update(value=24)
    urgent(bank.rm)
    deliveries.deliver(Delivery.objects.get().pk)
    assert by_channel(bank.rm) == {"SMS": _Status.SENT}
