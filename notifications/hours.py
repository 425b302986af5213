"""When a notice may leave the app for someone's private phone (domain 8), as pure arithmetic on moments."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aladdin import parameters
from aladdin.calendar import is_working_day, next_working_day
from aladdin.clock import SHANGHAI
from notifications.kinds import Severity


@dataclass(frozen=True)
class Window:
    """Hours of the day, Asia/Shanghai, from the first to before the second; of working days alone where told so."""

    from_hour: int
    until_hour: int
    working_days_only: bool = False

    def next_open(self, moment: datetime) -> datetime:
        """`moment` (aware) where it lies in the window, else the moment at which the window opens next."""
        local = moment.astimezone(SHANGHAI)
        if self.from_hour <= local.hour < self.until_hour and self._opens_on(local.date()):
            return moment
        day = local.date() if local.hour < self.from_hour else local.date() + timedelta(days=1)
        return _at(next_working_day(day) if self.working_days_only else day, self.from_hour)

    def _opens_on(self, day: date) -> bool:
        return not self.working_days_only or is_working_day(day)


def window_of(severity: str) -> Window:
    """The hours for messages of this severity."""
    urgent = "critical_" if severity == Severity.CRITICAL else ""
    return Window(parameters.integer(f"wechat.{urgent}from_hour"), parameters.integer(f"wechat.{urgent}until_hour"))


def next_midnight(moment: datetime) -> datetime:
    """The next 00:00 in Asia/Shanghai after `moment`: when WeChat's day begins anew."""
    return _at(moment.astimezone(SHANGHAI).date() + timedelta(days=1), 0)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=SHANGHAI)
