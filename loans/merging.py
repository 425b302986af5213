"""Whether a change that a phone made off-line is taken, when others may have changed the same field meanwhile.

Pure: values are compared as the form says them, moments are those of the phones. What a phone knew of is no conflict,
whatever the clocks say; of two changes that did not know of each other the later one stands, and both are told. So
whatever the order in which phones come back, the end is the same, and sending again changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What becomes of a change."""

    TAKEN = "TAKEN"
    SAME = "SAME"
    SUPERSEDED = "SUPERSEDED"
    REPEATED = "REPEATED"
    TAKEN_OVER_OTHER = "TAKEN_OVER_OTHER"
    KEPT_OTHER = "KEPT_OTHER"

    @property
    def is_written(self) -> bool:
        """Whether the field gets the new value."""
        return self in (Verdict.TAKEN, Verdict.TAKEN_OVER_OTHER)

    @property
    def is_conflict(self) -> bool:
        """Whether two did not know of each other."""
        return self in (Verdict.TAKEN_OVER_OTHER, Verdict.KEPT_OTHER)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a phone wants: the value, when and where it was made, and the newest version that the phone knew."""

    value: Any
    at: datetime
    device: str
    seen: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is there: the value, with the change that brought it and the version it came with. `is_shared`: another
    phone said the same, so that it is not one phone's own to take back unsaid."""

    value: Any
    at: datetime
    device: str
    version: int
    is_shared: bool = False


def judge(standing: Standing | None, change: Change) -> Verdict:
    """What becomes of the change; None where the field was never filled in."""
    if standing is None:
        return Verdict.TAKEN
    if change.value == standing.value:
        return Verdict.SAME
    if change.device == standing.device and change.at <= standing.at:
        return Verdict.SUPERSEDED
    if change.device == standing.device and not standing.is_shared:
        return Verdict.TAKEN
    if standing.version <= change.seen:
        return Verdict.TAKEN
    is_later = (change.at, change.device) > (standing.at, standing.device)
    return Verdict.TAKEN_OVER_OTHER if is_later else Verdict.KEPT_OTHER


def after(standing: Standing | None, change: Change, version: int) -> Standing | None:
    """What stands when the change has been judged; the same said again later counts as said later."""
    verdict = judge(standing, change)
    if standing is None or verdict.is_written:
        return Standing(value=change.value, at=change.at, device=change.device, version=version)
    return said_again(standing, change) if verdict is Verdict.SAME else standing


def said_again(standing: Standing, change: Change) -> Standing:
    """What stands when a phone says the same: by whoever said it last, and shared where two did."""
    shared = replace(standing, is_shared=standing.is_shared or change.device != standing.device)
    is_later = (change.at, change.device) > (standing.at, standing.device)
    return replace(shared, at=change.at, device=change.device) if is_later else shared


def plausible(at: datetime, now: datetime, tolerance: timedelta) -> datetime:
    """The phone's moment; one from the future is taken as now, so that a wrong clock cannot win every time."""
    return now if at > now + tolerance else at
