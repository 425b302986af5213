"""Who may watch which board."""

import pytest

from notifications import streams
from notifications.boards import may_watch
from organization.people import leave
from tests.world import Bank


@pytest.mark.parametrize(
    "person, boards",
    [
        ("rm", "east"),
        ("stranger", "west"),
        ("manager", "east"),
        ("other_manager", "west"),
        ("city_manager", "city east west"),
        ("head_office", "head city east west"),
        ("auditor", "head city east west"),
        ("reviewer", ""),
        ("query_officer", ""),
        ("disbursement_officer", ""),
        ("admin", ""),
    ],
)
def test_a_board_is_watched_within_ones_scope_and_where_one_works(bank: Bank, person: str, boards: str) -> None:
    allowed = {
        name
        for name in ("head", "city", "east", "west")
        if may_watch(getattr(bank, person), streams.key_of_branch(getattr(bank, name).pk))
    }
    assert allowed == set(boards.split())


@pytest.mark.parametrize("key", ["", "me", "branch:", "branch:x", "bank", "staff:{rm}", "branch:{rm}"])
def test_what_is_no_board_is_watched_by_nobody(bank: Bank, key: str) -> None:
    assert not may_watch(bank.head_office, key.format(rm=bank.rm.pk))


def test_whoever_has_left_watches_nothing(bank: Bank) -> None:
    leave(bank.manager, by=None)
    assert not may_watch(bank.manager, streams.key_of_branch(bank.east.pk))


def test_only_boards_are_published_on(bank: Bank) -> None:
    with pytest.raises(ValueError, match="no board"):
        streams.publish(streams.key_of_person(bank.rm.pk), "moved", {})
    assert [streams.publish(streams.key_of_branch(bank.east.pk), "moved", {}) for _ in range(3)] == [1, 2, 3]
