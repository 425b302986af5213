"""Loans of the demo bank, taken by its people over the API: some paid out today, the others on their way."""

import random
import uuid
from collections.abc import Callable
from decimal import Decimal

from crm.models import Account, Customer
from demo.desk import Desk, follow_on_wechat, open_group_chats, register_texts
from demo.loan_story import LoanStory, Wish
from loans.models import LoanApplication
from organization.models import Branch, Staff

_NAMESPACE = uuid.UUID("6a1f3b1e-0d52-5c7b-9a52-3a1d5f0c2b11")
#: How far each loan of the first evening gets, by the RM who takes it.
PLAN = [
    ("R00101", "DISBURSED"),
    ("R00101", "DISBURSED"),
    ("R00102", "DISBURSED"),
    ("R00103", "DISBURSED"),
    ("R00201", "DISBURSED"),
    ("R00401", "DISBURSED"),
    ("R00101", "APPROVED"),
    ("R00102", "IN_APPROVAL"),
    ("R00103", "UNDER_REVIEW"),
    ("R00101", "SUBMITTED"),
    ("R00104", "INVESTIGATING"),
    ("R00202", "CREDIT_AUTHORIZED"),
    ("R00102", "ACCEPTED"),
    ("R00105", "DRAFT"),
]


def follow(sandbox: str) -> None:
    """The first sub-branch's people can be reached on WeChat, its chats by robots, anybody by text message."""
    register_texts(sandbox)
    open_group_chats(Branch.objects.get(staff__employee_no="R00101"), sandbox)
    follow_on_wechat(Staff.objects.filter(branch__staff__employee_no="R00101").distinct(), sandbox)


def _ids() -> list[uuid.UUID]:
    return [uuid.uuid5(_NAMESPACE, f"loan {number}") for number in range(len(PLAN))]


def is_open() -> bool:
    """Whether all of the planned loans were taken."""
    return bool(LoanApplication.objects.filter(pk__in=_ids()).count() == len(PLAN))


def open_all(desk: Desk, progress: Callable[[str], None]) -> None:
    """Take the planned loans, as far as each is meant to get."""
    borrowers = _borrowers()
    for application_id, (employee_no, until) in zip(_ids(), PLAN, strict=True):
        rm = Staff.objects.select_related("branch").get(employee_no=employee_no)
        wish = _wish(application_id, borrowers[employee_no].pop())
        state = LoanStory(wish=wish, people=desk.people_for(rm)).tell(until)
        progress(f"  {employee_no} {wish.amount:>12,} 元 {state}")


def _borrowers() -> dict[str, list[Customer]]:
    """Each RM's customers, the wealthiest last."""
    return {
        rm.employee_no: list(Customer.objects.visible_to(rm).order_by("accounts__balance", "cif_no"))
        for rm in Staff.objects.filter(employee_no__in={no for no, _ in PLAN})
    }


def _wish(application_id: uuid.UUID, customer: Customer) -> Wish:
    draw = random.Random(str(application_id))
    amount = Decimal(draw.randrange(3, 28) * 10_000)
    account = Account.objects.filter(customer=customer).earliest("created_at")
    return Wish(
        application_id=application_id,
        customer_id=str(customer.pk),
        borrower=customer.name,
        payee_name=customer.name,
        payee_account=account.number,
        product="PERSONAL_CONSUMPTION",
        amount=amount,
        months=draw.choice((12, 24, 36)),
        purpose=draw.choice(("HOME_IMPROVEMENT", "CAR", "EDUCATION")),
        monthly_income=(amount / 5).quantize(Decimal("0.01")),
    )
