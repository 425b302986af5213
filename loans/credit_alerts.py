"""Alerts about consents and queries of the credit bureau (银发〔2018〕102号; domain 1.5).

Found by the daily job from the ledger of consents, or at once where somebody tried without one. Each is a row with
the head of the branch as owner, open until he has written what he found; each event raises one, however often the
job runs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from aladdin import audit, calendar, clock, parameters
from aladdin.problems import Conflict, NotFound
from loans.grants import QueryRefused
from loans.models import CreditAuthorization, CreditGrantUse, CreditQueryAlert, LoanApplication
from notifications.notices import Message, notify_many
from organization.access import require
from organization.models import Branch, Staff
from organization.roles import Role

if TYPE_CHECKING:
    from django.db.models import QuerySet

Kind = CreditQueryAlert.Kind
#: How far back the daily job looks for queries: a job that missed a night makes up for it.
_LOOK_BACK = timedelta(days=3)
_LOOK_BACK_FOR_EXPIRED = timedelta(days=30)
_WITHOUT_GROUNDS = frozenset({"credit_not_authorized", "reason_not_authorized", "no_open_application"})


@dataclass(frozen=True, kw_only=True)
class _Found:
    """One oddity, before it is a row."""

    kind: Kind
    event_key: str
    detail: str
    application: LoanApplication
    authorization: CreditAuthorization | None = None
    officer: Staff | None = None


# --- Raising -------------------------------------------------------------------------------------
def tried_without_grant(application: LoanApplication, refused: QueryRefused, *, by: Staff) -> None:
    """Somebody asked for a report without grounds: an alert at once, one for each person, case and day."""
    if refused.code not in _WITHOUT_GROUNDS:
        return
    key = f"{Kind.WITHOUT_GRANT}:{application.pk}:{by.pk}:{clock.today()}"
    detail = f"{by.name}对申请{application.application_no}发起征信查询被拒绝：{refused.detail}"
    _raise([_Found(kind=Kind.WITHOUT_GRANT, event_key=key, detail=detail, application=application, officer=by)])


def watch() -> int:
    """The daily look at consents and queries; the number of new alerts."""
    uses = CreditGrantUse.objects.filter(at__gte=clock.now() - _LOOK_BACK).order_by("id")
    recent = list(uses.select_related("by", "authorization__application__branch"))
    found = [*_unused(), *_expired(), *_off_hours(recent), *_bursts(recent), *_same_person(recent)]
    return _raise(found)


@transaction.atomic
def _raise(found: Iterable[_Found]) -> int:
    """Keep what is new, and tell who has to handle it."""
    by_key = {each.event_key: each for each in found}
    known = CreditQueryAlert.objects.filter(event_key__in=list(by_key)).values_list("event_key", flat=True)
    messages = []
    for each in (by_key[key] for key in sorted(by_key.keys() - set(known))):
        owner = _head_of(each.application.branch)
        alert, is_new = CreditQueryAlert.objects.get_or_create(
            event_key=each.event_key,
            defaults={
                "kind": each.kind,
                "detail": each.detail[:300],
                "branch": each.application.branch,
                "application": each.application,
                "authorization": each.authorization,
                "officer": each.officer,
                "owner": owner,
            },
        )
        if is_new:
            messages.append((alert, owner))
    notify_many([_message(alert, owner) for alert, owner in messages if owner is not None])
    return len(messages)


def _head_of(branch: Branch) -> Staff | None:
    """Who answers for the bureau's use at a branch: its manager, else that of the nearest branch above it."""
    for each in [branch, *reversed(list(Branch.objects.get_ancestors(branch)))]:
        heads = Staff.objects.active().with_role(Role.BRANCH_MANAGER).filter(branch=each)
        head: Staff | None = heads.order_by("employee_no").first()
        if head is not None:
            return head
    return None


def _message(alert: CreditQueryAlert, owner: Staff) -> Message:
    return Message(
        recipient=owner,
        kind="credit.alert",
        event_key=f"credit.alert:{alert.pk}",
        subject=f"credit-alert/{alert.pk}",
        values={"reason": str(alert.get_kind_display()), "branch": alert.branch.name},
    )


# --- What is odd ---------------------------------------------------------------------------------
def _unused() -> Iterator[_Found]:
    """Signed days ago, still good, and nobody has asked: why was it signed?"""
    days = parameters.integer("loan.unused_authorization_alert_days")
    standing = _unspent().filter(signed_at__lt=clock.now() - timedelta(days=days), valid_until__gte=clock.today())
    for grant in standing:
        detail = f"授权{grant.authorization_no}签署已超过{days}天尚未使用"
        yield _of_grant(Kind.UNUSED, grant, detail)


def _expired() -> Iterator[_Found]:
    since = clock.today() - _LOOK_BACK_FOR_EXPIRED
    for grant in _unspent().filter(valid_until__lt=clock.today(), valid_until__gte=since):
        detail = f"授权{grant.authorization_no}已于{grant.valid_until:%Y-%m-%d}过期，从未使用"
        yield _of_grant(Kind.EXPIRED, grant, detail)


def _unspent() -> "QuerySet[CreditAuthorization]":
    unspent = CreditAuthorization.objects.filter(spent_at__isnull=True, revoked_at__isnull=True)
    return unspent.select_related("application__branch")


def _of_grant(kind: Kind, grant: CreditAuthorization, detail: str) -> _Found:
    key = f"{kind}:{grant.pk}"
    return _Found(kind=kind, event_key=key, detail=detail, application=grant.application, authorization=grant)


def _off_hours(uses: Iterable[CreditGrantUse]) -> Iterator[_Found]:
    """Made at night or on a day on which the bank is closed."""
    for use in uses:
        if not is_working_time(use.at):
            moment = use.at.astimezone(clock.SHANGHAI)
            yield _of_use(Kind.OFF_HOURS, use, f"{use.by.name}于{moment:%Y-%m-%d %H:%M}查询征信")


def is_working_time(moment: datetime) -> bool:
    """Whether the bank is open for queries: a working day, between the hours that rule on it."""
    local = moment.astimezone(clock.SHANGHAI)
    from_hour = parameters.integer("loan.credit_query_from_hour", local.date())
    until_hour = parameters.integer("loan.credit_query_until_hour", local.date())
    return calendar.is_working_day(local.date()) and from_hour <= local.hour < until_hour


def _bursts(uses: Iterable[CreditGrantUse]) -> Iterator[_Found]:
    """More in an hour than a careful officer makes."""
    limit = parameters.integer("loan.credit_queries_an_hour")
    counted: Counter[tuple[UUID, str]] = Counter()
    for use in uses:
        hour = f"{use.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H}"
        counted[use.by_id, hour] += 1
        if counted[use.by_id, hour] == limit + 1:
            detail = f"{use.by.name}在{hour}时内查询超过{limit}次"
            yield _of_use(Kind.BURST, use, detail, key=f"{Kind.BURST}:{use.by_id}:{hour}")


def _same_person(uses: Iterable[CreditGrantUse]) -> Iterator[_Found]:
    """The same person asked about again and again, in whatever case: each shows on his report."""
    limit = parameters.integer("loan.credit_queries_a_person")
    days = parameters.integer("loan.credit_queries_a_person_days")
    for use in uses:
        since = use.at - timedelta(days=days)
        about = CreditGrantUse.objects.filter(identity_index=use.identity_index, at__gt=since, pk__lte=use.pk)
        if (count := about.count()) > limit:
            yield _of_use(Kind.SAME_PERSON, use, f"同一人{days}天内被查询{count}次（上限{limit}次）")


def _of_use(kind: Kind, use: CreditGrantUse, detail: str, *, key: str = "") -> _Found:
    return _Found(
        kind=kind,
        event_key=key or f"{kind}:{use.authorization_id}",
        detail=detail,
        application=use.authorization.application,
        authorization=use.authorization,
        officer=use.by,
    )


# --- Handling ------------------------------------------------------------------------------------
@transaction.atomic
def handle(alert_id: UUID, *, note: str, by: Staff) -> CreditQueryAlert:
    """Write down what was found out. Raises NotFound out of scope, `alert_handled` (409)."""
    require(by, "credit_alert.handle")
    alert = CreditQueryAlert.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=alert_id).first()
    if alert is None:
        raise NotFound("没有找到该预警")
    if alert.state != CreditQueryAlert.State.OPEN:
        raise Conflict("alert_handled", "该预警已处理")
    alert.state, alert.handled_by, alert.handled_at = CreditQueryAlert.State.HANDLED, by, clock.now()
    alert.note = note
    alert.save(update_fields=["state", "handled_by", "handled_at", "note"])
    audit.record(by=by, action="loan.handle_credit_alert", subject=f"credit-alert/{alert.pk}", kind=alert.kind)
    return alert
