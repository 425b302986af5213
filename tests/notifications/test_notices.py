"""Telling people: once for each event, numbered without gaps, in the writer's transaction."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from aladdin import clock, partitions
from notifications.kinds import NoticeFault
from notifications.models import Delivery, Notice, NoticeEvent, Stream
from notifications.notices import Message, notify, notify_many
from organization.models import Staff
from tests.notifications.builders import COMMITTED, VALUES, stream_of, told, told_often
from tests.world import Bank


def approved(recipient: Staff, event_key: str) -> Message:
    return Message(recipient=recipient, kind="loan.approved", event_key=event_key, values=VALUES)


# --- One event, one notice ----------------------------------------------------------------------
def test_notices_of_a_person_are_numbered_from_one(bank: Bank) -> None:
    assert [notice.sequence for notice in told_often(bank.rm, 3)] == [1, 2, 3]
    assert told(bank.co_rm).sequence == 1


def test_an_event_is_told_once(bank: Bank) -> None:
    told(bank.rm, "approval/1")
    again = notify(recipient=bank.rm, kind="loan.approved", event_key="approval/1", values=VALUES)
    assert again is None
    assert Notice.objects.visible_to(bank.rm).count() == 1
    assert stream_of(bank.rm).last_sequence == 1


def test_an_event_is_told_once_to_each(bank: Bank) -> None:
    people = [bank.rm, bank.co_rm, bank.rm]
    assert len(notify_many(approved(person, "approval/1") for person in people)) == 2
    assert len(notify_many(approved(person, "approval/1") for person in [*people, bank.manager])) == 1


def test_a_refused_transaction_leaves_no_gap(bank: Bank) -> None:
    told(bank.rm)
    with transaction.atomic():
        told_often(bank.rm, 2)
        transaction.set_rollback(True)
    assert told(bank.rm).sequence == 2


def test_to_tell_nobody_is_nothing(bank: Bank) -> None:
    assert notify_many([]) == []
    assert not Stream.objects.exists()


# --- What is written ----------------------------------------------------------------------------
def test_the_text_has_masked_names_and_readable_amounts(bank: Bank) -> None:
    notice = told(bank.rm)
    assert notice.title == "贷款已批复"
    assert notice.body == "王*明的经营贷申请（JK20261124001，200,000.00元）已批复，请在批复有效期内签约。"
    assert "王小明" not in str(notice.values)


def test_a_long_reason_is_cut(bank: Bank) -> None:
    notice = told(bank.rm, kind="loan.returned", reason="缺少流水。\n" * 100)
    assert notice.body.endswith("…")
    assert "\n" not in notice.body


@pytest.mark.parametrize(
    "kind, values, subject",
    [
        ("loan.no_such_kind", VALUES, ""),
        ("loan.approved", {**VALUES, "amount": "viel"}, ""),
        ("loan.approved", {**VALUES, "amount": "NaN"}, ""),
        ("loan.approved", {**VALUES, "reason": "过多"}, ""),
        ("loan.returned", VALUES, ""),
        ("loan.returned", {**VALUES, "reason": "  "}, ""),
        ("loan.approved", VALUES, "customer/0199c0de"),
    ],
)
def test_a_notice_that_is_called_for_wrongly_is_a_fault_and_leaves_nothing(
    bank: Bank, kind: str, values: dict[str, str], subject: str
) -> None:
    with pytest.raises(NoticeFault):
        notify(recipient=bank.rm, kind=kind, event_key="e", values=values, subject=subject)
    assert not Stream.objects.exists()
    assert not NoticeEvent.objects.exists()


def test_whoever_has_not_bound_wechat_gets_no_delivery(bank: Bank) -> None:
    told(bank.rm)
    assert not Delivery.objects.exists()


# --- Months ------------------------------------------------------------------------------------
def test_notices_of_many_months_are_read_in_order_a_page_at_a_time(bank: Bank) -> None:
    for month in (5, 11, 2, 8, 3):  # a replay may go back
        with clock.at(datetime(2026, month, 10, 4, tzinfo=UTC)):
            told_often(bank.rm, 2)
    stream = stream_of(bank.rm)
    assert numbers(Notice.objects.after(stream, 3, limit=4)) == [4, 5, 6, 7]
    assert numbers(Notice.objects.after(stream, 7, limit=4)) == [8, 9, 10]
    assert numbers(Notice.objects.after(stream, 10, limit=4)) == []


def test_reading_on_looks_into_the_month_of_the_notice_alone(bank: Bank) -> None:
    partitions.ensure_months(date(2026, 1, 1), date(2026, 12, 31))
    for month in (3, 11):
        with clock.at(datetime(2026, month, 10, 4, tzinfo=UTC)):
            told(bank.rm)
    plan = Notice.objects.after(stream_of(bank.rm), 1, limit=10).explain()
    assert "notifications_notice_2026_11" in plan
    assert "notifications_notice_2026_03" not in plan


# --- Many at once -------------------------------------------------------------------------------
def test_telling_ten_people_takes_as_many_statements_as_telling_two(bank: Bank) -> None:
    everybody = list(Staff.objects.all()[:10])
    notify_many(approved(person, "first") for person in everybody)

    def statements(people: list[Staff], event_key: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            notify_many(approved(person, event_key) for person in people)
        return len(captured)

    assert statements(everybody, "second") == statements(everybody[:2], "third") == 10


def numbers(notices: Iterable[Notice]) -> list[int]:
    return [notice.sequence for notice in notices]


def together(works: list[Callable[[], object]]) -> None:
    """Run each in a thread and a connection of its own, all begun at the same moment."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result(timeout=60)


@COMMITTED
@pytest.mark.usefixtures("committed")
def test_writers_at_once_number_without_gaps_or_doubles(bank: Bank) -> None:
    together([lambda: told_often(bank.rm, 10) for _ in range(6)])
    stream = stream_of(bank.rm)
    assert numbers(Notice.objects.after(stream, 0, limit=100)) == list(range(1, 61))
    assert stream.last_sequence == 60


@COMMITTED
@pytest.mark.usefixtures("committed")
def test_the_same_event_from_all_sides_is_told_once(bank: Bank) -> None:
    together([lambda: notify_many([approved(bank.rm, "approval/1")]) for _ in range(6)])
    assert Notice.objects.visible_to(bank.rm).count() == 1


@COMMITTED
@pytest.mark.usefixtures("committed")
def test_writers_with_the_same_people_in_another_order_do_not_block_each_other(bank: Bank) -> None:
    people = [bank.rm, bank.co_rm, bank.manager, bank.reviewer]

    def tell(order: list[Staff], name: str) -> Callable[[], None]:
        def work() -> None:
            for number in range(15):
                notify_many(approved(person, f"{name}/{number}") for person in order)

        return work

    together([tell(people, "a"), tell(people[::-1], "b"), tell(people[2:] + people[:2], "c")])
    assert [stream_of(person).last_sequence for person in people] == [45] * 4


@COMMITTED
@pytest.mark.usefixtures("committed")
def test_what_a_reader_sees_never_has_a_hole(bank: Bank) -> None:
    """Numbers become visible in order: whoever reads "after N" while others write misses nothing."""
    told(bank.rm)
    stream, seen = stream_of(bank.rm), list[int]()

    def read_on() -> None:
        while len(seen) < 41:
            last = seen[-1] if seen else 0
            seen.extend(numbers(Notice.objects.after(stream, last, limit=100)))

    together([read_on, *[lambda: told_often(bank.rm, 10) for _ in range(4)]])
    assert seen == list(range(1, 42))
