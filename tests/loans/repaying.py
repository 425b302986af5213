"""Money that comes back in tests: what core banking tells, and the loan as it stands."""

import json
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from aladdin import clock, signatures
from loans.models import LoanAccount, RepaymentInstalment
from tests.loans.builders import done

DOOR = "/api/v1/core-banking/loan-repayments"
_references = count(1)


def tell(account: LoanAccount, kind: str = "REPAYMENT", **said: Any) -> Any:
    """Core banking's own signed call about money that came back."""
    content = {
        "reference": f"HK{next(_references):08d}",
        "account_no": account.account_no,
        "kind": kind,
        "paid_on": str(clock.today()),
    } | {name: str(value) for name, value in said.items()}
    return send(json.dumps(content).encode())


def send(body: bytes, **headers: str) -> Any:
    """POST to the door, rightly signed unless the headers say otherwise."""
    signed = signatures.sign(settings.CORE_BANKING["SIGNING_KEY"], body) | headers
    return APIClient().post(DOOR, body, content_type="application/json", headers=signed)


def told(account: LoanAccount, kind: str = "REPAYMENT", **said: Any) -> str:
    """As `tell`, which must succeed; the outcome."""
    outcome: str = done(tell(account, kind, **said))["outcome"]
    account.refresh_from_db()
    return outcome


def lines(account: LoanAccount) -> list[RepaymentInstalment]:
    """The schedule that rules."""
    return list(account.instalments.current())


def line(account: LoanAccount, number: int) -> RepaymentInstalment:
    found: RepaymentInstalment = account.instalments.current().get(number=number)
    return found


def payment(account: LoanAccount, number: int) -> Decimal:
    """What instalment `number` asks for."""
    found = line(account, number)
    return found.principal + found.interest


def owed(account: LoanAccount) -> Decimal:
    """What the instalments say is left of the principal."""
    return sum((each.principal - each.principal_paid for each in lines(account)), Decimal(0))


def due(account: LoanAccount, number: int) -> date:
    return line(account, number).due_on
