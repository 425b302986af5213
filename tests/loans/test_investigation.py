"""Due diligence by two people, what comes back for correction, and the figures of repayment ability."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from loans.diligence import cash_flow
from loans.models import DueDiligence
from notifications.models import Notice
from tests.loans.builders import FINDINGS, Case, done, picture, refused


def report(case: Case, **changed: Any) -> Any:
    visited_at = (clock.now() - timedelta(hours=1)).isoformat()
    return case.post("due-diligence", {**FINDINGS, "visited_at": visited_at, **changed})


# --- Figures -------------------------------------------------------------------------------------
def test_instalment_and_debt_to_income_are_worked_out(case: Case) -> None:
    """100,000 yuan at LPR 3.00 + 150 bp = 4.50 % over 12 months is 8,537.85 a month."""
    case.to("INVESTIGATING")
    told = done(report(case))
    assert told["new_instalment"] == "8537.85"
    assert told["dti"] == "50.19"  # (1,500.00 + 8,537.85) / 20,000.00
    assert told["interview"] == FINDINGS["interview"]


@given(
    debt=st.decimals(0, 10**9, places=2, allow_nan=False), income=st.decimals("0.01", 10**9, places=2, allow_nan=False)
)
def test_debt_to_income(debt: Decimal, income: Decimal) -> None:
    """Pure arithmetic: within half a hundredth of the exact ratio, and bounded by its column."""
    found = cash_flow.debt_to_income(debt, income)
    exact = 100 * debt / income
    assert found == Decimal("99999.99") if exact >= Decimal("99999.99") else abs(found - exact) <= Decimal("0.005")


def test_a_high_ratio_warns_and_does_not_stop(case: Case) -> None:
    case.to("INVESTIGATING")
    done(report(case, monthly_debt="9000.00"))
    told = done(case.rm.get(f"{case.url}/next"))
    assert "debt_to_income_high" in [each["code"] for each in told["warnings"]]
    assert "debt_to_income_high" not in [each["code"] for each in told["blockers"]]


@pytest.mark.parametrize(
    "changed,status,code",
    [
        ({"visit": "ON_SITE", "visited_at": None}, 422, "visit_incomplete"),
        ({"visit": "VIDEO", "place": ""}, 422, "visit_incomplete"),
        ({"visit": "WAIVED"}, 422, "visit_incomplete"),
        ({"visited_at": "2999-01-01T00:00:00+08:00"}, 422, "visit_in_future"),
        ({"monthly_income": "0"}, 422, "income_missing"),
        ({"monthly_income": "-1"}, 400, "invalid"),
        ({"opinion": "PERHAPS"}, 400, "invalid"),
        ({"interview": ""}, 400, "invalid"),
    ],
)
def test_a_report_that_does_not_hold(case: Case, changed: dict[str, Any], status: int, code: str) -> None:
    case.to("INVESTIGATING")
    refused(report(case, **changed), status, code)
    assert not DueDiligence.objects.exists()


@pytest.mark.parametrize("amount,stands", [("200000.00", True), ("200000.01", False)])
def test_only_a_small_loan_goes_without_a_visit(case: Case, amount: str, stands: bool) -> None:
    case.draft(amount=amount).accept().verify().authorize().query()
    done(report(case, visit="WAIVED", visited_at=None, waiver_reason="线上数据可核实"))
    told = done(case.rm.get(f"{case.url}/next"))
    assert ("site_visit_required" not in [each["code"] for each in told["blockers"]]) is stands


# --- Two people ----------------------------------------------------------------------------------
def test_a_cannot_confirm_himself_and_nobody_but_b_can(case: Case) -> None:
    case.to("INVESTIGATING")
    refused(case.post("due-diligence/confirm", by=case.bank.co_rm), 409, "due_diligence_missing")
    done(report(case))
    refused(case.post("due-diligence/confirm"), 403, "separation_of_duties")
    refused(case.post("due-diligence/confirm", by=case.bank.manager), 403, "not_permitted")
    refused(case.post("due-diligence/confirm", by=case.bank.other_rm), 404, "not_found")
    done(case.post("due-diligence/confirm", {"note": "属实"}, by=case.bank.co_rm))
    refused(case.post("due-diligence/confirm", by=case.bank.co_rm), 409, "already_confirmed")


def test_b_cannot_report_for_a(case: Case) -> None:
    case.to("INVESTIGATING")
    said = {**FINDINGS, "visited_at": clock.now().isoformat()}
    refused(case.post("due-diligence", said, by=case.bank.co_rm), 403, "not_in_charge")


@pytest.mark.parametrize("change", ["a new report", "another amount"])
def test_what_b_confirmed_is_what_is_submitted(case: Case, change: str) -> None:
    """Whatever changes after B's confirmation has to be confirmed again."""
    case.to("READY")
    if change == "a new report":
        done(report(case, monthly_income="15000.00"))
    else:
        done(case.rm.patch(case.url, {"amount": "50000.00"}, etag=case.rm.get(case.url)["ETag"]))
        assert DueDiligence.objects.get().new_instalment == Decimal("4268.93")
    content = refused(case.post("submit"), 409, "transition_blocked")
    assert [each["code"] for each in content["blockers"]] == ["co_investigator_not_confirmed"]
    done(case.post("due-diligence/confirm", by=case.bank.co_rm))
    case.submit()


def test_without_b_there_is_no_submission(case: Case) -> None:
    case.draft(co_investigator=None).accept().verify().authorize().query()
    for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
        done(case.upload("materials", type=kind, file=picture()))
    done(report(case))
    case.answer_findings()
    content = refused(case.post("submit"), 409, "transition_blocked")
    assert [each["code"] for each in content["blockers"]] == ["co_investigator_not_confirmed"]


def test_a_new_b_is_asked_once(case: Case) -> None:
    case.to("ACCEPTED")
    asked = Notice.objects.filter(kind="task.co_investigation")
    assert asked.count() == 1
    said = {"co_investigator": str(case.bank.other_rm.pk)}
    for _ in range(2):
        done(case.rm.patch(case.url, said, etag=case.rm.get(case.url)["ETag"]))
    assert asked.filter(stream__staff=case.bank.other_rm).count() == 1
    assert case.phone(case.bank.other_rm).get(case.url).status_code == 200
    assert case.phone(case.bank.co_rm).get(case.url).status_code == 404


# --- Returned, answered, submitted again ---------------------------------------------------------
def test_return_answer_resubmit(case: Case) -> None:
    case.to("SUBMITTED")
    reviewer = case.bank.reviewer
    done(case.post("review/claim", by=reviewer))
    said = {"reason_code": "MATERIALS_MISSING", "items": ["请补充银行流水", "请说明用途"]}
    done(case.post("return", said, by=reviewer))
    assert (case.row.state, case.row.returns) == ("RETURNED", 1)
    content = refused(case.post("submit"), 409, "transition_blocked")
    assert [each["code"] for each in content["blockers"]] == ["return_item_unanswered"] * 2
    done(case.upload("materials", type="BANK_FLOW", file=picture()))
    for item in done(case.rm.get(case.url))["return_items"]:
        done(case.post(f"return-items/{item['id']}/answer", {"answer": "已补充"}))
        refused(case.post(f"return-items/{item['id']}/answer", {"answer": "再答"}), 409, "already_answered")
    case.submit()
    names = list(case.row.transitions.values_list("name", flat=True))
    assert names[-4:] == ["submit", "take_up_review", "return_for_correction", "resubmit"]
    first, second = (case.row.transitions.get(name=name) for name in ("submit", "resubmit"))
    assert first.snapshot_sha256 != second.snapshot_sha256, "history is kept: each submission has its own snapshot"
    assert Notice.objects.filter(kind="task.review", stream__staff=reviewer).count() == 2


def test_answers_belong_to_a_returned_case(case: Case) -> None:
    case.to("SUBMITTED")
    refused(case.post("return-items/1/answer", {"answer": "x"}), 409, "not_returned")
    done(case.post("review/claim", by=case.bank.reviewer))
    done(case.post("return", {"reason_code": "OTHER", "items": ["说明"]}, by=case.bank.reviewer))
    refused(case.post("return-items/0/answer", {"answer": "x"}), 404, "not_found")
