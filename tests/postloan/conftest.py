"""A bank whose loans can be paid out, and one loan that has been."""

import pytest

from loans.models import LoanAccount
from postloan import plan
from postloan.models import PostLoanCheck
from tests.loans.builders import Case
from tests.loans.conftest import _media, case  # noqa: F401  fixtures of the room below
from tests.loans.lending import disbursed

#: An inventory loan: its use of funds is looked at early, so the window opens at once.
BUSINESS = {"product": "PERSONAL_BUSINESS", "purpose": "INVENTORY", "occupation": "SELF_EMPLOYED"}


@pytest.fixture
def account(case: Case) -> LoanAccount:  # noqa: F811  the fixture imported above
    """A business loan that was just paid out."""
    return disbursed(case, **BUSINESS)


@pytest.fixture
def check(account: LoanAccount) -> PostLoanCheck:
    """Its first check, which waits for the RM."""
    return plan.plan_first_check(account)
