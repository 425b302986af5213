"""Manners: when a notice may disturb somebody and when it waits, is summed up or stays in the app (domain 8).

Pure arithmetic on moments, counts and wishes. A notice is always in its person's stream; this is about what leaves
the app, and about whether the phone rings. Whatever does not go at once says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum, auto

from django.db import models

from aladdin import parameters
from aladdin.calendar import is_working_day, next_working_day
from aladdin.clock import SHANGHAI
from notifications.hours import Window
from notifications.kinds import Channel, Kind, Severity


class Mode(models.TextChoices):
    """What a person wants of one kind by one channel."""

    AT_ONCE = "AT_ONCE", "即时"
    DIGEST = "DIGEST", "汇总"
    OFF = "OFF", "关闭"


class Outlet(models.TextChoices):
    """Of what a person may choose: whether the phone rings (every notice comes into the app), and the channels. A text
    message is only ever the way of last resort."""

    APP = "APP", "应用内提醒"
    WECHAT = "WECHAT", "微信公众号"
    EMAIL = "EMAIL", "邮件"


class Manner(models.TextChoices):
    """Why something did not simply go, or went although others would have waited."""

    PREFERENCE = "PREFERENCE", "本人已关闭"
    QUIET_HOURS = "QUIET_HOURS", "免打扰时段"
    REST_DAY = "REST_DAY", "非工作日"
    DIGEST = "DIGEST", "按设置汇总发送"
    CAP = "CAP", "超过当日上限，转入汇总"
    BURST = "BURST", "短时多条，合并发送"
    URGENT_HOURS = "URGENT_HOURS", "紧急：不受免打扰时段限制"
    URGENT_CAP = "URGENT_CAP", "紧急：不受当日上限限制"


SUMMED_UP = (Manner.DIGEST, Manner.CAP)
HELD = (*SUMMED_UP, Manner.BURST)
"""Those that wait for others, to go as one message."""


class Fate(Enum):
    """What becomes of a message."""

    SEND = auto()
    WAIT = auto()
    HOLD = auto()
    DROP = auto()


@dataclass(frozen=True)
class Verdict:
    """What becomes of a message, when it is due, and why; no reason where nothing stood in its way."""

    fate: Fate
    due: datetime
    manner: Manner | None = None


@dataclass(frozen=True)
class Burst:
    """From the `after`-th message of a kind within `minutes` on, the others wait and go together."""

    after: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The thresholds of one moment."""

    windows: Mapping[Severity, Window]
    bursts: Mapping[Severity, Burst]
    caps: Mapping[Channel, int]
    digest_at: time
    rest_days_are_quiet: bool

    def next_digest(self, moment: datetime) -> datetime:
        """When what is summed up goes next, later than `moment`."""
        local = moment.astimezone(SHANGHAI)
        day = local.date() if local.time() < self.digest_at else local.date() + timedelta(days=1)
        day = next_working_day(day) if self.rest_days_are_quiet else day
        return datetime.combine(day, self.digest_at, tzinfo=SHANGHAI)


@dataclass(frozen=True, kw_only=True)
class Past:
    """What the person has had by the channel: of the kind within its burst, and altogether on the day it is due."""

    lately: int = 0
    burst_began: datetime | None = None
    that_day: int = 0


def due_at(kind: Kind, moment: datetime, rules: Rules) -> datetime:
    """When a message of the kind may go at the earliest: within the hours of its severity."""
    return rules.windows[kind.severity].next_open(moment)


def decide(kind: Kind, channel: Channel, mode: Mode, past: Past, moment: datetime, rules: Rules) -> Verdict:
    """What becomes of a message at `moment`. Raises nothing: whatever comes has one answer."""
    due = due_at(kind, moment, rules)
    if mode == Mode.OFF and not kind.is_mandatory:
        return Verdict(Fate.DROP, moment, Manner.PREFERENCE)
    if kind.severity != Severity.CRITICAL and (summed_up := _summed_up(kind, channel, mode, past, rules)):
        return Verdict(Fate.HOLD, rules.next_digest(due), summed_up)
    burst = rules.bursts[kind.severity]
    if past.lately >= burst.after:
        began = past.burst_began or due
        return Verdict(Fate.HOLD, due_at(kind, began + timedelta(minutes=burst.minutes), rules), Manner.BURST)
    if due > moment:
        return Verdict(Fate.WAIT, due, _closed_because(moment, rules))
    return Verdict(Fate.SEND, moment, _passed_because(kind, channel, past, moment, rules))


def _summed_up(kind: Kind, channel: Channel, mode: Mode, past: Past, rules: Rules) -> Manner | None:
    if kind.is_mandatory:
        return None
    if mode == Mode.DIGEST:
        return Manner.DIGEST
    return Manner.CAP if past.that_day >= rules.caps[channel] else None


def _closed_because(moment: datetime, rules: Rules) -> Manner:
    rests = rules.rest_days_are_quiet and not is_working_day(moment.astimezone(SHANGHAI).date())
    return Manner.REST_DAY if rests else Manner.QUIET_HOURS


def _passed_because(kind: Kind, channel: Channel, past: Past, moment: datetime, rules: Rules) -> Manner | None:
    """Why something urgent goes that would have waited had it been business."""
    if kind.severity == Severity.CRITICAL and rules.windows[Severity.BUSINESS].next_open(moment) > moment:
        return Manner.URGENT_HOURS
    return Manner.URGENT_CAP if past.that_day >= rules.caps[channel] else None


def silent_because(kind: Kind, mode: Mode, lately: int, moment: datetime, rules: Rules) -> Manner | None:
    """Why the phone does not ring for a notice that comes into the app; None where it rings."""
    if mode == Mode.OFF and not kind.is_mandatory:
        return Manner.PREFERENCE
    if kind.severity == Severity.CRITICAL:
        return None
    if kind.severity == Severity.DIGEST:
        return Manner.DIGEST
    if due_at(kind, moment, rules) > moment:
        return _closed_because(moment, rules)
    return Manner.BURST if lately >= rules.bursts[kind.severity].after else None


# --- The thresholds ------------------------------------------------------------------------------
_SEVERITIES = {Severity.CRITICAL: "critical", Severity.BUSINESS: "business", Severity.PERFORMANCE: "performance"}
_CODES = (
    *(f"wechat.{urgent}{end}_hour" for urgent in ("", "critical_") for end in ("from", "until")),
    "manners.rest_days_are_quiet",
    "manners.digest_hour",
    *(f"manners.{name}_burst" for name in _SEVERITIES.values()),
    *(f"manners.{name}_burst_minutes" for name in _SEVERITIES.values()),
    *(f"manners.{channel.value.lower()}_a_day" for channel in Channel),
)


def rules() -> Rules:
    """The thresholds in force today. Raises ParameterMissing."""
    found = parameters.several(*_CODES)
    rest = bool(found["manners.rest_days_are_quiet"])
    bursts = {
        severity: Burst(int(found[f"manners.{name}_burst"]), int(found[f"manners.{name}_burst_minutes"]))
        for severity, name in _SEVERITIES.items()
    }
    minutes = int(found["manners.digest_hour"] * 60)
    by_day = Window(int(found["wechat.from_hour"]), int(found["wechat.until_hour"]), working_days_only=rest)
    urgent = Window(int(found["wechat.critical_from_hour"]), int(found["wechat.critical_until_hour"]))
    return Rules(
        windows={**dict.fromkeys(Severity, by_day), Severity.CRITICAL: urgent},
        bursts={**bursts, Severity.DIGEST: bursts[Severity.PERFORMANCE]},
        caps={channel: int(found[f"manners.{channel.value.lower()}_a_day"]) for channel in Channel},
        digest_at=time(minutes // 60, minutes % 60),
        rest_days_are_quiet=rest,
    )
