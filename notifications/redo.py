"""Sending again what failed: a range by channel, kind, period and code, counted first, then taken up row by row.

Only what certainly did not arrive is taken: a message of unknown outcome could arrive twice. Each row is looked at
once, whatever becomes of it, so that a redo ends; asked for under the same id it is the same redo.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from aladdin import audit, clock
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound, RuleBroken
from notifications import deliveries
from notifications.models import Delivery, Notice, Outlet, Redo, RobotMessage, SmsMessage, WebhookDelivery
from notifications.robots import saying
from notifications.sms import sending as sms_sending
from notifications.webhooks import sending as webhook_sending
from organization.models import Staff

_AT_ONCE = 100
MOST = 50_000


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which failures: of a channel, created in a period; of one kind and one outcome where they are named."""

    channel: str
    since: datetime
    until: datetime
    kind: str = ""
    code: str = ""


# --- What failed ----------------------------------------------------------------------------------
_Again = Callable[[Sequence[Any]], object]


@dataclass(frozen=True)
class _Source:
    """One table of a channel: its failures, and how they are sent again."""

    name: str
    failed: QuerySet[Any]
    again: _Again


def _sources(chosen: Selection) -> list[_Source]:
    match chosen.channel:
        case Outlet.ROBOT:
            return [_Source("robot", _robots(chosen), saying.send_again)]
        case Outlet.WEBHOOK:
            return [_Source("webhook", _webhooks(chosen), webhook_sending.send_again)]
        case Outlet.SMS:
            return [
                _Source("delivery", _deliveries(chosen), deliveries.send_again),
                _Source("sms", _texts(chosen), sms_sending.send_again),
            ]
        case _:
            return [_Source("delivery", _deliveries(chosen), deliveries.send_again)]


def _in_period(rows: QuerySet[Any], chosen: Selection) -> QuerySet[Any]:
    rows = rows.filter(created_at__gte=chosen.since, created_at__lt=chosen.until)
    return rows.filter(outcome=chosen.code) if chosen.code else rows


def _deliveries(chosen: Selection) -> QuerySet[Any]:
    failed = Delivery.objects.filter(channel=chosen.channel, status__in=["FAILED", "UNREACHABLE"])
    rows = _in_period(failed.filter(unknown_since__isnull=True), chosen)
    if chosen.kind:
        days = (chosen.since.astimezone(clock.SHANGHAI).date(), chosen.until.astimezone(clock.SHANGHAI).date())
        rows = rows.filter(
            notice_id__in=Notice.objects.filter(kind=chosen.kind, created_on__range=days).order_by().values("pk")
        )
    return rows


def _texts(chosen: Selection) -> QuerySet[Any]:
    """Texts to customers; a one-time code is of no use later, and what carries a notice is its delivery's affair."""
    failed = SmsMessage.objects.filter(status="FAILED", unknown_since__isnull=True).exclude(kind="CODE")
    failed = failed.exclude(mobile_sealed="").exclude(reference__startswith=sms_sending.OF_A_DELIVERY)
    rows = _in_period(failed, chosen)
    return rows.filter(template__code=chosen.kind) if chosen.kind else rows


def _robots(chosen: Selection) -> QuerySet[Any]:
    rows = _in_period(RobotMessage.objects.filter(status="FAILED", unknown_since__isnull=True), chosen)
    return rows.filter(robot__platform=chosen.kind) if chosen.kind else rows


def _webhooks(chosen: Selection) -> QuerySet[Any]:
    rows = _in_period(WebhookDelivery.objects.filter(status="DEAD"), chosen)
    return rows.filter(event__type=chosen.kind) if chosen.kind else rows


def preview(chosen: Selection) -> dict[str, int]:
    """How many would be sent again, by the code with which they failed."""
    counted: dict[str, int] = {}
    for source in _sources(chosen):
        rows = source.failed.order_by().values_list("outcome").annotate(count=Count("pk"))
        for code, count in rows:
            counted[code] = counted.get(code, 0) + count
    return dict(sorted(counted.items()))


# --- Sending again --------------------------------------------------------------------------------
@transaction.atomic
def begin(redo_id: UUID, chosen: Selection, *, reason: str, by: Staff) -> Redo:
    """Have the failures of a range sent again, once each; again under the same id nothing more is done.

    Raises `nothing_failed`, `redo_too_long` (422: more than 50,000), `redo_differs` (409: another range)."""
    known = Redo.objects.filter(pk=redo_id).first()
    if known is not None:
        if any(getattr(known, name) != value for name, value in asdict(chosen).items()):
            raise Conflict("redo_differs", "该编号已用于另一次重发")
        return known
    total = sum(preview(chosen).values())
    if not total:
        raise RuleBroken("nothing_failed", "该范围内没有可重发的失败消息")
    if total > MOST:
        raise RuleBroken("redo_too_long", f"一次至多重发 {MOST} 条，请缩小范围")
    redo = Redo.objects.create(pk=redo_id, **asdict(chosen), reason=reason, total=total, asked_by=by)
    said = {"kind": chosen.kind, "code": chosen.code, "since": f"{chosen.since}", "until": f"{chosen.until}"}
    audit.record(by=by, action="channel.redo", subject=f"redo/{redo.pk}", total=total, reason=reason, **said)
    later("notifications.redo", redo_id=str(redo.pk))
    return redo


def found(redo_id: UUID) -> Redo:
    """The redo. Raises NotFound."""
    redo = Redo.objects.filter(pk=redo_id).first()
    if redo is None:
        raise NotFound("没有找到该重发任务")
    return redo


def work_off(redo_id: UUID) -> None:
    """Take up one batch after the other until all were looked at; broken off, it goes on where it was."""
    while _work_off_some(redo_id):
        pass


@transaction.atomic
def _work_off_some(redo_id: UUID) -> bool:
    redo = Redo.objects.select_for_update().get(pk=redo_id)
    if redo.finished_at is not None:
        return False
    chosen = Selection(**{name: getattr(redo, name) for name in Selection.__dataclass_fields__})
    name, _, last = redo.cursor.partition("/")
    sources = _sources(chosen)
    place = next((number for number, each in enumerate(sources) if each.name == name), 0)
    rows = sources[place].failed.filter(pk__gt=last) if last else sources[place].failed
    batch = list(rows.select_for_update(of=("self",)).order_by("pk")[:_AT_ONCE])
    if batch:
        sources[place].again(batch)
        redo.done += len(batch)
        redo.cursor = f"{sources[place].name}/{batch[-1].pk}"
    elif place + 1 < len(sources):
        redo.cursor = f"{sources[place + 1].name}/"
    else:
        redo.finished_at = clock.now()
    redo.save(update_fields=["done", "cursor", "finished_at"])
    return redo.finished_at is None
