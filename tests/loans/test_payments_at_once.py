"""Many at once around one payment: it is released once, settled once, and credited once."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from aladdin.problems import Problem
from loans import disbursement, sending, withdrawal
from loans.gateways.core_banking import Outcome, PaymentResult
from loans.models import LoanAccount, LoanApplication, Payment
from performance.models import LedgerEntry
from tests.loans.builders import Case
from tests.loans.lending import contracted, disbursing, newcomer, released
from tests.sandbox_server import Sandbox

# All apps are named so that the emptying afterwards may cascade to a table that no model stands for.
pytestmark = [
    pytest.mark.django_db(transaction=True, available_apps=[each.name for each in apps.get_app_configs()]),
    pytest.mark.usefixtures("no_jobs_left"),
]


@pytest.fixture
def no_jobs_left(transactional_db: None) -> Iterator[None]:
    """Jobs are no model's rows, so emptying the database afterwards leaves them: take them away."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def together(works: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run each in a thread and a connection of its own, all begun at the same moment; what each returned, or the
    code of its refusal."""
    waiting = list(works)
    start = Barrier(len(waiting))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return work()
        except Problem as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(run, waiting))


def test_two_officers_release_one_payment(case: Case, sandbox: Sandbox) -> None:
    disbursing(case)
    officers = [case.bank.disbursement_officer, *(newcomer(case, case.bank.disbursement_officer) for _ in range(3))]
    row = case.row
    answers = together([lambda by=by: disbursement.release(row, by=by) for by in officers])  # type: ignore[misc]  # bound now
    assert sorted(str(each) for each in answers if isinstance(each, str)) == ["payment_under_way"] * 3
    case.run_jobs()
    assert len(sandbox.payments()) == 1
    assert Payment.objects.get().state == "SUCCEEDED"


def test_answer_call_and_question_settle_one_payment(case: Case) -> None:
    payment = released(case)
    success = PaymentResult(Outcome.SUCCESS, serial_no="CB20261124001")
    states = together([lambda: disbursement.settle(payment, success).state] * 6)
    assert states == ["SUCCEEDED"] * 6
    assert LoanAccount.objects.count() == 1
    assert LedgerEntry.objects.filter(metric="LOAN_COUNT").count() == 1
    assert case.row.transitions.filter(to_state="DISBURSED").count() == 1


def test_two_jobs_send_one_order(case: Case, sandbox: Sandbox) -> None:
    """Where the queue's lock fails, the claim still lets one job send; the other asks."""
    payment = released(case)
    together([lambda: sending.send(payment.pk)] * 2)
    sending.resolve(payment.pk)
    assert Payment.objects.get().state == "SUCCEEDED"
    assert len(sandbox.payments()) == 1


def test_withdrawing_and_asking_for_the_money_at_once_leaves_one_of_them(case: Case) -> None:
    row = contracted(case).row
    other = LoanApplication.objects.get(pk=row.pk)
    answers = together(
        [
            lambda: withdrawal.withdraw(row, by=case.bank.rm, reason="客户改变计划", evidence="书面申请").state,
            lambda: disbursement.request(other, by=case.bank.rm).state,
        ]
    )
    assert sorted(answers) in (["DISBURSING", "WITHDRAWN"], ["WITHDRAWN", "illegal_transition"])
    assert case.row.state == "WITHDRAWN", "a request without a payment is taken back"
