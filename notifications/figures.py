"""How the channels do: what was sent, delivered and failed in a period, how long it took, what waits and since when.

Seconds are from the event's commit to the provider's yes; what waits for the morning counts its night. The app's own
channel sends with the event: there it is counted how much the devices have acknowledged.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from aladdin import clock
from notifications import stops
from notifications.models import ChannelPause, ChannelStop, Outlet

APP = "APP"
CHANNELS = {APP: "App 消息流", **dict(Outlet.choices)}
LONGEST = timedelta(days=92)
_HOURS_ARE_SHOWN_FOR = timedelta(days=2)

#: One row for each message of the period, whatever its table: channel, kind, fate, code, and its moments.
_SENDINGS = """
WITH sending (channel, kind, fate, code, created_at, sent_at, delivered_at) AS (
    SELECT 'APP', n.kind, CASE WHEN n.sequence <= m.acknowledged AND m.epoch = s.epoch THEN 'DELIVERED' ELSE 'SENT' END,
           '', n.created_at, NULL::timestamptz, NULL::timestamptz
    FROM notifications_notice n
    JOIN notifications_stream s ON s.id = n.stream_id LEFT JOIN notifications_marks m ON m.stream_id = s.id
    WHERE n.created_at >= %(since)s AND n.created_at < %(until)s
      AND n.created_on BETWEEN %(first)s AND %(last)s
  UNION ALL
    SELECT d.channel, n.kind,
           CASE d.status WHEN 'UNREACHABLE' THEN 'FAILED' WHEN 'PAUSED' THEN 'PENDING' ELSE d.status END,
           d.outcome, d.created_at, d.sent_at, d.delivered_at
    FROM notifications_delivery d
    JOIN notifications_notice n ON n.id = d.notice_id AND n.created_on = d.notice_created_on
    WHERE d.created_at >= %(since)s AND d.created_at < %(until)s
  UNION ALL
    SELECT 'SMS', t.code, CASE m.status WHEN 'STOPPED' THEN 'FAILED' ELSE m.status END,
           m.outcome, m.created_at, m.sent_at, m.delivered_at
    FROM notifications_smsmessage m JOIN notifications_smstemplate t ON t.id = m.template_id
    WHERE m.created_at >= %(since)s AND m.created_at < %(until)s AND m.reference NOT LIKE 'delivery/%%'
  UNION ALL
    SELECT 'ROBOT', r.platform, m.status, m.outcome, m.created_at, m.sent_at, NULL
    FROM notifications_robotmessage m JOIN notifications_robot r ON r.id = m.robot_id
    WHERE m.created_at >= %(since)s AND m.created_at < %(until)s
  UNION ALL
    SELECT 'WEBHOOK', e.type, CASE d.status WHEN 'DEAD' THEN 'FAILED' ELSE d.status END,
           d.outcome, d.created_at, d.delivered_at, d.delivered_at
    FROM notifications_webhookdelivery d JOIN notifications_webhookevent e ON e.id = d.event_id
    WHERE d.created_at >= %(since)s AND d.created_at < %(until)s
)
SELECT {by}, count(*),
       count(*) FILTER (WHERE fate IN ('SENT', 'DELIVERED')),
       count(*) FILTER (WHERE fate = 'DELIVERED'),
       count(*) FILTER (WHERE fate = 'FAILED'),
       count(*) FILTER (WHERE fate = 'PENDING'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - created_at)),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - created_at))
FROM sending {where} GROUP BY 1, 2 ORDER BY 1, 2
"""

#: What waits, whenever it was written: how much, and since when.
_QUEUES = """
SELECT channel, count(*), min(created_at) FROM (
    SELECT channel, created_at FROM notifications_delivery WHERE status IN ('PENDING', 'PAUSED')
  UNION ALL
    SELECT 'SMS', created_at FROM notifications_smsmessage
    WHERE status = 'PENDING' AND reference NOT LIKE 'delivery/%%'
  UNION ALL
    SELECT 'ROBOT', created_at FROM notifications_robotmessage WHERE status = 'PENDING'
  UNION ALL
    SELECT 'WEBHOOK', created_at FROM notifications_webhookdelivery WHERE status = 'PENDING'
) waiting GROUP BY 1
"""


@dataclass(frozen=True)
class Line:
    """What became of the messages of one bucket, kind or code. Seconds are None where nothing was sent."""

    name: str
    total: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    p50_seconds: float | None = None
    p95_seconds: float | None = None


@dataclass
class Channel:
    """One channel in the period, and as it stands now."""

    code: str
    title: str
    whole: Line
    by_time: list[Line] = field(default_factory=list)
    by_kind: list[Line] = field(default_factory=list)
    by_code: list[Line] = field(default_factory=list)
    queue: int = 0
    oldest_at: datetime | None = None
    paused_until: datetime | None = None
    stops: list[ChannelStop] = field(default_factory=list)


def channels(since: datetime, until: datetime) -> list[Channel]:
    """Every channel in the period [since, until), by hour where it is two days at most, by day else."""
    unit = "hour" if until - since <= _HOURS_ARE_SHOWN_FOR else "day"
    moment = f"to_char(date_trunc('{unit}', created_at AT TIME ZONE 'Asia/Shanghai'), 'YYYY-MM-DD HH24:MI')"
    whole = _lines(since, until, "''")
    by_time, by_kind = _lines(since, until, moment), _lines(since, until, "kind")
    by_code = _lines(since, until, "code", where="WHERE fate = 'FAILED'")
    queues, pauses, stopped = _queues(), _pauses(), _stops()
    return [
        Channel(
            code,
            title,
            next(iter(whole[code]), Line("")),
            by_time[code],
            by_kind[code],
            by_code[code],
            *queues.get(code, (0, None)),
            paused_until=pauses.get(code),
            stops=stopped[code],
        )
        for code, title in CHANNELS.items()
    ]


def _lines(since: datetime, until: datetime, by: str, where: str = "") -> defaultdict[str, list[Line]]:
    """Counted by channel and by one expression of ours."""
    period = {"since": since, "until": until}
    days = {"first": since.astimezone(clock.SHANGHAI).date(), "last": until.astimezone(clock.SHANGHAI).date()}
    found: defaultdict[str, list[Line]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SENDINGS.format(by=f"channel, {by}", where=where), {**period, **days})
        for channel, name, *figures in cursor.fetchall():
            found[channel].append(Line(name, *figures))
    return found


def _queues() -> dict[str, tuple[int, datetime | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES, {})
        return {channel: (count, oldest) for channel, count, oldest in cursor.fetchall()}


def _pauses() -> dict[str, datetime]:
    rows: Any = ChannelPause.objects.filter(until__gt=clock.now()).values_list("channel", "until")
    return dict(rows)


def _stops() -> defaultdict[str, list[ChannelStop]]:
    found: defaultdict[str, list[ChannelStop]] = defaultdict(list)
    for row in stops.standing():
        found[row.channel].append(row)
    return found
