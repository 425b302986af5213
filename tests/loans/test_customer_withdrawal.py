"""The borrower takes his application back behind his link, with a code, until the money moves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aladdin import clock
from aladdin.audit import AuditEntry
from loans.models import CustomerLink, LoanApplication, OneTimeCode, Withdrawal
from notifications.models import Notice
from tests.loans.builders import Case, done, refused
from tests.loans.lending import contracted, disbursing, in_approval
from tests.loans.test_parties import entered
from tests.loans.visiting import Visitor, visitor
from tests.sandbox_server import Sandbox

Step = Callable[[Case], Any]


def behind(case: Case, sandbox: Sandbox) -> Visitor:
    """The borrower behind a link to the application that there is."""
    return visitor(case, sandbox, customer=None, application=case.id).open()


def wish(borrower: Visitor, **said: Any) -> Any:
    """Ask for the code, wait for it, and send it."""
    with clock.at(clock.now() + timedelta(minutes=2)):
        done(borrower.post("withdrawal/code"))
        return borrower.post("withdrawal", {"code": borrower.code(), "reason": "另有安排", **said})


def test_a_draft_of_his_own(case: Case, sandbox: Sandbox) -> None:
    own = visitor(case, sandbox).open()
    done(own.fill_in())
    assert done(own.get("progress"))["may_withdraw"] is True
    shown = done(wish(own))
    assert (shown["is_withdrawn"], shown["may_withdraw"], shown["is_open"]) == (True, False, False)
    case.id = str(LoanApplication.objects.get().pk)
    assert case.row.state == "WITHDRAWN"
    refused(own.fill_in(amount="1000.00"), 409, "entry_closed")
    refused(own.file("ID_CARD"), 409, "entry_closed")


@pytest.mark.parametrize("step", [in_approval, contracted, disbursing])
def test_until_the_money_moves_it_is_never_too_late(case: Case, sandbox: Sandbox, step: Step) -> None:
    step(case)
    borrower = behind(case, sandbox)
    done(wish(borrower))
    link, code = CustomerLink.objects.get(), OneTimeCode.objects.get(purpose="WITHDRAW")
    row = Withdrawal.objects.get(application=case.row)
    assert (row.told_by, row.by, row.reason) == ("LINK", None, "另有安排")
    assert row.evidence == f"loan-link/{link.pk} one-time-code/{code.pk}"
    assert case.row.state == "WITHDRAWN"
    entry = AuditEntry.objects.get(action="loan.withdraw")
    assert (entry.by, entry.detail["through"]) == (None, link.door)
    assert Notice.objects.filter(stream__staff=case.bank.rm, kind="loan.withdrawn").exists()


def test_once_a_payment_was_sent_it_is_too_late(case: Case, sandbox: Sandbox) -> None:
    disbursing(case)
    borrower = behind(case, sandbox)
    with clock.at(clock.now() + timedelta(minutes=2)):
        done(borrower.post("withdrawal/code"))
        code = borrower.code()
        released_after(case)
        refused(borrower.post("withdrawal", {"code": code}), 409, "too_late_to_withdraw")
        refused(borrower.post("withdrawal/code"), 409, "too_late_to_withdraw")
    assert done(borrower.get("progress"))["may_withdraw"] is False
    assert case.row.state == "DISBURSING"
    assert not Withdrawal.objects.exists()


def released_after(case: Case) -> None:
    done(case.post("disbursement/release", by=case.bank.disbursement_officer))


def test_only_with_the_code_that_came_to_his_phone(case: Case, sandbox: Sandbox) -> None:
    in_approval(case)
    borrower = behind(case, sandbox)
    refused(borrower.post("withdrawal", {"code": "123456"}), 422, "code_wrong")
    assert borrower.post("withdrawal", {}).status_code == 400
    opening = OneTimeCode.objects.get(purpose="OPEN_LINK")
    assert opening.redeemed_at is not None
    done(wish(borrower))
    refused(wish_again(borrower), 409, "too_late_to_withdraw")


def wish_again(borrower: Visitor) -> Any:
    return borrower.post("withdrawal", {"code": borrower.code()})


def test_a_guarantor_takes_back_nothing(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    guarantor = visitor(case, sandbox, application=case.id, party=party, mobile="13911112222", customer=None).open()
    assert done(guarantor.get("progress"))["may_withdraw"] is False
    refused(guarantor.post("withdrawal/code"), 403, "withdrawal_by_borrower_only")
    refused(guarantor.post("withdrawal", {"code": "123456"}), 403, "withdrawal_by_borrower_only")
    assert case.row.state == "ACCEPTED"


def test_nothing_to_take_back_yet(case: Case, sandbox: Sandbox) -> None:
    own = visitor(case, sandbox).open()
    refused(own.post("withdrawal/code"), 409, "application_first")
    assert done(own.get("progress"))["may_withdraw"] is False


def test_another_rm_in_charge_does_not_hold_him(case: Case, sandbox: Sandbox) -> None:
    in_approval(case)
    borrower = behind(case, sandbox)
    LoanApplication.objects.update(investigator=case.bank.other_rm)
    done(wish(borrower))
    assert case.row.state == "WITHDRAWN"
