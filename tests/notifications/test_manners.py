"""The manners as pure rules: when something goes, waits, is held with others, or stays in the app, and why."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin.calendar import is_working_day
from aladdin.clock import SHANGHAI
from notifications.hours import Window
from notifications.kinds import KINDS, Channel, Kind, Severity
from notifications.manners import HELD, Burst, Fate, Manner, Mode, Past, Rules, decide, silent_because

C = Channel.WECHAT
APPROVED, DISBURSED, WITHDRAWAL = KINDS["loan.approved"], KINDS["loan.disbursed"], KINDS["customer.large_withdrawal"]
ESCALATED, DIGEST = KINDS["task.escalated"], KINDS["summary.digest"]

DAYTIME = Window(8, 21, working_days_only=True)
RULES = Rules(
    windows={
        Severity.CRITICAL: Window(7, 22),
        Severity.BUSINESS: DAYTIME,
        Severity.PERFORMANCE: DAYTIME,
        Severity.DIGEST: DAYTIME,
    },
    bursts={
        Severity.CRITICAL: Burst(1, 10),
        Severity.BUSINESS: Burst(5, 10),
        Severity.PERFORMANCE: Burst(1, 15),
        Severity.DIGEST: Burst(1, 15),
    },
    caps=dict.fromkeys(Channel, 30),
    digest_at=time(18, 30),
    rest_days_are_quiet=True,
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001  made aware at once
kinds = st.sampled_from(list(KINDS.values()))
modes = st.sampled_from(Mode)


def shanghai(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    lately = draw(st.integers(0, 8))
    began = draw(moments) if lately else None
    return Past(lately=lately, burst_began=began, that_day=draw(st.integers(0, 60)))


# --- Whatever comes -----------------------------------------------------------------------------
@given(kinds, modes, pasts(), moments)
def test_whatever_comes_has_one_fate_and_whatever_does_not_simply_go_says_why(
    kind: Kind, mode: Mode, past: Past, moment: datetime
) -> None:
    verdict = decide(kind, C, mode, past, moment, RULES)
    if verdict.fate is not Fate.SEND:
        assert verdict.manner is not None
    assert (verdict.fate is Fate.HOLD) == (verdict.manner in HELD)
    assert (verdict.fate is Fate.DROP) == (verdict.manner is Manner.PREFERENCE)
    if verdict.fate is Fate.SEND:
        assert verdict.due == moment


@given(kinds, modes, pasts(), moments)
def test_what_is_mandatory_is_never_dropped_nor_summed_up(kind: Kind, mode: Mode, past: Past, moment: datetime) -> None:
    verdict = decide(kind, C, mode, past, moment, RULES)
    if kind.is_mandatory:
        assert verdict.manner not in {Manner.PREFERENCE, Manner.DIGEST, Manner.CAP}
    elif mode is Mode.OFF:
        assert verdict.fate is Fate.DROP


@given(kinds, modes, pasts(), moments)
def test_what_goes_goes_within_its_hours_and_on_working_days(
    kind: Kind, mode: Mode, past: Past, moment: datetime
) -> None:
    verdict = decide(kind, C, mode, past, moment, RULES)
    if verdict.fate is Fate.DROP:
        return
    due = verdict.due.astimezone(SHANGHAI)
    window = RULES.windows[kind.severity]
    assert window.next_open(verdict.due) == verdict.due
    assert kind.severity is Severity.CRITICAL or is_working_day(due.date())
    if past.burst_began is None:
        assert due >= moment


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=60).map(sorted))
def test_a_day_never_rings_more_often_than_its_cap_nor_a_burst_than_its_number(seconds: list[int]) -> None:
    """The decisions of a busy morning, each with what the ones before it had come to."""
    sent: list[datetime] = []
    for second in seconds:
        moment = shanghai(25, 9) + timedelta(seconds=second)
        lately = [each for each in sent if moment - timedelta(minutes=10) < each <= moment]
        past = Past(lately=len(lately), burst_began=min(lately, default=None), that_day=len(sent))
        if decide(APPROVED, C, Mode.AT_ONCE, past, moment, RULES).fate is Fate.SEND:
            sent.append(moment)
    assert 1 <= len(sent) <= 30
    sixth = zip(sent, sent[5:], strict=False)
    assert all(later - first >= timedelta(minutes=10) for first, later in sixth)
    assert all(first <= later for first, later in pairwise(sent))


# --- Hours and the calendar ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "moment, due, manner",
    [
        (shanghai(25, 12), shanghai(25, 12), None),
        (shanghai(25, 21), shanghai(26, 8), Manner.QUIET_HOURS),
        (shanghai(25, 7, 59), shanghai(25, 8), Manner.QUIET_HOURS),
        (shanghai(27, 21), shanghai(30, 8), Manner.QUIET_HOURS),  # a Friday night
        (shanghai(28, 12), shanghai(30, 8), Manner.REST_DAY),  # a Saturday
        (shanghai(1, 12, month=10), shanghai(8, 8, month=10), Manner.REST_DAY),  # the national holiday
        (shanghai(10, 12, month=10), shanghai(10, 12, month=10), None),  # a Saturday on which the bank works (调休)
    ],
)
def test_business_waits_for_the_next_working_morning(moment: datetime, due: datetime, manner: Manner | None) -> None:
    verdict = decide(APPROVED, C, Mode.AT_ONCE, Past(), moment, RULES)
    assert (verdict.due, verdict.manner) == (due, manner)
    assert verdict.fate is (Fate.WAIT if manner else Fate.SEND)


@pytest.mark.parametrize(
    "moment, manner",
    [
        (shanghai(25, 12), None),
        (shanghai(25, 21, 30), Manner.URGENT_HOURS),
        (shanghai(28, 12), Manner.URGENT_HOURS),
    ],
)
def test_what_is_urgent_goes_and_says_what_it_passed(moment: datetime, manner: Manner | None) -> None:
    verdict = decide(WITHDRAWAL, C, Mode.AT_ONCE, Past(), moment, RULES)
    assert (verdict.fate, verdict.manner) == (Fate.SEND, manner)


def test_what_is_urgent_passes_the_cap_and_says_so() -> None:
    verdict = decide(WITHDRAWAL, C, Mode.AT_ONCE, Past(that_day=30), shanghai(25, 12), RULES)
    assert (verdict.fate, verdict.manner) == (Fate.SEND, Manner.URGENT_CAP)


def test_a_bank_may_leave_its_rest_days_loud() -> None:
    loud = Rules(
        windows=dict.fromkeys(Severity, Window(8, 21)),
        bursts=RULES.bursts,
        caps=RULES.caps,
        digest_at=RULES.digest_at,
        rest_days_are_quiet=False,
    )
    saturday = shanghai(28, 12)
    assert decide(APPROVED, C, Mode.AT_ONCE, Past(), saturday, loud).fate is Fate.SEND
    assert loud.next_digest(saturday) == shanghai(28, 18, 30)
    assert RULES.next_digest(saturday) == shanghai(30, 18, 30)


# --- Held with others ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "mode, past, manner, due",
    [
        (Mode.DIGEST, Past(), Manner.DIGEST, shanghai(25, 18, 30)),
        (Mode.AT_ONCE, Past(that_day=30), Manner.CAP, shanghai(25, 18, 30)),
        (
            Mode.AT_ONCE,
            Past(lately=5, burst_began=shanghai(25, 11, 55), that_day=5),
            Manner.BURST,
            shanghai(25, 12, 5),
        ),
    ],
)
def test_what_is_too_much_is_held(mode: Mode, past: Past, manner: Manner, due: datetime) -> None:
    verdict = decide(APPROVED, C, mode, past, shanghai(25, 12), RULES)
    assert (verdict.fate, verdict.manner, verdict.due) == (Fate.HOLD, manner, due)


def test_a_digest_that_missed_the_evening_comes_the_next_working_evening() -> None:
    assert RULES.next_digest(shanghai(25, 18, 29)) == shanghai(25, 18, 30)
    assert RULES.next_digest(shanghai(25, 18, 30)) == shanghai(26, 18, 30)
    assert RULES.next_digest(shanghai(27, 19)) == shanghai(30, 18, 30)


def test_a_burst_that_ends_at_night_goes_in_the_morning() -> None:
    past = Past(lately=1, burst_began=shanghai(25, 20, 55), that_day=1)
    verdict = decide(DISBURSED, C, Mode.AT_ONCE, past, shanghai(25, 20, 59), RULES)
    assert (verdict.fate, verdict.due) == (Fate.HOLD, shanghai(26, 8))


# --- Whether the phone rings --------------------------------------------------------------------
@pytest.mark.parametrize(
    "kind, mode, lately, moment, why",
    [
        (APPROVED, Mode.AT_ONCE, 0, shanghai(25, 12), None),
        (APPROVED, Mode.OFF, 0, shanghai(25, 12), Manner.PREFERENCE),
        (APPROVED, Mode.AT_ONCE, 0, shanghai(25, 22), Manner.QUIET_HOURS),
        (APPROVED, Mode.AT_ONCE, 0, shanghai(28, 12), Manner.REST_DAY),
        (APPROVED, Mode.AT_ONCE, 5, shanghai(25, 12), Manner.BURST),
        (DIGEST, Mode.AT_ONCE, 0, shanghai(25, 12), Manner.DIGEST),
        (WITHDRAWAL, Mode.OFF, 9, shanghai(28, 3), None),
        (ESCALATED, Mode.OFF, 0, shanghai(25, 12), None),
    ],
)
def test_the_phone_rings_for_what_is_urgent_or_wanted(
    kind: Kind, mode: Mode, lately: int, moment: datetime, why: Manner | None
) -> None:
    assert silent_because(kind, mode, lately, moment, RULES) is why
