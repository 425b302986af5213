"""The providers' clock: the wall's, moved forward on demand so that tokens and windows run out in a test."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """The wall clock, `ahead` seconds fast."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> datetime:
        """The present moment in Asia/Shanghai."""
        return datetime.now(SHANGHAI) + timedelta(seconds=self.ahead)

    def seconds(self) -> float:
        """The present moment in seconds since 1970."""
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self.ahead += seconds

    def reset(self) -> None:
        """Show the wall's time again."""
        self.ahead = 0.0


def wall() -> datetime:
    """The true time, which signatures are checked against: the bank's clock does not move with ours."""
    return datetime.now(UTC)
