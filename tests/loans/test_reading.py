"""Within a block each question is put once; outside nothing is kept."""

import contextlib
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans import blockers
from loans.models import IdentityCheck
from loans.reading import once, undisturbed
from tests.loans.builders import Case

_asked: list[Any] = []


@once
def _question(*of: str) -> list[str]:
    _asked.append(of)
    return list(of)


@pytest.fixture(autouse=True)
def nothing_asked() -> None:
    _asked.clear()


def test_outside_a_block_every_question_is_put_anew() -> None:
    assert _question("a") == _question("a") == ["a"]
    assert len(_asked) == 2


def test_within_a_block_once_for_its_arguments() -> None:
    with undisturbed():
        assert _question("a") is _question("a")
        with undisturbed():
            _question("a")
        _question("b")
        _question("a")
    assert _asked == [("a",), ("b",)]


def test_nothing_is_kept_beyond_the_block_even_if_it_fails() -> None:
    with contextlib.suppress(ValueError), undisturbed():
        _question("a")
        raise ValueError
    _question("a")
    with undisturbed():
        _question("a")
    assert len(_asked) == 3


def test_what_was_written_between_two_looks_at_a_file_is_seen(case: Case) -> None:
    held = case.to("ID_VERIFIED").row
    assert not any(each.code == "identity_not_verified" for each in blockers.of_file(held, "verify_identity"))
    IdentityCheck.objects.filter(application=held).update(passed=False)
    assert any(each.code == "identity_not_verified" for each in blockers.of_file(held, "verify_identity"))


def test_all_guards_of_a_move_look_at_the_people_once(case: Case) -> None:
    held = case.to("ID_VERIFIED").row
    with CaptureQueriesContext(connection) as seen:
        blockers.of_file(held, "submit")
    people = [each["sql"] for each in seen if 'FROM "loans_loanparty"' in each["sql"] and "is_obligor" in each["sql"]]
    assert len(people) == 1
