"""Running the channels: stopping them, going on, sending failures again, and the figures; all of it on the record."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from aladdin.problems import Conflict, NotFound, RuleBroken
from notifications import figures, jobs, marks, redo, stops, webhooks
from notifications.kinds import Channel
from notifications.models import Delivery, Redo, Robot, RobotMessage, SmsMessage, WebhookDelivery, WeChatBinding
from notifications.robots import saying
from notifications.sms import sending as sms_sending
from notifications.webhooks import endpoints
from notifications.webhooks import sending as webhook_sending
from notifications.wechat import bindings
from organization.models import Staff
from tests.notifications.builders import stream_of, told
from tests.notifications.receiver import listening
from tests.notifications.test_webhooks import ping
from tests.sandbox_server import Sandbox
from tests.world import Bank, Phone

OPENID = "oRM0000000001"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
RunJobs = Callable[[], int]
PhoneOf = Callable[[Staff | None], Phone]


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """In business hours, and waits take no time."""
    with clock.at(NOON):
        yield


@pytest.fixture
def rm(bank: Bank, sandbox: Sandbox) -> Staff:
    """An RM whose follower is bound."""
    sandbox.followers(OPENID, name="王小明")
    bindings.bind(bank.rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)
    return bank.rm


def only() -> Delivery:
    return Delivery.objects.get()


def stop(bank: Bank, channel: str = "WECHAT", kind: str = "") -> UUID:
    row: UUID = stops.stop(channel=channel, kind=kind, reason="供应商故障", by=bank.admin).pk
    return row


def all_of(channel: str, **said: Any) -> redo.Selection:
    return redo.Selection(channel=channel, since=NOON - timedelta(days=1), until=NOON + timedelta(days=1), **said)


# --- The stop switch ------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["", "loan.approved"])
def test_what_is_stopped_waits_and_goes_on_when_the_stop_is_lifted(
    bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, kind: str
) -> None:
    held = stop(bank, kind=kind)
    told(rm)
    run_jobs()
    assert sandbox.messages(OPENID) == []
    assert (only().status, only().outcome, only().attempts) == ("PAUSED", "stopped", 0)
    stops.lift(held, by=bank.admin)
    run_jobs()
    assert (only().status, len(sandbox.messages(OPENID))) == ("SENT", 1)
    jobs.go_on("WECHAT")
    run_jobs()
    assert len(sandbox.messages(OPENID)) == 1


def test_another_kind_and_another_channel_go_on(bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    stop(bank, kind="loan.rejected")
    stop(bank, channel="EMAIL")
    told(rm)
    run_jobs()
    assert len(sandbox.messages(OPENID)) == 1


def test_what_another_stop_still_holds_goes_on_waiting(
    bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    stop(bank)
    of_a_kind = stop(bank, kind="loan.approved")
    told(rm)
    run_jobs()
    stops.lift(of_a_kind, by=bank.admin)
    run_jobs()
    assert only().outcome == "stopped"
    assert sandbox.messages(OPENID) == []


def test_a_stopped_text_message_waits(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    held = stop(bank, channel="SMS")
    told(bank.rm, kind="loan.disbursement_failed", reason="账户异常")
    run_jobs()
    assert only().outcome == "stopped"
    assert not SmsMessage.objects.exists()
    stops.lift(held, by=bank.admin)
    of_a_template = stop(bank, channel="SMS", kind="notice")
    run_jobs()
    assert SmsMessage.objects.get().outcome == "stopped"
    stops.lift(of_a_template, by=bank.admin)
    run_jobs()
    assert SmsMessage.objects.get().status in {"SENT", "DELIVERED"}


def test_a_stopped_robot_is_silent(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    robot = Robot(branch=bank.east, platform="WECOM", name="晨会")
    robot.key = "sandbox-wecom"
    robot.save()
    held = stop(bank, channel="ROBOT", kind="WECOM")
    saying.say(branch=bank.east, text="今日放款 3 笔", reference="r/1")
    run_jobs()
    assert (RobotMessage.objects.get().status, RobotMessage.objects.get().outcome) == ("PENDING", "stopped")
    stops.lift(held, by=bank.admin)
    run_jobs()
    assert RobotMessage.objects.get().outcome != "stopped"


def test_a_stopped_event_holds_what_follows_of_its_subject_and_nothing_else(bank: Bank, run_jobs: RunJobs) -> None:
    with listening() as receiver:
        endpoint = endpoints.subscribe(name="风险", url=receiver.url, events=["test.pinged"], by=bank.admin).endpoint
        held = stop(bank, channel="WEBHOOK", kind="test.pinged")
        ping()
        run_jobs()
        assert receiver.heard == []
        stops.lift(held, by=bank.admin)
        whole = stop(bank, channel="WEBHOOK")
        assert webhook_sending.drain(endpoint.pk) == 0
        stops.lift(whole, by=bank.admin)
        run_jobs()
        assert len(receiver.heard) == 1


def test_what_is_stopped_cannot_be_stopped_again_nor_lifted_twice(bank: Bank) -> None:
    held = stop(bank)
    with pytest.raises(Conflict) as twice:
        stop(bank)
    stops.lift(held, by=bank.admin)
    with pytest.raises(Conflict) as again:
        stops.lift(held, by=bank.admin)
    with pytest.raises(RuleBroken) as unknown:
        stop(bank, kind="no.kind")
    with pytest.raises(NotFound):
        stops.lift(uuid4(), by=bank.admin)
    assert [error.value.code for error in (twice, again, unknown)] == [
        "channel_stopped",
        "channel_not_stopped",
        "unknown_kind",
    ]
    entries = AuditEntry.objects.filter(subject="channel/WECHAT").order_by("pk")
    assert [(entry.by, entry.action) for entry in entries] == [
        (bank.admin, "channel.stop"),
        (bank.admin, "channel.lift"),
    ]
    assert entries[0].detail == {"kind": "", "reason": "供应商故障"}


# --- Sending again --------------------------------------------------------------------------------
def failed(rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, *, code: str = "48001", times: int = 1) -> None:
    """So many notices whose WeChat messages were refused."""
    sandbox.fault("wechat", "send_template", "error", code=code, times=times)
    for _ in range(times):
        told(rm)
    run_jobs()


def begin(bank: Bank, chosen: redo.Selection, redo_id: UUID | None = None) -> Redo:
    return redo.begin(redo_id or uuid4(), chosen, reason="权限已恢复", by=bank.admin)


def test_failures_are_counted_by_code_and_sent_again_once(
    bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    failed(rm, sandbox, run_jobs, times=2)
    references = set(Delivery.objects.values_list("client_ref", flat=True))
    assert redo.preview(all_of("WECHAT")) == {"48001": 2}
    row = begin(bank, all_of("WECHAT"))
    run_jobs()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"SENT"}
    assert references.isdisjoint(Delivery.objects.values_list("client_ref", flat=True))
    row.refresh_from_db()
    assert (row.total, row.done, row.finished_at is not None) == (2, 2, True)
    jobs.send_failures_again(str(row.pk))
    run_jobs()
    assert len(sandbox.messages(OPENID)) == 2
    entry = AuditEntry.objects.get(action="channel.redo")
    assert (entry.by, entry.subject, entry.detail["total"]) == (bank.admin, f"redo/{row.pk}", 2)


def test_what_fails_again_is_not_tried_for_ever(bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    failed(rm, sandbox, run_jobs)
    sandbox.fault("wechat", "send_template", "error", code="48001", times=None)
    row = begin(bank, all_of("WECHAT"))
    run_jobs()
    row.refresh_from_db()
    assert (only().status, row.done, row.finished_at is not None) == ("FAILED", 1, True)


def test_the_range_is_narrowed_by_kind_code_and_period(
    bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    failed(rm, sandbox, run_jobs)
    sandbox.fault("wechat", "send_template", "error", code="40037")
    told(rm, kind="loan.rejected", reason="收入不足")
    run_jobs()
    assert redo.preview(all_of("WECHAT", kind="loan.rejected")) == {"40037": 1}
    assert redo.preview(all_of("WECHAT", code="48001")) == {"48001": 1}
    earlier = redo.Selection(channel="WECHAT", since=NOON - timedelta(days=2), until=NOON)
    assert redo.preview(earlier) == {}
    assert redo.preview(all_of("SMS")) == {}


def test_what_may_have_arrived_is_left_alone(bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    failed(rm, sandbox, run_jobs)
    Delivery.objects.update(unknown_since=NOON)
    with pytest.raises(RuleBroken) as refused:
        begin(bank, all_of("WECHAT"))
    assert refused.value.code == "nothing_failed"


def test_the_same_redo_asked_for_twice_is_one(bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    failed(rm, sandbox, run_jobs)
    redo_id, chosen = uuid4(), all_of("WECHAT")
    assert begin(bank, chosen, redo_id) == begin(bank, chosen, redo_id)
    assert AuditEntry.objects.filter(action="channel.redo").count() == 1
    with pytest.raises(Conflict) as differs:
        begin(bank, all_of("SMS"), redo_id)
    assert differs.value.code == "redo_differs"


def test_too_much_at_once_is_refused(
    bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(rm, sandbox, run_jobs, times=2)
    monkeypatch.setattr("notifications.redo.MOST", 1)
    with pytest.raises(RuleBroken) as refused:
        begin(bank, all_of("WECHAT"))
    assert refused.value.code == "redo_too_long"


def test_a_text_to_a_customer_that_failed_is_sent_again(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    values = {"title": "还款提醒", "about": "本人"}
    sms_sending.send(mobile="13900000009", template="notice", values=values, reference="x/1")
    SmsMessage.objects.update(status="FAILED", outcome="isv.SMS_TEST")
    begin(bank, all_of("SMS", kind="notice"))
    run_jobs()
    assert SmsMessage.objects.get().status in {"SENT", "DELIVERED"}


def test_dead_letters_of_webhooks_are_posted_again(bank: Bank, run_jobs: RunJobs) -> None:
    with listening() as receiver:
        endpoints.subscribe(name="风险", url=receiver.url, events=["test.pinged"], by=bank.admin)
        ping()
        WebhookDelivery.objects.update(status="DEAD", outcome="http_500", attempts=10)
        begin(bank, all_of("WEBHOOK", kind="test.pinged", code="http_500"))
        run_jobs()
        assert WebhookDelivery.objects.get().status == "DELIVERED"


def test_a_robots_failure_is_said_again(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    robot = Robot(branch=bank.east, platform="WECOM", name="晨会")
    robot.key = "sandbox-wecom"
    robot.save()
    RobotMessage.objects.create(robot=robot, reference="r/1", title="t", text="x", status="FAILED", outcome="93000")
    begin(bank, all_of("ROBOT", kind="WECOM"))
    run_jobs()
    assert Redo.objects.get().done == 1
    assert RobotMessage.objects.get().attempts > 0


# --- Figures --------------------------------------------------------------------------------------
def channel(code: str) -> figures.Channel:
    rows = figures.channels(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    return next(each for each in rows if each.code == code)


def test_figures_tell_what_became_of_messages(bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    failed(rm, sandbox, run_jobs)
    told(rm)
    run_jobs()
    told(rm)
    stop(bank, kind="loan.approved")
    wechat = channel("WECHAT")
    assert (wechat.whole.total, wechat.whole.sent, wechat.whole.failed, wechat.whole.waiting) == (3, 1, 1, 1)
    assert (wechat.whole.p50_seconds, wechat.whole.p95_seconds) == (0, 0)
    assert [(line.name, line.total) for line in wechat.by_time] == [("2026-11-25 12:00", 3)]
    assert [(line.name, line.total) for line in wechat.by_kind] == [("loan.approved", 3)]
    assert [(line.name, line.total) for line in wechat.by_code] == [("48001", 1)]
    assert (wechat.queue, wechat.oldest_at) == (1, NOON)
    assert [row.kind for row in wechat.stops] == ["loan.approved"]


def test_the_apps_own_stream_counts_what_the_devices_have_received(bank: Bank) -> None:
    for _ in range(3):
        told(bank.rm)
    marks.acknowledge(stream_of(bank.rm), device="phone", sequence=2)
    app = channel("APP").whole
    assert (app.total, app.sent, app.delivered) == (3, 3, 2)


def test_every_way_out_is_counted(bank: Bank, run_jobs: RunJobs) -> None:
    with listening() as receiver:
        endpoints.subscribe(name="风险", url=receiver.url, events=["test.pinged"], by=bank.admin)
        webhooks.emit("test.pinged", subject="ping/1", data={"word": "x", "loud": False})
        run_jobs()
    assert channel("WEBHOOK").whole.delivered == 1
    assert set(figures.CHANNELS) == {"APP", *Channel, "ROBOT", "WEBHOOK"}


# --- The API --------------------------------------------------------------------------------------
def test_the_administrator_stops_lifts_and_sends_again_over_the_api(
    bank: Bank, rm: Staff, sandbox: Sandbox, run_jobs: RunJobs, phone: PhoneOf
) -> None:
    failed(rm, sandbox, run_jobs)
    admin = phone(bank.admin)
    made = admin.post("/api/v1/notification-stops", {"channel": "WECHAT", "reason": "供应商故障"})
    assert (made.status_code, made.json()["kind"]) == (201, "")
    assert admin.get("/api/v1/notification-channels").json()[1]["stops"][0]["reason"] == "供应商故障"
    lifted = admin.post(f"/api/v1/notification-stops/{made.json()['id']}/lift")
    assert (lifted.status_code, lifted.json()["lifted_by"]) == (200, str(bank.admin.pk))
    chosen = {"channel": "WECHAT", "since": "2026-11-24T00:00:00+08:00", "until": "2026-11-26T00:00:00+08:00"}
    preview = admin.get("/api/v1/notification-redos/preview", chosen).json()
    assert preview == {"total": 1, "by_code": {"48001": 1}}
    redo_id = str(uuid4())
    begun = admin.post("/api/v1/notification-redos", chosen | {"id": redo_id, "reason": "权限已恢复"})
    assert (begun.status_code, begun.json()["total"]) == (202, 1)
    run_jobs()
    assert admin.get(f"/api/v1/notification-redos/{redo_id}").json()["done"] == 1
    assert len(admin.get("/api/v1/notification-redos").json()["results"]) == 1
    assert admin.get("/api/v1/notification-redos/" + str(uuid4())).status_code == 404


def test_a_period_has_a_length_and_is_not_endless(bank: Bank, phone: PhoneOf) -> None:
    for since in ("2026-11-25T13:00:00+08:00", "2026-01-01T00:00:00+08:00"):
        chosen = {"channel": "WECHAT", "since": since, "until": "2026-11-25T12:00:00+08:00"}
        assert phone(bank.admin).get("/api/v1/notification-redos/preview", chosen).status_code == 400
        assert phone(bank.admin).get("/api/v1/notification-channels", chosen).status_code == 400


def test_the_auditor_looks_on_and_touches_nothing(bank: Bank, phone: PhoneOf) -> None:
    auditor = phone(bank.auditor)
    for address in ("notification-channels", "notification-stops", "notification-redos"):
        assert auditor.get(f"/api/v1/{address}").status_code == 200
        assert phone(bank.rm).get(f"/api/v1/{address}").status_code == 403
    assert auditor.post("/api/v1/notification-stops", {"channel": "SMS", "reason": "x"}).status_code == 403
