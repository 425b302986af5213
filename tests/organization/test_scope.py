"""What each person sees of the tree and of colleagues."""

from collections.abc import Callable

import pytest

from organization.models import Branch, Staff
from organization.scope import ScopedQuerySet, sees_branch
from tests.world import Bank, Phone

PhoneOf = Callable[..., Phone]


def names_seen(phone: Phone) -> set[str]:
    return {row["name"] for row in phone.get("/api/v1/staff?limit=100").json()["results"]}


def test_an_rm_sees_himself_alone(bank: Bank, phone: PhoneOf) -> None:
    assert names_seen(phone(bank.rm)) == {"王小明"}


def test_a_manager_sees_his_branch_and_below(bank: Bank, phone: PhoneOf) -> None:
    seen = names_seen(phone(bank.manager))
    assert {"王小明", "李小红", "刘行长"} <= seen
    assert "陈陌" not in seen
    assert {"王小明", "陈陌", "周审查"} <= names_seen(phone(bank.city_manager))
    assert "韩零售" not in names_seen(phone(bank.city_manager))


def test_head_office_sees_the_bank(bank: Bank, phone: PhoneOf) -> None:
    assert names_seen(phone(bank.head_office)) == set(Staff.objects.values_list("name", flat=True))


def test_a_colleague_out_of_scope_is_not_found(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.manager).get(f"/api/v1/staff/{bank.stranger.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert phone(bank.manager).get(f"/api/v1/staff/{bank.rm.pk}").status_code == 200


def test_a_query_set_that_says_nothing_shows_nothing(bank: Bank) -> None:
    assert ScopedQuerySet(Staff).visible_to(bank.head_office).count() == 0


def test_without_a_role_one_sees_nothing(bank: Bank) -> None:
    bank.rm.role_assignments.all().delete()
    assert not Staff.objects.visible_to(Staff.objects.get(pk=bank.rm.pk)).exists()


@pytest.mark.parametrize(
    "who, east, west, head",
    [
        ("rm", False, False, False),
        ("manager", True, False, False),
        ("city_manager", True, True, False),
        ("auditor", True, True, True),
    ],
)
def test_whose_figures_one_sees(bank: Bank, who: str, east: bool, west: bool, head: bool) -> None:
    staff = getattr(bank, who)
    assert (sees_branch(staff, bank.east), sees_branch(staff, bank.west), sees_branch(staff, bank.head)) == (
        east,
        west,
        head,
    )


def test_the_tree_comes_from_the_top_down(bank: Bank, phone: PhoneOf) -> None:
    rows = phone(bank.rm).get("/api/v1/branches").json()
    assert [row["name"] for row in rows] == ["总行", "廊坊分行", "广阳支行", "安次支行"]
    assert [row["parent"] for row in rows] == [None, str(bank.head.pk), str(bank.city.pk), str(bank.city.pk)]
    assert [branch.name for branch in Branch.objects.within(bank.city)] == [
        "廊坊分行",
        "广阳支行",
        "安次支行",
    ]
