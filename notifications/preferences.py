"""What each person wants to hear by which channel: the usual, but for the wishes that he has set."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import RuleBroken
from notifications.kinds import KINDS, Channel, Kind, Severity
from notifications.manners import Mode, Outlet
from notifications.models import NoticePreference
from notifications.ways import WAYS
from organization.models import Staff


def usual(kind: Kind, channel: str) -> Mode:
    """What happens where a person has said nothing."""
    if channel == Outlet.APP:
        return Mode.AT_ONCE
    if channel not in kind.channels:
        return Mode.OFF
    return Mode.DIGEST if kind.severity == Severity.DIGEST else Mode.AT_ONCE


def choices(kind: Kind, channel: str) -> tuple[Mode, ...]:
    """Between what a person may choose; one thing alone where he has no say."""
    if kind.is_mandatory and usual(kind, channel) != Mode.OFF:
        return (usual(kind, channel),)
    return (Mode.AT_ONCE, Mode.OFF) if channel == Outlet.APP else (Mode.AT_ONCE, Mode.DIGEST, Mode.OFF)


# --- Asking --------------------------------------------------------------------------------------
class Wishes:
    """The wishes of some people, asked for once."""

    def __init__(self, people: Collection[UUID]) -> None:
        rows = NoticePreference.objects.filter(staff__in=people).values_list("staff_id", "kind", "channel", "mode")
        self._said = {(staff, kind, channel): Mode(mode) for staff, kind, channel, mode in rows}

    def mode(self, staff: UUID, kind: Kind, channel: str) -> Mode:
        """What the person wants; the usual where he has no (more a) say."""
        said = self._said.get((staff, kind.code, channel))
        return said if said in choices(kind, channel) else usual(kind, channel)

    def channels(self, staff: UUID, kind: Kind) -> list[Channel]:
        """The ways of a kind to this person: the usual ones, also where he has switched them off, and those that he
        has asked for."""
        return [
            channel
            for channel in Channel
            if channel in kind.channels or self.mode(staff, kind, channel.value) != Mode.OFF
        ]


@dataclass(frozen=True)
class Setting:
    """One kind by one channel, as a person has it."""

    channel: str
    mode: Mode
    usual: Mode
    choices: tuple[Mode, ...]
    is_reached: bool


@dataclass(frozen=True)
class KindSettings:
    """One kind by all channels."""

    kind: Kind
    channels: list[Setting]


def of(staff: Staff) -> list[KindSettings]:
    """Everything that a person may be told, by which channels he hears of it, and between what he may choose."""
    wishes = Wishes([staff.pk])
    reached = {Outlet.APP.value} | {channel.value for channel in Channel if WAYS[channel].reaches([staff.pk])}
    return [
        KindSettings(
            kind,
            [
                Setting(
                    channel,
                    wishes.mode(staff.pk, kind, channel),
                    usual(kind, channel),
                    choices(kind, channel),
                    channel in reached,
                )
                for channel in Outlet.values
            ],
        )
        for kind in KINDS.values()
        if not kind.is_summary
    ]


# --- Setting -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Change:
    """One wish."""

    kind: str
    channel: str
    mode: str


@transaction.atomic
def change(changes: Iterable[Change], *, by: Staff) -> None:
    """Set one's own wishes; one for the usual takes the wish away. Raises `preference_unknown`,
    `preference_mandatory` (422): then nothing is changed."""
    for each in changes:
        _set(each, by)


def _set(wish: Change, staff: Staff) -> None:
    kind = KINDS.get(wish.kind)
    if kind is None or kind.is_summary or wish.channel not in Outlet.values:
        raise RuleBroken("preference_unknown", f"没有可设置的通知或通道：{wish.kind} {wish.channel}")
    allowed = choices(kind, wish.channel)
    if wish.mode not in allowed:
        said = "不能关闭或改为汇总" if kind.is_mandatory else "不能这样设置"
        raise RuleBroken("preference_mandatory", f"“{kind.title}”{said}", choices=[str(each) for each in allowed])
    mine = NoticePreference.objects.filter(staff=staff, kind=kind.code, channel=wish.channel)
    before = mine.values_list("mode", flat=True).first() or usual(kind, wish.channel)
    if wish.mode == usual(kind, wish.channel):
        mine.delete()
    else:
        NoticePreference.objects.update_or_create(
            staff=staff,
            kind=kind.code,
            channel=wish.channel,
            defaults={"mode": wish.mode, "changed_at": clock.now()},
        )
    if before != wish.mode:
        _record(staff, "set_notice_preference", {"kind": kind.code, "channel": wish.channel, "mode": wish.mode})


@transaction.atomic
def reset(*, by: Staff, kind: str = "") -> int:
    """Everything (or one kind) as usual again; how many wishes there were."""
    mine = NoticePreference.objects.filter(staff=by)
    gone = (mine.filter(kind=kind) if kind else mine).delete()[0]
    if gone:
        _record(by, "reset_notice_preferences", {"kind": kind, "count": str(gone)})
    return gone


def _record(staff: Staff, action: str, detail: Mapping[str, str]) -> None:
    audit.record(by=staff, action=action, subject=f"staff/{staff.pk}", **detail)
