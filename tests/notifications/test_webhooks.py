"""Other systems hear of the bank's events: signed, in order for each subject, again after failures, never doubly."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks import WebhookVerificationError

from aladdin import clock
from aladdin.audit import AuditEntry
from notifications import webhooks
from notifications.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from notifications.webhooks import endpoints, sending
from notifications.webhooks.catalogue import EventFault, EventType, declare, record
from organization.models import Staff
from tests.notifications.receiver import Receiver, listening
from tests.world import Bank, Phone

PhoneOf = Callable[[Staff | None], Phone]
URL = "/api/v1/webhooks"
TEXT = {"type": "string"}
PINGED = declare(
    EventType(
        "test.pinged",
        "测试",
        {1: record(word=TEXT), 2: record(word=TEXT, loud={"type": "boolean"})},
        older={1: lambda data: {"word": data["word"]}},
    )
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


def subscribed(bank: Bank, receiver: Receiver, **said: Any) -> endpoints.Opened:
    name = said.pop("name", "风险系统")
    return endpoints.subscribe(name=name, url=receiver.url, events=["test.pinged"], by=bank.admin, **said)


def ping(subject: str = "ping/1", word: str = "hello") -> WebhookEvent | None:
    return webhooks.emit("test.pinged", subject=subject, data={"word": word, "loud": False})


def statuses() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("status", flat=True))


# --- Telling ------------------------------------------------------------------------------------
def test_a_subscriber_hears_of_an_event_and_can_prove_that_it_is_ours(
    bank: Bank, receiver: Receiver, run_jobs: Callable[[], int]
) -> None:
    opened = subscribed(bank, receiver)
    event = ping()
    run_jobs()
    assert event is not None
    (heard,) = receiver.heard
    told = heard.opened(opened.secret)
    assert (told["type"], told["data"], told["version"]) == ("test.pinged", {"word": "hello", "loud": False}, 2)
    assert heard.headers["webhook-id"] == f"evt_{event.event_id.hex}"
    assert statuses() == ["DELIVERED"]
    with pytest.raises(WebhookVerificationError):
        heard.opened(endpoints._new_secret())


def test_an_event_is_told_once_however_often_the_drain_runs(
    bank: Bank, receiver: Receiver, run_jobs: Callable[[], int]
) -> None:
    opened = subscribed(bank, receiver)
    ping()
    run_jobs()
    assert sending.drain(opened.endpoint.pk) == 0
    assert len(receiver.heard) == 1


def test_where_nobody_subscribes_nothing_is_written(bank: Bank) -> None:
    assert ping() is None
    assert not WebhookEvent.objects.exists()


def test_an_event_that_is_not_what_it_says_is_a_fault_of_ours(bank: Bank) -> None:
    with pytest.raises(EventFault):
        webhooks.emit("test.pinged", subject="ping/1", data={"word": 7})
    with pytest.raises(EventFault):
        webhooks.emit("test.ponged", subject="ping/1", data={})


def test_an_older_subscriber_hears_the_older_version(
    bank: Bank, receiver: Receiver, run_jobs: Callable[[], int]
) -> None:
    opened = subscribed(bank, receiver, payload_version=1)
    ping()
    run_jobs()
    told = receiver.heard[0].opened(opened.secret)
    assert (told["version"], told["data"]) == (1, {"word": "hello"})


def test_versions_without_a_way_down_are_refused() -> None:
    with pytest.raises(EventFault):
        declare(EventType("test.gap", "断档", {1: record(word=TEXT), 3: record(word=TEXT)}))


# --- When it fails --------------------------------------------------------------------------------
def later(opened: endpoints.Opened, wait: timedelta) -> int:
    with clock.at(clock.now() + wait):
        return sending.drain(opened.endpoint.pk)


def test_what_fails_is_tried_again_later(bank: Bank, receiver: Receiver) -> None:
    receiver.answers = [(500, {}), (204, {})]
    opened = subscribed(bank, receiver)
    ping()
    assert sending.drain(opened.endpoint.pk) == 0
    assert sending.drain(opened.endpoint.pk) == 0, "not due yet"
    assert later(opened, timedelta(seconds=10)) == 1
    first, second = receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert list(WebhookAttempt.objects.values_list("status", flat=True)) == [500, 204]


def test_what_the_subscriber_asks_us_to_wait_is_waited(bank: Bank, receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "600"}), (204, {})]
    opened = subscribed(bank, receiver)
    ping()
    now = clock.now()
    with clock.at(now):
        sending.drain(opened.endpoint.pk)
    assert WebhookDelivery.objects.get().next_attempt_at >= now + timedelta(seconds=600)


def test_a_redirect_is_not_followed(bank: Bank, receiver: Receiver) -> None:
    receiver.answers = [(302, {"Location": receiver.url})]
    opened = subscribed(bank, receiver)
    ping()
    assert sending.drain(opened.endpoint.pk) == 0
    assert len(receiver.heard) == 1
    assert WebhookDelivery.objects.get().outcome == "http_302"


def test_events_of_one_subject_keep_their_order_and_others_go_on(bank: Bank, receiver: Receiver) -> None:
    receiver.answers = [(500, {}), (204, {})]
    opened = subscribed(bank, receiver)
    for word in ("first", "second"):
        ping("ping/1", word)
    ping("ping/2", "other")
    sending.drain(opened.endpoint.pk)
    sending.drain(opened.endpoint.pk)
    assert statuses() == ["PENDING", "PENDING", "DELIVERED"]
    with clock.at(clock.now() + timedelta(seconds=10)):
        sending.drain(opened.endpoint.pk)
    words = [heard.opened(opened.secret)["data"]["word"] for heard in receiver.heard]
    assert words == ["first", "other", "first", "second"]


def test_a_dead_letter_is_left_after_days_and_the_next_goes_on(bank: Bank, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    opened = subscribed(bank, receiver)
    begun = clock.now()
    ping()
    ping(word="after")
    moment = begun
    while "DEAD" not in statuses() and moment < begun + timedelta(days=9):
        moment += timedelta(hours=2)
        with clock.at(moment):
            sending.drain(opened.endpoint.pk)
    assert statuses() == ["DEAD", "PENDING"]
    assert timedelta(days=3) < moment - begun < timedelta(days=5)
    assert WebhookAttempt.objects.filter(delivery__status="DEAD").count() == len(sending.WAITS) + 1
    assert AuditEntry.objects.filter(action="webhook.give_up").count() == 1
    receiver.answers = [(204, {})]
    with clock.at(moment + timedelta(hours=2)):
        assert sending.drain(opened.endpoint.pk) == 1


def test_a_subscriber_that_keeps_failing_is_left_alone_for_a_while(bank: Bank, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    opened = subscribed(bank, receiver)
    for number in range(7):
        ping(f"ping/{number}")
    now = clock.now()
    with clock.at(now):
        for _ in range(10):
            sending.drain(opened.endpoint.pk)
    assert len(receiver.heard) == 5, "then its circuit opens"
    receiver.answers = [(204, {})]
    with clock.at(now + timedelta(minutes=2)):
        assert sending.drain(opened.endpoint.pk) == 7
    assert WebhookEndpoint.objects.get().failures == 0


def test_a_dead_subscriber_holds_up_nobody_else(bank: Bank, receiver: Receiver, run_jobs: Callable[[], int]) -> None:
    dead = subscribed(bank, receiver, name="已停机")
    WebhookEndpoint.objects.filter(pk=dead.endpoint.pk).update(url="http://127.0.0.1:9/hook")
    subscribed(bank, receiver, name="正常")
    ping()
    with clock.at(clock.now()):
        run_jobs()
    assert len(receiver.heard) == 1
    assert WebhookDelivery.objects.get(endpoint=dead.endpoint).outcome == "unreachable"


def test_a_subscriber_that_has_gone_is_told_nothing_more(bank: Bank, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    opened = subscribed(bank, receiver)
    ping()
    sending.drain(opened.endpoint.pk)
    assert WebhookEndpoint.objects.get().state == "GONE"
    assert ping() is None
    with clock.at(clock.now() + timedelta(hours=1)):
        assert sending.drain(opened.endpoint.pk) == 0
    assert len(receiver.heard) == 1


def test_what_a_dying_worker_had_in_hand_is_told_again(bank: Bank, receiver: Receiver) -> None:
    opened = subscribed(bank, receiver)
    ping()
    assert sending._take(opened.endpoint.pk) is not None
    assert sending.drain(opened.endpoint.pk) == 0, "it may still be at it"
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert sending.drain(opened.endpoint.pk) == 1


def test_what_nobody_woke_is_swept_up(bank: Bank, receiver: Receiver, run_jobs: Callable[[], int]) -> None:
    subscribed(bank, receiver)
    ping()
    ProcrastinateJob.objects.all().delete()
    sending.sweep()
    run_jobs()
    assert len(receiver.heard) == 1


# --- Over the API -----------------------------------------------------------------------------------
def said(receiver: Receiver, **other: Any) -> dict[str, Any]:
    return {"name": "风险系统", "url": receiver.url, "events": ["test.pinged"]} | other


def test_a_subscription_is_opened_and_its_secret_shown_once(bank: Bank, phone: PhoneOf, receiver: Receiver) -> None:
    admin = phone(bank.admin)
    answer = admin.post(URL, said(receiver))
    assert answer.status_code == 201, answer.json()
    secret = answer.json()["secret"]
    assert secret.startswith("whsec_")
    one = f"{URL}/{answer.json()['endpoint']['id']}"
    assert secret not in admin.get(one).content.decode()
    assert secret not in WebhookEndpoint.objects.get().secret_sealed


@pytest.mark.parametrize(
    "wrong, code",
    [
        ({"events": ["no.such"]}, "unknown_event"),
        ({"events": ["webhook.test"]}, "unknown_event"),
        ({"url": "ftp://example.com/x"}, "webhook_url_refused"),
        ({"url": "https://user:pw@127.0.0.1/x"}, "webhook_url_refused"),
        ({"url": "https://127.0.0.1:99999/x"}, "webhook_url_refused"),
        ({"url": "http://10.1.2.3/x"}, "webhook_url_refused"),
        ({"url": "https://no-such-name.invalid/x"}, "webhook_url_refused"),
    ],
)
def test_what_cannot_be_told_is_refused(
    bank: Bank, phone: PhoneOf, receiver: Receiver, wrong: dict[str, Any], code: str
) -> None:
    answer = phone(bank.admin).post(URL, said(receiver, **wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_two_subscriptions_have_two_names(bank: Bank, phone: PhoneOf, receiver: Receiver) -> None:
    admin = phone(bank.admin)
    admin.post(URL, said(receiver))
    answer = admin.post(URL, said(receiver))
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook_name_taken")


def test_for_a_while_after_a_rotation_both_secrets_are_good(bank: Bank, phone: PhoneOf, receiver: Receiver) -> None:
    opened = subscribed(bank, receiver)
    new = phone(bank.admin).post(f"{URL}/{opened.endpoint.pk}/rotate").json()["secret"]
    ping()
    sending.drain(opened.endpoint.pk)
    assert receiver.heard[0].opened(opened.secret) == receiver.heard[0].opened(new)
    WebhookEndpoint.objects.update(former_secret_until=clock.now() - timedelta(seconds=1))
    ping()
    sending.drain(opened.endpoint.pk)
    receiver.heard[1].opened(new)
    with pytest.raises(WebhookVerificationError):
        receiver.heard[1].opened(opened.secret)


def test_the_test_button_sends_to_this_one_alone(
    bank: Bank, phone: PhoneOf, receiver: Receiver, run_jobs: Callable[[], int]
) -> None:
    opened, _ = subscribed(bank, receiver), subscribed(bank, receiver, name="另一个")
    one = f"{URL}/{opened.endpoint.pk}"
    admin = phone(bank.admin)
    assert admin.post(f"{one}/test").status_code == 202
    run_jobs()
    assert [heard.opened(opened.secret)["type"] for heard in receiver.heard] == ["webhook.test"]
    (row,) = admin.get(f"{one}/deliveries").json()["results"]
    assert (row["status"], row["outcome"]) == ("DELIVERED", "http_204")
    (attempt,) = admin.get(f"{one}/deliveries/{row['id']}/attempts").json()
    assert attempt["status"] == 204


def test_while_it_is_paused_events_wait(bank: Bank, phone: PhoneOf, receiver: Receiver) -> None:
    opened = subscribed(bank, receiver)
    one = f"{URL}/{opened.endpoint.pk}"
    admin = phone(bank.admin)
    paused = admin.patch(one, {"state": "PAUSED"}, etag=admin.get(one)["ETag"])
    assert paused.json()["state"] == "PAUSED"
    ping()
    assert sending.drain(opened.endpoint.pk) == 0
    assert admin.post(f"{one}/test").json()["code"] == "webhook_not_active"
    assert admin.patch(one, {"state": "ACTIVE"}, etag='"1"').status_code == 412
    admin.patch(one, {"state": "ACTIVE"}, etag=paused["ETag"])
    assert sending.drain(opened.endpoint.pk) == 1


def test_a_period_is_told_again(bank: Bank, phone: PhoneOf, receiver: Receiver, run_jobs: Callable[[], int]) -> None:
    opened = subscribed(bank, receiver)
    begun = clock.now()
    for day in range(3):
        with clock.at(begun + timedelta(days=day)):
            ping(word=f"day {day}")
            run_jobs()
    receiver.heard.clear()
    with clock.at(begun + timedelta(days=3)):
        period = {"since": begun + timedelta(hours=12), "until": begun + timedelta(days=3)}
        admin = phone(bank.admin)
        assert admin.post(f"{URL}/{opened.endpoint.pk}/replay", period).json() == {"replayed": 2}
        sending.drain(opened.endpoint.pk)
    assert [heard.opened(opened.secret)["data"]["word"] for heard in receiver.heard] == ["day 1", "day 2"]
    turned = {"since": period["until"], "until": period["since"]}
    assert admin.post(f"{URL}/{opened.endpoint.pk}/replay", turned).status_code == 400


@pytest.mark.parametrize("person", ["rm", "manager", "head_office", "product_manager"])
def test_only_administrators_keep_subscriptions(bank: Bank, phone: PhoneOf, receiver: Receiver, person: str) -> None:
    other = phone(getattr(bank, person))
    assert other.post(URL, said(receiver)).status_code == 403
    assert other.get(URL).status_code == 403


def test_the_auditor_reads_and_changes_nothing(bank: Bank, phone: PhoneOf, receiver: Receiver) -> None:
    opened = subscribed(bank, receiver)
    auditor = phone(bank.auditor)
    assert len(auditor.get(URL).json()["results"]) == 1
    assert auditor.post(f"{URL}/{opened.endpoint.pk}/rotate").status_code == 403
    catalogue = {row["code"]: row for row in auditor.get("/api/v1/webhook-events").json()}
    assert catalogue["loan.application.moved"]["schemas"]["1"]["additionalProperties"] is False


def test_old_events_are_forgotten_with_their_log(bank: Bank, receiver: Receiver, run_jobs: Callable[[], int]) -> None:
    subscribed(bank, receiver)
    with clock.at(clock.now() - timedelta(days=31)):
        ping()
        run_jobs()
    ping()
    endpoints.forget()
    assert WebhookEvent.objects.count() == 1
    assert not WebhookAttempt.objects.exists()
