"""Waking the announcer after a posting, and its name."""

from aladdin.jobs import wake

ANNOUNCE = "performance.announce_ranking"


def wake_announcer(metric: str) -> None:
    """See to it that the month's ranking of this metric is announced after the current transaction.

    A wake-up lost in a crash is made up by the sweep every few minutes."""
    wake(ANNOUNCE, key=f"{ANNOUNCE}|{metric}", metric=metric)
