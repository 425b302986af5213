"""What becomes of changes from phones that were away: pure, by property."""

from datetime import datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from aladdin.clock import SHANGHAI
from loans.merging import Change, Standing, Verdict, after, judge, plausible

NEVER_SEEN = st.just(0)
NOON = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)


def changes(seen: st.SearchStrategy[int] = NEVER_SEEN) -> st.SearchStrategy[Change]:
    return st.builds(
        lambda value, minute, device, knew: Change(
            value=value, at=NOON + timedelta(minutes=minute), device=device, seen=knew
        ),
        st.sampled_from(["100", "200", "300", None]),
        st.integers(0, 20),
        st.sampled_from(["phone-a", "phone-b", "phone-c"]),
        seen,
    )


def one_a_moment(found: list[Change]) -> list[Change]:
    """A phone changes a field once a moment."""
    return list({(each.device, each.at): each for each in found}.values())


def merged(found: list[Change]) -> Standing | None:
    """What stands when the changes have come in, in this order."""
    start: Standing | None = None
    return reduce(lambda standing, each: after(standing, each, 1), found, start)


@given(found=st.lists(changes(), max_size=8).map(one_a_moment), order=st.randoms())
def test_whoever_comes_back_first_the_end_is_the_same(found: list[Change], order: object) -> None:
    shuffled = list(found)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    one, other = merged(found), merged(shuffled)
    assert (one and one.value) == (other and other.value)
    if found:
        latest = max(found, key=lambda each: (each.at, each.device))
        assert one is not None
        assert one.value == latest.value


@given(found=st.lists(changes(), min_size=1, max_size=6).map(one_a_moment), data=st.data())
def test_sending_again_changes_nothing(found: list[Change], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(found), max_size=6))
    one, other = merged(found), merged([*found, *again])
    assert one is not None
    assert other is not None
    assert (one.value, one.at, one.device, one.version) == (other.value, other.at, other.device, other.version)


@given(found=st.lists(changes(), max_size=8).map(one_a_moment))
def test_no_value_is_lost(found: list[Change]) -> None:
    """Every value a phone brought either stands, was told as one side of a conflict, or was replaced by the phone
    that wrote it."""
    standing: Standing | None = None
    told: set[object] = set()
    for each in found:
        verdict = judge(standing, each)
        if verdict.is_conflict and standing is not None:
            told |= {each.value, standing.value}
        standing = after(standing, each, 1)
    last_of_phone = {each.device: each for each in sorted(found, key=lambda each: each.at)}
    end = standing.value if standing else None
    assert {each.value for each in last_of_phone.values()} <= told | {end}


@given(change=changes(st.integers(1, 9)), minute=st.integers(0, 20))
def test_what_a_phone_knew_is_no_conflict_whatever_the_clocks_say(change: Change, minute: int) -> None:
    standing = Standing(value="999", at=NOON + timedelta(minutes=minute), device="desk", version=change.seen)
    assert judge(standing, change) is Verdict.TAKEN


def test_what_two_said_is_not_one_phones_own_to_take_back() -> None:
    said = [
        Change(value=value, at=NOON + timedelta(minutes=minute), device=device, seen=0)
        for value, minute, device in (("200", 0, "phone-a"), ("200", 0, "phone-b"), ("100", 1, "phone-b"))
    ]
    assert judge(merged(said[:1]), said[2]) is Verdict.TAKEN_OVER_OTHER
    assert judge(merged(said[:2]), said[2]) is Verdict.TAKEN_OVER_OTHER
    assert judge(merged(said[1:2]), said[2]) is Verdict.TAKEN


def test_of_two_who_did_not_know_of_each_other_the_later_stands() -> None:
    standing = Standing(value="100", at=NOON, device="phone-a", version=3)
    late = Change(value="200", at=NOON + timedelta(minutes=1), device="phone-b", seen=2)
    early = Change(value="200", at=NOON - timedelta(minutes=1), device="phone-b", seen=2)
    assert judge(standing, late) is Verdict.TAKEN_OVER_OTHER
    assert judge(standing, early) is Verdict.KEPT_OTHER


def test_a_phone_supersedes_itself() -> None:
    standing = Standing(value="100", at=NOON, device="phone-a", version=3)
    old = Change(value="50", at=NOON - timedelta(minutes=1), device="phone-a", seen=0)
    assert judge(standing, old) is Verdict.SUPERSEDED


@given(minutes=st.integers(-10_000, 10_000))
def test_a_clock_that_runs_ahead_wins_nothing(minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    found = plausible(at, NOON, timedelta(minutes=5))
    assert found == (at if minutes <= 5 else NOON)
