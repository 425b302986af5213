"""What is not done in time is told to the manager: once, and not once it is done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from notifications import deadlines, escalation, jobs
from notifications.models import Deadline, Notice
from notifications.notices import Message, notify_many
from organization.models import Staff
from organization.people import leave
from tests.notifications.builders import COMMITTED, VALUES
from tests.notifications.test_notices import together
from tests.world import Bank, Phone

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
FRIDAY = datetime(2026, 11, 27, 16, 30, tzinfo=SHANGHAI)
CUSTOMER = "customer/0199c0de"
CASE = "loan-application/0199c0de"
PhoneOf = Callable[[Any], Phone]


def withdrawal(staff: Staff, event_key: str = "w/1") -> Notice:
    values = {"customer": "王小明", "amount": "600000"}
    kind = "customer.large_withdrawal"
    return notify_many([Message(recipient=staff, kind=kind, event_key=event_key, subject=CUSTOMER, values=values)])[0]


def asked_to_review(*people: Staff) -> list[Notice]:
    return notify_many(
        Message(recipient=each, kind="task.review", event_key="r/1", subject=CASE, values=VALUES) for each in people
    )


def escalations(manager: Staff) -> list[str]:
    return list(Notice.objects.visible_to(manager).filter(kind="task.escalated").values_list("body", flat=True))


@pytest.mark.parametrize(
    "told_at, act_by",
    [
        (MONDAY, MONDAY.replace(hour=12)),
        (MONDAY.replace(hour=7), MONDAY.replace(hour=10, minute=30)),
        (FRIDAY, datetime(2026, 11, 30, 9, 30, tzinfo=SHANGHAI)),
    ],
)
def test_the_deadline_runs_by_working_hours(bank: Bank, told_at: datetime, act_by: datetime) -> None:
    with clock.at(told_at):
        withdrawal(bank.rm)
    assert Deadline.objects.get().act_by == act_by


def test_the_manager_hears_once_of_what_was_not_done_in_time(bank: Bank) -> None:
    with clock.at(MONDAY):
        withdrawal(bank.rm)
    with clock.at(MONDAY + timedelta(hours=1, minutes=59)):
        jobs.escalate()
        assert escalations(bank.manager) == []
    with clock.at(MONDAY + timedelta(hours=2)):
        for _ in range(3):
            jobs.escalate()
    assert escalations(bank.manager) == ["王小明超过2个工作小时未办理：大额支取提醒。"]
    (deed,) = AuditEntry.objects.filter(action="escalate_notice")
    assert (deed.subject, deed.detail["late"], deed.detail["told"]) == (
        CUSTOMER,
        [bank.rm.employee_no],
        [bank.manager.employee_no],
    )
    row = Deadline.objects.get()
    assert (row.escalated_to, row.escalated_at) == (bank.manager, MONDAY + timedelta(hours=2))


def test_who_acts_in_time_is_not_told_on(bank: Bank, phone: PhoneOf) -> None:
    with clock.at(MONDAY):
        notice = withdrawal(bank.rm)
    with clock.at(MONDAY + timedelta(hours=1)):
        assert phone(bank.rm).post(f"/api/v1/notices/{notice.pk}/acted").status_code == 200
    with clock.at(MONDAY + timedelta(days=3)):
        jobs.escalate()
    assert escalations(bank.manager) == []
    assert Deadline.objects.get().settled_at == MONDAY + timedelta(hours=1)


def test_reading_is_not_acting(bank: Bank, phone: PhoneOf) -> None:
    with clock.at(MONDAY):
        notice = withdrawal(bank.rm)
        assert phone(bank.rm).post(f"/api/v1/notices/{notice.pk}/read").status_code == 200
    with clock.at(MONDAY + timedelta(days=1)):
        jobs.escalate()
    assert len(escalations(bank.manager)) == 1


def test_of_several_who_were_asked_one_is_enough(bank: Bank, phone: PhoneOf) -> None:
    with clock.at(MONDAY):
        mine, _ = asked_to_review(bank.rm, bank.co_rm)
        phone(bank.rm).post(f"/api/v1/notices/{mine.pk}/acted")
    with clock.at(MONDAY + timedelta(days=3)):
        jobs.escalate()
    assert escalations(bank.manager) == []


def test_of_several_who_did_nothing_the_manager_hears_at_once(bank: Bank) -> None:
    with clock.at(MONDAY):
        asked_to_review(bank.rm, bank.co_rm)
    with clock.at(MONDAY + timedelta(days=2)):
        jobs.escalate()
    (said,) = escalations(bank.manager)
    assert said == "王小明等2人超过9个工作小时未办理：新的审查任务。"
    assert not Deadline.objects.filter(escalated_at__isnull=True).exists()


def test_work_that_is_done_says_so_on_the_notices(bank: Bank, run_jobs: Callable[[], int]) -> None:
    with clock.at(MONDAY):
        asked_to_review(bank.rm, bank.co_rm)
        withdrawal(bank.rm)
    done_at = MONDAY + timedelta(hours=1)
    with clock.at(done_at):
        assert deadlines.done(CASE, ["task.review"]) == 2
        assert deadlines.done(CASE, ["task.review"]) == 0
        run_jobs()
    reviews = Notice.objects.filter(kind="task.review")
    assert {each.acted_at for each in reviews} == {done_at}
    assert Notice.objects.get(kind="customer.large_withdrawal").acted_at is None
    assert Deadline.objects.open().count() == 1


def test_a_manager_who_is_late_himself_is_told_on_further_up(bank: Bank) -> None:
    assert escalation.manager_of(bank.rm) == bank.manager
    above = escalation.manager_of(bank.manager)
    assert above is None or (above != bank.manager and above.branch_id != bank.manager.branch_id)


def test_where_there_is_no_manager_the_audit_trail_says_so(bank: Bank) -> None:
    leave(bank.manager, by=None)
    expected = escalation.manager_of(bank.rm)
    with clock.at(MONDAY):
        withdrawal(bank.rm)
    with clock.at(MONDAY + timedelta(days=1)):
        jobs.escalate()
    told = AuditEntry.objects.get(action="escalate_notice").detail["told"]
    assert told == ([expected.employee_no] if expected else [])
    assert Deadline.objects.get().escalated_at is not None


def test_deadlines_are_ones_own(bank: Bank) -> None:
    withdrawal(bank.rm)
    assert Deadline.objects.visible_to(bank.rm).count() == 1
    assert Deadline.objects.visible_to(bank.co_rm).count() == 0


@COMMITTED
@pytest.mark.usefixtures("committed")
def test_escalations_at_once_tell_the_manager_once(bank: Bank) -> None:
    with clock.at(MONDAY):
        withdrawal(bank.rm)

    def escalate() -> None:
        with clock.at(MONDAY + timedelta(days=1)):
            escalation.escalate()

    together([escalate for _ in range(5)])
    assert len(escalations(bank.manager)) == 1
    assert AuditEntry.objects.filter(action="escalate_notice").count() == 1
