"""Taking numbers in streams, and publishing on boards.

A number is taken under the stream's row lock, which lasts until the writer commits. So numbers become visible in
order and without gaps, and a reader that asks for "after N" misses nothing. It also means that two transactions
that write to one person follow one another: notify last in a transaction, several people at once with
`notices.notify_many`, and publish from jobs, not from business transactions.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from aladdin import clock, parameters
from notifications import doorbell
from notifications.models import BoardEvent, Stream
from organization.models import Staff

STAFF, BRANCH = "staff:", "branch:"


def key_of_person(staff_id: UUID) -> str:
    """The key of a person's stream."""
    return f"{STAFF}{staff_id}"


def key_of_branch(branch_id: UUID) -> str:
    """The key of a branch's board."""
    return f"{BRANCH}{branch_id}"


def lock_people(people: Iterable[Staff]) -> dict[UUID, Stream]:
    """The streams of these people, locked until commit, by staff id; made where they are missing.

    Locked in the order of their keys, so that two writers never wait for each other in a circle."""
    keys = {key_of_person(staff.pk): staff for staff in people}
    found = _locked(keys)
    if missing := sorted(keys.keys() - found.keys()):
        Stream.objects.bulk_create(
            [Stream(kind=Stream.Kind.PERSON, key=key, staff=keys[key]) for key in missing], ignore_conflicts=True
        )
        found = _locked(keys)
    return {keys[key].pk: stream for key, stream in found.items()}


def person_stream(staff: Staff) -> Stream:
    """The person's stream, made where it is missing; not locked."""
    stream, _ = Stream.objects.get_or_create(
        key=key_of_person(staff.pk), defaults={"kind": Stream.Kind.PERSON, "staff": staff}
    )
    return stream


def board_stream(key: str) -> Stream:
    """The board's stream, made where it is missing; not locked."""
    stream, _ = Stream.objects.get_or_create(key=key, defaults={"kind": Stream.Kind.BOARD})
    return stream


def _locked(keys: Iterable[str]) -> dict[str, Stream]:
    return {stream.key: stream for stream in Stream.objects.filter(key__in=keys).order_by("key").select_for_update()}


def publish(board: str, kind: str, payload: Mapping[str, Any]) -> int:
    """Say on a board ("branch:<id>") that something moved; returns the event's number.

    Everyone who may watch the board sees the payload, its relationship managers too (`boards.may_watch`): put
    nothing in it that one of them may not know. The board's lock is held until commit: call this from a job."""
    if not board.startswith(BRANCH):
        raise ValueError(f"{board} is no board")
    with transaction.atomic():
        board_stream(board)
        stream = Stream.objects.select_for_update().get(key=board)
        stream.last_sequence += 1
        save_numbers([stream])
        BoardEvent.objects.create(stream=stream, sequence=stream.last_sequence, kind=kind, payload=dict(payload))
        doorbell.ring_on_commit({board: stream.last_sequence})
    return stream.last_sequence


def save_numbers(locked: Iterable[Stream]) -> None:
    """Store the last numbers of streams that are locked."""
    Stream.objects.bulk_update(list(locked), ["last_sequence"])


@transaction.atomic
def renew_epochs() -> int:
    """After a restore: numbers given out since the backup are gone, so every client must begin anew."""
    renewed = 0
    for stream in Stream.objects.order_by("key").select_for_update():
        stream.epoch = uuid4()
        stream.save(update_fields=["epoch"])
        renewed += 1
    return renewed


def forget_board_events() -> int:
    """Delete board events past their days; the number deleted."""
    oldest = clock.now() - timedelta(days=parameters.integer("notice.board_days"))
    return BoardEvent.objects.filter(created_at__lt=oldest).delete()[0]
