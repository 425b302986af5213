"""What a branch's robots say: a row with the business that has something to say, a job that says it once.

The platforms cannot be asked what became of a message: one whose answer was lost is not said again, since a chat
that misses a line suffers less than one that hears it twice."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from notifications import stops
from notifications.hours import window_of
from notifications.kinds import NoticeFault, Severity
from notifications.models import Outlet, Robot, RobotMessage
from notifications.models.robot import Platform
from notifications.privacy import PERSONAL
from notifications.robots import calls
from notifications.robots.calls import RobotRefused
from notifications.robots.platform import Meaning
from organization.models import Branch

logger = logging.getLogger(__name__)

RETRIES = 3
_Status = RobotMessage.Status
_MINUTE = timedelta(minutes=1)
_LONGEST_TITLE = 60


# --- Asking for it ------------------------------------------------------------------------------
def branches_with_robots() -> list[Branch]:
    """Branches that have a robot to speak by, in the order of the tree."""
    return list(Branch.objects.filter(robots__is_active=True).distinct())


@transaction.atomic
def say(
    *, branch: Branch, text: str, reference: str, title: str = "阿拉丁", is_urgent: bool = False
) -> list[RobotMessage]:
    """Let every robot of the branch say something, after the commit; under one `reference` it is said once.

    Aggregates only: a chat is a third party's. At night it waits, unless `is_urgent`. Returns the rows that are new.
    Raises NoticeFault, a programming fault, for personal data or an empty text."""
    _require_aggregates(title, text)
    rows = [
        RobotMessage(robot=robot, reference=reference, title=title, text=text, is_urgent=is_urgent)
        for robot in Robot.objects.filter(branch=branch, is_active=True)
    ]
    known = RobotMessage.objects.filter(robot__in=[row.robot for row in rows], reference=reference)
    told = set(known.values_list("robot_id", flat=True))
    fresh = [row for row in rows if row.robot_id not in told]
    RobotMessage.objects.bulk_create(fresh, ignore_conflicts=True)
    for row in fresh:
        _wake(row)
    return fresh


def _require_aggregates(title: str, text: str) -> None:
    if not text.strip() or not 0 < len(title) <= _LONGEST_TITLE:
        raise NoticeFault("a robot needs a title and something to say")
    if PERSONAL.search(f"{title}\n{text}"):
        raise NoticeFault("a robot says nothing of persons: there is a number or an address in the text")


def _wake(message: RobotMessage, *, wait: timedelta | None = None) -> None:
    """One robot speaks one message after the other, or they would pass each other."""
    later("notifications.speak", wait=wait, lock=f"robot/{message.robot_id}", message_id=str(message.pk))


# --- Saying it ----------------------------------------------------------------------------------
def speak(message_id: UUID) -> None:
    """Make one attempt at a message that is due; no lock is held while the platform thinks."""
    message = _begin(message_id)
    if message is None:
        return
    try:
        calls.post(message.robot, message.title, message.text)
    except RobotRefused as refusal:
        _refused(message.pk, refusal)
    else:
        _said(message.pk)


@transaction.atomic
def _begin(message_id: UUID) -> RobotMessage | None:
    """The message, of unknown outcome from here on; None where it is closed, silenced, or not due."""
    message = _locked_open(message_id)
    if message is None:
        return None
    if message.unknown_since is not None or not message.robot.is_active:
        outcome = "unknown" if message.unknown_since else message.robot.broken_code or "robot_off"
        _save(message, status=_Status.FAILED, outcome=outcome)
        return None
    if stops.holds(Outlet.ROBOT, message.robot.platform):
        _save(message, outcome=stops.STOPPED, next_attempt_at=None)
        return None
    now = clock.now()
    due = _due(message, now)
    if due > now:
        _postpone(message, due)
        return None
    _save(message, attempts=message.attempts + 1, attempted_at=now, unknown_since=now, next_attempt_at=None)
    return message


def _locked_open(message_id: UUID) -> RobotMessage | None:
    """Locked with its robot, whose messages of the last minute are counted."""
    message = RobotMessage.objects.filter(pk=message_id, status=_Status.PENDING).first()
    if message is None:
        return None
    robot = Robot.objects.select_for_update(of=("self",)).select_related("branch").get(pk=message.robot_id)
    locked = RobotMessage.objects.select_for_update().filter(pk=message_id, status=_Status.PENDING).first()
    if locked is not None:
        locked.robot = robot
    return locked


def _due(message: RobotMessage, now: datetime) -> datetime:
    """Within the hours of business, and not more than so many a minute."""
    open_at = now if message.is_urgent else window_of(Severity.BUSINESS).next_open(now)
    if open_at > now:
        return open_at
    spoken = RobotMessage.objects.filter(robot=message.robot, attempted_at__gt=now - _MINUTE)
    most = parameters.integer("robots.a_minute")
    times = list(spoken.order_by("-attempted_at").values_list("attempted_at", flat=True)[:most])
    return times[-1] + _MINUTE if len(times) == most and times[-1] else now


def _postpone(message: RobotMessage, due: datetime) -> None:
    """Take it up again at `due`. Under a set clock (a replay) the time until then passes at once."""
    _save(message, next_attempt_at=due)
    wait = max(due - clock.now(), timedelta())
    if clock.set_moment() is None:
        _wake(message, wait=wait)
        return
    with clock.at(clock.now() + wait):
        _wake(message)


# --- Going on, and again --------------------------------------------------------------------------
def take_up(message: RobotMessage) -> None:
    """Try a message that waited for a stop to be lifted."""
    _wake(message)


def send_again(failed: Sequence[RobotMessage]) -> None:
    """Begin failed messages (locked) anew."""
    for message in failed:
        _save(message, status=_Status.PENDING, attempts=0, outcome="")
        _wake(message)


# --- What became of it --------------------------------------------------------------------------
@transaction.atomic
def _said(message_id: UUID) -> None:
    message = _locked_open(message_id)
    if message is not None:
        _save(message, status=_Status.SENT, outcome="accepted", sent_at=clock.now(), unknown_since=None)


@transaction.atomic
def _refused(message_id: UUID, refusal: RobotRefused) -> None:
    message = _locked_open(message_id)
    if message is None:
        return
    if refusal.may_have_arrived:
        _save(message, status=_Status.FAILED, outcome="unknown")
        return
    _save(message, outcome=refusal.code[:40], unknown_since=None)
    match refusal.meaning:
        case Meaning.RETRY | Meaning.TOO_FAST if message.attempts <= RETRIES:
            _postpone(message, clock.now() + _pause(message, refusal.meaning))
        case Meaning.GONE:
            _save(message, status=_Status.FAILED)
            _silence(message.robot, refusal.code)
        case Meaning.ALARM:
            _save(message, status=_Status.FAILED)
            _alarm(message, refusal.code)
        case _:
            _save(message, status=_Status.FAILED)


def _pause(message: RobotMessage, meaning: Meaning) -> timedelta:
    """One minute, five, thirty; after "too fast" as long as the platform is deaf."""
    if meaning is Meaning.TOO_FAST:
        is_strict = message.robot.platform == Platform.DINGTALK
        return timedelta(minutes=parameters.integer("robots.rest_minutes")) if is_strict else _MINUTE
    return timedelta(minutes=parameters.integer(f"wechat.retry_{message.attempts}_minutes"))


def _silence(robot: Robot, code: str) -> None:
    """The robot is no longer in its chat: nothing more is tried until the back office gives it a new key."""
    robot.is_active, robot.broken_at, robot.broken_code = False, clock.now(), code[:40]
    robot.save(update_fields=["is_active", "broken_at", "broken_code"])
    audit.record(by=None, action="robot_gone", subject=f"robot/{robot.pk}", code=code)
    logger.error("robot %s is gone from its chat: %s", robot.pk, code)


def _alarm(message: RobotMessage, code: str) -> None:
    audit.record(by=None, action="robot_refused", subject=f"robot/{message.robot_id}", code=code)
    logger.error("robot %s was refused a message: %s", message.robot_id, code)


def _save(message: RobotMessage, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(message, name, value)
    message.save(update_fields=list(changes))
