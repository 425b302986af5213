"""Whether the phone rings for a notice that comes into the app; silent or not, the notice is there."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F

from aladdin import clock
from notifications import manners
from notifications.kinds import KINDS
from notifications.manners import Outlet, Rules
from notifications.models import Notice
from notifications.preferences import Wishes

_LOOK_BACK = 20
"""How many of a person's last notices are looked at: more would not make a burst any louder."""


def mark(notices: Collection[Notice], wishes: Wishes) -> None:
    """Write on each new notice why it comes silently, if it does."""
    moment, rules = clock.now(), manners.rules()
    lately = _lately(notices, moment, rules)
    for notice in notices:
        kind, person = KINDS[notice.kind], notice.stream.staff_id
        place = (notice.stream_id, kind.collapse_key(notice.subject))
        if person is not None:
            mode = wishes.mode(person, kind, Outlet.APP)
            notice.silent_because = manners.silent_because(kind, mode, lately[place], moment, rules) or ""
        lately[place] += 1


def _lately(notices: Collection[Notice], moment: datetime, rules: Rules) -> Counter[tuple[int, str]]:
    """How many of what goes together each of these people has had within its burst."""
    longest = timedelta(minutes=max(burst.minutes for burst in rules.bursts.values()))
    recent = Notice.objects.filter(
        stream__in={notice.stream_id for notice in notices},
        sequence__gt=F("stream__last_sequence") - _LOOK_BACK,
        created_on__gte=clock.business_date(moment - longest),
        created_at__gt=moment - longest,
    ).order_by()
    counted: Counter[tuple[int, str]] = Counter()
    for stream, code, subject, created_at in recent.values_list("stream_id", "kind", "subject", "created_at"):
        kind = KINDS.get(code)
        if kind and created_at > moment - timedelta(minutes=rules.bursts[kind.severity].minutes):
            counted[stream, kind.collapse_key(subject)] += 1
    return counted
