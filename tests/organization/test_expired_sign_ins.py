"""A sign-in that has run out opens nothing, and is forgotten."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models import F

from organization.jobs import forget_expired_sign_ins
from organization.models import DeviceToken
from tests.world import Bank, Phone


def test_a_sign_in_that_has_run_out_opens_nothing(bank: Bank, phone: Callable[..., Phone]) -> None:
    rm = phone(bank.rm)
    DeviceToken.objects.update(expiry=F("expiry") - timedelta(days=400))
    assert rm.get("/api/v1/me").status_code == 401
    assert not DeviceToken.objects.exists()


def test_those_that_are_not_used_again_are_swept(bank: Bank, phone: Callable[..., Phone]) -> None:
    lost, kept = phone(bank.rm), phone(bank.co_rm)
    DeviceToken.objects.filter(user=bank.rm).update(expiry=F("expiry") - timedelta(days=400))
    forget_expired_sign_ins()
    assert lost.get("/api/v1/me").status_code == 401
    assert kept.get("/api/v1/me").status_code == 200
    assert DeviceToken.objects.count() == 1


def test_the_person_comes_with_the_sign_in(
    bank: Bank, phone: Callable[..., Phone], django_assert_num_queries: Callable[..., object]
) -> None:
    rm = phone(bank.rm)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]  # a context manager; the other query is the branch above his
        assert rm.get("/api/v1/me").json()["employee_no"] == bank.rm.employee_no
