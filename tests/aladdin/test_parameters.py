"""Thresholds have dates: the value in force on the day counts, and one day has one value."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aladdin import clock, parameters
from aladdin.parameters import Parameter, ParameterMissing, Seed

pytestmark = pytest.mark.django_db


def put(first: date, last: date | None, value: str) -> Parameter:
    return Parameter.objects.create(
        code="loan.limit",
        value=Decimal(value),
        effective_from=first,
        effective_to=last,
        legal_basis="x",
        description="x",
    )


def test_the_value_of_the_day_counts() -> None:
    put(date(2025, 1, 1), date(2026, 1, 1), "200000")
    put(date(2026, 1, 1), None, "300000")
    assert parameters.decimal("loan.limit", date(2025, 12, 31)) == 200_000
    assert parameters.integer("loan.limit", date(2026, 1, 1)) == 300_000


def test_before_the_first_day_there_is_none() -> None:
    put(date(2026, 1, 1), None, "1")
    with pytest.raises(ParameterMissing):
        parameters.decimal("loan.limit", date(2025, 12, 31))


@pytest.mark.parametrize("first, last", [(date(2025, 6, 1), None), (date(2024, 1, 1), date(2025, 1, 2))])
def test_one_day_has_one_value(first: date, last: date | None) -> None:
    put(date(2025, 1, 1), None, "1")
    with pytest.raises(IntegrityError, match="parameter_has_one_value_a_day"), transaction.atomic():
        put(first, last, "2")


def test_it_ends_after_it_begins() -> None:
    with pytest.raises(IntegrityError, match=r"parameter_ends_after_it_begins|range"), transaction.atomic():
        put(date(2025, 1, 2), date(2025, 1, 1), "1")


def test_sowing_again_leaves_what_the_bank_has_set() -> None:
    put(date(2025, 1, 1), None, "7")
    parameters.sow([Seed(code="loan.limit", value=1, description="x", legal_basis="x")])
    assert parameters.decimal("loan.limit", date(2025, 1, 1)) == 7


def test_every_shipped_threshold_names_its_basis_and_says_what_it_is() -> None:
    seeds = parameters.shipped()
    assert len({(seed.code, seed.effective_from) for seed in seeds}) == len(seeds)
    assert all(seed.legal_basis and seed.description for seed in seeds)


def test_what_was_read_today_is_not_read_again(monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any) -> None:
    monkeypatch.setattr(parameters, "_kept", parameters._Kept())
    put(date(2025, 1, 1), date(2026, 1, 1), "200000")
    put(date(2026, 1, 1), None, "300000")
    with django_assert_num_queries(1):
        assert parameters.decimal("loan.limit", date(2025, 12, 31)) == 200_000
        assert parameters.decimal("loan.limit", date(2026, 1, 1)) == 300_000


def test_a_value_set_yesterday_rules_from_midnight_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "_kept", parameters._Kept())
    put(date(2025, 1, 1), None, "1")
    with clock.at(datetime(2026, 3, 2, 4, tzinfo=UTC)):
        assert parameters.integer("loan.limit") == 1
        parameters.set_from(date(2026, 3, 3), code="loan.limit", value=Decimal(2), legal_basis="x", by=None)
        assert parameters.integer("loan.limit") == 1
    with clock.at(datetime(2026, 3, 2, 16, tzinfo=UTC)):
        assert parameters.integer("loan.limit") == 2


def test_a_code_that_came_with_a_deployment_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "_kept", parameters._Kept())
    with pytest.raises(ParameterMissing):
        parameters.decimal("loan.limit")
    put(date(2025, 1, 1), None, "1")
    assert parameters.integer("loan.limit") == 1
