"""Notices at a steady pace, by a process of its own: python -m bench.writing, orders on its standard input.

Each is committed in a transaction of its own. What fails is tried again until it is committed, under the same event:
so every one is written once, whatever dies meanwhile. Says for each its event, its notice and the moment of commit."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from uuid import UUID

import orjson

_HANDS = 8


@dataclass(frozen=True)
class Orders:
    """What to write: `count` notices at `rate` a second, to these people in turn; every so many with an event for
    other systems (`outside_every`, 0: none)."""

    people: list[str]
    count: int
    rate: float
    outside_every: int = 0
    first: int = field(default=0)

    def line(self) -> bytes:
        """For the standard input."""
        return orjson.dumps(asdict(self)) + b"\n"


@dataclass(frozen=True)
class Written:
    """One notice and when it was committed, by the machine's monotonic clock."""

    event: str
    notice: str
    at: float


def main() -> None:
    """Write what was ordered."""
    import django  # noqa: PLC0415  settings come first

    django.setup()
    orders = Orders(**orjson.loads(sys.stdin.readline()))
    saying = threading.Lock()

    def one(number: int) -> None:
        written = _persist(orders, number)
        with saying:
            sys.stdout.buffer.write(orjson.dumps(asdict(written)) + b"\n")
            sys.stdout.buffer.flush()

    with ThreadPoolExecutor(_HANDS) as hands:
        for number in _paced(orders):
            hands.submit(one, number)


def _paced(orders: Orders) -> Iterator[int]:
    begun = time.monotonic()
    for number in range(orders.count):
        wait = begun + number / orders.rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        yield orders.first + number


def _persist(orders: Orders, number: int) -> Written:
    from django.db import Error  # noqa: PLC0415
    from psycopg_pool import PoolTimeout  # noqa: PLC0415

    while True:
        try:
            return _write(orders, number)
        except (Error, PoolTimeout):
            time.sleep(0.2)


def _write(orders: Orders, number: int) -> Written:
    from django.db import transaction  # noqa: PLC0415

    from notifications import notices, webhooks  # noqa: PLC0415
    from notifications.models import Notice, NoticeEvent  # noqa: PLC0415
    from organization.models import Staff  # noqa: PLC0415

    person, event = UUID(orders.people[number % len(orders.people)]), f"bench/{number}"
    committed: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.monotonic()))
        if orders.outside_every and number % orders.outside_every == 0 and not _is_known(person, event):
            webhooks.emit("loan.application.moved", subject=f"loan-application/{person}", data=_moved(person, number))
        notice = notices.notify(
            recipient=Staff(pk=person),
            kind="loan.approved",
            event_key=event,
            values={"customer": "王*明", "application_no": event, "product": "经营贷", "amount": "200000.00"},
        )
    if notice is None:  # committed before the answer got lost
        found = NoticeEvent.objects.get(stream__staff=person, event_key=event)
        notice = Notice.objects.get(stream=found.stream, sequence=found.sequence)
    return Written(event, str(notice.pk), committed[0])


def _is_known(person: UUID, event: str) -> bool:
    from notifications.models import NoticeEvent  # noqa: PLC0415

    return NoticeEvent.objects.filter(stream__staff=person, event_key=event).exists()


def _moved(person: UUID, number: int) -> dict[str, object]:
    return {
        "application": str(person),
        "application_no": f"{number}",
        "product": "PERSONAL_CONSUMPTION",
        "branch": "2000",
        "move": "approve",
        "from_state": "APPROVAL",
        "to_state": "APPROVED",
        "amount": "200000.00",
        "approved_amount": "200000.00",
    }


if __name__ == "__main__":
    main()
