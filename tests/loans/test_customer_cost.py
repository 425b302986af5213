"""The borrower reads the statement of all-in financing cost behind his link, for as long as it takes, and confirms."""

from datetime import timedelta
from typing import Any

import pytest

from aladdin import clock
from aladdin.audit import AuditEntry
from loans.models import CostDisclosure
from notifications.models import Notice
from tests.loans.builders import Case, done, refused
from tests.loans.lending import approved, beside, draw_up, show_cost
from tests.loans.visiting import API, Visitor, visitor
from tests.sandbox_server import Sandbox


@pytest.fixture
def borrower(case: Case, sandbox: Sandbox) -> Visitor:
    """Behind a link for what is signed after the approval."""
    approved(case)
    return visitor(case, sandbox, customer=None, application=case.id, contract=True).open()


def read(borrower: Visitor) -> dict[str, Any]:
    shown: dict[str, Any] = done(borrower.get("cost"))
    return shown


def confirm(borrower: Visitor, sha256: str, *, after: int) -> Any:
    """The code is asked for two minutes later, as two codes to one phone need, and sent `after` seconds of reading."""
    with clock.at(clock.now() + timedelta(seconds=after)):
        return borrower.post("cost", {"sha256": sha256, "code": borrower.code()})


def test_read_and_confirmed_online(borrower: Visitor) -> None:
    case = borrower.case
    refused(borrower.get("cost"), 409, "disclosure_not_shown")
    (cost,) = [each for each in done(borrower.get("progress"))["steps"] if each["step"] == "COST"]
    assert cost["lacks"] == ["客户经理正在准备明示表"]
    done(show_cost(case))
    shown = read(borrower)
    assert shown["read_seconds"] == 10
    assert shown["items"][0]["name"] == "利息"
    assert [each["name"] for each in shown["contingent_items"]][:2] == ["逾期罚息", "挪用罚息"]
    assert "贷款金额：100,000.00元" in shown["terms"]
    with clock.at(clock.now() + timedelta(minutes=2)):
        done(borrower.post("cost/code", {"sha256": shown["sha256"]}))
        done(borrower.post("cost", {"sha256": shown["sha256"], "code": borrower.code()}))
    row = CostDisclosure.objects.get()
    assert (row.way, row.signing_method, row.signed_device) == ("ONLINE", "ONE_TIME_CODE", borrower.device)
    assert row.read_seconds is not None
    assert row.read_seconds >= 120
    assert borrower.steps() == {"PHONE": True, "COST": True, "CONTRACT": False}
    done(draw_up(case))
    assert case.row.state == "CONTRACTING"
    entry = AuditEntry.objects.get(action="loan.confirm_cost")
    assert (entry.by, entry.detail["through"][:10]) == (None, "loan-link/")
    assert Notice.objects.filter(stream__staff=case.bank.rm, kind="loan_link.cost_confirmed").exists()


def test_the_time_counts_from_when_the_borrower_saw_it(borrower: Visitor) -> None:
    """Not from when the RM prepared it; and what lies open is not begun anew by looking again."""
    done(show_cost(borrower.case))
    with clock.at(clock.now() + timedelta(minutes=5)):
        shown = read(borrower)
        done(borrower.post("cost/code", {"sha256": shown["sha256"]}))
        with clock.at(clock.now() + timedelta(seconds=4)):
            read(borrower)
        refusal = refused(confirm(borrower, shown["sha256"], after=8), 422, "read_too_briefly")
        assert "还需2秒" in refusal["detail"]
        done(confirm(borrower, shown["sha256"], after=11))
    assert CostDisclosure.objects.get().read_seconds == 11


def test_what_the_rm_shows_anew_is_read_anew(borrower: Visitor) -> None:
    case = borrower.case
    done(show_cost(case))
    before = read(borrower)
    with clock.at(clock.now() + timedelta(minutes=2)):
        done(show_cost(case, amount="60000.00"))
        after = read(borrower)
        assert after["sha256"] != before["sha256"]
        done(borrower.post("cost/code", {"sha256": after["sha256"]}))
        refused(confirm(borrower, after["sha256"], after=1), 422, "read_too_briefly")


def test_a_statement_that_was_never_shown(borrower: Visitor) -> None:
    done(show_cost(borrower.case))
    read(borrower)
    refused(borrower.post("cost/code", {"sha256": "0" * 64}), 409, "disclosure_not_shown")
    refused(borrower.post("cost", {"sha256": "0" * 64, "code": "123456"}), 409, "disclosure_not_shown")
    assert borrower.post("cost", {"sha256": "x", "code": "1"}).status_code == 400


def test_with_a_wrong_code_nothing_is_confirmed(borrower: Visitor) -> None:
    done(show_cost(borrower.case))
    shown = read(borrower)
    with clock.at(clock.now() + timedelta(minutes=2)):
        refused(borrower.post("cost", {"sha256": shown["sha256"], "code": "123456"}), 422, "code_wrong")
    assert CostDisclosure.objects.get().confirmed_at is None


def test_the_cost_is_the_borrowers_alone(case: Case, sandbox: Sandbox) -> None:
    approved(case)
    guarantor = beside(case)
    done(show_cost(case))
    other = visitor(
        case, sandbox, customer=None, application=case.id, party=str(guarantor.pk), contract=True, mobile="13911112222"
    ).open()
    assert other.steps() == {"PHONE": True, "CONTRACT": False}
    refused(other.get("cost"), 403, "cost_by_borrower_only")
    refused(other.post("cost/code", {"sha256": "0" * 64}), 403, "cost_by_borrower_only")
    consent = visitor(case, sandbox, customer=None, application=case.id).open()
    refused(consent.get("cost"), 403, "cost_by_borrower_only")


def test_no_such_link_before_the_approval(case: Case) -> None:
    case.draft()
    refused(case.rm.post(f"{API}/loan-links", {"application": case.id, "contract": True}), 409, "not_approved")
