"""A bank with loan products on its shelf, and cases to work on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.loans.builders import Case, customer_of, shelf
from tests.sandbox_server import Sandbox
from tests.world import Bank


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    """Pictures of a test lie in its own folder."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def case(bank: Bank, run_jobs: Callable[[], int], sandbox: Sandbox) -> Case:
    """A customer of the RM who wants a loan; nothing is entered yet. Her credit history is clean."""
    shelf(bank)
    found = Case(bank, run_jobs, customer_of(bank.rm))
    clean_history(sandbox, found)
    return found


@pytest.fixture
def another_case(case: Case, bank: Bank, run_jobs: Callable[[], int], sandbox: Sandbox) -> Callable[..., Case]:
    """Further customers of the same bank."""

    def found(**person: Any) -> Case:
        other = Case(bank, run_jobs, customer_of(bank.rm, **person), phones=case.phones)
        clean_history(sandbox, other)
        return other

    return found


def clean_history(sandbox: Sandbox, case: Case) -> None:
    """Let the bureau know nothing bad of the customer."""
    sandbox.set_scene("bureau/subjects", {"identity_no": case.customer.identity_no, "history": "CLEAN"})
