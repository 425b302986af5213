"""Many at once around the draws of one contract: each is paid once, in no order more than the contract."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from aladdin.calendar import add_months
from aladdin.problems import Problem
from loans import disbursement, draws, later_draws
from loans.draw_plan import until
from loans.gateways.core_banking import Outcome, PaymentResult
from loans.models import Draw, LoanAccount, LoanProductVersion, Payment
from loans.payment_mode import most_within
from organization.models import Staff
from tests.loans.builders import Case, done
from tests.loans.drawing import ASKED, ask, begun, draw, in_parts
from tests.loans.lending import newcomer
from tests.sandbox_server import Sandbox

at_once = pytest.mark.django_db(transaction=True, available_apps=[each.name for each in apps.get_app_configs()])


@pytest.fixture
def no_jobs_left(transactional_db: None) -> Iterator[None]:
    """Jobs are no model's rows, so emptying the database afterwards leaves them: take them away."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def together(works: list[Callable[[], Any]]) -> list[Any]:
    """Run each in a thread and a connection of its own, begun at the same moment; what each returned, or the code of
    its refusal."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return work()
        except Problem as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


@at_once
@pytest.mark.usefixtures("no_jobs_left")
def test_four_officers_and_a_change_of_mind_pay_a_draw_once(case: Case, sandbox: Sandbox) -> None:
    begun(case)
    done(ask(case, 2))
    first = case.bank.disbursement_officer
    officers = [first, *(newcomer(case, first) for _ in range(3))]
    row, wanted = case.row, draw(case, 2).pk

    def give_up() -> Any:
        return draws.cancel(row, reason="不再需要", evidence="书面申请", only=[wanted], by=case.bank.rm)

    def lets_go(by: Staff) -> Callable[[], Any]:
        return lambda: later_draws.release(row, wanted, by=by)

    answers = together([*(lets_go(by) for by in officers), give_up])
    paid = [each for each in answers if isinstance(each, Payment)]
    assert len(paid) == (0 if isinstance(answers[-1], list) else 1)
    case.run_jobs()
    assert len(sandbox.payments()) == len(paid)
    assert draw(case, 2).state == ("PAID" if paid else "CANCELLED")


@at_once
@pytest.mark.usefixtures("no_jobs_left")
def test_all_that_is_asked_for_at_once_is_drawn_one_after_the_other(case: Case) -> None:
    """Both remaining draws asked for by two phones of the RM; the answers, calls and questions about the one that won
    settle it once."""
    begun(case)
    row, by = case.row, case.bank.rm
    numbers = {number: draw(case, number).pk for number in (2, 3)}

    def asks(number: int) -> Callable[[], Any]:
        return lambda: later_draws.request(row, numbers[number], by=by, **ASKED)

    answers = together([asks(2), asks(3)])
    assert sorted(str(each) for each in answers if isinstance(each, str)) == ["draw_under_way"]
    (won,) = [each for each in answers if isinstance(each, Draw)]
    payment = later_draws.release(row, won.pk, by=case.bank.disbursement_officer)
    success = PaymentResult(Outcome.SUCCESS, serial_no="CB20261125001")
    assert together([lambda: disbursement.settle(payment, success).state] * 4) == ["SUCCEEDED"] * 4
    assert LoanAccount.objects.filter(payment__draw=won).count() == 1
    drawn = sum(Payment.objects.exclude(state="FAILED").values_list("amount", flat=True), Decimal(0))
    assert drawn == Decimal(50_000) + won.amount <= won.contract.amount


@at_once
@pytest.mark.usefixtures("no_jobs_left")
def test_two_hands_that_write_past_every_rule_do_not_plan_beyond_the_contract(case: Case) -> None:
    """Each of the two would fit alone: the database lets one in."""
    contract = draw(in_parts(case), 3).contract
    Draw.objects.filter(contract=contract, number=3).update(state="CANCELLED")

    def plan(number: int) -> str:
        try:
            Draw.objects.create(contract=contract, number=number, amount=Decimal(20_000))
        except Exception as error:  # noqa: BLE001  whatever the database calls it
            return type(error).__name__
        return "planned"

    assert sorted(together([lambda: plan(4), lambda: plan(5)])) == ["IntegrityError", "planned"]


# --- Pure rules ----------------------------------------------------------------------------------
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
AMOUNTS = st.decimals(min_value=1, max_value=500_000, places=2)


@given(st.lists(st.tuples(DAYS, AMOUNTS), max_size=8), st.integers(0, 60))
def test_the_most_within_days_lies_between_the_largest_and_the_whole(
    paid: list[tuple[date, Decimal]], days: int
) -> None:
    found = most_within(paid, days)
    amounts = [amount for _, amount in paid]
    assert max(amounts, default=Decimal(0)) <= found <= sum(amounts, Decimal(0))
    assert found <= most_within(paid, days + 1)
    if paid and max(day for day, _ in paid) - min(day for day, _ in paid) <= timedelta(days=days):
        assert found == sum(amounts)


@given(DAYS, st.integers(1, 360), st.integers(1, 36))
def test_a_draw_on_the_last_day_leaves_a_month_to_pay_it_back(on: date, term: int, within: int) -> None:
    last = until(LoanProductVersion(draw_within_months=within), term, on)
    assert on <= last <= add_months(on, within)
    assert term == 1 or add_months(on, term) > last
    assert last <= add_months(on, max(term - 1, 0))
