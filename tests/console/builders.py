"""Loans and credits that stand where a test wants them; how they would have come there is other tests' story."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from aladdin import clock
from crm.customers import enter
from crm.identifiers import identity_check_character
from crm.models import Customer
from loans import numbers, products
from loans.codes import Purpose, RepaymentMethod
from loans.models import ApplicationTransition, Contract, LoanAccount, LoanApplication, Payment
from loans.states import BEHIND_APPROVAL, BEHIND_REVIEWER, BEHIND_SUBMISSION, TERMINAL, State
from organization.models import Staff
from performance import ledger
from postloan import plan
from postloan.models import PostLoanCheck
from tests.world import Bank

_serials = count(1)


def customer(rm: Staff, name: str = "王小明") -> Customer:
    """A person whom the RM has entered and manages."""
    body = f"99999919900101{next(_serials) % 1000:03d}"
    found, _ = enter(kind="PERSON", name=name, identity_no=body + identity_check_character(body), by=rm)
    return found


def application(
    bank: Bank, state: State, *, rm: Staff | None = None, amount: int = 100_000, since: datetime | None = None
) -> LoanApplication:
    """An application that entered `state` at `since` (now unless told), with the last line of its log."""
    rm = rm or bank.rm
    since = since or clock.now()
    version = products.version_in_force("PERSONAL_CONSUMPTION")
    made: LoanApplication = LoanApplication.objects.create(
        application_no=numbers.application_no(),
        customer=customer(rm),
        product=version.product,
        product_version=version,
        branch=rm.branch,
        state=state,
        state_since=since,
        investigator=rm,
        amount=Decimal(amount),
        term_months=12,
        purpose=Purpose.CAR,
        repayment_method=RepaymentMethod.EQUAL_INSTALLMENT,
        accepted_at=since,
        **_marks(bank, state, amount, since),
    )
    log(made, state, by=rm, at=since)
    return made


def log(application: LoanApplication, state: State, *, by: Staff | None, at: datetime | None = None) -> None:
    """One line of the application's log."""
    ApplicationTransition.objects.create(
        application=application, name="test", to_state=state, by=by, at=at or clock.now(), snapshot={}
    )


def _marks(bank: Bank, state: State, amount: int, since: datetime) -> dict[str, Any]:
    """What the states behind review, approval and the end ask for."""
    marks: dict[str, Any] = {}
    if state in BEHIND_SUBMISSION:
        marks |= {"submitted_at": since}
    if state in BEHIND_REVIEWER:
        marks |= {"reviewer": bank.reviewer}
    if state in BEHIND_APPROVAL:
        marks |= {
            "approver": bank.approver,
            "approved_amount": Decimal(amount),
            "approved_term_months": 12,
            "approved_rate": Decimal("4.5"),
            "approval_expires_on": clock.business_date(since) + timedelta(days=90),
        }
    if state is State.DISBURSED:
        marks |= {"disbursement_officer": bank.disbursement_officer}
    if state in TERMINAL:
        marks |= {"closed_at": since}
    return marks


def loan(bank: Bank, *, rm: Staff | None = None, amount: int = 100_000, disbursed_on: date) -> LoanAccount:
    """A running loan, paid out on that day."""
    moment = datetime(disbursed_on.year, disbursed_on.month, disbursed_on.day, 10, tzinfo=clock.SHANGHAI)
    came_of = application(bank, State.DISBURSED, rm=rm, amount=amount, since=moment)
    terms: dict[str, Any] = {
        "rate": Decimal("4.5"),
        "term_months": 12,
        "repayment_method": RepaymentMethod.EQUAL_INSTALLMENT,
    }
    contract = Contract.objects.create(
        contract_no=numbers.contract_no(),
        application=came_of,
        template_code="PERSONAL",
        template_version="2026.1",
        sha256="0" * 64,
        amount=Decimal(amount),
        repayment_day=20,
        created_by=came_of.investigator,
        **terms,
    )
    payment = Payment.objects.create(
        application=came_of,
        contract=contract,
        client_ref=numbers.payment_ref(),
        amount=Decimal(amount),
        mode=Payment.Mode.SELF,
        state=Payment.State.SUCCEEDED,
        core_serial_no=f"CORE{next(_serials)}",
        settled_at=moment,
        released_by=bank.disbursement_officer,
    )
    return LoanAccount.objects.create(
        account_no=numbers.account_no(),
        application=came_of,
        contract=contract,
        payment=payment,
        customer=came_of.customer,
        branch=came_of.branch,
        principal=Decimal(amount),
        balance=Decimal(amount),
        disbursed_on=disbursed_on,
        matures_on=disbursed_on + timedelta(days=365),
        **terms,
    )


def late_check(bank: Bank, *, rm: Staff | None = None, days: int = 10) -> PostLoanCheck:
    """The first check of a loan, overdue since so many days or a little longer."""
    return plan.plan_first_check(loan(bank, rm=rm, disbursed_on=clock.today() - timedelta(days=days + 90)))


def credit(rm: Staff, amount: str | int, metric: str = "LOAN_DISBURSED", on: date | None = None) -> None:
    """A credit in the performance ledger, today unless told."""
    entry = ledger.Entry(
        metric=metric,
        staff_id=rm.pk,
        amount=Decimal(amount),
        business_date=on or clock.today(),
        source=f"test:{next(_serials)}",
        occurred_at=clock.now(),
    )
    assert ledger.post([entry]) == 1
