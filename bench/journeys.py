"""Loans of the demo bank's first RM, each timed by itself."""

import uuid
from decimal import Decimal

from crm.models import Account, Customer
from demo.desk import Desk, tell_credit_histories
from demo.loan_story import LoanStory, Wish
from demo.phone import Timings
from organization.models import Staff

RM = "R00101"


def take_loans(url: str, count: int, *, sandbox: str) -> list[Timings]:
    """Take `count` loans to the end; the timings of each, signing in not counted."""
    tell_credit_histories(sandbox)
    rm = Staff.objects.select_related("branch").get(employee_no=RM)
    borrowers = Customer.objects.visible_to(rm).order_by("cif_no")[:count]
    desk = Desk(url)
    people = desk.people_for(rm)
    taken = []
    for customer in borrowers:
        desk.timings.milliseconds.clear()
        LoanStory(wish=_wish(customer), people=people).tell()
        taken.append(Timings({name: list(each) for name, each in desk.timings.milliseconds.items()}))
    return taken


def _wish(customer: Customer) -> Wish:
    account = Account.objects.filter(customer=customer).earliest("created_at")
    return Wish(
        application_id=uuid.uuid4(),
        customer_id=str(customer.pk),
        borrower=customer.name,
        payee_name=customer.name,
        payee_account=account.number,
        product="PERSONAL_CONSUMPTION",
        amount=Decimal(120_000),
        months=24,
        purpose="HOME_IMPROVEMENT",
        monthly_income=Decimal(30_000),
    )
